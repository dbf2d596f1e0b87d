import Policies

/// A kind of request that the matrix asks about: an action, and what is known of every such request.
struct AccessQuestion {
    /// What a condition comes to for all requests of the kind.
    enum Outcome { case holds, fails, depends }

    /// What is done.
    let action: PolicyAction
    /// The column that it belongs to.
    let column: AccessMatrix.Column
    /// Whether it is a PartiQL select without a key, which reads the whole table.
    let isFullScan: Bool

    /// Every action of DynamoDB, and a PartiQL select twice: by key and without one.
    static let all: [AccessQuestion] = PolicyAction.allCases
        .filter { $0.name.hasPrefix("dynamodb:") }
        .flatMap { action -> [AccessQuestion] in
            let columns = columns(of: action)
            return columns.map {
                AccessQuestion(
                    action: action, column: $0, isFullScan: action == .partiQLSelect && $0 == .scan)
            }
        }

    private static func columns(of action: PolicyAction) -> [AccessMatrix.Column] {
        switch action {
        case .getItem, .batchGetItem, .conditionCheckItem, .query: return [.read]
        case .partiQLSelect: return [.read, .scan]
        case .scan: return [.scan]
        case .putItem, .updateItem, .partiQLInsert, .partiQLUpdate: return [.write]
        case .batchWriteItem: return [.write, .delete]
        case .deleteItem, .partiQLDelete: return [.delete]
        case .getRecords, .getShardIterator, .describeStream, .enableKinesisStreamingDestination:
            return [.stream]
        case .createBackup, .exportTableToPointInTime, .restoreTableFromBackup, .restoreTableToPointInTime,
            .restoreTableFromAwsBackup, .startAwsBackupJob, .deleteBackup, .readDataForReplication,
            .createTableReplica, .associateTableReplica, .importTable, .createGlobalTable:
            return [.copy]
        default:
            switch action.accessLevel {
            case .read, .list: return [.describe]
            case .write, .tagging, .permissionsManagement: return [.settings]
            }
        }
    }

    /// What is known of a condition before any request is seen.
    func outcome(of condition: PolicyCondition) -> Outcome {
        let key = condition.key.value.key
        switch isPresent(key) {
        case nil:
            return ConditionWords.presence(condition) == .any
                && condition.comparison.value.comparison == .null ? .holds : .depends
        case false?: return ConditionWords.holdsWithoutKey(condition) ? .holds : .fails
        case true?:
            guard condition.comparison.value.comparison == .null else {
                return known(condition, key)
            }
            switch ConditionWords.presence(condition) {
            case .required, .any: return .holds
            case .forbidden, .impossible: return .fails
            }
        }
    }

    /// Whether every request of the kind brings the key; nil where that depends.
    private func isPresent(_ key: ConditionKey) -> Bool? {
        switch key {
        case .leadingKeys: action.isKeyed && !isFullScan
        case .fullTableScan: action == .partiQLSelect
        default: nil
        }
    }

    /// A comparison of a key that is there; only the mark of a full scan has a value that is known, and of a select by key
    /// it is false.
    private func known(_ condition: PolicyCondition, _ key: ConditionKey) -> Outcome {
        guard key == .fullTableScan, condition.comparison.value.comparison == .bool else { return .depends }
        return condition.values.contains(.bool(isFullScan)) ? .holds : .fails
    }
}
