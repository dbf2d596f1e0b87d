import Tiering

/// Tenants that are to be moved to another tier and are not on their way yet, by what they wait for.
public struct UpgradeBacklog: Hashable, Sendable {
    /// How many begin by themselves: in a window, when there is room.
    public internal(set) var forWindow = 0
    /// How many wait for an operator who agrees to the move.
    public internal(set) var forApproval = 0
    /// How many have outgrown a tier whose plan only has that recommended.
    public internal(set) var recommended = 0

    /// Nobody.
    public init() {}

    mutating func add(_ need: UpgradeStanding.Need) {
        switch need {
        case .nothing: break
        case .interest: recommended += 1
        case .approval: forApproval += 1
        case .opening: forWindow += 1
        }
    }
}
