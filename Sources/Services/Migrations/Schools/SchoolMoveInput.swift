import Base
import Registry
import Tables
import Tenancy

/// What somebody asks for: a school with another tenant.
public struct SchoolMoveInput: Hashable, Sendable, Codable {
    /// The school.
    public var school: SchoolID
    /// Whose it is.
    public var from: TenantID
    /// Whose it is to be.
    public var to: TenantID
    /// Whether it may have the name of a school that the new tenant has.
    public var allowsDuplicateName: Bool

    /// A wish.
    public init(school: SchoolID, from: TenantID, to: TenantID, allowsDuplicateName: Bool = false) {
        self.school = school
        self.from = from
        self.to = to
        self.allowsDuplicateName = allowsDuplicateName
    }
}

/// Where a school is and where it is going: fixed when the move is planned. Neither tenant's place changes while the run has
/// both tenants' locks.
struct SchoolRoute: Hashable, Codable {
    /// One end of a school's move.
    struct End: Hashable, Codable {
        let tenant: TenantID
        let store: StoreID
        let tables: [String: TableName]
    }

    let school: SchoolID
    let name: String
    /// How it stood before.
    let state: SchoolState
    let source: End
    let target: End

    /// Whether the school's own keys stay where they are: both tenants are in one store, whose tables are the same.
    var isInOneStore: Bool { source.store == target.store }
}

/// What a school's move would do, for people to look at before it is started.
public struct SchoolMovePlan: Hashable, Sendable, Codable {
    /// The school.
    public let school: SchoolID
    /// Its name.
    public let name: String
    /// The tenant that it is moved out of.
    public let from: TenantID
    /// The tenant that it is moved to.
    public let to: TenantID
    /// The store it is in.
    public let fromStore: StoreID
    /// The store that it comes to.
    public let toStore: StoreID
    /// What lies under the school's own keys.
    public let owned: Extent
    /// Items of the district that hang on the school: they get the new district's key.
    public let hanging: Extent
    /// Items of the district that name the school and hang on it by no rule of the catalog: they stay.
    public let unrecognised: Int
    /// The keys of some of them, up to `Limits.unrecognisedKeysShownMax`.
    public let unrecognisedKeys: [String]

    /// Whether anything is copied to another store.
    public var isCopied: Bool { fromStore != toStore }
}

/// Why a school's move is refused before anything is made.
public enum SchoolMoveError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// There is no such tenant.
    case noSuchTenant(TenantID)
    /// A tenant is not active.
    case notActive(TenantID, state: TenantStateName)
    /// Both tenants are the same.
    case sameTenant(TenantID)
    /// The tenant has no such school.
    case noSuchSchool(TenantID, SchoolID)
    /// Another run moves the school.
    case moving(SchoolID, run: RunID)
    /// The new tenant may not have so many schools.
    case tooManySchools(TenantID, schools: Int, max: Int)
    /// The new tenant has a school of that name.
    case nameTaken(TenantID, name: String, by: SchoolID)
    /// The catalog lays items of schools into indexes by their district.
    case districtIndex(table: String, index: String)
    /// There are items under the school's keys at the target already.
    case targetNotEmpty(StoreID, items: Int)
    /// There is not enough room for the copy.
    case noCapacity(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchTenant(let tenant):
            "there is no tenant `\(tenant)`; `homeroom tenant list` shows those there are"
        case .notActive(let tenant, let state):
            "tenant `\(tenant)` is \(state.rawValue); a school moves only between active tenants"
        case .sameTenant(let tenant): "the school is tenant `\(tenant)`'s already; name another with --to"
        case .noSuchSchool(let tenant, let school):
            "tenant `\(tenant)` has no school `\(school)`; `homeroom tenant show \(tenant)` shows them"
        case .moving(let school, let run):
            "school `\(school)` is being moved by run `\(run)`; wait for it (`homeroom run watch \(run)`)"
        case .tooManySchools(let tenant, let schools, let max):
            "tenant `\(tenant)` may have \(max) schools and this makes \(schools); move it to a larger tier, or override its "
                + "limit (`homeroom tenant override set \(tenant) schools=\(schools) --reason …`)"
        case .nameTaken(let tenant, let name, let school):
            "tenant `\(tenant)` has a school `\(name)` already, `\(school)`; allow a duplicate name"
        case .districtIndex(let table, let index):
            "items of schools in `\(table)` lie by their district in index `\(index)`; such schools cannot be moved"
        case .targetNotEmpty(let store, let items):
            "store `\(store)` holds \(items) items under the school's keys already, which no run left there; look into it first"
        case .noCapacity(let text): text
        }
    }
}
