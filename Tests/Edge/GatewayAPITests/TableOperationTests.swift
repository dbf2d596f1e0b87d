import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Items
import SigV4
import Tables
import Testing

@testable import GatewayAPI

/// The life of an operator's table over the wire, and what a tenant sees of its own.
struct TableOperationTests {
    private let server: TestServer
    private let tenant: SigV4Credentials

    init() throws {
        server = try TestServer()
        tenant = try server.credentials(server.deployment.own)
    }

    private func call(_ operation: String, _ body: String) throws -> String {
        let answer = try server.call(operation, body, as: server.operatorCredentials)
        guard answer.status == 200 else { throw TestServer.Failure(text: answer.text) }
        return answer.text
    }

    private func refusal(_ operation: String, _ body: String) throws -> String {
        let answer = try server.call(operation, body, as: server.operatorCredentials)
        #expect(answer.status == 400)
        return answer.text
    }

    private static let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"
    private static let simple =
        #"{"TableName":"orders","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"#
        + #""KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}"#

    private func makeTable() throws { _ = try call("CreateTable", Self.simple) }

    private func put(_ id: Int, _ more: String = "") throws {
        _ = try call("PutItem", #"{"TableName":"orders","Item":{"id":{"S":"o\#(id)"}\#(more)}}"#)
    }

    /// Whether all of these stand in the text.
    private func expect(_ text: String, has parts: String..., line: SourceLocation = #_sourceLocation) {
        for part in parts { #expect(text.contains(part), "\(part)\nin\n\(text)", sourceLocation: line) }
    }

    // MARK: Making and deleting

    @Test func tableIsThereAsSoonAsItIsMade() throws {
        let made = try call("CreateTable", Self.simple)
        expect(made, has: #"{"TableDescription":{"AttributeDefinitions":"#, #""TableStatus":"CREATING""#)
        let described = try call("DescribeTable", #"{"TableName":"orders"}"#)
        expect(
            described,
            has: #"{"Table":{"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"#,
            #""TableName":"orders","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"TableStatus":"ACTIVE","#,
            #""CreationDateTime":1767225600.0,"ProvisionedThroughput":{"NumberOfDecreasesToday":0,"#
                + #""ReadCapacityUnits":0,"WriteCapacityUnits":0},"TableSizeBytes":0,"ItemCount":0,"#
                + #""TableArn":"\#(Self.arn)","TableId":""#,
            #""BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","LastUpdateToPayPerRequestDateTime":1767225600.0},"#,
            #""WarmThroughput":{"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":4000,"Status":"ACTIVE"},"#
                + #""DeletionProtectionEnabled":false}}"#)
        try put(1)
        try put(2)
        expect(
            try call("DescribeTable", #"{"TableName":"orders"}"#), has: #""TableSizeBytes":8,"ItemCount":2,"#)
        expect(try call("ListTables", "{}"), has: #""orders""#)
        #expect(
            try refusal("CreateTable", Self.simple)
                == #"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceInUseException","message":"#
                + #""Table already exists: orders"}"#)
    }

    @Test func deletedTableIsGoneAndItsNameFree() throws {
        try makeTable()
        try put(1)
        expect(
            try call("DeleteTable", #"{"TableName":"orders"}"#),
            has: #"{"TableDescription":{"#, #""TableStatus":"DELETING""#)
        for operation in ["DescribeTable", "DeleteTable"] {
            #expect(
                try refusal(operation, #"{"TableName":"orders"}"#)
                    == #"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"#
                    + #""Requested resource not found: Table: orders not found"}"#)
        }
        try makeTable()
        #expect(
            try call("GetItem", #"{"TableName":"orders","Key":{"id":{"S":"o1"}}}"#) == "{}")
    }

    @Test func protectedTableStays() throws {
        try makeTable()
        expect(
            try call("UpdateTable", #"{"TableName":"orders","DeletionProtectionEnabled":true}"#),
            has: #""DeletionProtectionEnabled":true"#)
        #expect(
            try refusal("DeleteTable", #"{"TableName":"orders"}"#)
                == #"{"__type":"com.amazon.coral.validate#ValidationException","message":"Resource cannot be deleted "#
                + #"as it is currently protected against deletion. Disable deletion protection first."}"#)
        _ = try call("UpdateTable", #"{"TableName":"orders","DeletionProtectionEnabled":false}"#)
        _ = try call("DeleteTable", #"{"TableName":"orders"}"#)
    }

    @Test func describesAllThatWasGiven() throws {
        _ = try call(
            "CreateTable",
            #"""
            {"TableName":"orders","BillingMode":"PROVISIONED","TableClass":"STANDARD_INFREQUENT_ACCESS",
             "DeletionProtectionEnabled":true,"SSESpecification":{"Enabled":true},
             "Tags":[{"Key":"team","Value":"blue"}],
             "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},
             "ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6},
             "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"at","AttributeType":"N"},
               {"AttributeName":"who","AttributeType":"B"}],
             "KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"at","KeyType":"RANGE"}],
             "LocalSecondaryIndexes":[{"IndexName":"by-who","Projection":{"ProjectionType":"KEYS_ONLY"},
               "KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"who","KeyType":"RANGE"}]}],
             "GlobalSecondaryIndexes":[{"IndexName":"who-at","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":2},
               "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["sum","note"]},
               "KeySchema":[{"AttributeName":"who","KeyType":"HASH"},{"AttributeName":"at","KeyType":"RANGE"}]}]}
            """#)
        let described = try call("DescribeTable", #"{"TableName":"orders"}"#)
        expect(
            described,
            has:
                #""ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":5,"WriteCapacityUnits":6},"#,
            #""LocalSecondaryIndexes":[{"IndexName":"by-who","KeySchema":[{"AttributeName":"id","KeyType":"HASH"},"#
                + #"{"AttributeName":"who","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"},"#
                + #""IndexSizeBytes":0,"ItemCount":0,"IndexArn":"\#(Self.arn)/index/by-who"}],"#,
            #""Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["sum","note"]},"IndexSizeBytes":0,"#
                + #""ItemCount":0,"IndexArn":"\#(Self.arn)/index/who-at","IndexStatus":"ACTIVE","#
                + #""ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":1,"WriteCapacityUnits":2},"#
                + #""WarmThroughput":{"ReadUnitsPerSecond":1,"WriteUnitsPerSecond":2,"Status":"ACTIVE"}}],"#,
            #""StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},"#
                + #""LatestStreamLabel":"2026-01-01T00:00:00.000","#
                + #""LatestStreamArn":"\#(Self.arn)/stream/2026-01-01T00:00:00.000","#,
            #""SSEDescription":{"Status":"ENABLED","SSEType":"KMS","KMSMasterKeyArn":"#,
            #""TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS"},"WarmThroughput":{"ReadUnitsPerSecond":5,"#
                + #""WriteUnitsPerSecond":6,"Status":"ACTIVE"},"DeletionProtectionEnabled":true}}"#)
        // A table that was made with a throughput has no summary of its billing.
        #expect(!described.contains("BillingModeSummary"))
    }

    // MARK: Changing

    @Test func indexIsMadeAndRemovedWhileTheTableIsUsed() throws {
        try makeTable()
        try put(1, #","who":{"S":"ada"}"#)
        try put(2)
        let query =
            #"{"TableName":"orders","IndexName":"by-who","KeyConditionExpression":"who = :w","#
            + #""ExpressionAttributeValues":{":w":{"S":"ada"}}}"#
        let updated = try call(
            "UpdateTable",
            #"{"TableName":"orders","AttributeDefinitions":[{"AttributeName":"who","AttributeType":"S"}],"#
                + #""GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by-who","Projection":{"ProjectionType":"ALL"},"#
                + #""KeySchema":[{"AttributeName":"who","KeyType":"HASH"}]}}]}"#)
        expect(
            updated, has: #""TableStatus":"UPDATING""#, #""IndexStatus":"CREATING","Backfilling":true"#)
        // The store's own thread makes the entries; helping it makes the end of it known.
        try server.deployment.keepHouse()
        expect(
            try call("DescribeTable", #"{"TableName":"orders"}"#), has: #""TableStatus":"ACTIVE""#,
            #""ItemCount":1,"IndexArn":"\#(Self.arn)/index/by-who","IndexStatus":"ACTIVE","#)
        expect(try call("Query", query), has: #""Count":1,"#)

        expect(
            try call(
                "UpdateTable",
                #"{"TableName":"orders","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by-who"}}]}"#),
            has: #""TableStatus":"UPDATING""#, #""IndexStatus":"DELETING""#)
        #expect(!(try call("DescribeTable", #"{"TableName":"orders"}"#)).contains("by-who"))
        #expect(
            try refusal("Query", query)
                == #"{"__type":"com.amazon.coral.validate#ValidationException","message":"#
                + #""The table does not have the specified index: by-who"}"#)
    }

    @Test func billingIsSwitchedBackAndForth() throws {
        try makeTable()
        expect(
            try call(
                "UpdateTable",
                #"{"TableName":"orders","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":3,"#
                    + #""WriteCapacityUnits":4}}"#),
            has: #""BillingModeSummary":{"BillingMode":"PROVISIONED","#,
            #""ReadCapacityUnits":3,"WriteCapacityUnits":4}"#)
        #expect(
            try refusal(
                "UpdateTable",
                #"{"TableName":"orders","ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4}}"#
            )
            .contains(
                "The provisioned throughput for the table will not change. The requested value equals the current value. "
                    + "Current ReadCapacityUnits provisioned for the table: 3. Requested ReadCapacityUnits: 3. "
            ))
        expect(
            try call("UpdateTable", #"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST"}"#),
            has: #""BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","#, #""ReadCapacityUnits":0,"#)
    }

    @Test func capacityOnDemandIsLimitedAndWarmed() throws {
        try makeTable()
        expect(
            try call(
                "UpdateTable", #"{"TableName":"orders","OnDemandThroughput":{"MaxReadRequestUnits":50}}"#),
            has: #""OnDemandThroughput":{"MaxReadRequestUnits":50,"MaxWriteRequestUnits":-1}"#)
        #expect(
            !(try call(
                "UpdateTable", #"{"TableName":"orders","OnDemandThroughput":{"MaxReadRequestUnits":-1}}"#))
                .contains("OnDemandThroughput"))
        let warm = { (units: Int) in
            #"{"TableName":"orders","WarmThroughput":{"ReadUnitsPerSecond":\#(units)}}"#
        }
        expect(
            try call("UpdateTable", warm(20_000)),
            has:
                #""WarmThroughput":{"ReadUnitsPerSecond":20000,"WriteUnitsPerSecond":4000,"Status":"ACTIVE"}"#
        )
        expect(
            try refusal("UpdateTable", warm(19_000)),
            has:
                "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput"
        )
    }

    @Test func streamIsSwitchedOnAndOff() throws {
        try makeTable()
        let on =
            #"{"TableName":"orders","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}"#
        expect(try call("UpdateTable", on), has: #""StreamViewType":"KEYS_ONLY"}"#)
        #expect(
            try refusal("UpdateTable", on).contains(
                "Table already has an enabled stream: TableName: orders"))
        let off = #"{"TableName":"orders","StreamSpecification":{"StreamEnabled":false}}"#
        #expect(!(try call("UpdateTable", off)).contains("StreamSpecification"))
        #expect(try refusal("UpdateTable", off).contains("Table has no stream to disable: TableName: orders"))
    }

    // MARK: Options

    @Test func tagsAreListedInPages() throws {
        try makeTable()
        let tags = (10..<23).map { #"{"Key":"k\#($0)","Value":"v"}"# }.joined(separator: ",")
        let arn = #""ResourceArn":"\#(Self.arn)""#
        #expect(try call("TagResource", #"{\#(arn),"Tags":[\#(tags)]}"#).isEmpty)
        #expect(try call("UntagResource", #"{\#(arn),"TagKeys":["k10","absent"]}"#).isEmpty)
        let first = try call("ListTagsOfResource", "{\(arn)}")
        expect(first, has: #"{"NextToken":"azIw","Tags":[{"Key":"k11","Value":"v"},"#)
        #expect(
            try call("ListTagsOfResource", #"{\#(arn),"NextToken":"azIw"}"#)
                == #"{"Tags":[{"Key":"k21","Value":"v"},{"Key":"k22","Value":"v"}]}"#)
    }

    @Test func expiryIsSwitchedOnAndOff() throws {
        try makeTable()
        let described = #"{"TableName":"orders"}"#
        #expect(
            try call("DescribeTimeToLive", described)
                == #"{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}"#)
        let on = #"{"TableName":"orders","TimeToLiveSpecification":{"AttributeName":"ends","Enabled":true}}"#
        #expect(
            try call("UpdateTimeToLive", on)
                == #"{"TimeToLiveSpecification":{"AttributeName":"ends","Enabled":true}}"#)
        #expect(try refusal("UpdateTimeToLive", on).contains(#""TimeToLive is already enabled""#))
        #expect(
            try call("DescribeTimeToLive", described)
                == #"{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"ends"}}"#)
        let other =
            #"{"TableName":"orders","TimeToLiveSpecification":{"AttributeName":"gone","Enabled":true}}"#
        #expect(
            try refusal("UpdateTimeToLive", other).contains(
                "TimeToLive is active on a different AttributeName: current AttributeName is ends"))
        let off =
            #"{"TableName":"orders","TimeToLiveSpecification":{"AttributeName":"ends","Enabled":false}}"#
        _ = try call("UpdateTimeToLive", off)
        #expect(try refusal("UpdateTimeToLive", off).contains(#""TimeToLive is already disabled""#))
    }

    @Test func recoveryIsSwitchedOnAndOff() throws {
        try makeTable()
        let off =
            #"{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","#
            + #""PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}}"#
        #expect(try call("DescribeContinuousBackups", #"{"TableName":"orders"}"#) == off)
        let on = try call(
            "UpdateContinuousBackups",
            #"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"#
                + #""RecoveryPeriodInDays":7}}"#)
        expect(
            on, has: #""PointInTimeRecoveryStatus":"ENABLED","RecoveryPeriodInDays":7,"#,
            #""EarliestRestorableDateTime":1767225600.0,"LatestRestorableDateTime":1767225600.0}"#)
        #expect(try call("DescribeContinuousBackups", #"{"TableName":"orders"}"#) == on)
        #expect(
            try call(
                "UpdateContinuousBackups",
                #"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":false}}"#
            )
                == off)
        #expect(
            try refusal("DescribeContinuousBackups", #"{"TableName":"absent"}"#)
                == #"{"__type":"com.amazonaws.dynamodb.v20120810#TableNotFoundException","message":"#
                + #""Table not found: absent"}"#)
    }

    @Test func tellsWhatElseToolsAskFor() throws {
        try makeTable()
        #expect(
            try call("DescribeLimits", "{}")
                == #"{"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,"#
                + #""TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000}"#)
        #expect(
            try call("DescribeEndpoints", "{}")
                == #"{"Endpoints":[{"Address":"\#(server.host)","CachePeriodInMinutes":1440}]}"#)
        #expect(
            try call("DescribeContributorInsights", #"{"TableName":"orders"}"#)
                == #"{"ContributorInsightsStatus":"DISABLED","TableName":"orders"}"#)
        #expect(
            try call("DescribeKinesisStreamingDestination", #"{"TableName":"orders"}"#)
                == #"{"KinesisDataStreamDestinations":[],"TableName":"orders"}"#)
    }

    // MARK: ARNs

    @Test func tableIsNamedByItsARNToo() throws {
        try makeTable()
        _ = try call("PutItem", #"{"TableName":"\#(Self.arn)","Item":{"id":{"S":"1"}}}"#)
        expect(try call("GetItem", #"{"TableName":"\#(Self.arn)","Key":{"id":{"S":"1"}}}"#), has: #""Item""#)
        expect(try call("DescribeTable", #"{"TableName":"\#(Self.arn)"}"#), has: #""TableName":"orders""#)
        expect(
            try call("BatchGetItem", #"{"RequestItems":{"\#(Self.arn)":{"Keys":[{"id":{"S":"1"}}]}}}"#),
            has: #""id":{"S":"1"}"#)
        let abroad = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders"
        #expect(
            try refusal("GetItem", #"{"TableName":"\#(abroad)","Key":{"id":{"S":"1"}}}"#).contains(
                "1 validation error detected: Invalid AWS region in '\(abroad)'"))
    }

    // MARK: Whose tables

    @Test(arguments: [
        ("CreateTable", simple), ("DeleteTable", #"{"TableName":"student-table"}"#),
        ("UpdateTable", #"{"TableName":"student-table","DeletionProtectionEnabled":true}"#),
        (
            "UpdateTimeToLive",
            #"{"TableName":"student-table","TimeToLiveSpecification":{"AttributeName":"a","Enabled":true}}"#
        ),
    ])
    func tenantsChangeNoTableEvenWhereAPolicyLetsThem(_ operation: String, _ body: String) throws {
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        let answer = try server.call(operation, body, as: tenant)
        #expect(answer.status == 400)
        expect(
            answer.text, has: "AccessDeniedException",
            "because tables are made, changed and deleted by operators, not by tenants' sessions")
        #expect(server.deployment.gateway.metrics.wallAlarms.value == 1)
    }

    @Test func tenantSeesItsOwnTables() throws {
        let answer = try server.call("DescribeTimeToLive", #"{"TableName":"student-table"}"#, as: tenant)
        // The test's role has not this action.
        expect(answer.text, has: "AccessDeniedException", "dynamodb:DescribeTimeToLive")
        let described = try server.call("DescribeTable", #"{"TableName":"student-table"}"#, as: tenant)
        expect(
            described.text, has: #""TableName":"student-table""#, #""IndexName":"teacher-index""#,
            #""ItemCount":0"#)
    }

    @Test func operatorsDoNotChangeTenantsTablesAndTakeNoNameOfThem() throws {
        let physical = server.deployment.physical(
            try #require(server.deployment.gateway.tables["student-table"]), TestDeployment.pool)
        expect(try call("DescribeTable", #"{"TableName":"\#(physical)"}"#), has: #""TableStatus":"ACTIVE""#)
        for operation in ["DeleteTable", "UpdateTable"] {
            expect(
                try refusal(
                    operation, #"{"TableName":"\#(physical)","DeletionProtectionEnabled":true}"#),
                has: "because the table holds tenants' items")
        }
        for name in ["student-table-basic", "student-table-basic-7", "school-table-basic-x"] {
            let body = Self.simple.split(separator: "orders", omittingEmptySubsequences: false)
                .joined(separator: name)
            expect(try refusal("CreateTable", body), has: "are kept for tables of tenants")
        }
        let body = Self.simple.split(separator: "orders", omittingEmptySubsequences: false)
            .joined(separator: "student-table-basics")
        _ = try call("CreateTable", body)
    }
}
