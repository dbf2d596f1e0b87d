import Base
import Crypto
import Gateway
import GatewayTestKit
import HTTPClient
import Policies
import Registry
import SigV4
import Testing
import Tokens

@testable import GatewayAPI

/// Tokens that open nothing, and when those that did open something stop.
struct BearerRefusalTests {
    private let server: TestServer
    private var deployment: TestDeployment { server.deployment }

    init() throws { server = try TestServer(try TestDeployment(recording: .init())) }

    /// Status and error of an operation that a good token is allowed.
    private func listed(
        _ token: String, _ more: [SigV4Signer.Field] = [], target: String = "/"
    ) throws -> String {
        let answer = try server.call("ListTables", "{}", bearer: token, more, target: target)
        if answer.status == 200 { return "200" }
        let name = answer.text.split(separator: "#").last?.prefix { $0 != "\"" } ?? ""
        if token.utf8.count > 20 { #expect(!answer.text.contains(token)) }
        return "\(answer.status) \(name)"
    }

    private static let unrecognized = "400 UnrecognizedClientException"
    private static let incomplete = "400 IncompleteSignatureException"

    // MARK: What is no token of ours

    @Test func refusesWhatIsNoTokenOfOurs() throws {
        let own = deployment.own
        let token = try server.token(own)
        let parts = token.split(separator: ".").map(String.init)
        let stranger = try TestServer(deployment)
        let credentials = try server.credentials(own)
        let others = try server.token(deployment.other).split(separator: ".").map(String.init)
        let unsigned = Base64URL.encode(Array(#"{"alg":"none","kid":"\#(server.keyID)"}"#.utf8))
        let symmetric = Base64URL.encode(Array(#"{"alg":"HS256","kid":"\#(server.keyID)"}"#.utf8))
        let cases = [
            "nothing": "", "no token": "nonsense", "dots": "..",
            "more dots": String(repeating: ".", count: 5000),
            "another's payload": "\(parts[0]).\(others[1]).\(parts[2])",
            "another's signature": "\(parts[0]).\(parts[1]).\(others[2])",
            "no signature": "\(parts[0]).\(parts[1]).", "alg none": "\(unsigned).\(parts[1]).",
            "alg HS256": "\(symmetric).\(parts[1]).\(parts[2])", "behind it": token + "x",
            "two in one": "\(token), \(token)", "a blank in it": "\(token) \(token)",
            "another audience": try server.token(own, audience: "another"),
            "another issuer": try server.token(own, issuer: "https://another.example"),
            "another key": try stranger.token(own), "a session's token": credentials.sessionToken ?? "",
            "an access key": credentials.accessKeyID,
            "an operator's key": "an operator's secret",
            "a refresh token": "hrr_0123456789abcdefghijklmnopqrstuv", "an API key": "hrk_0123456789abcdef",
        ]
        for (name, wrong) in cases { #expect(try listed(wrong) == Self.unrecognized, "\(name)") }
        #expect(try listed(token) == "200")
        #expect(deployment.gateway.metrics.requestCount(.listTables, .unauthenticated) == cases.count)
        // Neither a token nor its parts are in the log, or among what is kept of refusals.
        #expect(server.log.entries.count == cases.count)
        for entry in server.log.entries {
            let line = String(decoding: entry.json, as: UTF8.self)
            #expect(!parts.contains { line.contains($0) } && !line.contains("nonsense"))
        }
        var denied = DecisionQuery()
        denied.outcome = .denied
        #expect(try deployment.decided(denied).isEmpty)
    }

    @Test func saysWhatToDoNext() throws {
        let answer = try server.call("ListTables", "{}", bearer: "nonsense")
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token "#
                + "included in the request is invalid: expected three segments with dots between them, found 1. Send an "
                + #"access token of this Homeroom, which its token endpoint issues"}"#)
        let none = try server.send(
            [
                ("Content-Type", "application/x-amz-json-1.0"),
                ("X-Amz-Target", "DynamoDB_20120810.ListTables"),
            ],
            Array("{}".utf8))
        #expect(none.text.contains("MissingAuthenticationTokenException"))
    }

    @Test func aTokenIsOverWhenItSays() throws {
        let token = try server.token(deployment.own, lifetimeSeconds: 60)
        deployment.clock.advance(byMilliseconds: 59_999)
        #expect(try listed(token) == "200")
        deployment.clock.advance(byMilliseconds: 1)
        #expect(try listed(token) == "400 ExpiredTokenException")
        // Nor does one that nobody has seen before get the minute that STS lets clocks differ by.
        let unseen = try server.token(deployment.own, lifetimeSeconds: 61)
        deployment.clock.advance(byMilliseconds: 61_000)
        #expect(try listed(unseen) == "400 ExpiredTokenException")
        #expect(try server.assumeRole(token: unseen).status == 200)
        let answer = try server.call("ListTables", "{}", bearer: unseen)
        #expect(answer.text.contains("get a new one and send the request again"))
    }

    @Test func aTokenFromTheFutureWaits() throws {
        let token = try server.token(deployment.own)
        #expect(try listed(token) == "200")
        deployment.clock.setWall(byMilliseconds: -61_000)
        #expect(try listed(token) == Self.unrecognized)
        deployment.clock.advance(byMilliseconds: 1000)
        #expect(try listed(token) == "200")
    }

    // MARK: One credential

    @Test func refusesASecondCredential() throws {
        let token = try server.token(deployment.own)
        let signed = "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0"
        let cases: [([SigV4Signer.Field], String)] = [
            ([("authorization", "Bearer \(token)")], "/"), ([("Authorization", signed)], "/"),
            ([("X-Amz-Security-Token", "x")], "/"), ([], "/?X-Amz-Signature=0"),
            ([], "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=0"),
            ([], "/?access_token=\(token)"), ([], "/elsewhere"),
        ]
        for (more, target) in cases {
            #expect(try listed(token, more, target: target) == Self.incomplete, "\(more) \(target)")
        }
        let roles: [SigV4Signer.Field] = [("X-Homeroom-Role", "teacher"), ("X-Homeroom-Role", "teacher")]
        #expect(try listed(token, roles) == Self.incomplete)
        #expect(try listed(token) == "200")
    }

    @Test func schemesThatOnlyBeginSoAreNone() throws {
        let token = try server.token(deployment.own)
        for value in [
            "Bearer\(token)", "Bearers \(token)", "Bearer:\(token)", "Token \(token)", token, "Bear \(token)",
        ] {
            let answer = try server.send(
                [
                    ("Content-Type", "application/x-amz-json-1.0"),
                    ("X-Amz-Target", "DynamoDB_20120810.ListTables"), ("Authorization", value),
                ], Array("{}".utf8))
            #expect(answer.status == 400 && answer.text.contains("IncompleteSignatureException"))
            #expect(!answer.text.contains(token))
        }
    }

    @Test func stsTakesNoBearer() throws {
        let token = try server.token(deployment.own)
        let answer = try server.send(
            [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "Bearer \(token)")],
            Array("Action=GetCallerIdentity&Version=2011-06-15".utf8))
        #expect((answer.status, TestServer.element("Code", answer.text)) == (400, "IncompleteSignature"))
        #expect(TestServer.element("Message", answer.text).contains("AssumeRoleWithWebIdentity"))
    }

    /// Where any static key is an operator's, a token is a tenant's all the same, and a wrong one nobody's.
    @Test func aDevelopersServerTakesATokenForWhatItIs() throws {
        let open = try TestServer(deployment, acceptsAnyStaticKey: true)
        let token = try open.token(deployment.own)
        let answer = try open.call("ListTables", "{}", bearer: token)
        #expect(answer.text == #"{"TableNames":["school-table","student-table"]}"#)
        for wrong in ["nonsense", "", token + "x"] {
            #expect(
                try open.call("ListTables", "{}", bearer: wrong).text.contains("UnrecognizedClientException"))
        }
        let twice = try open.call("ListTables", "{}", bearer: token, [("authorization", "Bearer x")])
        #expect(twice.text.contains("IncompleteSignatureException"))
    }

    // MARK: What ends

    /// A way to end what a token opens.
    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: String
        var isOpenAtSTS = false
        let end: @Sendable (TestServer, String) throws -> Void
    }

    private static let endings = [
        Ending(testDescription: "the token is revoked", expected: unrecognized) {
            $0.revoked.revoke(try $0.claims(of: $1).tokenID, until: $0.deployment.clock.now())
        },
        Ending(testDescription: "its family of refresh tokens is revoked", expected: unrecognized) {
            server, _ in
            server.revoked.revoke("svc_1/g", until: server.deployment.clock.now())
        },
        Ending(testDescription: "its holder is gone", expected: unrecognized) { server, _ in
            server.revoked.revoke("svc_1", until: server.deployment.clock.now())
        },
        Ending(testDescription: "its holder is disabled", expected: unrecognized) { server, _ in
            server.revoked.refuse(client: "svc_1", issuedBefore: nil, version: 1)
        },
        Ending(testDescription: "its key is revoked", expected: unrecognized) { server, _ in
            server.revoked.revoke(key: server.keyID, at: server.deployment.clock.now())
        },
        Ending(testDescription: "its key is known no more", expected: unrecognized) { server, _ in
            server.forgetKeys()
        },
        Ending(testDescription: "its tenant is suspended", expected: "400 AccessDeniedException") {
            server, _ in
            try server.deployment.setState(
                .suspended(Suspension(reason: "secret")), of: server.deployment.own)
        },
        Ending(testDescription: "its school is closed", expected: "400 AccessDeniedException") { server, _ in
            let deployment = server.deployment
            try deployment.registry.update(TenantRecord.self, deployment.own.tenant) { record, _ in
                record.schools[0].state = .closed(reason: "secret")
            }
        },
        Ending(testDescription: "its role trusts it no more", expected: "400 AccessDeniedException") {
            server, _ in
            server.deployment.policies.replace(by: try untrusting())
        },
        Ending(
            testDescription: "its role may nothing any more", expected: "400 AccessDeniedException",
            isOpenAtSTS: true
        ) { server, _ in
            server.deployment.policies.replace(by: try TestPolicies.closed())
        },
    ]

    private static func untrusting() throws -> PolicyCatalog {
        let role =
            #"{"name":"teacher","policies":["p.json"],"trust":{"conditions":{"StringEquals":"#
            + #"{"homeroom:role":"principal"}}},"maxSessionSeconds":3600}"#
        let policy =
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}"#
        return try PolicyCatalog.load(files: [
            "roles/teacher.json": Array(role.utf8), "policies/p.json": Array(policy.utf8),
        ])
    }

    /// From the next request on, also where the token has been verified before.
    @Test(arguments: endings)
    func whatEndsStopsAtOnce(_ ending: Ending) throws {
        let token = try server.token(deployment.own)
        let unseen = try server.token(deployment.own, lifetimeSeconds: 800)
        #expect(try listed(token) == "200")
        #expect(try listed(token) == "200")
        try ending.end(server, token)
        #expect(try listed(token) == ending.expected)
        #expect(try listed(unseen) == ending.expected)
        #expect((try server.assumeRole(token: unseen).status == 200) == ending.isOpenAtSTS)
        #expect(!server.log.entries.contains { $0.detail?.contains("secret") == true })
    }

    @Test func whatComesBackIsServedAgain() throws {
        let token = try server.token(deployment.own)
        #expect(try listed(token) == "200")
        try deployment.setState(.suspended(Suspension(reason: "unpaid")), of: deployment.own)
        #expect(try listed(token) == "400 AccessDeniedException")
        #expect(try listed(try server.token(deployment.other)) == "200")
        try deployment.setState(.active, of: deployment.own)
        #expect(try listed(token) == "200")
    }

    /// Sessions from before a moment are refused by when their token was issued, which no new request makes younger.
    @Test func aSessionIsAsOldAsItsToken() throws {
        let policy =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"},"#
            + #"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":"#
            + #"{"aws:TokenIssueTime":"2026-01-01T00:01:00Z"}}}]}"#
        let role =
            #"{"name":"teacher","policies":["p.json"],"trust":{"conditions":{"StringEquals":"#
            + #"{"homeroom:role":"teacher"}}},"maxSessionSeconds":3600}"#
        deployment.policies.replace(
            by: try PolicyCatalog.load(files: [
                "roles/teacher.json": Array(role.utf8), "policies/p.json": Array(policy.utf8),
            ]))
        let old = try server.token(deployment.own)
        deployment.clock.advance(byMilliseconds: 60_000)
        #expect(try listed(old) == "400 AccessDeniedException")
        #expect(try listed(try server.token(deployment.own)) == "200")
    }

    /// Conditions of a trust on where somebody is and on what time it is hold for each request.
    @Test func trustIsAskedAtEachRequest() throws {
        let role =
            #"{"name":"teacher","policies":["p.json"],"trust":{"conditions":{"DateLessThan":"#
            + #"{"aws:CurrentTime":"2026-01-01T00:05:00Z"},"IpAddress":{"aws:SourceIp":"127.0.0.0/8"},"#
            + #""StringLike":{"sts:RoleSessionName":"bearer-*"}}},"maxSessionSeconds":3600}"#
        let policy =
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}"#
        deployment.policies.replace(
            by: try PolicyCatalog.load(files: [
                "roles/teacher.json": Array(role.utf8), "policies/p.json": Array(policy.utf8),
            ]))
        let token = try server.token(deployment.own)
        #expect(try listed(token) == "200")
        deployment.clock.advance(byMilliseconds: 301_000)
        #expect(try listed(token) == "400 AccessDeniedException")
    }
}
