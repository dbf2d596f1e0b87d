import Base

extension Limits {
    /// States of automata that one question about a text may visit before it counts as not answered.
    public static let proofStatesPerQuestionMax = 8_000
    /// States of automata that all texts of one request may visit together before it counts as not answered.
    public static let proofStatesPerSearchMax = 16_000
    /// States of one automaton.
    public static let proofAutomatonStatesMax = 5_000
    /// States that the proof of one role may visit, all its questions together.
    public static let proofStatesMax = 40_000
    /// Steps that the proof of one role may take, all its questions together: states, times the patterns that each is
    /// made of, times the symbols that each is left by.
    public static let proofStepsMax = 6_000_000
    /// Branches (which condition of which Deny fails) that one question may open.
    public static let proofBranchesMax = 1_000
    /// Branches that the proof of one role may open, all its questions together.
    public static let proofBranchesOfRoleMax = 4_000
    /// Keys of a session that are taken to be absent and present in turn; more of them are a reason for `unproven`.
    public static let proofPresencesMax = 6
    /// Regions, accounts and names of streams and backups that are tried for one resource.
    public static let proofResourcesMax = 256
    /// Patterns of regions, of accounts, or of one stream's or backup's names, that are told apart.
    public static let proofPatternsOfNamesMax = 8
    /// Reasons that an `unproven` gives.
    public static let proofReasonsMax = 8
}
