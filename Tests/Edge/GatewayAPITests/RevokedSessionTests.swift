import Base
import GatewayTestKit
import HTTPClient
import SigV4
import Testing
import Tokens

@testable import GatewayAPI

/// Sessions end with the token, the key or the account that has opened them.
struct RevokedSessionTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func status(_ credentials: SigV4Credentials) throws -> String {
        let answer = try server.call("ListTables", "{}", as: credentials)
        return "\(answer.status) \(answer.text.contains("UnrecognizedClientException"))"
    }

    @Test func aRevokedTokenEndsItsSessionsAndOpensNoOthers() throws {
        let token = try server.token(server.deployment.own)
        let credentials = try server.credentials(server.deployment.own)
        let before = try status(credentials)
        #expect(before != "400 true")
        let id = try server.claims(of: token).tokenID
        server.revoked.revoke("another", until: server.deployment.clock.now())
        #expect(try status(credentials) == before)
        server.revoked.revoke(id, until: server.deployment.clock.now())
        #expect(try status(credentials) == "400 true")
        let refused = try server.assumeRole(token: token)
        #expect(refused.status == 400)
        #expect(TestServer.element("Code", refused.text) == "InvalidIdentityToken")
    }

    @Test func aRevokedKeyEndsTheSessionsOfItsTokens() throws {
        let credentials = try server.credentials(server.deployment.own)
        let before = try status(credentials)
        let now = server.deployment.clock.now()
        server.revoked.revoke(key: "another", at: now)
        #expect(try status(credentials) == before)
        server.revoked.revoke(key: server.keyID, at: now)
        #expect(try status(credentials) == "400 true")
    }

    @Test func aSessionKeepsWhereItCameFrom() throws {
        var contents = SessionContents(
            tenant: server.deployment.own.tenant, school: "s", role: "teacher", name: "n", tags: [:],
            issuedAt: Timestamp(milliseconds: 5), expiresAt: Timestamp(milliseconds: 6))
        #expect(SessionContents(parsing: contents.json)?.trace == nil)
        var trace = TokenTrace(issuedAt: Timestamp(milliseconds: 4))
        trace.tokenID = "t"
        trace.keyID = "k"
        trace.clientID = "svc_1"
        trace.grant = "svc_1/g"
        contents.trace = trace
        #expect(SessionContents(parsing: contents.json) == contents)
    }
}
