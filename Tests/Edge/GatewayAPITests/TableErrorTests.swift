import GatewayTestKit
import HTTPClient
import Testing

@testable import GatewayAPI

/// What is refused of calls about tables, in AWS's words.
///
/// Source of the texts: DynamoDB's answers as dynalite's tests and the AWS Controllers for Kubernetes' records of them have them.
struct TableErrorTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    struct Case: Sendable, CustomTestStringConvertible {
        let operation: String
        let body: String
        let text: String
        var testDescription: String { "\(operation): \(text)" }

        init(_ operation: String, _ body: String, _ text: String) {
            self.operation = operation
            self.body = body
            self.text = text
        }
    }

    private func message(_ operation: String, _ body: String) throws -> String {
        let answer = try server.call(operation, body, as: server.operatorCredentials)
        #expect(answer.status == 400, "\(answer.text)")
        let parts = answer.text.split(separator: #"essage":""#, maxSplits: 1)
        return parts.count == 2 ? String(parts[1].dropLast(2)) : answer.text
    }

    @Test(arguments: creations + schemas + indexes + options) func refusesCreation(_ refused: Case) throws {
        #expect(try message(refused.operation, refused.body) == refused.text)
    }

    @Test(arguments: updates) func refusesUpdate(_ refused: Case) throws {
        _ = try server.call("CreateTable", Self.create(), as: server.operatorCredentials)
        #expect(try message(refused.operation, refused.body) == refused.text)
    }

    @Test(arguments: resources) func refusesTags(_ refused: Case) throws {
        _ = try server.call("CreateTable", Self.create(), as: server.operatorCredentials)
        #expect(try message(refused.operation, refused.body) == refused.text)
    }

    @Test func refusesMoreThanFiftyTags() throws {
        _ = try server.call("CreateTable", Self.create(), as: server.operatorCredentials)
        let tags = { (numbers: Range<Int>) in
            numbers.map { #"{"Key":"k\#($0)","Value":""}"# }.joined(separator: ",")
        }
        let arn = #""ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders""#
        let fifty = try server.call(
            "TagResource", #"{\#(arn),"Tags":[\#(tags(0..<50))]}"#, as: server.operatorCredentials)
        #expect(fifty.status == 200)
        #expect(
            try message("TagResource", #"{\#(arn),"Tags":[\#(tags(50..<51))]}"#)
                == "Number of Tags exceed the current limit for the provided ResourceArn")
    }

    @Test func refusesMoreThanTwentyGlobalIndexes() throws {
        let made = (0..<20).map { Self.global("index-\($0)", "a") }.joined(separator: ",")
        let answer = try server.call(
            "CreateTable", Self.create(more: #","GlobalSecondaryIndexes":[\#(made)]"#),
            as: server.operatorCredentials)
        #expect(answer.status == 200)
        let update =
            #"{"TableName":"orders","GlobalSecondaryIndexUpdates":[{"Create":\#(Self.global("one-more", "a"))}]}"#
        #expect(
            try message("UpdateTable", update)
                == "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of 20")
        let more = (0..<21).map { Self.global("index-\($0)", "a") }.joined(separator: ",")
        #expect(
            try message("CreateTable", Self.create(more: #","GlobalSecondaryIndexes":[\#(more)]"#))
                == "\(wrong)GlobalSecondaryIndex count exceeds the per-table limit of 20")
    }

    // MARK: Bodies

    private static let wrong = "One or more parameter values were invalid: "
    private var wrong: String { Self.wrong }

    /// CreateTable of `orders` with key `a` and, where asked for, other parts in place of the usual ones.
    private static func create(
        attributes: String = "a", keys: String = "a:HASH",
        billing: String = #","BillingMode":"PAY_PER_REQUEST""#,
        more: String = ""
    ) -> String {
        #"{"TableName":"orders","AttributeDefinitions":[\#(definitions(attributes))],"KeySchema":[\#(schema(keys))]"#
            + billing + more + "}"
    }

    private static func definitions(_ names: String) -> String {
        names.split(separator: " ").map { #"{"AttributeName":"\#($0)","AttributeType":"S"}"# }
            .joined(separator: ",")
    }

    private static func schema(_ keys: String) -> String {
        keys.split(separator: " ").map { key in
            let parts = key.split(separator: ":")
            return #"{"AttributeName":"\#(parts[0])","KeyType":"\#(parts[1])"}"#
        }.joined(separator: ",")
    }

    private static func index(
        _ name: String, _ keys: String, projection: String = #"{"ProjectionType":"ALL"}"#
    ) -> String {
        #"{"IndexName":"\#(name)","KeySchema":[\#(schema(keys))],"Projection":\#(projection)}"#
    }

    private static func global(_ name: String, _ key: String) -> String { index(name, "\(key):HASH") }

    private static func locals(_ indexes: String...) -> String {
        #","LocalSecondaryIndexes":[\#(indexes.joined(separator: ","))]"#
    }

    private static func globals(_ indexes: String...) -> String {
        #","GlobalSecondaryIndexes":[\#(indexes.joined(separator: ","))]"#
    }

    // MARK: Cases

    private static func creation(_ body: String, _ text: String) -> Case { Case("CreateTable", body, text) }

    private static let creations: [Case] = [
        creation("{}", "The parameter 'TableName' is required but was not present in the request"),
        creation(
            #"{"TableName":"a;"}"#,
            "2 validation errors detected: Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy "
                + "regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a;' at 'tableName' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 3"),
        creation(
            #"{"TableName":"abc"}"#,
            "2 validation errors detected: Value null at 'attributeDefinitions' failed to satisfy constraint: Member must "
                + "not be null; Value null at 'keySchema' failed to satisfy constraint: Member must not be null"
        ),
        creation(
            #"{"TableName":"abc","AttributeDefinitions":[{}],"KeySchema":[]}"#,
            "3 validation errors detected: Value null at 'attributeDefinitions.1.member.attributeName' failed to satisfy "
                + "constraint: Member must not be null; Value null at 'attributeDefinitions.1.member.attributeType' failed "
                + "to satisfy constraint: Member must not be null; Value '[]' at 'keySchema' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 1"),
        creation(
            #"{"TableName":"abc","AttributeDefinitions":[{"AttributeName":"b","AttributeType":"SS"}],"KeySchema":[{"AttributeName":"b","KeyType":"HASH"}]}"#,
            "1 validation error detected: Value 'SS' at 'attributeDefinitions.1.member.attributeType' failed to satisfy "
                + "constraint: Member must satisfy enum value set: [B, N, S]"),
        creation(
            create(billing: #","ProvisionedThroughput":{"ReadCapacityUnits":-1,"WriteCapacityUnits":-1}"#),
            "2 validation errors detected: Value '-1' at 'provisionedThroughput.writeCapacityUnits' failed to satisfy "
                + "constraint: Member must have value greater than or equal to 1; Value '-1' at "
                + "'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater "
                + "than or equal to 1"),
        creation(
            create(
                billing:
                    #","ProvisionedThroughput":{"ReadCapacityUnits":1000000000001,"WriteCapacityUnits":1000000000001}"#
            ),
            "Given value 1000000000001 for ReadCapacityUnits is out of bounds"),
        creation(
            create(billing: ""),
            "\(wrong)ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        ),
        creation(
            create(
                more: #","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}"#),
            "\(wrong)Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        ),
        creation(#"{"TableName":1}"#, "NUMBER_VALUE cannot be converted to String"),
        creation(
            #"{"TableName":"abc","ProvisionedThroughput":{"ReadCapacityUnits":"1"}}"#,
            "STRING_VALUE cannot be converted to Long"),
    ]

    private static let schemas: [Case] = [
        creation(
            create(attributes: "b", keys: "a:HASH b:RANGE"),
            "Invalid KeySchema: Some index key attribute have no definition"),
        creation(
            create(attributes: "b"),
            "\(wrong)Some index key attributes are not defined in AttributeDefinitions. Keys: [a], AttributeDefinitions: [b]"
        ),
        creation(create(attributes: "a a"), "Attribute Name is duplicated: a"),
        creation(
            create(attributes: "a b", keys: "a:HASH a:RANGE"),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
        creation(
            create(attributes: "a b", keys: "a:RANGE b:HASH"),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        creation(
            create(attributes: "a b", keys: "a:HASH b:HASH"),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        creation(
            create(attributes: "a c b", keys: "a:HASH b:RANGE"),
            "\(wrong)Number of attributes in KeySchema does not exactly match number of attributes defined in "
                + "AttributeDefinitions"),
        creation(
            create(attributes: "a b c", more: globals(global("abc", "b"))),
            "\(wrong)Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: [a, b]"
        ),
    ]

    private static let indexes: [Case] = [
        creation(create(more: locals()), "\(wrong)List of LocalSecondaryIndexes is empty"),
        creation(create(more: globals()), "\(wrong)List of GlobalSecondaryIndexes is empty"),
        creation(
            create(attributes: "a b", more: locals(index("abc", "a:HASH b:RANGE"))),
            "\(wrong)Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        ),
        creation(
            create(attributes: "a b", keys: "a:HASH b:RANGE", more: locals(index("abc", "b:HASH"))),
            "\(wrong)Index KeySchema does not have a range key for index: abc"),
        creation(
            create(attributes: "a b", keys: "a:HASH b:RANGE", more: locals(index("abc", "b:HASH a:RANGE"))),
            "\(wrong)Index KeySchema does not have the same leading hash key as table KeySchema for index: abc. "
                + "index hash key: b, table hash key: a"),
        creation(
            create(
                attributes: "a b", keys: "a:HASH b:RANGE",
                more: locals(index("abc", "a:HASH b:RANGE", projection: "{}"))),
            "\(wrong)Unknown ProjectionType: null"),
        creation(
            create(
                more: globals(
                    index("abc", "a:HASH", projection: #"{"ProjectionType":"ALL","NonKeyAttributes":["a"]}"#))
            ),
            "\(wrong)ProjectionType is ALL, but NonKeyAttributes is specified"),
        creation(
            create(more: globals(index("abc", "a:HASH", projection: #"{"ProjectionType":"INCLUDE"}"#))),
            "\(wrong)ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
        creation(
            create(
                more: globals(
                    index(
                        "abc", "a:HASH",
                        projection: #"{"ProjectionType":"INCLUDE","NonKeyAttributes":["x","x"]}"#))),
            "\(wrong)Duplicate element in NonKeyAttributes: x"),
        creation(
            create(more: globals(global("abc", "a"), global("abc", "a"))),
            "\(wrong)Duplicate index name: abc"),
        creation(
            create(
                attributes: "a b", keys: "a:HASH b:RANGE",
                more:
                    #","LocalSecondaryIndexes":[\#((0..<6).map { index("abc\($0)", "a:HASH b:RANGE") }.joined(separator: ","))]"#
            ),
            "\(wrong)Number of LocalSecondaryIndexes exceeds per-table limit of 5"),
        creation(
            create(
                billing: #","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}"#,
                more: globals(global("abc", "a"))),
            "\(wrong)ProvisionedThroughput is not specified for index: abc"),
        creation(
            create(more: globals(index("abc", "a:HASH b:RANGE c:HASH"))),
            "\(wrong)Some index key attributes are not defined in AttributeDefinitions. Keys: [a, b, c], "
                + "AttributeDefinitions: [a]"),
        creation(
            create(attributes: "a b c", more: globals(index("abc", "a:HASH b:RANGE c:HASH"))),
            "\(wrong)All HASH key attributes must precede RANGE key attributes in the KeySchema"),
        creation(
            create(
                attributes: "a b c d e", more: globals(index("abc", "a:HASH b:HASH c:HASH d:HASH e:HASH"))),
            "\(wrong)The KeySchema exceeds the maximum allowed number of HASH key attributes"),
    ]

    private static let options: [Case] = [
        creation(
            create(more: #","StreamSpecification":{"StreamEnabled":true}"#),
            "\(wrong)Table is being created with a stream enabled, UpdateViewType is required"),
        creation(
            create(more: #","StreamSpecification":{"StreamEnabled":false,"StreamViewType":"KEYS_ONLY"}"#),
            "\(wrong)Table is being created with a stream disabled, UpdateViewType should not be specified"),
        creation(
            create(more: #","SSESpecification":{"Enabled":false,"SSEType":"KMS"}"#),
            "\(wrong)SSEType can not be specified if Enabled is false"),
        creation(
            create(more: #","TableClass":"COLD""#),
            "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
                + "STANDARD_INFREQUENT_ACCESS]."),
        creation(
            create(more: #","Tags":[{"Key":"aws:x","Value":"y"}]"#),
            "Tag Key cannot be prefixed with aws:, Key: aws:x"),
    ]

    private static func update(_ parts: String, _ text: String) -> Case {
        Case("UpdateTable", #"{"TableName":"orders","# + parts + "}", text)
    }

    private static let updates: [Case] = [
        Case(
            "UpdateTable", #"{"TableName":"absent","DeletionProtectionEnabled":true}"#,
            "Requested resource not found: Table: absent not found"),
        Case(
            "UpdateTable", #"{"TableName":"orders"}"#,
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
                + "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
                + "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass "
                + "is required"),
        update(
            #""DeletionProtectionEnabled":true,"SSESpecification":{"Enabled":true}"#,
            "\(wrong)Server-Side Encryption modification must be the only operation in the request"),
        update(
            #""DeletionProtectionEnabled":true,"BillingMode":"PAY_PER_REQUEST""#,
            "\(wrong)DeletionProtection modification must be the only operation in the request"),
        update(
            #""ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}"#,
            "\(wrong)Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        ),
        update(
            #""BillingMode":"PROVISIONED""#,
            "\(wrong)ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
        update(
            #""GlobalSecondaryIndexUpdates":[{}]"#,
            "\(wrong)One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                + "GlobalSecondaryIndexUpdate.Delete must not be null"),
        update(
            #""GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}},{"Delete":{"IndexName":"abc"}}]"#,
            "\(wrong)Only one global secondary index update per index is allowed simultaneously. Index: abc"),
        update(
            #""GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}},{"Delete":{"IndexName":"abd"}}]"#,
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        ),
        update(
            #""GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}}]"#, "Requested resource not found"
        ),
        update(
            #""GlobalSecondaryIndexUpdates":[{"Create":\#(global("abc", "x"))}]"#,
            "\(wrong)AttributeDefinitions is not specified for index: abc"),
        update(
            #""StreamSpecification":{"StreamEnabled":true}"#,
            "\(wrong)If stream is being enabled then UpdateViewType is required"),
        update(
            #""StreamSpecification":{"StreamEnabled":false,"StreamViewType":"KEYS_ONLY"}"#,
            "\(wrong)If stream is being disabled, then UpdateViewType must not be specified"),
        Case(
            "UpdateTimeToLive", #"{"TableName":"orders"}"#,
            "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member "
                + "must not be null"),
        Case(
            "UpdateContinuousBackups",
            #"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":36}}"#,
            "1 validation error detected: Value '36' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to "
                + "satisfy constraint: Member must have value less than or equal to 35"),
        Case(
            "UpdateContinuousBackups",
            #"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":false,"RecoveryPeriodInDays":3}}"#,
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."),
    ]

    private static let resources: [Case] = [
        Case("TagResource", "{}", "Invalid TableArn"),
        Case(
            "ListTagsOfResource", #"{"ResourceArn":"orders"}"#, "\(wrong)ARNs must start with 'arn:': orders"),
        Case(
            "ListTagsOfResource", #"{"ResourceArn":"arn:aws:s3:::bucket"}"#,
            "\(wrong)Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::bucket"),
        Case(
            "ListTagsOfResource",
            #"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders/index/abc"}"#,
            "\(wrong)Invalid resource arn provided, only table or stream is accepted. Provided resource arn: "
                + "arn:aws:dynamodb:us-east-1:000000000000:table/orders/index/abc"),
        Case(
            "ListTagsOfResource", #"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/absent"}"#,
            "Requested resource not found: ResourcArn: arn:aws:dynamodb:us-east-1:000000000000:table/absent not found"
        ),
        Case(
            "TagResource",
            #"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders","Tags":[]}"#,
            "Atleast one Tag needs to be provided as Input."),
        Case(
            "TagResource",
            #"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders","Tags":[{"Key":"a","Value":"1"},{"Key":"a","Value":"2"}]}"#,
            "Duplicate Tag Keys provided as input: Duplicate Tag Key found a"),
        Case(
            "UntagResource", #"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders"}"#,
            "Atleast one Tag Key needs to be provided as Input."),
    ]
}
