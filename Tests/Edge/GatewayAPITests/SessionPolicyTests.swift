import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Policies
import Registry
import SigV4
import Testing

@testable import GatewayAPI

/// Sessions that were narrowed when they were made, on a real socket.
struct SessionPolicyTests {
    private let server: TestServer
    private var own: TestDeployment.District { server.deployment.own }

    init() throws { server = try TestServer() }

    private static func policy(_ statements: String) -> String {
        #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#
    }

    private static func allow(_ actions: String) -> String {
        #"{"Sid":"Narrow","Effect":"Allow","Action":[\#(actions)],"Resource":"*"}"#
    }

    private static let reads = policy(
        allow(#""dynamodb:GetItem","dynamodb:Query","dynamodb:BatchGetItem","dynamodb:PartiQLSelect""#))

    private func open(_ more: [(String, String)]) throws -> SigV4Credentials {
        let answer = try server.assumeRole(token: try server.token(own), more)
        try #require(answer.status == 200, "\(answer.text)")
        return SigV4Credentials(answer)
    }

    private func error(_ more: [(String, String)]) throws -> String {
        let answer = try server.assumeRole(token: try server.token(own), more)
        return "\(answer.status) \(TestServer.element("Code", answer.text)): "
            + TestServer.element("Message", answer.text)
    }

    /// An operation on the caller's own student, and the action that policies know it by.
    private func calls(_ key: String) -> [(operation: String, action: String, body: String)] {
        let keys = #"{"recordKey":{"S":"\#(key)"},"entityKey":{"S":"PROFILE"}}"#
        let item = #"{"recordKey":{"S":"\#(key)"},"entityKey":{"S":"PROFILE"},"note":{"S":"x"}}"#
        let name = #""TableName":"student-table""#
        let (selects, inserts) = (
            "SELECT * FROM \\\"student-table\\\" WHERE recordKey = '\(key)' AND entityKey = 'PROFILE'",
            "INSERT INTO \\\"student-table\\\" VALUE {'recordKey': '\(key)', 'entityKey': 'NEW'}"
        )
        return [
            ("GetItem", "GetItem", "{\(name),\"Key\":\(keys)}"),
            (
                "Query", "Query",
                #"{\#(name),"KeyConditionExpression":"recordKey = :k","ExpressionAttributeValues":{":k":{"S":"\#(key)"}}}"#
            ),
            ("BatchGetItem", "BatchGetItem", #"{"RequestItems":{"student-table":{"Keys":[\#(keys)]}}}"#),
            ("TransactGetItems", "GetItem", #"{"TransactItems":[{"Get":{\#(name),"Key":\#(keys)}}]}"#),
            ("ExecuteStatement", "PartiQLSelect", #"{"Statement":"\#(selects)"}"#),
            ("BatchExecuteStatement", "PartiQLSelect", #"{"Statements":[{"Statement":"\#(selects)"}]}"#),
            ("ExecuteTransaction", "PartiQLSelect", #"{"TransactStatements":[{"Statement":"\#(selects)"}]}"#),
            ("PutItem", "PutItem", "{\(name),\"Item\":\(item)}"),
            (
                "UpdateItem", "UpdateItem",
                #"{\#(name),"Key":\#(keys),"UpdateExpression":"SET note = :n","ExpressionAttributeValues":{":n":{"S":"y"}}}"#
            ),
            (
                "BatchWriteItem", "BatchWriteItem",
                #"{"RequestItems":{"student-table":[{"PutRequest":{"Item":\#(item)}}]}}"#
            ),
            (
                "TransactWriteItems", "PutItem", #"{"TransactItems":[{"Put":{\#(name),"Item":\#(item)}}]}"#
            ),
            ("ExecuteStatement", "PartiQLInsert", #"{"Statement":"\#(inserts)"}"#),
            ("ExecuteTransaction", "PartiQLInsert", #"{"TransactStatements":[{"Statement":"\#(inserts)"}]}"#),
            ("DeleteItem", "DeleteItem", "{\(name),\"Key\":\(keys)}"),
        ]
    }

    private func denial(_ answer: HTTPClientResponse) -> Bool {
        answer.text.contains("AccessDenied")
    }

    /// Every way to an item goes by the session's policies, the short ones too; twice, since the first makes what later ones use.
    @Test func narrowsEveryOperation() throws {
        let narrow = try open([("Policy", Self.reads)])
        let wide = try server.credentials(own)
        for _ in 0..<2 {
            for call in calls(own.studentKey) {
                let isRead = ["GetItem", "Query", "BatchGetItem", "PartiQLSelect"].contains(call.action)
                let answer = try server.call(call.operation, call.body, as: narrow)
                #expect(denial(answer) != isRead, "\(call.operation) \(call.action): \(answer.text)")
                if !isRead, answer.status == 400, call.operation != "BatchExecuteStatement" {
                    #expect(
                        answer.text.contains(
                            "because no session policy allows the dynamodb:\(call.action) action"),
                        "\(answer.text)")
                }
                let other = try server.call(call.operation, call.body, as: wide)
                #expect(!denial(other), "\(call.operation): \(other.text)")
            }
        }
    }

    @Test func cannotWiden() throws {
        let asked = try open([("Policy", Self.policy(Self.allow(#""dynamodb:*""#)))])
        for call in calls(server.deployment.other.studentKey) {
            let answer = try server.call(call.operation, call.body, as: asked)
            #expect(denial(answer), "\(call.operation): \(answer.text)")
        }
        let scan = try server.call("Scan", #"{"TableName":"student-table"}"#, as: asked)
        #expect(scan.text.contains("with an explicit deny in statement `NoScans`"))
        // What the role may it still may.
        for call in calls(own.studentKey) {
            let answer = try server.call(call.operation, call.body, as: asked)
            #expect(!denial(answer), "\(call.operation): \(answer.text)")
        }
    }

    @Test func itsDenyIsADeny() throws {
        let policy = Self.policy(
            Self.allow(#""dynamodb:*""#)
                + #",{"Sid":"NotThis","Effect":"Deny","Action":"dynamodb:GetItem","Resource":"*"}"#)
        let answer = try server.call(
            "GetItem", calls(own.studentKey)[0].body, as: try open([("Policy", policy)]))
        #expect(
            answer.text.contains(
                "with an explicit deny in statement `NotThis` of policy `session policy`"), "\(answer.text)")
    }

    /// The session's variables are its own: a policy can narrow it to a part of the school.
    @Test func keysAndTagsAreKnownToIt() throws {
        let statement = """
            {"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*","Condition":{
              "ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"TENANT#${aws:PrincipalTag/school_id}#STUDENT#1"},
              "Null":{"dynamodb:LeadingKeys":"false"}}}
            """
        let session = try open([("Policy", Self.policy(statement))])
        #expect(try server.call("GetItem", calls(own.studentKey)[0].body, as: session).status == 200)
        let next = "TENANT#\(own.school)#STUDENT#2"
        #expect(denial(try server.call("GetItem", calls(next)[0].body, as: session)))
    }

    /// Named documents are the deployment's; with an inline policy beside them each allows for itself.
    @Test func namesDocumentsOfTheDeployment() throws {
        let arn = "arn:aws:iam::000000000000:policy/"
        let get = calls(own.studentKey)[0].body
        let put = calls(own.studentKey)[7].body
        let wide = try open([("PolicyArns.member.1.arn", arn + "open")])
        #expect(try server.call("PutItem", put, as: wide).status == 200)
        // `protect` allows nothing.
        let closed = try open([("PolicyArns.member.1.arn", arn + "protect")])
        #expect(denial(try server.call("GetItem", get, as: closed)))
        let both = try open([
            ("PolicyArns.member.1.arn", arn + "protect"),
            ("Policy", Self.policy(Self.allow(#""dynamodb:GetItem""#))),
        ])
        #expect(try server.call("GetItem", get, as: both).status == 200)
        #expect(denial(try server.call("PutItem", put, as: both)))
    }

    @Test func outlivesTheServerAndOtherPolicies() throws {
        let narrow = try open([("Policy", Self.reads)])
        let (get, put) = (calls(own.studentKey)[0].body, calls(own.studentKey)[7].body)
        let restarted = try TestServer(server.deployment)
        for server in [server, restarted] {
            #expect(try server.call("GetItem", get, as: narrow).status == 200)
            #expect(denial(try server.call("PutItem", put, as: narrow)))
        }
        server.deployment.policies.replace(by: try TestPolicies.faulty())
        for server in [server, restarted] {
            #expect(try server.call("GetItem", get, as: narrow).status == 200)
            #expect(denial(try server.call("PutItem", put, as: narrow)))
        }
        server.deployment.policies.replace(by: try TestPolicies.closed())
        #expect(denial(try server.call("GetItem", get, as: narrow)))
    }

    /// A document that is gone may have held a Deny: without it nothing is allowed.
    @Test func closesWhereANamedDocumentIsGone() throws {
        let session = try open([
            ("PolicyArns.member.1.arn", "arn:aws:iam::000000000000:policy/open"), ("Policy", Self.reads),
        ])
        let get = calls(own.studentKey)[0].body
        #expect(try server.call("GetItem", get, as: session).status == 200)
        let role =
            #"{"name":"teacher","policies":["all.json"],"trust":{"conditions":{"StringEquals":{"homeroom:role":"teacher"}}}}"#
        let all = Self.policy(Self.allow(#""dynamodb:*""#))
        server.deployment.policies.replace(
            by: try PolicyCatalog.load(files: [
                "roles/teacher.json": Array(role.utf8), "policies/all.json": Array(all.utf8),
            ]))
        let answer = try server.call("GetItem", get, as: session)
        #expect(answer.text.contains("because no session policy allows the dynamodb:GetItem action"))
        #expect(try server.call("GetItem", get, as: try server.credentials(own)).status == 200)
        server.deployment.policies.replace(by: try TestPolicies.proper())
        #expect(try server.call("GetItem", get, as: session).status == 200)
    }

    @Test func saysHowMuchOfTheRoomItTakes() throws {
        let narrow = try server.assumeRole(token: try server.token(own), [("Policy", Self.reads)])
        let percent = try #require(Int(TestServer.element("PackedPolicySize", narrow.text)))
        #expect((5...15).contains(percent))
        let wide = try server.assumeRole(token: try server.token(own))
        #expect(!wide.text.contains("PackedPolicySize"))
    }

    @Test func takesAPolicyOfTheLongestLengthAndNoLonger() throws {
        let longest = Self.reads + String(repeating: " ", count: 2048 - Self.reads.utf8.count)
        _ = try open([("Policy", longest)])
        #expect(
            try error([("Policy", longest + " ")])
                == "400 ValidationError: 1 validation error detected: Value at 'policy' failed to satisfy constraint: "
                + "Member must have length less than or equal to 2048")
        #expect(
            try error([("Policy", "")])
                == "400 ValidationError: 1 validation error detected: Value at 'policy' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 1")
        #expect(
            try error([("Policy", Self.reads + "\u{2003}")]).hasPrefix("400 ValidationError: 1 validation"))
        // Long names of many documents beside the longest policy are more than a token holds.
        let name = String(repeating: "n", count: 120)
        let arns = (1...10).map {
            ("PolicyArns.member.\($0).arn", "arn:aws:iam::000000000000:policy/\(name)")
        }
        #expect(
            try error([("Policy", longest)] + arns)
                == "400 PackedPolicyTooLarge: Packed policy consumes 110% of allotted space, please use smaller policy."
        )
    }

    @Test(arguments: [
        ("{", "session policy:1:2: "), ("[]", "session policy:1:1: "),
        (#"{"Version":"2012-10-17","Statement":[]}"#, "session policy:1:37: "),
        (
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:GetItm","Resource":"*"}]}"#,
            "session policy:1:65: `dynamodb:GetItm` is no known action; did you mean `dynamodb:GetItem`?"
        ),
        (
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"dynamodb:*","Resource":"*"}]}"#,
            "session policy:1:56: "
        ),
    ])
    func refusesAPolicyThatCannotBeRead(_ policy: String, _ problem: String) throws {
        let found = try error([("Policy", policy)])
        #expect(found.hasPrefix("400 MalformedPolicyDocument: Syntax errors in policy. "))
        #expect(found.contains(problem), "\(found)")
    }

    @Test(arguments: [
        ["PolicyArns.member.1.arn": "arn:aws:iam::111111111111:policy/open"],
        ["PolicyArns.member.1.arn": "arn:aws:iam::000000000000:policy/"],
        ["PolicyArns.member.1.arn": "arn:aws:iam::000000000000:policy/../open"],
        ["PolicyArns.member.1.arn": "arn:aws:iam::000000000000:policy/missing"],
        ["PolicyArns.member.2.arn": "arn:aws:iam::000000000000:policy/open"],
        ["PolicyArns.member.1.Arn": "arn:aws:iam::000000000000:policy/open"],
        ["PolicyArns": "arn:aws:iam::000000000000:policy/open"],
    ])
    func refusesWhatNamesNoDocument(_ parameters: [String: String]) throws {
        #expect(try error(parameters.map { ($0.key, $0.value) }).hasPrefix("400 ValidationError: "))
    }

    @Test func takesTenDocumentsAndNoMore() throws {
        let all = (1...11).map { ("PolicyArns.member.\($0).arn", "arn:aws:iam::000000000000:policy/open") }
        _ = try open(Array(all.dropLast()))
        #expect(
            try error(all)
                == "400 ValidationError: 1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
                + "Member must have length less than or equal to 10")
    }

    // MARK: The token

    private func contents(_ narrowing: SessionContents.Narrowing?) -> SessionContents {
        SessionContents(
            tenant: own.tenant, school: own.school.text, role: "teacher", name: "n", tags: ["a": "b"],
            issuedAt: Timestamp(milliseconds: 1), expiresAt: Timestamp(milliseconds: 2),
            issuer: "https://i.example",
            narrowing: narrowing)
    }

    @Test func theTokenHoldsIt() throws {
        for narrowing in [
            nil, .init(policy: Self.reads), .init(policy: nil, documents: ["a.json"]),
            .init(policy: "ü\"\n" + Self.reads, documents: ["a.json", "b.json"]),
        ] as [SessionContents.Narrowing?] {
            let contents = contents(narrowing)
            #expect(SessionContents(parsing: contents.json) == contents)
        }
        let session = try #require(contents(.init(policy: Self.reads, documents: ["a.json"])).session)
        #expect(session.narrowing?.inline?.statements.count == 1)
        #expect(session.narrowing?.documentNames == ["a.json"])
    }

    /// No session rather than a wider one: a policy that cannot be read any more, a member that this server does not know.
    @Test func whatCannotBeReadIsNoSession() throws {
        #expect(contents(.init(policy: #"{"Statement":1}"#)).session == nil)
        let text = String(decoding: contents(.init(policy: Self.reads)).json, as: UTF8.self)
        let newer = text.dropLast() + #","newer":"x"}"#
        #expect(SessionContents(parsing: Array(newer.utf8)) == nil)
        // A server that knew of no session policies read each unknown member as a text, and so refuses this one.
        #expect(text.contains(#""narrowing":{"#))
    }
}
