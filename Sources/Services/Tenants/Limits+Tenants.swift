import Base

extension Limits {
    /// Items written in one transaction when a tenant or a school gets its first ones.
    static let firstItemsPerTransaction = 50
    /// Records looked at for one page of a filtered list; the page may then be shorter than asked for.
    static let listedRecordsMax = 10_000
    /// How often a request whose runs failed may be tried again under one idempotency key.
    static let retriedRunsMax = 100
    /// The longest reason for a suspension, in characters.
    public static let suspensionReasonCharactersMax = 500
    /// Items removed in one commit when what an onboarding left is swept away.
    static let sweptItemsMax = 500
}
