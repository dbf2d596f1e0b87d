import Base
import FoundationEssentials
import Registry
import Tables

/// A backup of a tenant: the tenant's id, a dot, and a snapshot's id, as in `t0123456789abcde.01800000000000-0a1b2c3d`. Ids of one
/// tenant sort by the time they were asked for.
public struct BackupID: Identifier {
    /// The id's text.
    public let text: String
    /// Whose backup it is.
    public let tenant: TenantID
    /// Which of the tenant's.
    public let snapshot: SnapshotID

    /// Nil unless `text` is a tenant's id, a dot and a snapshot's id.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let tenant = TenantID(String(parts[0])),
            let snapshot = SnapshotID(String(parts[1]))
        else { return nil }
        self.init(tenant: tenant, snapshot: snapshot)
    }

    /// The backup of that name of the tenant.
    public init(tenant: TenantID, snapshot: SnapshotID) {
        self.tenant = tenant
        self.snapshot = snapshot
        text = tenant.text + "." + snapshot.text
    }
}

/// All items of one tenant as they were at one instant, compressed in files of their own, until they expire or are deleted.
public struct TenantBackup: RegistryRecord {
    /// Why it was made.
    public enum Purpose: String, Hashable, Sendable, Codable, CaseIterable {
        /// The catalog's schedule.
        case schedule
        /// Somebody asked for it.
        case request
        /// A restore was about to change what it shows.
        case restore
    }

    /// How it stands.
    public enum State: Hashable, Sendable, Codable {
        /// Its run is writing it.
        case writing
        /// It can be restored.
        case complete
        /// A reading back found what was written no longer there: it is not restored from.
        case damaged(String)

        /// The case's name.
        public var name: String {
            switch self {
            case .writing: "writing"
            case .complete: "complete"
            case .damaged: "damaged"
            }
        }
    }

    /// What it holds of one table.
    public struct Table: Hashable, Sendable, Codable {
        /// The logical table's name.
        public var name: String
        /// What it holds of it.
        public var extent: Extent

        /// So much of that table.
        public init(name: String, extent: Extent) {
            self.name = name
            self.extent = extent
        }
    }

    /// Where the records of this kind lie.
    public static let partition = "tenant-backup"

    /// The backup.
    public let id: BackupID
    /// Why it was made.
    public let purpose: Purpose
    /// When it was asked for.
    public let createdAt: Timestamp
    /// The run that makes it.
    public let run: RunID
    /// Who asked for it.
    public let actor: AuditActor
    /// When it is deleted; nil where only somebody deletes it.
    public var expiresAt: Timestamp?
    /// The store that it was taken in.
    public var store: StoreID
    /// How it stands.
    public var state: State = .writing
    /// The moment that it shows; nil while it is being written.
    public var instant: Timestamp?
    /// What it holds, in the catalog's order of tables.
    public var tables: [Table] = []
    /// How many bytes its files take up.
    public var diskBytes = 0
    /// SHA-256, in base 16, over tables, keys and images in their order, each with its length before it (see `ContentDigest`).
    public var digest = ""
    /// SHA-256, in base 16, of its manifest's file, which has the digests of all the others.
    public var manifestDigest = ""
    /// Which writing of its files counts: one more with each rewriting.
    public var generation = 1
    /// The restore that reads it: until that has ended it is not deleted.
    public var heldBy: RunID?
    /// When all of it was last read back and found as it was written.
    public var verifiedAt: Timestamp?
    /// How many times the record was written.
    public var version: Int64 = 0

    /// Whose it is.
    public var tenant: TenantID { id.tenant }

    /// What it holds in all.
    public var extent: Extent {
        tables.reduce(into: Extent()) { total, table in
            total.items += table.extent.items
            total.bytes += table.extent.bytes
        }
    }

    /// What the sort keys of a tenant's backups begin with.
    public static func prefix(of tenant: TenantID) -> String { tenant.text + "." }

    /// A backup that is about to be written.
    public init(
        id: BackupID, purpose: Purpose, createdAt: Timestamp, run: RunID, actor: AuditActor,
        expiresAt: Timestamp?, store: StoreID
    ) {
        self.id = id
        self.purpose = purpose
        self.createdAt = createdAt
        self.run = run
        self.actor = actor
        self.expiresAt = expiresAt
        self.store = store
    }
}
