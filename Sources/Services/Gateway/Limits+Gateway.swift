import Base

extension Limits {
    /// How many seconds' worth of unused units a tenant can save up.
    public static let burstSeconds = 300
    /// The longest time after which a client over its rate is told to ask again.
    public static let retryMillisecondsMax = 60_000
    /// Writes of one tenant that wait for a move at the same time; one more is answered with an error at
    /// once.
    public static let parkedWritesPerTenantMax = 2000
    /// How long a write waits for a move before it is answered with an error that SDKs try again after.
    public static let parkedWriteMillisecondsMax = 10_000
    /// How often a parked write is tried again although nobody has announced a change.
    public static let parkedRetryMilliseconds = 25
    /// How often a request is routed anew after the placement it went by proved outdated.
    public static let rerouteAttemptsMax = 3
    /// Keys of one BatchGetItem. Source: DynamoDB API reference, like the others here.
    public static let batchGetKeysMax = 100
    /// Writes of one BatchWriteItem.
    public static let batchWritesMax = 25
    /// Bytes of items that one BatchGetItem returns; the other keys come back as unprocessed.
    public static let batchGetBytesMax = 16 * 1024 * 1024
    /// Actions of one transaction.
    public static let transactionActionsMax = 100
    /// Characters of a transaction's token.
    public static let transactionTokenCharactersMax = 36
    /// Calls about tables that wait for their turn; one more is refused as over the rate.
    static let waitingTableCallsMax = 1000
    /// Tables that operators have. Source: DynamoDB Developer Guide, Quotas: tables per account and region.
    static let operatorTablesMax = 2500
    /// Global indexes of one table. Source: DynamoDB Developer Guide, Quotas.
    public static let globalIndexesMax = 20
    /// Local indexes of one table.
    public static let localIndexesMax = 5
    /// Tags of one table.
    public static let tagsMax = 50
    /// Names of one page of ListTables.
    public static let listedTablesMax = 100
    /// Parts of a parallel scan.
    public static let segmentsMax = 1_000_000
}
