import Base

extension Limits {
    /// The longest pattern, variable or value in a policy, in bytes.
    public static let policyValueBytesMax = 4096
    /// The largest policy document or role, in bytes: far above what IAM takes (10,240 characters), and small
    /// enough that reading the worst one takes no noticeable time.
    public static let policyFileBytesMax = 256 * 1024
    /// How many statements the policies of one role may have together.
    public static let policyStatementsMax = 2000
    /// How many problems of one set of files are reported.
    public static let policyProblemsMax = 1000
    /// The longest tag value of a session, in characters. Source: AWS STS API, AssumeRole, `Tags`.
    public static let tagValueCharactersMax = 256
    /// The longest tag name of a session, in characters. Source: AWS STS API, AssumeRole, `Tags`.
    public static let tagNameCharactersMax = 128
    /// How many tags a session can have. Source: AWS STS API, AssumeRole, `Tags`.
    public static let tagsMax = 50
    /// How much one condition may compare: the bytes of its patterns with a `*` times those of the key's values in the
    /// request. Whoever may hand in a policy for a session could else keep a processor busy for as long as it takes; some
    /// ten milliseconds at the most.
    public static let policyMatchWorkMax = 16_000_000
}
