import Base
import Crypto

/// Who signs: an access key with its secret, and for a session its token.
public struct SigV4Credentials: Sendable {
    /// The public half.
    public let accessKeyID: String
    /// The secret half.
    public let secret: SigningSecret
    /// The session's token; nil for a long-term key.
    public let sessionToken: String?

    /// These credentials.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        secret = SigningSecret(secretAccessKey)
        self.sessionToken = sessionToken
    }
}

/// Signs requests as AWS's SDKs do: for load generators, demonstrations and tests.
public struct SigV4Signer: Sendable {
    /// A header field's name and value.
    public typealias Field = (name: String, value: String)

    /// Who signs.
    public var credentials: SigV4Credentials
    /// The scope's region.
    public var region: String
    /// The scope's service.
    public var service: SigV4Service
    /// How the canonical request is made.
    public var rules = SigV4Rules()
    /// Whether the body's hash is sent, and signed, in `x-amz-content-sha256`.
    public var sendsBodyHash = false

    /// A signer for one region and service.
    public init(credentials: SigV4Credentials, region: String, service: SigV4Service) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// Fields that proxies change or that are the signature itself, which no SDK signs.
    private static let unsigned: Set<String> = [
        "authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id",
    ]

    /// The fields to add to a request so that it is signed: date, token, body hash, `Authorization`.
    ///
    /// `fields` must hold `Host` and all others that the request will have; `target` is path and query as
    /// sent.
    public func sign(method: String, target: String, fields: [Field], body: [UInt8], now: Timestamp)
        -> [Field]
    {
        let date = BasicTimestamp.text(now)
        let bodyDigest = SHA256.hash(body)
        var added: [Field] = [("X-Amz-Date", date)]
        var unsignedToken: [Field] = []
        if let token = credentials.sessionToken {
            let field = ("X-Amz-Security-Token", token)
            if rules.signsSessionToken { added.append(field) } else { unsignedToken.append(field) }
        }
        if sendsBodyHash { added.append(("x-amz-content-sha256", bodyDigest.hex)) }
        let signed = signature(
            method: method, target: target, fields: fields + added, bodyDigest: bodyDigest, date: date)
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(date)), "
            + "SignedHeaders=\(signed.names), Signature=\(signed.signature.hex)"
        return added + unsignedToken + [("Authorization", authorization)]
    }

    /// The target, path and query, of a presigned request that is good for `expiresSeconds`.
    public func presign(
        method: String, target: String, fields: [Field], body: [UInt8], expiresSeconds: Int, now: Timestamp
    ) -> String {
        let date = BasicTimestamp.text(now)
        let parameters: [(String, String)] =
            [
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(date))"), ("X-Amz-Date", date),
                ("X-Amz-SignedHeaders", SigV4Signer.signedNames(fields)),
                ("X-Amz-Expires", "\(expiresSeconds)"),
            ] + (credentials.sessionToken.map { [("X-Amz-Security-Token", $0)] } ?? [])
        let query = parameters.map { "\($0.0)=\(URLEncoding.encode($0.1))" }.joined(separator: "&")
        let separator = !target.utf8.contains(UInt8(ascii: "?")) ? "?" : target.hasSuffix("?") ? "" : "&"
        let whole = target + separator + query
        let signed = signature(
            method: method, target: whole, fields: fields, bodyDigest: SHA256.hash(body), date: date)
        return whole + "&X-Amz-Signature=\(signed.signature.hex)"
    }

    private func scope(_ date: String) -> String { "\(date.prefix(8))/\(region)/\(service)/aws4_request" }

    private static func signedNames(_ fields: [Field]) -> String {
        Set(fields.map { $0.name.lowercased() }).subtracting(unsigned).sorted { left, right in
            left.utf8.lexicographicallyPrecedes(right.utf8)
        }.joined(separator: ";")
    }

    /// The parts that AWS's vectors print, for tests.
    struct Signed {
        let names: String
        let canonicalRequest: String
        let stringToSign: String
        let signature: SHA256Digest
    }

    func signature(
        method: String, target: String, fields: [Field], bodyDigest: SHA256Digest, date: String
    ) -> Signed {
        var request = SignedRequest()
        request.reset(method: method, target: target)
        for field in fields { request.append(name: field.name, value: field.value) }
        request.bodyDigest = bodyDigest
        let names = SigV4Signer.signedNames(fields)
        precondition(!names.isEmpty, "a request is signed with its Host field at least")
        let signedHeaders = Array(names.utf8).withUnsafeBytes { request.appendBytes($0) }
        var canonical = CanonicalRequest()
        do throws(SigV4Error) {
            _ = try request.read { bytes throws(SigV4Error) in
                try canonical.write(request, bytes: bytes, signedHeaders: signedHeaders, rules: rules)
            }
        } catch {
            preconditionFailure("a request with too many header fields or parameters cannot be signed")
        }
        var text: [UInt8] = []
        let scope = Array(scope(date).utf8)
        Array(date.utf8).withUnsafeBytes { date in
            scope.withUnsafeBytes {
                StringToSign.write(
                    timestamp: date, scope: $0, canonicalRequest: SHA256.hash(canonical.output), to: &text)
            }
        }
        let regionEnd = 9 + region.utf8.count
        let serviceEnd = regionEnd + 1 + service.description.utf8.count
        let key = scope.withUnsafeBytes { scope in
            credentials.secret.key(
                scope: scope.part(0..<serviceEnd), date: 0..<8, region: 9..<regionEnd,
                service: regionEnd + 1..<serviceEnd)
        }
        return Signed(
            names: names, canonicalRequest: String(decoding: canonical.output, as: UTF8.self),
            stringToSign: String(decoding: text, as: UTF8.self), signature: key.authenticate(text))
    }
}
