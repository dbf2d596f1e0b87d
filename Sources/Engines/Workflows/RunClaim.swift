import Base

/// What a run asks of the engine when it is due.
struct RunClaim: Hashable, Sendable {
    /// The workflow's kind.
    var kind: String
    /// Whose run it is, or nil.
    var tenant: TenantID?
    /// Whether it must have a slot to go on.
    var needsSlot: Bool
}

/// Why a run that is due does not go on: it waits for its turn.
public struct RunTurn: Hashable, Sendable {
    /// What is at its limit.
    public enum Limit: Hashable, Sendable {
        /// So many runs of this kind are under way.
        case kind(String, max: Int)
        /// So many runs of its tenant are under way.
        case tenant(max: Int)
    }

    /// How many runs of the kind go before it.
    public var runsBefore: Int
    /// What is at its limit.
    public var limit: Limit
}
