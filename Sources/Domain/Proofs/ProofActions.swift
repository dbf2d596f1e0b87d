import Policies

/// Which actions reach whose items.
public enum ProofActions {
    /// Whether one request of this action can touch several partition keys: a batch, or a statement whose key is compared
    /// with a list. What a transaction holds is asked item by item. Source: policies.md, "What a request brings".
    public static func takesSeveralKeys(_ action: PolicyAction) -> Bool {
        switch action {
        case .batchGetItem, .batchWriteItem, .partiQLSelect, .partiQLUpdate, .partiQLDelete, .partiQLInsert:
            true
        default: false
        }
    }

    /// What an action that has no leading keys does with the items of a whole table, as the end of "anybody who may …"; nil where
    /// it reaches none. Source: AWS Service Authorization Reference, Amazon DynamoDB, and the DynamoDB API's
    /// descriptions of each action.
    public static func reachOfWholeTable(_ action: PolicyAction) -> String? {
        switch action {
        case .scan: "reads all items"
        case .getRecords, .getShardIterator:
            "reads every change of the table; only a gateway narrows its stream to one tenant's"
        case .exportTableToPointInTime: "copies all items to a bucket"
        case .createBackup, .startAwsBackupJob: "copies all items to a backup"
        case .deleteBackup: "destroys the copies of all items"
        case .restoreTableFromBackup, .restoreTableFromAwsBackup, .restoreTableToPointInTime:
            "makes a table of all items"
        case .importTable: "writes items of anybody"
        case .readDataForReplication, .createTableReplica, .associateTableReplica, .createGlobalTable,
            .createGlobalTableWitness, .updateGlobalTable, .updateGlobalTableVersion:
            "copies all items to another region"
        case .writeDataForReplication, .replicateSettings: "writes items of anybody from another region"
        case .enableKinesisStreamingDestination, .updateKinesisStreamingDestination:
            "sends every change of the table to a stream of another service"
        case .deleteTable, .deleteTableReplica, .deleteGlobalTableWitness: "destroys all items"
        case .updateTable: "changes the table and its indexes for everybody, or opens its stream"
        case .updateTimeToLive: "lets the items of everybody end by an attribute of one's choice"
        case .updateContinuousBackups: "ends the protection of all items"
        case .putResourcePolicy, .deleteResourcePolicy: "changes who reaches all items"
        default: nil
        }
    }
}
