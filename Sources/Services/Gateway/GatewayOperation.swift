/// The operations that the gateway knows, as they are counted and named on the wire.
public enum GatewayOperation: Int, CaseIterable, Sendable {
    case getItem, putItem, updateItem, deleteItem, query, scan, batchGetItem, batchWriteItem,
        transactWriteItems, transactGetItems, describeTable, listTables, listStreams, describeStream,
        getShardIterator, getRecords, createBackup, describeBackup, listBackups, deleteBackup,
        restoreTableFromBackup, restoreTableToPointInTime, createTable, updateTable, deleteTable,
        tagResource, untagResource, listTagsOfResource, updateTimeToLive, describeTimeToLive,
        updateContinuousBackups, describeContinuousBackups, describeLimits, describeEndpoints,
        describeContributorInsights, describeKinesisStreamingDestination, assumeRoleWithWebIdentity,
        getCallerIdentity, executeStatement, batchExecuteStatement, executeTransaction
    /// A request that names no operation we know.
    case unknown

    /// The name on the wire, and in logs and metrics: `GetItem`.
    public var name: String { Self.names[rawValue] }

    private static let names = allCases.map { operation in
        let label = "\(operation)"
        return label.prefix(1).uppercased() + label.dropFirst()
    }
}
