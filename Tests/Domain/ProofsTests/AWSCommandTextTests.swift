import Base
import Items
import Policies
import Tenancy
import Testing

@testable import Proofs

@Suite struct AWSCommandTextTests {
    private static let region = "us-east-1"
    private static let account = "000000000000"

    /// A question with its command.
    struct Sample: Sendable, CustomTestStringConvertible {
        let action: PolicyAction
        var index: String?
        var resource: String?
        var values: [(ConditionKey, [String])] = []
        let command: String
        var testDescription: String { "\(action.name) \(command.prefix(60))" }
    }

    private func command(_ sample: Sample, endpoint: String? = nil) throws -> String {
        let resource =
            if let text = sample.resource {
                PolicyResource(dynamoDB: text, region: Self.region, account: Self.account)
            } else if let index = sample.index {
                PolicyResource(
                    index: index, ofTable: "student-table", region: Self.region, account: Self.account)
            } else {
                PolicyResource(table: "student-table", region: Self.region, account: Self.account)
            }
        var request = DecisionRequest(sample.action, on: resource, by: .unknown)
        for (key, values) in sample.values { for value in values { request.context.append(value, to: key) } }
        return AWSCommandText(catalog: try ProofSamples.catalog()).text(of: request, endpoint: endpoint)
    }

    private static let key = (ConditionKey.leadingKeys, ["TENANT#s1#STUDENT#1"])

    static let items: [Sample] = [
        Sample(
            action: .getItem, values: [key],
            command: """
                aws dynamodb get-item --table-name student-table --key \
                '{"recordKey":{"S":"TENANT#s1#STUDENT#1"},"entityKey":{"S":"example"}}'
                """),
        Sample(
            action: .getItem, values: [key, (.attributes, ["recordKey", "grade"]), (.select, ["COUNT"])],
            command: """
                aws dynamodb get-item --table-name student-table --key \
                '{"recordKey":{"S":"TENANT#s1#STUDENT#1"},"entityKey":{"S":"example"}}' --projection-expression \
                '#n0,#n1' --expression-attribute-names '{"#n0":"recordKey","#n1":"grade"}' --select COUNT
                """),
        Sample(
            action: .putItem, values: [key, (.attributes, ["recordKey", "grade"])],
            command: """
                aws dynamodb put-item --table-name student-table --item \
                '{"recordKey":{"S":"TENANT#s1#STUDENT#1"},"entityKey":{"S":"example"},"grade":{"S":"example"}}'
                """),
        Sample(
            action: .updateItem, values: [key, (.returnValues, ["ALL_OLD"])],
            command: """
                aws dynamodb update-item --table-name student-table --key \
                '{"recordKey":{"S":"TENANT#s1#STUDENT#1"},"entityKey":{"S":"example"}}' --update-expression \
                'SET #n0 = :v' --expression-attribute-names '{"#n0":"example"}' --expression-attribute-values \
                '{":v":{"S":"example"}}' --return-values ALL_OLD
                """),
        Sample(
            action: .deleteItem, values: [(.leadingKeys, ["it's"])],
            command: #"""
                aws dynamodb delete-item --table-name student-table --key '{"recordKey":{"S":"it'\''s"},"entityKey":{"S":"example"}}'
                """#),
        Sample(
            action: .query, index: "teacher-index", values: [key],
            command: """
                aws dynamodb query --table-name student-table --index-name teacher-index \
                --key-condition-expression '#n0 = :k0' --expression-attribute-names '{"#n0":"teacherKey"}' \
                --expression-attribute-values '{":k0":{"S":"TENANT#s1#STUDENT#1"}}'
                """),
        Sample(action: .scan, command: "aws dynamodb scan --table-name student-table"),
        Sample(
            action: .batchGetItem, values: [(.leadingKeys, ["a", "b"])],
            command: """
                aws dynamodb batch-get-item --request-items '{"student-table":{"Keys":\
                [{"recordKey":{"S":"a"},"entityKey":{"S":"example"}},\
                {"recordKey":{"S":"b"},"entityKey":{"S":"example"}}]}}'
                """),
        Sample(
            action: .batchWriteItem, values: [(.leadingKeys, ["a"])],
            command: """
                aws dynamodb batch-write-item --request-items '{"student-table":[{"PutRequest":{"Item":\
                {"recordKey":{"S":"a"},"entityKey":{"S":"example"}}}}]}'
                """),
        Sample(
            action: .conditionCheckItem, values: [(.leadingKeys, ["a"])],
            command: """
                aws dynamodb transact-write-items --transact-items '[{"ConditionCheck":{"TableName":"student-table",\
                "Key":{"recordKey":{"S":"a"},"entityKey":{"S":"example"}},"ConditionExpression":\
                "attribute_exists(#n0)","ExpressionAttributeNames":{"#n0":"recordKey"}}}]'
                """),
        Sample(
            action: .putItem, values: [(.leadingKeys, ["a"]), (.enclosingOperation, ["TransactWriteItems"])],
            command: """
                aws dynamodb transact-write-items --transact-items '[{"Put":{"TableName":"student-table",\
                "Item":{"recordKey":{"S":"a"},"entityKey":{"S":"example"}}}}]'
                """),
        Sample(
            action: .getItem, values: [(.leadingKeys, ["a"]), (.enclosingOperation, ["TransactGetItems"])],
            command: """
                aws dynamodb transact-get-items --transact-items '[{"Get":{"TableName":"student-table",\
                "Key":{"recordKey":{"S":"a"},"entityKey":{"S":"example"}}}}]'
                """),
    ]

    @Test(arguments: items) func namesTheKeyOfAnItem(_ sample: Sample) throws {
        #expect(try command(sample) == sample.command)
    }

    static let statements: [Sample] = [
        Sample(
            action: .partiQLSelect, values: [key],
            command: """
                aws dynamodb execute-statement --statement 'SELECT * FROM "student-table" WHERE "recordKey" = ?' \
                --parameters '[{"S":"TENANT#s1#STUDENT#1"}]'
                """),
        Sample(
            action: .partiQLSelect, index: "teacher-index", values: [(.fullTableScan, ["true"])],
            command: """
                aws dynamodb execute-statement --statement 'SELECT * FROM "student-table"."teacher-index"'
                """),
        Sample(
            action: .partiQLInsert, values: [(.leadingKeys, ["a"])],
            command: #"""
                aws dynamodb execute-statement --statement 'INSERT INTO "student-table" VALUE \#
                {'\''recordKey'\'': ?, '\''entityKey'\'': ?}' --parameters '[{"S":"a"},{"S":"example"}]'
                """#),
        Sample(
            action: .partiQLUpdate, values: [(.leadingKeys, ["a"])],
            command: #"""
                aws dynamodb execute-statement --statement 'UPDATE "student-table" SET "example" = '\''example'\'' \#
                WHERE "recordKey" = ? AND "entityKey" = ?' --parameters '[{"S":"a"},{"S":"example"}]'
                """#),
        Sample(
            action: .partiQLDelete,
            values: [(.leadingKeys, ["a"]), (.enclosingOperation, ["ExecuteTransaction"])],
            command: #"""
                aws dynamodb execute-transaction --transact-statements '[{"Statement":"DELETE FROM \"student-table\" \#
                WHERE \"recordKey\" = ? AND \"entityKey\" = ?","Parameters":[{"S":"a"},{"S":"example"}]}]'
                """#),
    ]

    @Test(arguments: statements) func handsStatementsTheirKeysAsParameters(_ sample: Sample) throws {
        #expect(try command(sample) == sample.command)
    }

    private static let arn = "arn:aws:dynamodb:us-east-1:000000000000:"

    static let others: [Sample] = [
        Sample(action: .describeTable, command: "aws dynamodb describe-table --table-name student-table"),
        Sample(
            action: .tagResource, values: [(.tagKeys, ["team"])],
            command: """
                aws dynamodb tag-resource --resource-arn \(arn)table/student-table --tags Key=team,Value=example
                """),
        Sample(action: .listTables, resource: "table/*", command: "aws dynamodb list-tables"),
        Sample(
            action: .getShardIterator, resource: "table/student-table/stream/2026",
            command: """
                aws dynamodbstreams get-shard-iterator --stream-arn \(arn)table/student-table/stream/2026 --shard-id \
                shardId-00000000000000000000-00000000 --shard-iterator-type TRIM_HORIZON
                """),
        Sample(
            action: .describeBackup, resource: "table/student-table/backup/01",
            command: "aws dynamodb describe-backup --backup-arn \(arn)table/student-table/backup/01"),
        Sample(
            action: .createTable,
            command: """
                aws dynamodb create-table --table-name student-table --attribute-definitions \
                AttributeName=recordKey,AttributeType=S AttributeName=entityKey,AttributeType=S --key-schema \
                AttributeName=recordKey,KeyType=HASH AttributeName=entityKey,KeyType=RANGE --billing-mode PAY_PER_REQUEST
                """),
        Sample(
            action: .readDataForReplication,
            command: """
                # no command of the AWS CLI asks for dynamodb:ReadDataForReplication on \(arn)table/student-table by itself
                """),
        Sample(action: .getCallerIdentity, resource: "table/*", command: "aws sts get-caller-identity"),
        Sample(
            action: .getItem, resource: "table/unknown", values: [key],
            command: """
                aws dynamodb get-item --table-name unknown --key '{"PARTITION-KEY":{"S":"TENANT#s1#STUDENT#1"}}'
                """),
    ]

    @Test(arguments: others) func namesWhatElseAnActionIsAbout(_ sample: Sample) throws {
        #expect(try command(sample) == sample.command)
    }

    @Test func sendsToTheEndpointThatIsAskedFor() throws {
        let sample = Sample(action: .listTables, resource: "table/*", command: "")
        #expect(
            try command(sample, endpoint: "http://127.0.0.1:8000")
                == "aws dynamodb list-tables --endpoint-url http://127.0.0.1:8000")
    }

    @Test(arguments: PolicyAction.allCases) func saysSomethingOfEveryAction(_ action: PolicyAction) throws {
        let text = try command(Sample(action: action, command: ""))
        #expect(text.hasPrefix("aws ") || text.hasPrefix("# no command"))
        #expect(!text.contains("\n"))
    }
}
