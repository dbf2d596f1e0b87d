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

    /// What a request of this action does to the items of a whole table, whoever they belong to, as the rest of a
    /// sentence; nil where it reaches none. Actions that only describe, list or tag, and CreateTable, reach none.
    ///
    /// Source: AWS Service Authorization Reference, Amazon DynamoDB, and the DynamoDB API's descriptions of each
    /// action. GetRecords: policies.md, "Traps"; Homeroom's gateway narrows a stream to the tenant's own records,
    /// but a policy does not.
    public static func reachOfWholeTable(_ action: PolicyAction, table: String) -> String? {
        let items = "all items of `\(table)`"
        switch action {
        case .scan, .partiQLSelect: return "reads \(items)"
        case .getRecords, .getShardIterator:
            return "reads the changes of \(items), unless a gateway narrows the stream to one tenant's"
        case .exportTableToPointInTime: return "copies \(items) to a bucket"
        case .createBackup, .startAwsBackupJob: return "copies \(items) to a backup"
        case .deleteBackup: return "destroys a copy of \(items)"
        case .restoreTableFromBackup, .restoreTableFromAwsBackup, .restoreTableToPointInTime:
            return "makes another table of \(items)"
        case .importTable: return "writes items of anybody to `\(table)`"
        case .readDataForReplication, .createTableReplica, .associateTableReplica, .createGlobalTable,
            .createGlobalTableWitness, .updateGlobalTable, .updateGlobalTableVersion:
            return "copies \(items) to another region"
        case .writeDataForReplication, .replicateSettings:
            return "writes items of anybody to `\(table)` from another region"
        case .enableKinesisStreamingDestination, .updateKinesisStreamingDestination:
            return "sends the changes of \(items) to another service"
        case .deleteTable, .deleteTableReplica, .deleteGlobalTableWitness: return "destroys \(items)"
        case .updateTable: return "changes `\(table)`, its indexes and its stream for everybody"
        case .updateTimeToLive: return "chooses the attribute that ends \(items)"
        case .updateContinuousBackups: return "ends the protection of \(items)"
        case .putResourcePolicy, .deleteResourcePolicy: return "changes who reaches \(items)"
        default: return nil
        }
    }

    /// The actions that a proof asks about: those that people know first.
    static let asked: [PolicyAction] = {
        let first: [PolicyAction] = [.getItem, .query, .batchGetItem, .putItem, .scan, .partiQLSelect]
        let keyed = PolicyAction.allCases.filter { $0.isKeyed && !first.contains($0) }
        let others = PolicyAction.allCases.filter {
            !$0.isKeyed && !first.contains($0) && reachOfWholeTable($0, table: "") != nil
        }
        return first + keyed + others
    }()
}
