import Base

/// Where a tenant's items are.
///
/// INVARIANT (growing epoch): each replacement that changes the store or the state raises `epoch`, so that a
/// store can tell a write routed by an older placement.
public struct PlacementRecord: RegistryRecord {
    /// Whether writes are let through.
    public enum State: String, Hashable, Sendable, Codable {
        /// Requests go to the store.
        case active
        /// Writes wait: a move is about to switch. Reads go on.
        case fenced
    }

    /// Where the records of this kind lie.
    public static let partition = "placement"

    /// Whose items they are.
    public let tenant: TenantID
    /// The store that is in charge.
    public var store: StoreID
    /// Grows with each change.
    public var epoch: Int64
    /// Whether writes are let through.
    public var state: State
    /// The physical table of each logical one.
    public var tables: [String: TableName]
    /// Whether the store is this tenant's alone.
    public var isDedicated: Bool
    /// How many times the record was written.
    public var version: Int64 = 0

    /// The tenant's id: a tenant has one placement.
    public var id: TenantID { tenant }

    /// A placement that is not recorded yet.
    public init(
        tenant: TenantID, store: StoreID, epoch: Int64, state: State = .active, tables: [String: TableName],
        isDedicated: Bool
    ) {
        self.tenant = tenant
        self.store = store
        self.epoch = epoch
        self.state = state
        self.tables = tables
        self.isDedicated = isDedicated
    }
}
