import Base
import Crypto
import SigV4
import Tokens

/// Tokens signed and requests verified, on one core.
struct SignatureRate {
    func measure() throws {
        let clock = SystemClock()
        // As the server draws them.
        let random = OpenSSLRandom()
        let signer = SigningKeyRing(SigningKey.generate(now: clock.now())).signer
        let (tenant, school) = (TenantID(random: random), SchoolID(random: random))
        let tokenNanoseconds = try Stopwatch.nanoseconds(perRound: 4000) {
            let claims = try TokenClaims(
                issuer: "http://127.0.0.1:8080", subject: "bench", audience: "sts.amazonaws.com",
                tenantID: tenant,
                scope: .school(school), tier: "basic", role: "teacher", now: clock.now(), random: random)
            _ = signer.sign(claims)
        }
        print("token_ns", tokenNanoseconds)
        print("verify_ns", try verification(school))
    }

    /// One whole verification of a GetItem: taking the fields over, parsing, the body's hash, the signature.
    private func verification(_ school: SchoolID) throws -> Double {
        let items = BenchItems(school: school.text, count: 1)
        let body = Array(#"{"TableName":"student-table","Key":\#(items.key(0))}"#.utf8)
        // As long as a session's token is.
        let token = String(repeating: "A1b2", count: 140)
        let signer = SigV4Signer(
            credentials: SigV4Credentials(
                accessKeyID: "ASIAABCDEFGHIJKLMNOP", secretAccessKey: "secret", sessionToken: token),
            region: "us-east-1", service: .dynamodb)
        let now = SystemClock().now()
        var fields: [SigV4Signer.Field] = [
            ("host", "127.0.0.1:8000"), ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "DynamoDB_20120810.GetItem"),
        ]
        fields += signer.sign(method: "POST", target: "/", fields: fields, body: body, now: now)
        fields.append(("content-length", String(body.count)))
        let bytes = fields.map { (Array($0.name.utf8), Array($0.value.utf8)) }
        let verifier = SigV4Verifier()
        var request = SignedRequest()
        return try Stopwatch.nanoseconds(perRound: 50_000) {
            request.reset(method: "POST", target: "/")
            for (name, value) in bytes {
                name.withUnsafeBytes { name in
                    value.withUnsafeBytes { request.append(name: name, value: $0) }
                }
            }
            let authorization = try SigV4Authorization(parsing: &request)
            request.bodyDigest = verifier.hasher.hash(body)
            try verifier.verify(
                request, authorization, secret: signer.credentials.secret, service: .dynamodb, now: now)
        }
    }
}
