import Base
import Registry

/// What takes a tenant's data along when it leaves.
public protocol TenantArchiving: Sendable {
    /// Begins the export that belongs to a departure, or does nothing where it has begun.
    func begin(_ tenant: TenantID, for run: RunID, actor: AuditActor) throws

    /// What has become of it.
    func standing(of tenant: TenantID, for run: RunID) throws -> ArchiveStanding

    /// Says until when it is kept, now that the tenant goes. May be called again with another time.
    func keep(_ tenant: TenantID, for run: RunID, until: Timestamp) throws

    /// Ends it, and removes what there is of it, since the tenant stays. Does nothing where there is nothing.
    func withdraw(_ tenant: TenantID, for run: RunID) throws
}

/// How an export stands.
public enum ArchiveStanding: Hashable, Sendable {
    /// It is being made.
    case underWay(RunProgress?)
    /// It is complete and verified.
    case done(ArchivedExport)
    /// It will not be made.
    case failed(reason: String)
}

/// An export that a tenant takes along.
public struct ArchivedExport: Hashable, Sendable, Codable {
    /// Its folder's name, without the server's own path.
    public var folder: String
    /// The digest of its manifest, in base 16.
    public var digest: String
    /// Items in it.
    public var items: Int
    /// Until when it is kept; nil while that is not known, as the tenant may still be kept.
    public var keptUntil: Timestamp?

    /// An export.
    public init(folder: String, digest: String, items: Int, keptUntil: Timestamp?) {
        self.folder = folder
        self.digest = digest
        self.items = items
        self.keptUntil = keptUntil
    }
}
