import Base

extension Limits {
    /// How many steps the comparison of one role may take one way, all actions together.
    static let accessStepsOfRoleMax = 1_000_000
    /// How many requests are asked of two sets of policies in search of one that tells them apart, for one action on one sort
    /// of resource.
    public static let accessRequestsMax = 20_000
    /// How many combinations of a request's values are tried one by one; of more, those that differ little.
    static let accessCombinationsMax = 4_096
    /// How many sessions with different tags are tried.
    static let accessTagSetsMax = 128
    /// How many states the product of patterns may have when texts are sorted by it.
    static let accessStatesMax = 4_096
    /// How many decisions the solver may take over one question of access.
    static let accessDecisionsMax = 20_000
    /// How many sorts of resource are told apart for one action.
    static let accessResourcesMax = 256
}
