import Base
import Registry
import Tables

/// What a tenant is put back to.
public enum RestorePoint: Hashable, Sendable, Codable {
    /// What a backup shows.
    case backup(BackupID)
    /// A past moment, by the journal of the tenant's tables.
    case moment(Timestamp)

    /// The point in words.
    public var text: String {
        switch self {
        case .backup(let id): "backup \(id)"
        case .moment(let moment): moment.iso8601
        }
    }
}

/// What a restore is asked for by.
public struct RestoreInput: Hashable, Sendable, Codable {
    /// Whose items.
    public var tenant: TenantID
    /// To what.
    public var point: RestorePoint

    /// A wish.
    public init(tenant: TenantID, point: RestorePoint) {
        self.tenant = tenant
        self.point = point
    }
}

/// How a table's items differ from what they are put back to.
public struct RestoreCount: Hashable, Sendable, Codable {
    /// The logical table.
    public var table: String
    /// Items that are not there and will be.
    public var added = 0
    /// Items that are there with other contents.
    public var changed = 0
    /// Items that are there and will not be.
    public var removed = 0
    /// Items that are there as they will be.
    public var unchanged = 0

    /// Nothing counted yet.
    public init(table: String) { self.table = table }
}

/// What a restore would do, for people to look at before it is started. Nothing was changed for it.
public struct RestorePlan: Hashable, Sendable, Codable {
    /// Whose items.
    public var tenant: TenantID
    /// To what.
    public var point: RestorePoint
    /// The moment that the tenant would show.
    public var instant: Timestamp
    /// What would be done, by table.
    public var tables: [RestoreCount]
    /// Schools that the tenant has now and what is restored does not cover: what lies under their own keys stays as it is.
    public var schoolsNotCovered: [SchoolID]
}

/// What a finished restore leaves to be checked.
public struct RestoreReceipt: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "restore-receipt"

    /// The run.
    public let id: RunID
    /// Whose items.
    public let tenant: TenantID
    /// To what.
    public let point: RestorePoint
    /// The moment that the tenant shows.
    public let instant: Timestamp
    /// What was done, by table.
    public let tables: [RestoreCount]
    /// Schools that were not covered.
    public let schoolsNotCovered: [SchoolID]
    /// The digest of the items before, of the keys that the restore went over (see `ContentDigest`).
    public let digestBefore: String
    /// The digest of the items after, which is that of what was restored.
    public let digestAfter: String
    /// The backup of the tenant as it was before.
    public let safetyBackup: BackupID
    /// For how long the tenant's writes were held back, in milliseconds.
    public let heldMilliseconds: Int64
    /// Who asked for it.
    public let actor: AuditActor
    /// When the run was started.
    public let startedAt: Timestamp
    /// When the tenant was let go.
    public let finishedAt: Timestamp
    /// 1 once it is recorded.
    public var version: Int64 = 0
}
