import Base
import Items
import Policies

extension AWSCommandText {
    /// The command of an action on tables, streams, backups and roles; nil where the action has none of its own, such as
    /// those that only grant something to a service of AWS.
    func otherWords(_ asked: AskedRequest) -> Words? {
        let name = AWSCommandText.commandName(asked.action)
        switch asked.action {
        case .describeStream, .getShardIterator, .getRecords, .listStreams:
            return Words(service: "dynamodbstreams", words: [name] + streamOptions(asked))
        case .associateTableReplica, .createGlobalTableWitness, .createTableReplica,
            .deleteGlobalTableWitness,
            .deleteTableReplica, .describeReservedCapacity, .describeReservedCapacityOfferings,
            .getAbacStatus, .injectError, .purchaseReservedCapacityOfferings, .readDataForReplication,
            .replicateSettings, .restoreTableFromAwsBackup, .startAwsBackupJob, .updateAbacStatus,
            .updateGlobalTableVersion, .writeDataForReplication:
            return nil
        default: break
        }
        guard asked.action.name.hasPrefix("dynamodb:") else { return identityWords(name, asked) }
        return Words(words: [name] + placeOptions(asked) + tableOptions(asked))
    }

    /// `dynamodb:DescribeTable` is `describe-table`. Source: the AWS CLI's names of operations.
    static func commandName(_ action: PolicyAction) -> String {
        let name = Array(action.name.split(separator: ":").last ?? "")
        var words = ""
        for (place, letter) in name.enumerated() {
            // A word begins at a capital behind a small letter, or before one: `WithSAML`, `SAMLProvider`.
            let isBehindSmall = place > 0 && name[place - 1].isLowercase
            if letter.isUppercase, isBehindSmall { words += "-" }
            words += letter.lowercased()
        }
        return words
    }

    private func streamOptions(_ asked: AskedRequest) -> [String] {
        switch asked.action {
        case .describeStream: ["--stream-arn", asked.arn]
        case .getShardIterator:
            [
                "--stream-arn", asked.arn, "--shard-id", "shardId-00000000000000000000-00000000",
                "--shard-iterator-type", "TRIM_HORIZON",
            ]
        case .getRecords: ["--shard-iterator", "ITERATOR-OF:\(asked.arn)"]
        default: []
        }
    }

    /// The option that says what the action is about.
    private func placeOptions(_ asked: AskedRequest) -> [String] {
        let kinds = asked.action.resourceKinds
        switch asked.action {
        case .listTagsOfResource, .tagResource, .untagResource, .getResourcePolicy, .putResourcePolicy,
            .deleteResourcePolicy:
            return ["--resource-arn", asked.arn]
        case .exportTableToPointInTime: return ["--table-arn", asked.arn]
        case .restoreTableToPointInTime: return ["--source-table-name", asked.table]
        case .importTable, .listBackups, .listContributorInsights, .listExports, .listImports: return []
        default: break
        }
        if kinds.contains(.backup) { return ["--backup-arn", asked.arn] }
        if kinds.contains(.export) { return ["--export-arn", asked.arn] }
        if kinds.contains(.import) { return ["--import-arn", asked.arn] }
        if kinds.contains(.globalTable) { return ["--global-table-name", asked.table] }
        guard kinds.contains(.table) else { return [] }
        return ["--table-name", asked.table] + (asked.index.map { ["--index-name", $0] } ?? [])
    }

    /// What else the command needs.
    private func tableOptions(_ asked: AskedRequest) -> [String] {
        switch asked.action {
        case .createTable: return AWSCommandText.newTable(asked)
        case .updateTable: return ["--billing-mode", "PAY_PER_REQUEST"]
        case .tagResource: return ["--tags", "Key=\(asked.text(.tagKeys) ?? "example"),Value=example"]
        case .untagResource: return ["--tag-keys", asked.text(.tagKeys) ?? "example"]
        case .updateTimeToLive:
            return ["--time-to-live-specification", "Enabled=true,AttributeName=example"]
        case .updateContinuousBackups:
            return ["--point-in-time-recovery-specification", "PointInTimeRecoveryEnabled=false"]
        case .createBackup: return ["--backup-name", "example"]
        case .restoreTableFromBackup: return ["--target-table-name", "example"]
        case .restoreTableToPointInTime:
            return ["--target-table-name", "example", "--use-latest-restorable-time"]
        case .exportTableToPointInTime: return ["--s3-bucket", "example"]
        case .importTable:
            let parameters = AWSCommandText.json { json in
                json.beginObject()
                json.name("TableName")
                json.string(asked.table)
                json.name("BillingMode")
                json.string("PAY_PER_REQUEST")
                json.endObject()
            }
            return [
                "--s3-bucket-source", "S3Bucket=example", "--input-format", "DYNAMODB_JSON",
                "--table-creation-parameters", parameters,
            ]
        case .putResourcePolicy: return ["--policy", "file://policy.json"]
        case .updateContributorInsights: return ["--contributor-insights-action", "ENABLE"]
        case .createGlobalTable: return ["--replication-group", "RegionName=us-east-1"]
        case .updateGlobalTable: return ["--replica-updates", "Create={RegionName=us-east-1}"]
        case .enableKinesisStreamingDestination, .disableKinesisStreamingDestination,
            .updateKinesisStreamingDestination:
            return ["--stream-arn", "arn:aws:kinesis:us-east-1:000000000000:stream/example"]
        default: return []
        }
    }

    private static func newTable(_ asked: AskedRequest) -> [String] {
        let attributes = asked.tableKey.attributes
        let definitions = attributes.map { "AttributeName=\($0.name),AttributeType=\($0.type.rawValue)" }
        let keys = zip(attributes, ["HASH", "RANGE"]).map { "AttributeName=\($0.name),KeyType=\($1)" }
        return ["--attribute-definitions"] + definitions + ["--key-schema"] + keys
            + ["--billing-mode", "PAY_PER_REQUEST"]
    }

    private func identityWords(_ name: String, _ asked: AskedRequest) -> Words? {
        let session = ["--role-arn", asked.arn, "--role-session-name", "example"]
        switch asked.action {
        case .assumeRole: return Words(service: "sts", words: [name] + session)
        case .assumeRoleWithWebIdentity:
            return Words(service: "sts", words: [name] + session + ["--web-identity-token", "TOKEN"])
        case .assumeRoleWithSAML:
            return Words(
                service: "sts",
                words: [
                    name, "--role-arn", asked.arn, "--principal-arn", "PROVIDER", "--saml-assertion", "TEXT",
                ])
        case .decodeAuthorizationMessage:
            return Words(service: "sts", words: [name, "--encoded-message", "MESSAGE"])
        case .getAccessKeyInfo: return Words(service: "sts", words: [name, "--access-key-id", "KEY"])
        case .getFederationToken: return Words(service: "sts", words: [name, "--name", "example"])
        case .getCallerIdentity, .getSessionToken: return Words(service: "sts", words: [name])
        default: return nil
        }
    }
}
