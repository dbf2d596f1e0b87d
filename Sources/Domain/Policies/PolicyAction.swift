/// An action that a policy can name: all of DynamoDB, DynamoDB Streams and STS.
///
/// The raw value is small and dense, so that a set of actions is two machine words. It is not stable over
/// versions: what is stored is `name`. Source: AWS Service Authorization Reference, pages on DynamoDB and
/// STS.
public enum PolicyAction: UInt8, CaseIterable, Sendable {
    // DynamoDB and DynamoDB Streams.
    case associateTableReplica, batchGetItem, batchWriteItem, conditionCheckItem, createBackup,
        createGlobalTable, createGlobalTableWitness, createTable, createTableReplica, deleteBackup,
        deleteGlobalTableWitness, deleteItem, deleteResourcePolicy, deleteTable, deleteTableReplica,
        describeBackup, describeContinuousBackups, describeContributorInsights, describeEndpoints,
        describeExport, describeGlobalTable, describeGlobalTableSettings, describeImport,
        describeKinesisStreamingDestination, describeLimits, describeReservedCapacity,
        describeReservedCapacityOfferings, describeStream, describeTable,
        describeTableReplicaAutoScaling, describeTimeToLive, disableKinesisStreamingDestination,
        enableKinesisStreamingDestination, exportTableToPointInTime, getAbacStatus, getItem, getRecords,
        getResourcePolicy, getShardIterator, importTable, injectError, listBackups,
        listContributorInsights, listExports, listGlobalTables, listImports, listStreams, listTables,
        listTagsOfResource, partiQLDelete, partiQLInsert, partiQLSelect, partiQLUpdate,
        purchaseReservedCapacityOfferings, putItem, putResourcePolicy, query, readDataForReplication,
        replicateSettings, restoreTableFromAwsBackup, restoreTableFromBackup, restoreTableToPointInTime,
        scan, startAwsBackupJob, tagResource, untagResource, updateAbacStatus, updateContinuousBackups,
        updateContributorInsights, updateGlobalTable, updateGlobalTableSettings,
        updateGlobalTableVersion, updateItem, updateKinesisStreamingDestination, updateTable,
        updateTableReplicaAutoScaling, updateTimeToLive, writeDataForReplication
    // Security Token Service.
    case assumeRole, assumeRoleWithSAML, assumeRoleWithWebIdentity, assumeRoot,
        decodeAuthorizationMessage, getAccessKeyInfo, getCallerIdentity, getDelegatedAccessToken,
        getFederationToken, getServiceBearerToken, getSessionToken, getWebIdentityToken, setContext,
        setSourceIdentity, tagGetWebIdentityToken, tagSession
}

extension PolicyAction {
    /// What an action does with what it reaches, in the words of the Service Authorization Reference.
    public enum AccessLevel: String, Sendable {
        case list = "List"
        case read = "Read"
        case write = "Write"
        case tagging = "Tagging"
        case permissionsManagement = "Permissions management"
    }

    /// What kind of resource an action can be granted on.
    public enum ResourceKind: String, Sendable {
        case table, index, stream, backup, export, role, user
        case `import`
        case globalTable = "global-table"
        case rootUser = "root-user"
        case federatedUser = "federated-user"
        case selfSession = "self-session"
    }

    /// As policies write it: `dynamodb:GetItem`.
    public var name: String { row.name }
    /// What the action does.
    public var accessLevel: AccessLevel { row.level }
    /// The kinds of resource it takes; empty where a policy can only say `*`.
    public var resourceKinds: [ResourceKind] { row.kinds }
    /// The keys of its service, and of tagging, that a request for it can bring; the global keys come with
    /// every action.
    public var conditionKeys: [ConditionKey] { row.keys }

    /// Whether the action reaches items by their partition keys, so that a request for it brings
    /// `dynamodb:LeadingKeys`.
    ///
    /// A PartiQL select without a partition key is a scan and brings `dynamodb:FullTableScan` in their place.
    public var isKeyed: Bool { PolicyAction.keyed.contains(self) }

    /// The action of that name in any case of its letters, or nil.
    public init?(named name: String) {
        guard let found = PolicyAction.byName[name.lowercased()] else { return nil }
        self = found
    }

    private static let byName = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.name.lowercased(), $0) })

    private var row: ActionTable.Row { ActionTable.rows[Int(rawValue)] }

    private static let keyed = ActionSet(
        allCases.filter { $0.conditionKeys.contains(.leadingKeys) })
}
