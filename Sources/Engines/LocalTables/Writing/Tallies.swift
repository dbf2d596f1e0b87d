import Base
import Items
import Synchronization
import Tables

/// How much the items of tenants have changed by the writes of a group, and the counts of them that are under way. Part of the writer's
/// session.
///
/// INVARIANT (counted as committed): a write is counted on the writer's thread, in the order of commits. So a count that goes on between
/// two writes knows of each of them whether it has seen what it left: there is nothing in between.
struct Tallies {
    /// What the group under way has changed.
    private(set) var group: [TenantID: Extent] = [:]
    private var censuses: [TenantID: Census] = [:]

    /// Notes what a request of the tenant's has changed.
    mutating func note(_ tenant: TenantID, _ change: Extent) {
        guard change != Extent() else { return }
        group[tenant] = group[tenant, default: Extent()] + change
    }

    /// Whether somebody counts the tenant's items, so that it has to be told of each write.
    func isCounting(_ tenant: TenantID) -> Bool { !censuses.isEmpty && censuses[tenant] != nil }

    /// Notes one write for the count that is under way.
    mutating func note(_ tenant: TenantID, _ change: Extent, table: TableName, key: EncodedKey) {
        censuses[tenant]?.note(change, table: table, key: key)
    }

    /// Notes what has changed hands where it lies.
    mutating func handOver(_ extent: Extent, from old: TenantID, to new: TenantID) {
        note(old, Extent() - extent)
        note(new, extent)
        for tenant in [old, new] { censuses[tenant]?.isSpoiled = true }
    }

    /// What the committed group has changed.
    mutating func takeGroup() -> [TenantID: Extent] {
        defer { group = [:] }
        return group
    }

    /// The group has been rolled back: what it counted is not there, and what was counted meanwhile is not to be relied on.
    mutating func rollBack() {
        group = [:]
        for tenant in censuses.keys { censuses[tenant]?.isSpoiled = true }
    }

    subscript(census tenant: TenantID) -> Census? {
        get { censuses[tenant] }
        set { censuses[tenant] = newValue }
    }
}

/// What was committed and nobody has taken yet. Apart from the writer's session, so that nobody waits for a commit who takes it.
final class UntakenTallies: Sendable {
    private let changes = Mutex<[TenantID: Extent]>([:])

    func add(_ group: [TenantID: Extent]) {
        guard !group.isEmpty else { return }
        changes.withLock { $0.merge(group, uniquingKeysWith: +) }
    }

    func of(_ tenant: TenantID) -> Extent { changes.withLock { $0[tenant] } ?? Extent() }

    func take() -> [TenantID: Extent] {
        changes.withLock { changes in
            defer { changes = [:] }
            return changes
        }
    }
}
