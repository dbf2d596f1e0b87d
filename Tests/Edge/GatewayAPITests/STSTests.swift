import Base
import Gateway
import GatewayTestKit
import HTTPClient
import Registry
import SigV4
import Testing

@testable import GatewayAPI

struct STSTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func code(_ answer: HTTPClientResponse) -> String {
        "\(answer.status) \(TestServer.element("Code", answer.text))"
    }

    @Test func opensASessionAndSaysWhose() throws {
        let own = server.deployment.own
        let answer = try server.assumeRole(token: try server.token(own), [("DurationSeconds", "900")])
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "text/xml")
        #expect(
            answer.text.hasPrefix(
                "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"))
        #expect(TestServer.element("Expiration", answer.text) == "2026-01-01T00:15:00Z")
        #expect(
            TestServer.element("Arn", answer.text)
                == "arn:aws:sts::000000000000:assumed-role/teacher/test-session")
        #expect(TestServer.element("SubjectFromWebIdentityToken", answer.text) == "user-1")
        #expect(TestServer.element("AccessKeyId", answer.text).hasPrefix("ASIA"))
        #expect(TestServer.element("AccessKeyId", answer.text).utf8.count == 20)
        #expect(TestServer.element("SecretAccessKey", answer.text).utf8.count == 40)

        let identity = try identity(as: SigV4Credentials(answer))
        #expect(identity.status == 200)
        #expect(TestServer.element("Account", identity.text) == "000000000000")
        #expect(
            TestServer.element("Arn", identity.text)
                == "arn:aws:sts::000000000000:assumed-role/teacher/test-session")
        #expect(
            TestServer.element("UserId", identity.text) == TestServer.element("AssumedRoleId", answer.text))
    }

    private func identity(
        as credentials: SigV4Credentials, service: SigV4Service = .sts
    ) throws -> HTTPClientResponse {
        let body = Array("Action=GetCallerIdentity&Version=2011-06-15".utf8)
        var fields: [SigV4Signer.Field] = [
            ("Host", server.host), ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ]
        let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: service)
        fields += signer.sign(
            method: "POST", target: "/", fields: fields, body: body, now: server.deployment.clock.now())
        return try server.send(fields, body)
    }

    @Test func aSessionOutlivesTheServer() throws {
        let credentials = try server.credentials(server.deployment.own)
        let restarted = try TestServer(server.deployment)
        let answer = try restarted.call("ListTables", "{}", as: credentials)
        #expect(answer.status == 200)
    }

    @Test func aSessionEnds() throws {
        let credentials = try server.credentials(server.deployment.own)
        server.deployment.clock.advance(byMilliseconds: 3_599_999)
        #expect(try server.call("ListTables", "{}", as: credentials).status == 200)
        server.deployment.clock.advance(byMilliseconds: 1)
        let ended = try server.call("ListTables", "{}", as: credentials)
        #expect(
            ended.text == #"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"#
                + #""The security token included in the request is expired"}"#)
        #expect(code(try identity(as: credentials)) == "403 ExpiredToken")
    }

    /// Credentials put together from those of two sessions, or changed.
    @Test func refusesCredentialsThatDoNotBelongTogether() throws {
        let own = try server.assumeRole(token: try server.token(server.deployment.own))
        let other = try server.assumeRole(token: try server.token(server.deployment.other))
        func part(_ name: String, _ answer: HTTPClientResponse) -> String {
            TestServer.element(name, answer.text)
        }
        let (id, secret, token) = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        let invalid = "UnrecognizedClientException"
        let whole = part(token, own)
        // Another last character in any case: those with other first bits are other bytes.
        let changed = String(whole.dropLast()) + (whole.hasSuffix("A") ? "w" : "A")
        let cases: [(String, String, String?, String)] = [
            (part(id, own), part(secret, own), part(token, other), invalid),
            (part(id, other), part(secret, own), part(token, own), invalid),
            (part(id, own), part(secret, own), nil, invalid),
            (part(id, own), part(secret, own), changed, invalid),
            (part(id, own), part(secret, own), "", invalid),
            ("AKIDEXAMPLE", part(secret, own), part(token, own), invalid),
            (part(id, own), part(secret, other), part(token, own), "InvalidSignatureException"),
        ]
        // Once while nothing is known of the session, once after it has been used.
        for round in 0..<2 {
            for (number, (id, secret, token, expected)) in cases.enumerated() {
                let credentials = SigV4Credentials(
                    accessKeyID: id, secretAccessKey: secret, sessionToken: token)
                let answer = try server.call("ListTables", "{}", as: credentials)
                #expect(answer.status == 400)
                #expect(
                    answer.text.contains("#\(expected)\""), "round \(round), case \(number): \(answer.text)")
            }
            #expect(try server.call("ListTables", "{}", as: SigV4Credentials(own)).status == 200)
        }
    }

    @Test func aSignatureForAnotherServiceIsRefused() throws {
        let credentials = try server.credentials(server.deployment.own)
        #expect(code(try identity(as: credentials, service: .dynamodb)) == "403 SignatureDoesNotMatch")
        let answer = try server.call("ListTables", bytes: Array("{}".utf8), as: credentials, service: .sts)
        #expect(answer.text.contains("InvalidSignatureException"))
    }

    @Test(arguments: [
        ([("Action", "GetCallerIdentity")], "403 MissingAuthenticationToken"),
        ([], "400 MissingAction"),
        ([("Action", "AssumeRole"), ("Version", "2011-06-15")], "400 InvalidAction"),
        ([("Action", "AssumeRoleWithWebIdentity"), ("Version", "2010-01-01")], "400 InvalidAction"),
        ([("Action", "AssumeRoleWithWebIdentity"), ("Action", "x")], "400 MalformedQueryString"),
        ([("Action", "AssumeRoleWithWebIdentity")], "400 ValidationError"),
    ])
    func answersAWrongCall(_ parameters: [(String, String)], _ expected: String) throws {
        #expect(code(try server.sts(parameters)) == expected)
    }

    @Test(arguments: [
        ("RoleArn", "arn:aws:iam::111111111111:role/teacher"), ("RoleSessionName", "a b"),
        ("RoleSessionName", "a"), ("DurationSeconds", "899"), ("DurationSeconds", "43201"),
        ("DurationSeconds", "3601"), ("Policy", ""),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/x"),
        ("ProviderId", "www.amazon.com"),
    ])
    func refusesAWrongParameter(_ name: String, _ value: String) throws {
        let usual = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"),
            ("RoleArn", "arn:aws:iam::000000000000:role/teacher"), ("RoleSessionName", "test-session"),
            ("WebIdentityToken", try server.token(server.deployment.own)),
        ]
        let answer = try server.sts(usual.filter { $0.0 != name } + [(name, value)])
        #expect(code(answer) == "400 ValidationError")
        #expect(try server.sts(usual).status == 200)
    }

    @Test func refusesTokensThatAreNotGood() throws {
        let own = server.deployment.own
        let token = try server.token(own, lifetimeSeconds: 60)
        #expect(code(try server.assumeRole(token: "nonsense")) == "400 InvalidIdentityToken")
        #expect(code(try server.assumeRole(token: token + "x")) == "400 InvalidIdentityToken")
        let stranger = try TestServer(server.deployment)
        #expect(code(try stranger.assumeRole(token: token)) == "400 InvalidIdentityToken")
        #expect(try server.assumeRole(token: token).status == 200)
        server.deployment.clock.advance(byMilliseconds: 121_000)
        #expect(code(try server.assumeRole(token: token)) == "400 ExpiredTokenException")
    }

    @Test func refusesWhoMayNotAssumeTheRole() throws {
        let (own, other) = (server.deployment.own, server.deployment.other)
        let refused = "403 AccessDenied"
        #expect(code(try server.assumeRole(token: try server.token(own, role: "student"))) == refused)
        #expect(code(try server.assumeRole(token: try server.token(own), role: "janitor")) == refused)
        // A school that is not the tenant's, whatever the token says.
        #expect(code(try server.assumeRole(token: try server.token(own, school: other.school))) == refused)
        let stranger = TestDeployment.District(
            tenant: TenantID(random: SeededRandom(seed: 4)), school: own.school)
        #expect(code(try server.assumeRole(token: try server.token(stranger))) == refused)
        try server.deployment.setState(.suspended(Suspension(reason: "secret reason")), of: own)
        let suspended = try server.assumeRole(token: try server.token(own))
        #expect(code(suspended) == refused)
        #expect(!suspended.text.contains("secret reason"))
        #expect(!server.log.entries.contains { $0.detail?.contains("secret reason") == true })
        #expect(server.log.entries.count == 5)
    }
}

extension SigV4Credentials {
    /// Those of an answer.
    init(_ answer: HTTPClientResponse) {
        self.init(
            accessKeyID: TestServer.element("AccessKeyId", answer.text),
            secretAccessKey: TestServer.element("SecretAccessKey", answer.text),
            sessionToken: TestServer.element("SessionToken", answer.text))
    }
}
