import Base

extension Limits {
    /// Items of one transaction: changes, audit entries and events together. Source: DynamoDB,
    /// TransactWriteItems.
    public static let registryTransactionItemsMax = 100
    /// How often `Registry.update` tries again after a lost race.
    public static let registryUpdateAttemptsMax = 16
    /// Records of one page of a listing.
    public static let registryPageRecordsMax = 1000
    /// A record's body in bytes. Source: DynamoDB's 400 KB an item, less room for keys and version.
    public static let registryRecordBytesMax = 390 * 1024
    /// Notes that a run keeps.
    public static let runNotesMax = 50
    /// Bytes of an error that a run keeps.
    public static let runErrorBytesMax = 2000
    /// Requests to a run that it keeps.
    public static let runRequestsMax = 20
    /// Attempts that a run keeps of each step.
    public static let stepAttemptsKept = 8
    /// Bytes of an attempt's error.
    public static let stepAttemptErrorBytesMax = 300
    /// Bytes of what a run keeps of why it was started: a wish with its reason, or the rules that hold.
    public static let runWhyBytesMax = 1000
    /// Bytes of the reason for which a step is skipped.
    public static let skipReasonBytesMax = 500
    /// Stores that a placement remembers to have been in before.
    static let earlierPlacesMax = 8
    /// How long pools' loads are placed by before they are read anew.
    static let poolLoadSeconds: UInt64 = 5
    /// Bytes on the disk that weigh as much as one tenant when pools are compared.
    static let placementBytesPerTenant = 64 << 20
    /// Items written a second that weigh as much as a tenant in a pool.
    static let placementWritesPerTenant = 10.0
    /// Contacts of one tenant.
    public static let contactsMax = 50
    /// Blackouts of one tenant's own.
    public static let ownBlackoutsMax = 50
    /// Days of one of them: a school year.
    public static let ownBlackoutDaysMax = 366
    /// How long a tenant remembers a school that has left: longer than any session that was made before. Tokens are good for a
    /// day, sessions for half a day.
    public static let formerSchoolSeconds: Int64 = 48 * 3600
    /// Schools that a tenant remembers to have left it.
    public static let formerSchoolsMax = 1000
    /// Versions of the policies that are kept; the oldest goes when there is one more.
    public static let policyVersionsMax = 200
    /// Bytes of a version's files in one record: base64 makes four of three, and the record's limit stays.
    public static let policyPartBytesMax = 256 * 1024
}
