import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Registry
import SigV4
import Testing
import Tokens

@testable import GatewayAPI

/// Requests that bring a token by themselves, without having been to STS.
struct BearerTests {
    private let server: TestServer
    private var deployment: TestDeployment { server.deployment }

    init() throws { server = try TestServer(try TestDeployment(recording: .init())) }

    private static let table = #""TableName":"student-table""#

    private func key(_ district: TestDeployment.District) -> String {
        #"{"recordKey":{"S":"\#(district.studentKey)"},"entityKey":{"S":"PROFILE"}}"#
    }

    private func get(_ district: TestDeployment.District) -> String {
        #"{\#(Self.table),"Key":\#(key(district))}"#
    }

    @Test func putsGetsAndQueriesWithATokenAlone() throws {
        let own = deployment.own
        let token = try server.token(own)
        let item = String(key(own).dropLast()) + #","n":{"N":"1.0"}}"#
        let put = try server.call("PutItem", #"{\#(Self.table),"Item":\#(item)}"#, bearer: token)
        #expect((put.status, put.text) == (200, "{}"))
        let got = try server.call("GetItem", get(own), bearer: token)
        #expect(got.status == 200)
        #expect(
            got.text
                == #"{"Item":{"entityKey":{"S":"PROFILE"},"n":{"N":"1"},"recordKey":{"S":"\#(own.studentKey)"}}}"#
        )
        #expect(got.header("x-amzn-requestid")?.utf8.count == 52)
        let query = try server.call(
            "Query",
            #"{\#(Self.table),"KeyConditionExpression":"recordKey = :k","ExpressionAttributeValues":{":k":{"S":"\#(own.studentKey)"}}}"#,
            bearer: token)
        #expect(query.text.contains(#""Count":1"#))
        let plain = try server.send(
            [
                ("Content-Type", "application/json"), ("X-Amz-Target", "DynamoDB_20120810.GetItem"),
                ("authorization", "bearer   \(token)"),
            ], Array(get(own).utf8))
        #expect((plain.status, plain.header("content-type")) == (200, "application/json"))
    }

    @Test func theStreamsTargetIsThereToo() throws {
        let token = try server.token(deployment.own)
        deployment.policies.replace(by: try TestPolicies.faulty())
        let streams = try server.call("ListStreams", "{}", bearer: token, api: "DynamoDBStreams_20120810")
        #expect(streams.status == 200)
        #expect(try server.call("Nothing", "{}", bearer: token).text.contains("UnknownOperationException"))
    }

    /// What a session of STS is answered is what a token is answered, but for the session's name and the request's id.
    @Test func answersAsASessionOfSTSIsAnswered() throws {
        let token = try server.token(deployment.own)
        let credentials = try server.credentials(deployment.own)
        let name = "bearer-" + (try server.claims(of: token).tokenID)
        let bodies = [
            ("GetItem", get(deployment.own)), ("GetItem", get(deployment.other)), ("ListTables", "{}"),
            ("DescribeTable", "{\(Self.table)}"), ("Scan", "{\(Self.table)}"), ("GetItem", "{}"),
            ("DeleteTable", "{\(Self.table)}"), ("GetItem", "nonsense"),
        ]
        for policies in [try TestPolicies.proper(), try TestPolicies.faulty(), try TestPolicies.closed()] {
            deployment.policies.replace(by: policies)
            for (operation, body) in bodies {
                let signed = try server.call(operation, body, as: credentials)
                let brought = try server.call(operation, body, bearer: token)
                #expect(brought.status == signed.status)
                #expect(brought.text == signed.text.replacing("test-session", with: name))
            }
        }
    }

    /// One connection for all of them: nothing of one session is left for the next.
    @Test func sessionsOfOneConnectionAreKeptApart() throws {
        for (district, note) in [(deployment.own, "own-secret"), (deployment.other, "others-secret")] {
            try deployment.plant(deployment.student(of: district, note: note), in: "student-table")
        }
        let tokens = (try server.token(deployment.own), try server.token(deployment.other))
        let credentials = try server.credentials(deployment.own)
        for _ in 0..<3 {
            #expect(
                try server.call("GetItem", get(deployment.own), bearer: tokens.0).text.contains("own-secret"))
            #expect(try server.call("GetItem", get(deployment.own), bearer: tokens.1).status == 400)
            #expect(try server.call("GetItem", get(deployment.own), as: credentials).status == 200)
            #expect(try server.call("GetItem", get(deployment.other), bearer: tokens.0).status == 400)
            #expect(try server.call("GetItem", get(deployment.other), as: credentials).status == 400)
            #expect(
                try server.call("GetItem", get(deployment.other), bearer: tokens.1).text.contains(
                    "others-secret"))
        }
    }

    // MARK: The role

    @Test(arguments: ["teacher", "arn:aws:iam::000000000000:role/teacher"])
    func theRoleMayBeNamed(_ role: String) throws {
        let token = try server.token(deployment.own)
        let answer = try server.call("ListTables", "{}", bearer: token, [("X-Homeroom-Role", role)])
        #expect(answer.status == 200)
    }

    /// Whether the role is not there or does not trust the token is not told.
    @Test(arguments: ["operator", "janitor", "arn:aws:iam::000000000000:role/janitor"])
    func aRoleThatDoesNotTrustTheTokenStaysShut(_ role: String) throws {
        let token = try server.token(deployment.own)
        let answer = try server.call("ListTables", "{}", bearer: token, [("X-Homeroom-Role", role)])
        let name = role.split(separator: "/").last.map(String.init) ?? role
        #expect(answer.status == 400)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"The bearer token does not open "#
                + "the role `\(name)`: send a token of somebody who may assume it, or name another role in "
                + #"X-Homeroom-Role"}"#)
        let entry = try #require(try deployment.decided().first)
        #expect(entry.requestID == answer.header("x-amzn-requestid"))
        #expect((entry.action, entry.judge) == ("sts:AssumeRoleWithWebIdentity", .trust))
        #expect(entry.resource == "arn:aws:iam::000000000000:role/\(name)" && entry.principal == "user-1")
    }

    @Test func aTokensOwnRoleMustTrustItToo() throws {
        let token = try server.token(deployment.own, role: "student")
        let answer = try server.call("ListTables", "{}", bearer: token)
        #expect(answer.text.contains("AccessDeniedException") && answer.text.contains("`student`"))
    }

    @Test(arguments: [
        "", "a b", "role/teacher", "arn:aws:iam::111111111111:role/teacher",
        "arn:aws:iam::000000000000:role/",
        String(repeating: "x", count: 65), "té",
    ])
    func aRoleThatIsNotNamedAsRolesAreIsRefused(_ role: String) throws {
        let token = try server.token(deployment.own)
        let answer = try server.call("ListTables", "{}", bearer: token, [("X-Homeroom-Role", role)])
        #expect(answer.status == 400)
        #expect(
            answer.text.contains("ValidationException") && answer.text.contains("X-Homeroom-Role is invalid"))
    }

    // MARK: What is kept of it

    @Test func aSessionIsNotedOnceForAllRequestsWithItsToken() throws {
        let theirs = try server.token(deployment.own)
        let ours = try server.token(deployment.own, isOperators: true)
        for _ in 0..<3 {
            for token in [theirs, ours] {
                #expect(try server.call("ListTables", "{}", bearer: token).status == 200)
            }
        }
        let refused = try server.call("ListTables", "{}", bearer: ours, [("X-Homeroom-Role", "janitor")])
        #expect(refused.status == 400)
        let entries = deployment.gateway.sessions.take()
        try #require(entries.count == 2)
        guard case .one(let single) = entries[0], case .several(let counted) = entries[1] else {
            Issue.record("an operator's token has an entry of its own, the tenant's are counted: \(entries)")
            return
        }
        let id = try server.claims(of: ours).tokenID
        #expect((single.id, single.name, single.token) == ("bearer-\(id)", "bearer-\(id)", id))
        #expect((single.role, single.subject, single.address) == ("teacher", "user-1", "127.0.0.1"))
        #expect(single.expiresAt == deployment.clock.now().advanced(bySeconds: 900))
        #expect(counted.count == 1 && counted.samples == ["bearer-\(id)"])
    }

    @Test func aTenantsRateHoldsForTokensToo() throws {
        let slow = try TestServer(try TestDeployment(readUnits: 1))
        let token = try slow.token(slow.deployment.own)
        let body =
            #"{\#(Self.table),"ConsistentRead":true,"Key":{"recordKey":{"S":"\#(slow.deployment.own.studentKey)"},"entityKey":{"S":"P"}}}"#
        var answers: [HTTPClientResponse] = []
        repeat {
            answers.append(try slow.call("GetItem", body, bearer: token))
        } while answers.last?.status == 200
            && answers.count < 1000
        let refused = try #require(answers.last)
        #expect(refused.text.contains("ProvisionedThroughputExceededException"))
        #expect(refused.header("x-amz-retry-after") != nil && answers.count > 1)
    }

    /// Tokens beyond the limit are verified again, and nothing else happens.
    @Test func onlySoManyTokensAreKeptVerified() throws {
        let sessions = BearerSessions(server.api.admission, sessionsMax: 16)
        let now = deployment.clock.now()
        func openAll() throws -> [ObjectIdentifier] {
            try (1...100).map { number in
                let token = try server.token(deployment.own, lifetimeSeconds: Int64(number))
                return ObjectIdentifier(try open(sessions, token, now))
            }
        }
        _ = try openAll()
        guard case .several(let first) = deployment.gateway.sessions.take().first else { throw Missing() }
        #expect(first.count == 100)
        _ = try openAll()
        guard case .several(let second) = deployment.gateway.sessions.take().first else { throw Missing() }
        #expect((84...100).contains(second.count))
        // One that is kept is the same session.
        let token = try server.token(deployment.own)
        #expect(try open(sessions, token, now) === open(sessions, token, now))
    }

    private struct Missing: Error {}

    private func open(
        _ sessions: BearerSessions, _ token: String, _ now: Timestamp
    ) throws -> GatewaySession {
        try sessions.session(
            BearerCredential(token: Array(token.utf8)[...], role: nil), remoteAddress: "192.0.2.1",
            requestID: RequestID(high: 1, low: 2), now: now)
    }
}
