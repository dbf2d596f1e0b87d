import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Registry
import SigV4
import Tables
import Testing

@testable import GatewayAPI

/// What is kept of the decisions about real requests.
struct DecisionLogTests {
    private let server: TestServer
    private var deployment: TestDeployment { server.deployment }

    init() throws {
        var configuration = DecisionRecorder.Configuration()
        configuration.deniedPerTenantPerSecond = 1000
        configuration.deniedPerSecond = 1000
        configuration.sampleEvery = 2
        configuration.allowedPerSecond = 1000
        server = try TestServer(try TestDeployment(recording: configuration))
    }

    @Test func aDenialIsFoundByItsRequestAndTheLogSaysItOnce() throws {
        let credentials = try server.credentials(deployment.own)
        let body =
            #"{"TableName":"student-table","Key":{"recordKey":{"S":"\#(deployment.other.studentKey)"},"entityKey":{"S":"P"}}}"#
        let answer = try server.call("GetItem", body, as: credentials)
        #expect(answer.text.contains("AccessDenied"))
        let entry = try #require(try deployment.decided().first)
        #expect(entry.requestID == answer.header("x-amzn-requestid"))
        #expect(entry.tenant == deployment.own.tenant)
        #expect(entry.findings.first?.found == [deployment.other.studentKey])
        #expect(deployment.decisionLines.entries.map(\.requestID) == [entry.requestID])
        #expect(server.log.entries.isEmpty)
    }

    /// Short ways are sampled at the same rate as long ones.
    @Test func everyKindOfAllowIsSampled() throws {
        let credentials = try server.credentials(deployment.own)
        let key = #"{"recordKey":{"S":"\#(deployment.own.studentKey)"},"entityKey":{"S":"P"}}"#
        for _ in 0..<20 {
            _ = try server.call("PutItem", #"{"TableName":"student-table","Item":\#(key)}"#, as: credentials)
        }
        for _ in 0..<20 {
            _ = try server.call("GetItem", #"{"TableName":"student-table","Key":\#(key)}"#, as: credentials)
        }
        let allowed = try deployment.decided().filter { $0.outcome == .allowed }
        #expect(allowed.filter { $0.action == "dynamodb:PutItem" }.count >= 9)
        #expect(allowed.filter { $0.action == "dynamodb:GetItem" }.count >= 9)
        #expect((18...22).contains(allowed.count))
        #expect(Set(allowed.map(\.requestID)).count == allowed.count)
        #expect(allowed.allSatisfy { $0.requestID.utf8.count == 52 })
    }

    // MARK: No item contents

    /// A value in each place of a request that a value can stand in; keys are other texts.
    private static let secret = "SENTINEL-OF-AN-ITEM"

    private func bodies(_ key: String) -> [(String, String)] {
        itemBodies(key) + groupBodies(key) + statementBodies(key)
    }

    private func itemBodies(_ key: String) -> [(String, String)] {
        let secret = #"{"S":"\#(Self.secret)"}"#
        let table = #""TableName":"student-table""#
        let keys = #""Key":{"recordKey":{"S":"\#(key)"},"entityKey":\#(secret)}"#
        let item =
            #"{"recordKey":{"S":"\#(key)"},"entityKey":\#(secret),"note":\#(secret),"list":{"L":[\#(secret)]}}"#
        let values = #""ExpressionAttributeValues":{":v":\#(secret)}"#
        let both = #""ExpressionAttributeValues":{":v":\#(secret),":k":{"S":"\#(key)"}}"#
        return [
            ("GetItem", "{\(table),\(keys)}"), ("PutItem", #"{\#(table),"Item":\#(item)}"#),
            ("PutItem", #"{\#(table),"Item":\#(item),"ConditionExpression":"a = :v",\#(values)}"#),
            ("PutItem", #"{\#(table),"Item":\#(item),"Expected":{"a":{"Value":\#(secret)}}}"#),
            (
                "UpdateItem",
                #"{\#(table),\#(keys),"UpdateExpression":"SET a = :v","ConditionExpression":"b <> :v",\#(values)}"#
            ),
            ("UpdateItem", #"{\#(table),\#(keys),"AttributeUpdates":{"a":{"Value":\#(secret)}}}"#),
            ("DeleteItem", #"{\#(table),\#(keys),"ConditionExpression":"a = :v",\#(values)}"#),
            (
                "Query",
                #"{\#(table),"KeyConditionExpression":"recordKey = :k AND entityKey > :v","FilterExpression":"f = :v",\#(both)}"#
            ),
            (
                "Query",
                #"{\#(table),"KeyConditions":{"recordKey":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"\#(key)"}]}},"QueryFilter":{"f":{"ComparisonOperator":"EQ","AttributeValueList":[\#(secret)]}}}"#
            ),
            (
                "Query",
                #"{\#(table),"KeyConditionExpression":"recordKey = :k","ExpressionAttributeValues":{":k":{"S":"\#(key)"}},"ExclusiveStartKey":{"recordKey":{"S":"\#(key)"},"entityKey":\#(secret)}}"#
            ),
            ("Scan", #"{\#(table),"FilterExpression":"f = :v",\#(values)}"#),
        ]
    }

    private func groupBodies(_ key: String) -> [(String, String)] {
        let secret = #"{"S":"\#(Self.secret)"}"#
        let table = #""TableName":"student-table""#
        let keys = #""Key":{"recordKey":{"S":"\#(key)"},"entityKey":\#(secret)}"#
        let values = #""ExpressionAttributeValues":{":v":\#(secret)}"#
        let item = #"{"recordKey":{"S":"\#(key)"},"entityKey":\#(secret),"note":\#(secret)}"#
        return [
            (
                "BatchGetItem",
                #"{"RequestItems":{"student-table":{"Keys":[{"recordKey":{"S":"\#(key)"},"entityKey":\#(secret)}]}}}"#
            ),
            ("BatchWriteItem", #"{"RequestItems":{"student-table":[{"PutRequest":{"Item":\#(item)}}]}}"#),
            ("TransactGetItems", #"{"TransactItems":[{"Get":{\#(table),\#(keys)}}]}"#),
            (
                "TransactWriteItems",
                #"{"TransactItems":[{"Update":{\#(table),\#(keys),"UpdateExpression":"SET a = :v",\#(values)}}],"ClientRequestToken":"\#(Self.secret)"}"#
            ),
            (
                "TransactWriteItems",
                #"{"TransactItems":[{"ConditionCheck":{\#(table),\#(keys),"ConditionExpression":"a = :v",\#(values)}}]}"#
            ),
        ]
    }

    private func statementBodies(_ key: String) -> [(String, String)] {
        let secret = #"{"S":"\#(Self.secret)"}"#
        let select =
            "SELECT * FROM \\\"student-table\\\" WHERE recordKey = '\(key)' AND entityKey = '\(Self.secret)' AND f = '\(Self.secret)'"
        let insert =
            "INSERT INTO \\\"student-table\\\" VALUE {'recordKey': '\(key)', 'entityKey': '\(Self.secret)', 'a': '\(Self.secret)'}"
        let update =
            "UPDATE \\\"student-table\\\" SET a = ? WHERE recordKey = '\(key)' AND entityKey = '\(Self.secret)'"
        return [
            ("ExecuteStatement", #"{"Statement":"\#(select)"}"#),
            ("ExecuteStatement", #"{"Statement":"\#(insert)"}"#),
            ("ExecuteStatement", #"{"Statement":"\#(update)","Parameters":[\#(secret)]}"#),
            ("BatchExecuteStatement", #"{"Statements":[{"Statement":"\#(insert)"}]}"#),
            (
                "ExecuteTransaction",
                #"{"TransactStatements":[{"Statement":"\#(update)","Parameters":[\#(secret)]}]}"#
            ),
        ]
    }

    /// Denied by the policies, stopped by the wall, allowed and sampled: no value of an item or of a filter is kept, nor said in
    /// the log.
    @Test func noValueOfAnItemIsEverKept() throws {
        let credentials = try server.credentials(deployment.own)
        var count = 0
        for policies in [try TestPolicies.proper(), try TestPolicies.faulty(), try TestPolicies.closed()] {
            deployment.policies.replace(by: policies)
            for key in [deployment.own.studentKey, deployment.other.studentKey] {
                for (operation, body) in bodies(key) {
                    let answer = try server.call(operation, body, as: credentials)
                    #expect(answer.status < 500, "\(operation): \(answer.text)")
                    count += 1
                }
            }
        }
        var query = DecisionQuery()
        query.limit = 1000
        let entries = try deployment.decided(query)
        // Of three rounds over two keys: all but the allowed ones, and half of those.
        #expect(entries.count > count / 2)
        #expect(Set(entries.map(\.judge)).isSuperset(of: [.policy, .wall]))
        #expect(entries.contains { $0.outcome == .allowed })
        let stored = try deployment.store(DecisionStore.storeID)
        for schema in stored.schemas() {
            var range = ReadRange(table: schema.name)
            repeat {
                let page = try stored.read(range)
                for row in page.rows {
                    #expect(!String(decoding: row.image.bytes, as: UTF8.self).contains(Self.secret))
                }
                range.after = page.next
            } while range.after != nil
        }
        for line in deployment.decisionLines.entries { #expect(!"\(line)".contains(Self.secret)) }
        for line in server.log.entries {
            #expect(!String(decoding: line.json, as: UTF8.self).contains(Self.secret))
        }
        // The search itself can find something: keys are kept.
        #expect(entries.contains { "\($0)".contains(deployment.other.studentKey) })
    }

    // MARK: Who gets no session, and whose tenant is not served

    @Test func whoIsNotTrustedIsKept() throws {
        let own = deployment.own
        _ = try server.assumeRole(token: try server.token(own, role: "student"))
        _ = try server.assumeRole(token: try server.token(own), role: "janitor")
        _ = try server.assumeRole(token: try server.token(own, school: deployment.other.school))
        // Whoever has no good token is nobody.
        _ = try server.assumeRole(token: "nonsense")
        let entries = try deployment.decided().reversed().map { $0 }
        #expect(entries.map(\.judge) == [.trust, .trust, .tenant])
        #expect(entries.map(\.role) == ["teacher", "janitor", "teacher"])
        #expect(
            entries.allSatisfy { $0.action == "sts:AssumeRoleWithWebIdentity" && $0.principal == "user-1" })
        #expect(entries[0].resource == "arn:aws:iam::000000000000:role/teacher")
        #expect(
            entries[0].summary
                == "role `teacher`: line 2: StringEquals on homeroom:role wants `teacher`, found `student`")
        #expect(entries[1].summary == "there is no role `janitor`")
        #expect(entries[2].summary == "The school of this session does not belong to its tenant")
        #expect(entries.allSatisfy { $0.tenant == own.tenant })
    }

    @Test func aSuspendedTenantsRequestsAreKept() throws {
        let credentials = try server.credentials(deployment.own)
        try deployment.setState(.suspended(Suspension(reason: "unpaid")), of: deployment.own)
        let answer = try server.call("ListTables", "{}", as: credentials)
        let entry = try #require(try deployment.decided().first)
        #expect(entry.judge == .tenant)
        #expect(entry.action == "dynamodb:ListTables")
        #expect(entry.summary == "The tenant of this session is suspended")
        #expect(entry.requestID == answer.header("x-amzn-requestid"))
    }
}
