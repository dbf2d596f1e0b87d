import Base

// The record that cannot be touched: sealed, searched, carried outside, verified.
extension Limits {
    /// Seconds between two looks at whether a chain has grown and is to be sealed again.
    public static let auditSealSeconds = 60
    /// Sealed heads of one chain that are kept; the oldest goes when there is one more.
    public static let auditHeadsMax = 1000
    /// Hours of which the first head of each hour is kept; of days before them the first of each.
    static let auditHeadHours = 48
    /// Sealed heads that one commit removes.
    static let auditHeadsRemovedMax = 50
    /// Seconds that a place outside is given to take a head.
    static let auditSinkTimeoutSeconds = 10
    /// Seconds until a head that a place outside has not taken is sent again for the first time; then twice as long each time.
    static let auditSinkRetrySecondsMin = 1
    /// The longest of those waits.
    static let auditSinkRetrySecondsMax = 300
    /// Bytes of a place's answer that are read.
    static let auditSinkAnswerBytesMax = 64 * 1024
    /// Places outside that a server sends to.
    public static let auditSinksMax = 8
    /// Bytes of a file of heads that is verified.
    public static let auditHeadFileBytesMax = 256 * 1024 * 1024
    /// Actors, and actions of each, that an access report tells one by one; the others are counted together.
    static let accessReportRowsMax = 1000
    /// Accesses of operators that an access report lists one by one; further ones are counted.
    static let accessReportEntriesMax = 5000
    /// Seconds that making an access report may take; it holds up the reviews of policies meanwhile.
    public static let accessReportSecondsMax = 30
    /// Members that one access report names among those who could open the data.
    static let reportMembersMax = 1000
}
