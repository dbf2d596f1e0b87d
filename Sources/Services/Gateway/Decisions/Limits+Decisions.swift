import Base

extension Limits {
    /// Denials of one tenant that are kept with their reasons each second; further ones are counted.
    public static let decisionsDeniedPerTenantPerSecondMax = 20
    /// Denials of all tenants that are kept with their reasons each second: to explain one takes some ten microseconds.
    public static let decisionsDeniedPerSecondMax = 200
    /// Allows that are kept each second.
    public static let decisionsAllowedPerSecondMax = 10
    /// Of so many allows on one connection one is kept.
    public static let decisionSampleEvery = 1000
    /// Decisions that wait to be written; further ones are counted.
    public static let decisionsWaitingMax = 2000
    /// Tenants whose left-out denials are counted each for itself; those of others are counted together.
    public static let decisionTenantsCountedMax = 1000
    /// Requests that the count of a tenant's denials for one reason names.
    static let denialSamplesMax = 5
    /// How long a decision waits so that others are written with it.
    public static let decisionDelayMilliseconds = 250
    /// Statements that the reasons of one denial name.
    public static let decisionFindingsMax = 16
    /// Values of one condition key that a reason shows.
    public static let decisionValuesMax = 8
    /// Characters, each a Unicode scalar, of a value, or of a text, that a reason shows.
    public static let decisionTextCharactersMax = 400
}
