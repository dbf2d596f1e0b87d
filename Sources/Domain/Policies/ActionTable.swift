/// What is known of each action, in the order of `PolicyAction`.
///
/// Source: AWS Service Authorization Reference. STS's keys of foreign identity providers are left out: they
/// come with tokens, not with actions.
enum ActionTable {
    struct Row: Sendable {
        let action: PolicyAction
        let name: String
        let level: PolicyAction.AccessLevel
        let kinds: [PolicyAction.ResourceKind]
        let keys: [ConditionKey]

        init(
            _ action: PolicyAction, _ name: String, _ level: PolicyAction.AccessLevel,
            _ kinds: [PolicyAction.ResourceKind], _ keys: [ConditionKey] = []
        ) {
            self.action = action
            self.name = name
            self.level = level
            self.kinds = kinds
            self.keys = keys
        }
    }

    static let namesInLowerCase = rows.map { Array($0.name.lowercased().utf8) }

    static let rows: [Row] = [
        Row(.associateTableReplica, "dynamodb:AssociateTableReplica", .write, [.table]),
        Row(
            .batchGetItem, "dynamodb:BatchGetItem", .read, [.table],
            [.attributes, .leadingKeys, .returnConsumedCapacity, .select]),
        Row(
            .batchWriteItem, "dynamodb:BatchWriteItem", .write, [.table],
            [.attributes, .leadingKeys, .returnConsumedCapacity]),
        Row(
            .conditionCheckItem, "dynamodb:ConditionCheckItem", .read, [.table],
            [.attributes, .leadingKeys, .returnConsumedCapacity, .returnValues]),
        Row(.createBackup, "dynamodb:CreateBackup", .write, [.table]),
        Row(.createGlobalTable, "dynamodb:CreateGlobalTable", .write, [.globalTable, .table]),
        Row(.createGlobalTableWitness, "dynamodb:CreateGlobalTableWitness", .write, [.table]),
        Row(.createTable, "dynamodb:CreateTable", .write, [.table], [.requestTag, .tagKeys]),
        Row(.createTableReplica, "dynamodb:CreateTableReplica", .write, [.table]),
        Row(.deleteBackup, "dynamodb:DeleteBackup", .write, [.backup]),
        Row(.deleteGlobalTableWitness, "dynamodb:DeleteGlobalTableWitness", .write, [.table]),
        Row(
            .deleteItem, "dynamodb:DeleteItem", .write, [.table],
            [.attributes, .enclosingOperation, .leadingKeys, .returnConsumedCapacity, .returnValues]),
        Row(
            .deleteResourcePolicy, "dynamodb:DeleteResourcePolicy", .permissionsManagement, [.stream, .table]),
        Row(.deleteTable, "dynamodb:DeleteTable", .write, [.table]),
        Row(.deleteTableReplica, "dynamodb:DeleteTableReplica", .write, [.table]),
        Row(.describeBackup, "dynamodb:DescribeBackup", .read, [.backup]),
        Row(.describeContinuousBackups, "dynamodb:DescribeContinuousBackups", .read, [.table]),
        Row(.describeContributorInsights, "dynamodb:DescribeContributorInsights", .read, [.index, .table]),
        Row(.describeEndpoints, "dynamodb:DescribeEndpoints", .read, []),
        Row(.describeExport, "dynamodb:DescribeExport", .read, [.export]),
        Row(.describeGlobalTable, "dynamodb:DescribeGlobalTable", .read, [.globalTable]),
        Row(.describeGlobalTableSettings, "dynamodb:DescribeGlobalTableSettings", .read, [.globalTable]),
        Row(.describeImport, "dynamodb:DescribeImport", .read, [.import]),
        Row(
            .describeKinesisStreamingDestination, "dynamodb:DescribeKinesisStreamingDestination", .read,
            [.table]),
        Row(.describeLimits, "dynamodb:DescribeLimits", .read, []),
        Row(.describeReservedCapacity, "dynamodb:DescribeReservedCapacity", .read, []),
        Row(.describeReservedCapacityOfferings, "dynamodb:DescribeReservedCapacityOfferings", .read, []),
        Row(.describeStream, "dynamodb:DescribeStream", .read, [.stream]),
        Row(.describeTable, "dynamodb:DescribeTable", .read, [.table]),
        Row(.describeTableReplicaAutoScaling, "dynamodb:DescribeTableReplicaAutoScaling", .read, [.table]),
        Row(.describeTimeToLive, "dynamodb:DescribeTimeToLive", .read, [.table]),
        Row(
            .disableKinesisStreamingDestination, "dynamodb:DisableKinesisStreamingDestination", .write,
            [.table]),
        Row(
            .enableKinesisStreamingDestination, "dynamodb:EnableKinesisStreamingDestination", .write, [.table]
        ),
        Row(.exportTableToPointInTime, "dynamodb:ExportTableToPointInTime", .write, [.table]),
        Row(.getAbacStatus, "dynamodb:GetAbacStatus", .read, []),
        Row(
            .getItem, "dynamodb:GetItem", .read, [.table],
            [.attributes, .enclosingOperation, .leadingKeys, .returnConsumedCapacity, .select]),
        Row(.getRecords, "dynamodb:GetRecords", .read, [.stream]),
        Row(.getResourcePolicy, "dynamodb:GetResourcePolicy", .read, [.stream, .table]),
        Row(.getShardIterator, "dynamodb:GetShardIterator", .read, [.stream]),
        Row(.importTable, "dynamodb:ImportTable", .write, [.table]),
        Row(.injectError, "dynamodb:InjectError", .write, [], [.fisActionId, .fisTargetArns]),
        Row(.listBackups, "dynamodb:ListBackups", .list, []),
        Row(.listContributorInsights, "dynamodb:ListContributorInsights", .list, []),
        Row(.listExports, "dynamodb:ListExports", .list, []),
        Row(.listGlobalTables, "dynamodb:ListGlobalTables", .list, []),
        Row(.listImports, "dynamodb:ListImports", .list, []),
        Row(.listStreams, "dynamodb:ListStreams", .read, []),
        Row(.listTables, "dynamodb:ListTables", .list, []),
        Row(.listTagsOfResource, "dynamodb:ListTagsOfResource", .read, [.table]),
        Row(
            .partiQLDelete, "dynamodb:PartiQLDelete", .write, [.table],
            [.attributes, .enclosingOperation, .leadingKeys, .returnValues]),
        Row(
            .partiQLInsert, "dynamodb:PartiQLInsert", .write, [.table],
            [.attributes, .enclosingOperation, .leadingKeys]),
        Row(
            .partiQLSelect, "dynamodb:PartiQLSelect", .read, [.index, .table],
            [.attributes, .enclosingOperation, .fullTableScan, .leadingKeys, .select]),
        Row(
            .partiQLUpdate, "dynamodb:PartiQLUpdate", .write, [.table],
            [.attributes, .enclosingOperation, .leadingKeys, .returnValues]),
        Row(.purchaseReservedCapacityOfferings, "dynamodb:PurchaseReservedCapacityOfferings", .write, []),
        Row(
            .putItem, "dynamodb:PutItem", .write, [.table],
            [.attributes, .enclosingOperation, .leadingKeys, .returnConsumedCapacity, .returnValues]),
        Row(.putResourcePolicy, "dynamodb:PutResourcePolicy", .permissionsManagement, [.stream, .table]),
        Row(
            .query, "dynamodb:Query", .read, [.index, .table],
            [.attributes, .leadingKeys, .returnConsumedCapacity, .returnValues, .select]),
        Row(.readDataForReplication, "dynamodb:ReadDataForReplication", .read, [.table]),
        Row(.replicateSettings, "dynamodb:ReplicateSettings", .write, [.table]),
        Row(.restoreTableFromAwsBackup, "dynamodb:RestoreTableFromAwsBackup", .write, [.table]),
        Row(.restoreTableFromBackup, "dynamodb:RestoreTableFromBackup", .write, [.backup, .table]),
        Row(.restoreTableToPointInTime, "dynamodb:RestoreTableToPointInTime", .write, [.table]),
        Row(
            .scan, "dynamodb:Scan", .read, [.index, .table],
            [.attributes, .returnConsumedCapacity, .returnValues, .select]),
        Row(.startAwsBackupJob, "dynamodb:StartAwsBackupJob", .write, [.table]),
        Row(.tagResource, "dynamodb:TagResource", .tagging, [.table], [.requestTag, .tagKeys]),
        Row(.untagResource, "dynamodb:UntagResource", .tagging, [.table], [.tagKeys]),
        Row(.updateAbacStatus, "dynamodb:UpdateAbacStatus", .permissionsManagement, []),
        Row(.updateContinuousBackups, "dynamodb:UpdateContinuousBackups", .write, [.table]),
        Row(.updateContributorInsights, "dynamodb:UpdateContributorInsights", .write, [.index, .table]),
        Row(.updateGlobalTable, "dynamodb:UpdateGlobalTable", .write, [.globalTable, .table]),
        Row(
            .updateGlobalTableSettings, "dynamodb:UpdateGlobalTableSettings", .write, [.globalTable, .table]),
        Row(.updateGlobalTableVersion, "dynamodb:UpdateGlobalTableVersion", .write, [.globalTable, .table]),
        Row(
            .updateItem, "dynamodb:UpdateItem", .write, [.table],
            [.attributes, .enclosingOperation, .leadingKeys, .returnConsumedCapacity, .returnValues]),
        Row(
            .updateKinesisStreamingDestination, "dynamodb:UpdateKinesisStreamingDestination", .write, [.table]
        ),
        Row(.updateTable, "dynamodb:UpdateTable", .write, [.table]),
        Row(.updateTableReplicaAutoScaling, "dynamodb:UpdateTableReplicaAutoScaling", .write, [.table]),
        Row(.updateTimeToLive, "dynamodb:UpdateTimeToLive", .write, [.table]),
        Row(.writeDataForReplication, "dynamodb:WriteDataForReplication", .write, [.table]),
        Row(
            .assumeRole, "sts:AssumeRole", .write, [.role],
            [
                .requestTag, .tagKeys, .iamResourceTag, .stsExternalId, .stsRoleSessionName,
                .stsSourceIdentity, .stsTransitiveTagKeys,
            ]),
        Row(
            .assumeRoleWithSAML, "sts:AssumeRoleWithSAML", .write, [.role],
            [.requestTag, .tagKeys, .stsRoleSessionName, .stsSourceIdentity, .stsTransitiveTagKeys]),
        Row(
            .assumeRoleWithWebIdentity, "sts:AssumeRoleWithWebIdentity", .write, [.role],
            [.requestTag, .tagKeys, .stsRoleSessionName, .stsSourceIdentity, .stsTransitiveTagKeys]),
        Row(.assumeRoot, "sts:AssumeRoot", .write, [.rootUser], [.stsTaskPolicyArn]),
        Row(.decodeAuthorizationMessage, "sts:DecodeAuthorizationMessage", .write, []),
        Row(.getAccessKeyInfo, "sts:GetAccessKeyInfo", .read, []),
        Row(.getCallerIdentity, "sts:GetCallerIdentity", .read, []),
        Row(.getDelegatedAccessToken, "sts:GetDelegatedAccessToken", .write, []),
        Row(
            .getFederationToken, "sts:GetFederationToken", .read, [.federatedUser, .user],
            [.requestTag, .tagKeys]),
        Row(
            .getServiceBearerToken, "sts:GetServiceBearerToken", .read, [],
            [.stsAWSServiceName, .stsDurationSeconds]),
        Row(.getSessionToken, "sts:GetSessionToken", .read, []),
        Row(
            .getWebIdentityToken, "sts:GetWebIdentityToken", .write, [],
            [.requestTag, .tagKeys, .stsDurationSeconds, .stsIdentityTokenAudience, .stsSigningAlgorithm]),
        Row(
            .setContext, "sts:SetContext", .write, [.role, .selfSession],
            [.stsRequestContext, .stsRequestContextProviders]),
        Row(.setSourceIdentity, "sts:SetSourceIdentity", .write, [.role, .user], [.stsSourceIdentity]),
        Row(.tagGetWebIdentityToken, "sts:TagGetWebIdentityToken", .tagging, [], [.requestTag, .tagKeys]),
        Row(
            .tagSession, "sts:TagSession", .tagging, [.role, .user],
            [.requestTag, .tagKeys, .stsTransitiveTagKeys]),
    ]
}
