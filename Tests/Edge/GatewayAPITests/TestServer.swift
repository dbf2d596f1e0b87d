import Backups
import Base
import Gateway
import GatewayAPI
import GatewayTestKit
import HTTPClient
import HTTPServer
import JSONText
import SigV4
import Synchronization
import Tokens

/// The gateway's port on a real socket, and a client that signs.
final class TestServer {
    static let issuer = "https://issuer.example"
    static let audience = "sts.homeroom.example"

    let deployment: TestDeployment
    let log = MemoryLog()
    let api: GatewayAPI
    /// What is refused though it verifies.
    let revoked = RevokedTokens()
    private let keys: SigningKeyRing
    private let verifier: CurrentVerifier
    private let server: HTTPServer
    private let client = HTTPClient()

    init(
        _ deployment: TestDeployment? = nil, backups: BackupDesk? = nil, acceptsAnyStaticKey: Bool = false
    ) throws {
        let deployment = try deployment ?? TestDeployment()
        self.deployment = deployment
        keys = SigningKeyRing(SigningKey.generate(now: deployment.clock.now()))
        let verifier = CurrentVerifier(Self.verifier(of: keys.keySet))
        self.verifier = verifier
        var configuration = GatewayAPI.Configuration(
            issuer: Self.issuer, audience: Self.audience, sessionKey: [UInt8](repeating: 7, count: 32))
        configuration.acceptsAnyStaticKey = acceptsAnyStaticKey
        api = try GatewayAPI(
            gateway: deployment.gateway, configuration: configuration,
            verifier: { verifier.value }, revoked: revoked, operators: Operators(), backups: backups,
            clock: deployment.clock, random: SeededRandom(seed: 3), log: log)
        server = try HTTPServer(HTTPServer.Configuration(), handler: api)
    }

    deinit { server.stop(graceSeconds: 0) }

    var host: String { "127.0.0.1:\(server.port)" }

    // MARK: STS

    /// A token for a district's school.
    func token(
        _ district: TestDeployment.District, role: String = "teacher", lifetimeSeconds: Int64 = 900,
        school: SchoolID? = nil, student: StudentID? = nil, issuer: String = TestServer.issuer,
        audience: String = TestServer.audience,
        isOperators: Bool = false, seed: UInt64 = 9
    ) throws -> String {
        let claims = try TokenClaims(
            issuer: issuer, subject: "user-1", audience: audience, tenantID: district.tenant,
            scope: .school(school ?? district.school), student: student, tier: "basic", role: role,
            isOperators: isOperators,
            clientID: "svc_1", grant: "svc_1/g", lifetimeSeconds: lifetimeSeconds,
            now: deployment.clock.now(), random: SeededRandom(seed: seed))
        return keys.signer.sign(claims)
    }

    /// The keys that verify tokens are others from now on.
    func forgetKeys() { verifier.value = Self.verifier(of: JSONWebKeySet([])) }

    private static func verifier(of keys: JSONWebKeySet) -> TokenVerifier {
        TokenVerifier(profile: TokenProfile(issuer: issuer, audience: audience), keys: keys)
    }

    /// The id of the key that signs.
    var keyID: String { keys.current.keyID }

    func claims(of token: String) throws -> TokenClaims {
        try TokenClaims(try verifier.value.verify(token, now: deployment.clock.now()))
    }

    /// Sends a call in the query protocol, unsigned.
    func sts(_ parameters: [(String, String)]) throws -> HTTPClientResponse {
        let body = parameters.map { "\($0)=\(Self.encode($1))" }.joined(separator: "&")
        return try client.send(
            HTTPClientRequest(
                method: "POST", url: "http://\(host)/",
                headers: [HTTPClientHeader("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(body.utf8)))
    }

    func assumeRole(
        token: String, role: String = "teacher", _ more: [(String, String)] = []
    ) throws -> HTTPClientResponse {
        try sts(
            [
                ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"),
                ("RoleArn", "arn:aws:iam::000000000000:role/\(role)"), ("RoleSessionName", "test-session"),
                ("WebIdentityToken", token),
            ] + more)
    }

    /// An operator's static key.
    let operatorCredentials = SigV4Credentials(
        accessKeyID: "AKIATESTOPERATOR0001", secretAccessKey: "an operator's secret")

    private struct Operators: OperatorCredentials {
        func secret(of accessKeyID: String) -> String? {
            accessKeyID == "AKIATESTOPERATOR0001" ? "an operator's secret" : nil
        }
    }

    /// Temporary credentials of a district's school.
    func credentials(_ district: TestDeployment.District) throws -> SigV4Credentials {
        let answer = try assumeRole(token: try token(district))
        guard answer.status == 200 else { throw Failure(text: answer.text) }
        return SigV4Credentials(
            accessKeyID: Self.element("AccessKeyId", answer.text),
            secretAccessKey: Self.element("SecretAccessKey", answer.text),
            sessionToken: Self.element("SessionToken", answer.text))
    }

    // MARK: DynamoDB

    /// Sends a signed operation.
    func call(
        _ operation: String, _ body: String, as credentials: SigV4Credentials,
        _ more: [HTTPClientHeader] = []
    ) throws -> HTTPClientResponse {
        try call(operation, bytes: Array(body.utf8), as: credentials, more)
    }

    func call(
        _ operation: String, bytes: [UInt8], as credentials: SigV4Credentials,
        _ more: [HTTPClientHeader] = [],
        service: SigV4Service = .dynamodb, api: String = "DynamoDB_20120810"
    ) throws -> HTTPClientResponse {
        var fields: [SigV4Signer.Field] = [
            ("Host", host), ("Content-Type", "application/x-amz-json-1.0"),
            ("X-Amz-Target", "\(api).\(operation)"),
        ]
        fields += more.map { ($0.name, $0.value) }
        let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: service)
        fields += signer.sign(
            method: "POST", target: "/", fields: fields, body: bytes, now: deployment.clock.now())
        return try send(fields, bytes)
    }

    /// Sends an operation with a token that has not been to STS.
    func call(
        _ operation: String, _ body: String, bearer token: String, _ more: [SigV4Signer.Field] = [],
        api: String = "DynamoDB_20120810", target: String = "/"
    ) throws -> HTTPClientResponse {
        let fields: [SigV4Signer.Field] = [
            ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "\(api).\(operation)"),
            ("Authorization", "Bearer \(token)"),
        ]
        return try send(fields + more, Array(body.utf8), target: target)
    }

    /// Sends anything.
    func send(
        _ fields: [SigV4Signer.Field], _ body: [UInt8], method: String = "POST", target: String = "/"
    ) throws -> HTTPClientResponse {
        try client.send(
            HTTPClientRequest(
                method: method, url: "http://\(host)\(target)",
                headers: fields.filter { $0.name != "Host" }.map { HTTPClientHeader($0.name, $0.value) },
                body: body))
    }

    static func element(_ name: String, _ xml: String) -> String {
        guard let start = xml.ranges(of: "<\(name)>").first, let end = xml.ranges(of: "</\(name)>").first
        else {
            return ""
        }
        return String(xml[start.upperBound..<end.lowerBound])
    }

    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A)
                || (byte >= 0x61 && byte <= 0x7A)
            if isPlain { return String(Unicode.Scalar(byte)) }
            let hex = String(byte, radix: 16, uppercase: true)
            return "%" + (hex.utf8.count == 1 ? "0" + hex : hex)
        }.joined()
    }

    struct Failure: Error {
        let text: String
    }
}

/// What tokens verify with, until a test changes it.
private final class CurrentVerifier: Sendable {
    private let current: Mutex<TokenVerifier>

    init(_ verifier: TokenVerifier) { current = Mutex(verifier) }

    var value: TokenVerifier {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// A log that a test reads.
final class MemoryLog: GatewayLog {
    private let kept = Mutex<[GatewayLogEntry]>([])

    var entries: [GatewayLogEntry] { kept.withLock { $0 } }

    func write(_ entry: GatewayLogEntry) { kept.withLock { $0.append(entry) } }
}
