import Base
import Crypto
import Testing

@testable import SigV4

@Suite struct VerifierTests {
    private let now = Example.now

    /// Changes one field's value.
    private func changing(
        _ name: String, _ change: (String) -> String, of request: WireRequest = Example.signed()
    ) -> WireRequest {
        var request = request
        for index in request.fields.indices where request.fields[index].name == name {
            request.fields[index].value = change(request.fields[index].value)
        }
        return request
    }

    private func expect(_ error: SigV4Error, _ request: WireRequest, now: Timestamp = Example.now) {
        #expect(throws: error) { try request.verify(secret: Example.secret, now: now) }
    }

    @Test func acceptsWhatTheSignerSigned() throws {
        let authorization = try Example.signed().verify(secret: Example.secret, now: now)
        #expect(authorization.accessKeyID.description == Example.accessKeyID)
        let request = Example.signed().signedRequest
        #expect(authorization.sessionToken(in: request) == "session-token/+=")
        #expect(authorization.hasSessionToken(Array("session-token/+=".utf8), in: request))
        #expect(!authorization.hasSessionToken(Array("session-token/+-".utf8), in: request))
        #expect(!authorization.hasSessionToken(nil, in: request))
        let plain = try Example.signed(token: nil).verify(secret: Example.secret, now: now)
        let bare = Example.signed(token: nil).signedRequest
        #expect(plain.sessionToken(in: bare) == nil && plain.hasSessionToken(nil, in: bare))
        #expect(!plain.hasSessionToken([], in: bare))
        _ = try Example.presigned().verify(secret: Example.secret, now: now)
    }

    @Test func fieldsOfOneBufferAreTheSameAsFieldsOneByOne() throws {
        let example = Example.signed()
        var head: [UInt8] = []
        var places: [(name: Range<Int>, value: Range<Int>)] = []
        for field in example.fields {
            let start = head.count
            head += Array(field.name.lowercased().utf8)
            let middle = head.count
            head += Array(field.value.utf8)
            places.append((start..<middle, middle..<head.count))
        }
        var request = SignedRequest()
        request.reset(method: example.method, target: example.target)
        head.withUnsafeBytes { request.append(head: $0, count: places.count) { places[$0] } }
        request.bodyDigest = SHA256.hash(example.body)
        let authorization = try SigV4Authorization(parsing: &request)
        try SigV4Verifier().verify(
            request, authorization, secret: SigningSecret(Example.secret), service: .dynamodb, now: now)

        var crowded = SignedRequest()
        crowded.reset(method: "POST", target: "/")
        head.withUnsafeBytes { head in
            crowded.append(head: head, count: Limits.signedRequestFieldsMax + 1) { _ in places[0] }
        }
        #expect(throws: SigV4Error.self) { try SigV4Authorization(parsing: &crowded) }
        #expect(crowded.hasTooManyFields)
    }

    /// Signed with botocore 1.44.5, its clock held at 2026-01-01.
    @Test func acceptsWhatBotocoreSigned() throws {
        let scope = "ASIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request"
        let names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
        let signature = "bf5bb1e34d006bf6a71ef8b5b9731693cca2e2efb05adaf7407ac74b50cfbe3a"
        let request = WireRequest(
            method: "POST", target: "/",
            fields: [
                ("Host", "127.0.0.1:8000"), ("Content-Type", "application/x-amz-json-1.0"),
                ("X-Amz-Target", "DynamoDB_20120810.GetItem"), ("User-Agent", "Boto3  x"),
                ("X-Amz-Date", "20260101T000000Z"), ("X-Amz-Security-Token", "session-token/+="),
                (
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=\(names), Signature=\(signature)"
                ), ("Content-Length", "40"),
            ], body: Array(#"{"TableName":"school-table","Key":{...}}"#.utf8))
        _ = try request.verify(secret: Example.secret, now: now)
        let presigned = WireRequest(
            method: "GET",
            target: "/a b/../c//d.e~f?b=2&a=1&c=&d=x%20y&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                + "ASIAIOSFODNN7EXAMPLE%2F20260101%2Fus-east-1%2Fdynamodb%2Faws4_request"
                + "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host"
                + "&X-Amz-Security-Token=session-token%2F%2B%3D&X-Amz-Signature="
                + "5e4d194ffa77c0a1e65211f1c91cc8fa9a626efe3cb00569837d968496f59b19",
            fields: [("Host", "127.0.0.1:8000")])
        _ = try presigned.verify(secret: Example.secret, now: now)
        expect(
            .signatureMismatch,
            WireRequest(
                method: "GET", target: presigned.target.replacing("b=2", with: "b=3"),
                fields: presigned.fields))
    }

    @Test func acceptsHeadersWithoutSpacesAfterCommas() throws {
        let tight = changing("Authorization") { $0.replacing(", ", with: ",") }
        _ = try tight.verify(secret: Example.secret, now: now)
        let wide = changing("Authorization") { $0.replacing(", ", with: " ,  ") }
        _ = try wide.verify(secret: Example.secret, now: now)
    }

    @Test func refusesEveryChangedPart() {
        let changes: [(inout WireRequest) -> Void] = [
            { $0.method = "PUT" }, { $0.target = "/x" }, { $0.target = "/?a=b" }, { $0.body[0] ^= 1 },
            { $0.body = [] }, { $0.fields[0].value = "127.0.0.1:8001" },
            { $0.fields[1].value = "DynamoDB_20120810.PutItem" }, { $0.fields[2].value += "; x" },
            { $0.fields[4].value = "40" },
            { $0.fields.append(("X-Amz-Target", "DynamoDB_20120810.PutItem")) },
            { $0.fields.removeAll { $0.name == "X-Amz-Target" } },
        ]
        for change in changes {
            var request = Example.signed()
            change(&request)
            expect(.signatureMismatch, request)
        }
        expect(.signatureMismatch, changing("X-Amz-Security-Token") { $0 + "x" })
        expect(.signatureMismatch, changing("X-Amz-Date") { _ in "20260101T000001Z" })
        expect(.signatureMismatch, changing("Authorization") { $0.replacing("us-east-1", with: "us-east-2") })
        expect(.signatureMismatch, changing("Authorization") { $0.replacing("content-length;", with: "") })
        expect(.signatureMismatch, changing("Authorization") { String($0.dropLast()) })
        expect(.signatureMismatch, changing("Authorization") { String($0.dropLast(64)) })
        expect(
            .signatureMismatch,
            changing("Authorization") {
                $0.dropLast(64) + $0.suffix(64).uppercased().replacing("0", with: "O")
            })
    }

    @Test func refusesAFlippedBitInEachDigitOfTheSignature() {
        for position in 1...64 {
            let request = changing("Authorization") { text in
                var bytes = Array(text.utf8)
                bytes[bytes.count - position] = bytes[bytes.count - position] == 0x30 ? 0x31 : 0x30
                return String(decoding: bytes, as: UTF8.self)
            }
            expect(.signatureMismatch, request)
        }
    }

    @Test func changedUserAgentIsNoMatter() throws {
        let request = changing("User-Agent") { $0 + " behind a proxy" }
        _ = try request.verify(secret: Example.secret, now: now)
    }

    @Test func namesTheFaultOfTheScope() {
        expect(
            .invalidSignature("Credential should be scoped to correct service: 'dynamodb'. "),
            changing("Authorization") { $0.replacing("/dynamodb/", with: "/sts/") })
        expect(
            .invalidSignature(
                "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. "),
            changing("Authorization") { $0.replacing("aws4_request", with: "aws5_request") })
        expect(
            .invalidSignature("Credential should be scoped to a valid region. "),
            changing("Authorization") { $0.replacing("us-east-1", with: "us east 1") })
        expect(
            .invalidSignature(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + "'20260102' != '20260101', from '20260101T000000Z'. "),
            changing("Authorization") { $0.replacing("/20260101/", with: "/20260102/") })
        expect(
            .invalidSignature(
                "Credential should be scoped to correct service: 'dynamodb'. "
                    + "Credential should be scoped with a valid terminator: 'aws4_request', not ''. "),
            changing("Authorization") { $0.replacing("/dynamodb/aws4_request", with: "//") })
    }

    @Test(arguments: [
        (
            -901,
            "Signature not yet current: 20260101T000000Z is still later than 20251231T235959Z (20251231T234459Z + 15 min.)"
        ),
        (-900, nil), (0, nil), (900, nil),
        (
            901,
            "Signature expired: 20260101T000000Z is now earlier than 20260101T000001Z (20260101T001501Z - 15 min.)"
        ),
    ])
    func keepsToFifteenMinutes(serverIsAheadBySeconds: Int64, message: String?) throws {
        let now = now.advanced(bySeconds: serverIsAheadBySeconds)
        if let message {
            expect(.invalidSignature(message), Example.signed(), now: now)
        } else {
            _ = try Example.signed().verify(secret: Example.secret, now: now)
        }
    }

    @Test func aPresignedRequestIsGoodForItsSeconds() throws {
        let request = Example.presigned(expiresSeconds: 90)
        _ = try request.verify(secret: Example.secret, now: now.advanced(bySeconds: 90))
        expect(
            .invalidSignature(
                "Signature expired: 20260101T000000Z is now earlier than 20260101T000001Z (20260101T000131Z - 90 sec.)"
            ),
            request, now: now.advanced(bySeconds: 91))
        for wrong in ["0", "-1", "604801", "", "60.5", "x", "99999999999999999999"] {
            var changed = request
            changed.target = request.target.replacing("X-Amz-Expires=90", with: "X-Amz-Expires=\(wrong)")
            expect(.incompleteSignature("X-Amz-Expires must be between 1 and 604800 seconds."), changed)
        }
        var longer = request
        longer.target = request.target.replacing("X-Amz-Expires=90", with: "X-Amz-Expires=91")
        expect(.signatureMismatch, longer)
        let week = Example.presigned(expiresSeconds: 604_800)
        _ = try week.verify(secret: Example.secret, now: now.advanced(bySeconds: 604_800))
    }

    @Test func demandsThatHostDateAndAmazonFieldsAreSigned() {
        func signing(_ fields: [SigV4Signer.Field], leavingOut: Set<String>) -> WireRequest {
            var request = Example.unsigned()
            request.fields = fields
            let date = [("X-Amz-Date", "20260101T000000Z")]
            let signer = Example.signer(token: nil)
            let signed = signer.signature(
                method: request.method, target: request.target,
                fields: (fields + date).filter { !leavingOut.contains($0.name) },
                bodyDigest: SHA256.hash(request.body), date: "20260101T000000Z")
            let credential = "\(Example.accessKeyID)/20260101/us-east-1/dynamodb/aws4_request"
            let value =
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(signed.names), Signature=\(signed.signature.hex)"
            request.fields += date + [("Authorization", value)]
            return request
        }
        let fields: [SigV4Signer.Field] = [
            ("Host", "h"), ("X-Amz-Target", "t"), ("x-amz-unknown-thing", "u"),
        ]
        #expect(throws: Never.self) {
            try signing(fields, leavingOut: []).verify(secret: Example.secret, now: now)
        }
        for (name, shown) in [
            ("Host", "Host' or ':authority"), ("X-Amz-Date", "X-Amz-Date"), ("X-Amz-Target", "X-Amz-Target"),
            ("x-amz-unknown-thing", "X-Amz-Unknown-Thing"),
        ] {
            expect(
                .invalidSignature("'\(shown)' must be a 'SignedHeader' in the AWS Authorization."),
                signing(fields, leavingOut: [name]))
        }
    }

    @Test func comparesTheBodyWithItsDeclaredHash() throws {
        var signer = Example.signer()
        signer.sendsBodyHash = true
        var request = Example.unsigned()
        request.fields += signer.sign(
            method: request.method, target: request.target, fields: request.fields, body: request.body,
            now: now)
        _ = try request.verify(secret: Example.secret, now: now)
        let mismatch = SigV4Error.invalidSignature(
            "The provided 'x-amz-content-sha256' header does not match what was computed.")
        expect(mismatch, changing("x-amz-content-sha256", { _ in "UNSIGNED-PAYLOAD" }, of: request))
        expect(mismatch, changing("x-amz-content-sha256", { _ in SHA256.hash("").hex }, of: request))
        request.body.append(1)
        expect(mismatch, request)
    }

    @Test func keepsNoStateBetweenRequests() throws {
        let verifier = SigV4Verifier()
        let secret = SigningSecret(Example.secret)
        var request = SignedRequest()
        for round in 0..<6 {
            for wire in [Example.signed(), Example.presigned(), Example.signed(token: nil)] {
                request.reset(method: wire.method, target: wire.target)
                for field in wire.fields { request.append(name: field.name, value: field.value) }
                request.bodyDigest = verifier.hasher.hash(round % 2 == 0 ? wire.body : wire.body + [0])
                let authorization = try SigV4Authorization(parsing: &request)
                if round % 2 == 0 {
                    try verifier.verify(request, authorization, secret: secret, service: .dynamodb, now: now)
                } else {
                    #expect(throws: SigV4Error.signatureMismatch) {
                        try verifier.verify(
                            request, authorization, secret: secret, service: .dynamodb, now: now)
                    }
                }
            }
        }
    }

    @Test func aSecretServesManyScopes() throws {
        let secret = SigningSecret(Example.secret)
        let verifier = SigV4Verifier()
        for index in 0..<20 {
            var signer = Example.signer()
            signer.region = "region-\(index % 7)"
            var wire = Example.unsigned()
            wire.fields += signer.sign(
                method: wire.method, target: wire.target, fields: wire.fields, body: wire.body, now: now)
            var request = wire.signedRequest
            let authorization = try SigV4Authorization(parsing: &request)
            try verifier.verify(request, authorization, secret: secret, service: .dynamodb, now: now)
        }
    }
}
