import Base
import Crypto
import FoundationEssentials
import Registry
import Tables
import Tenancy
import Workflows

/// What a school's move leaves to be checked.
public struct SchoolMoveReceipt: RegistryRecord {
    /// Where receipts lie in the registry.
    public static let partition = "school-receipt"

    /// The run.
    public let id: RunID
    /// The school.
    public let school: SchoolID
    /// Its name.
    public let name: String
    /// The tenant that it left.
    public let from: TenantID
    /// The tenant that it came to.
    public let to: TenantID
    /// The store that it left.
    public let fromStore: StoreID
    /// The store that it came to: the same where both tenants are in one.
    public let toStore: StoreID
    /// Who asked for it.
    public let actor: AuditActor
    /// What was brought to the target: the school's own items where that is another store, and those that hang on it.
    public let copied: Extent
    /// Items that were compared with their copies, one by one.
    public let verifiedItems: Int
    /// SHA-256 over what was compared, chunk by chunk: hexadecimal.
    public let verifiedDigest: String
    /// Items that were removed from the source.
    public let removedItems: Int
    /// Items of the old district that name the school and stay there: they hang on it by no rule of the catalog.
    public let unrecognisedItems: Int
    /// What still holds older images of the school's items, and for how long.
    public let remains: [String]
    /// When its writes were refused.
    public let frozenAt: Timestamp
    /// When they went on, at the new tenant.
    public let switchedAt: Timestamp
    /// When the receipt was written.
    public let finishedAt: Timestamp
    /// SHA-256 of this receipt without this field and the version: its JSON with sorted keys, hexadecimal.
    public private(set) var digest: String
    /// 1 once it is recorded.
    public var version: Int64 = 0

    /// The run's id.
    public static func sortKey(of id: RunID) -> String { id.text }

    init(of move: SchoolMove) throws {
        let (context, route) = (move.context, move.route)
        let now = context.clock.now()
        let copy = try context.value(for: SchoolMemory.copy, as: RangeCursor.self) ?? RangeCursor()
        let seen = try context.value(for: SchoolMemory.verification, as: Verification.self) ?? Verification()
        let plan = try context.value(for: SchoolMemory.plan, as: SchoolMovePlan.self)
        id = context.run
        school = route.school
        name = route.name
        from = route.source.tenant
        to = route.target.tenant
        fromStore = route.source.store
        toStore = route.target.store
        actor = context.actor
        copied = Extent(items: copy.items, bytes: copy.bytes)
        verifiedItems = seen.cursor.items
        verifiedDigest = seen.digest
        removedItems = try context.value(for: SchoolMemory.removed, as: Int.self) ?? 0
        unrecognisedItems = plan?.unrecognised ?? 0
        remains = [
            "the streams of store `\(route.source.store)` show changes of the last day",
            "its point-in-time history and the backups that were made before hold the items until they expire",
            "the audit log and the runs name the school, without its items",
        ]
        frozenAt = try context.value(for: SchoolMemory.frozenAt, as: Timestamp.self) ?? now
        switchedAt = try context.value(for: SchoolMemory.switchedAt, as: Timestamp.self) ?? now
        finishedAt = now
        digest = ""
        digest = try computedDigest()
    }

    /// The digest that belongs to the receipt's content.
    public func computedDigest() throws -> String {
        var plain = self
        plain.digest = ""
        plain.version = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return SHA256Hasher().hash([UInt8](try encoder.encode(plain))).hex
    }
}
