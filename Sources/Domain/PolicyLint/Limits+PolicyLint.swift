import Base

extension Limits {
    /// How many elements of a list, or statements of a document, lint compares each with each; of longer ones
    /// only those that are equal are found.
    public static let lintPairsMax = 256
    /// How often fixes are applied and the result looked over again.
    public static let lintFixPassesMax = 10
    /// The longest policy document that lint keeps silent about, in characters without white space. Source:
    /// IAM User Guide, "IAM and AWS STS quotas", managed policies.
    public static let lintPolicyCharactersMax = 6144
    /// The longest session that lint keeps silent about, in seconds: a school day.
    public static let lintSessionSecondsMax = 4 * 3600
}
