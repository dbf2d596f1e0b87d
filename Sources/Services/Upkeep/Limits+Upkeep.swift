import Base

extension Limits {
    /// Seconds between two rounds of upkeep. DynamoDB promises the end of an item within a few days; this is a few seconds.
    static let upkeepSeconds = 5
    /// Items, or entries of a journal, that one transaction of upkeep looks at: writes wait that long at the most.
    static let upkeepChunkMax = 500
    /// Transactions that one store gets in one round, so that none keeps the others waiting.
    static let upkeepChunksMax = 200
}
