import Base
import Crypto
import Testing

@testable import SigV4

@Suite struct AuthorizationTests {
    private func parse(_ fields: [SigV4Signer.Field], target: String = "/") throws(SigV4Error)
        -> SigV4Authorization
    {
        var request = WireRequest(method: "POST", target: target, fields: fields).signedRequest
        return try SigV4Authorization(parsing: &request)
    }

    private let date: SigV4Signer.Field = ("X-Amz-Date", "20260101T000000Z")

    @Test func saysThatASignatureIsMissing() {
        #expect(throws: SigV4Error.missingAuthenticationToken) { try parse([date]) }
        #expect(throws: SigV4Error.missingAuthenticationToken) {
            try parse([date], target: "/?a=b&X-Amz-Date=1")
        }
        #expect(SigV4Error.missingAuthenticationToken.message == "Request is missing Authentication Token")
    }

    @Test func namesWhatIsMissingWithoutRepeatingTheHeader() {
        let needs = { (name: String) in "Authorization header requires '\(name)' parameter." }
        let dateNeeded =
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        func expect(_ value: String, _ missing: [String], date: [SigV4Signer.Field]) {
            let hash = Base64.encode(SHA256.hash(value).bytes)
            let text =
                missing.joined(separator: " ")
                + " (Hashed with SHA-256 and encoded with Base64) Authorization="
            #expect(throws: SigV4Error.incompleteSignature(text + hash)) {
                try parse([("Authorization", value)] + date)
            }
        }
        let all = ["Credential", "Signature", "SignedHeaders"].map(needs)
        expect("Bearer abc.def", all + [dateNeeded], date: [])
        expect("Bearer abc.def", all, date: [date])
        expect("", all, date: [date])
        expect("AWS4-HMAC-SHA256", all, date: [date])
        expect("AWS4-HMAC-SHA256 Signature=0, SignedHeaders=host", [needs("Credential")], date: [date])
        expect("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=0", [needs("SignedHeaders")], date: [date])
        expect(
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=0, SignedHeaders=host", [dateNeeded], date: [])
    }

    @Test(arguments: [
        (
            "AWS4-HMAC-SHA1 Credential=a/b/c/d/e",
            "Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 for now)."
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
            "Authorization header must not repeat a parameter."
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 4"
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=0",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 6"
        ),
        (
            "AWS4-HMAC-SHA256 Credential",
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
                + "Base64): '" + Base64.encode(SHA256.hash("AWS4-HMAC-SHA256 Credential").bytes) + "'."
        ),
    ])
    func saysWhatIsMalformed(value: String, message: String) {
        #expect(throws: SigV4Error.incompleteSignature(message)) {
            try parse([("Authorization", value), date])
        }
    }

    @Test(arguments: ["", "a b", "ключ", String(repeating: "A", count: 33), "AKIA-1"])
    func refusesKeyIDsOfAnotherForm(keyID: String) {
        let value = "AWS4-HMAC-SHA256 Credential=\(keyID)/b/c/d/e, SignedHeaders=host, Signature=0"
        #expect(throws: SigV4Error.unrecognizedClient) { try parse([("Authorization", value), date]) }
        #expect(AccessKeyID(keyID) == nil)
    }

    @Test func accessKeyIDsAreTheirText() throws {
        let longest = String(repeating: "A", count: 32)
        #expect(try #require(AccessKeyID(longest)).description == longest)
        #expect(AccessKeyID("AKIA1") == AccessKeyID("AKIA1"))
        #expect(AccessKeyID("AKIA1") != AccessKeyID("AKIA2"))
        #expect(AccessKeyID("AKIA1") != AccessKeyID("AKIA10"))
        #expect(Set([AccessKeyID("A"), AccessKeyID("B"), AccessKeyID("A")]).count == 2)
    }

    @Test(arguments: ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"])
    func refusesRepeatedFields(name: String) throws {
        var request = Example.signed()
        let field = try #require(request.fields.first { $0.name == name })
        request.fields.append(field)
        #expect(throws: SigV4Error.incompleteSignature("\(name) header must not be repeated.")) {
            try request.verify(secret: Example.secret, now: Example.now)
        }
    }

    @Test func refusesTwoSignatures() {
        var request = Example.presigned()
        request.fields += Example.signed().fields.filter {
            $0.name == "Authorization" || $0.name == "X-Amz-Date"
        }
        #expect(
            throws: SigV4Error.incompleteSignature(
                "A request is signed in its Authorization header or in its query, not in both.")
        ) { try request.verify(secret: Example.secret, now: Example.now) }
    }

    @Test(arguments: [
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature",
    ])
    func namesTheMissingParameter(name: String) {
        var request = Example.presigned()
        request.target = request.target.replacing(name + "=", with: "x=")
        #expect(
            throws: SigV4Error.incompleteSignature(
                "AWS query-string parameters must include '\(name)'. Re-examine the query-string parameters.")
        ) { try request.verify(secret: Example.secret, now: Example.now) }
        request = Example.presigned()
        request.target += "&\(name)=x"
        #expect(
            throws: SigV4Error.incompleteSignature(
                "AWS query-string parameters must not be repeated. Re-examine the query-string parameters.")
        ) { try request.verify(secret: Example.secret, now: Example.now) }
    }

    @Test func aTokenInTheHeaderIsNoneOfAPresignedRequest() {
        var request = Example.presigned()
        request.fields.append(("X-Amz-Security-Token", "other"))
        #expect(
            throws: SigV4Error.incompleteSignature(
                "A presigned request has its session token in X-Amz-Security-Token of the query.")
        ) { try request.verify(secret: Example.secret, now: Example.now) }
    }

    @Test func takesTheDateFieldWhereAmazonsIsAbsent() throws {
        var request = Example.unsigned()
        request.fields.append(("Date", "20260101T000000Z"))
        let signer = Example.signer(token: nil)
        let signed = signer.signature(
            method: request.method, target: request.target, fields: request.fields,
            bodyDigest: SHA256.hash(request.body), date: "20260101T000000Z")
        let credential = "\(Example.accessKeyID)/20260101/us-east-1/dynamodb/aws4_request"
        func authorization(_ names: String) -> SigV4Signer.Field {
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(names), Signature=\(signed.signature.hex)"
            )
        }
        var accepted = request
        accepted.fields.append(authorization(signed.names))
        _ = try accepted.verify(secret: Example.secret, now: Example.now)
        var unsigned = request
        unsigned.fields.append(authorization(signed.names.replacing("date;", with: "")))
        #expect(
            throws: SigV4Error.invalidSignature("'Date' must be a 'SignedHeader' in the AWS Authorization.")
        ) { try unsigned.verify(secret: Example.secret, now: Example.now) }
    }

    @Test(arguments: [
        "", "20260101", "20260101T000000", "2026-01-01T00:00Z", "20260101T240000Z", "20261301T000000Z",
        "20260230T000000Z", "20260101t000000z", "20260101T00000:Z", "Thu, 01 Jan 2026 00:00:00 GMT",
    ])
    func refusesDatesOfAnotherForm(text: String) {
        var request = Example.signed()
        for index in request.fields.indices where request.fields[index].name == "X-Amz-Date" {
            request.fields[index].value = text
        }
        let error = SigV4Error.incompleteSignature(
            "Date must be in ISO-8601 'basic format'. Got '\(text)'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
        #expect(throws: error) { try request.verify(secret: Example.secret, now: Example.now) }
    }

    @Test func refusesMoreFieldsThanAreLookedAt() throws {
        var request = Example.signed()
        while request.fields.count < Limits.signedRequestFieldsMax {
            request.fields.append(("X-Filler", "1"))
        }
        _ = try request.verify(secret: Example.secret, now: Example.now)
        request.fields.append(("X-Filler", "1"))
        #expect(throws: SigV4Error.incompleteSignature("At most 128 header fields are allowed.")) {
            try request.verify(secret: Example.secret, now: Example.now)
        }
    }

    @Test func errorsHaveTheirNamesInBothProtocols() {
        let names = [
            SigV4Error.missingAuthenticationToken, .incompleteSignature("x"), .invalidSignature("y"),
            .unrecognizedClient,
        ].map { [$0.exceptionName, $0.queryErrorCode] }
        #expect(
            names == [
                ["MissingAuthenticationTokenException", "MissingAuthenticationToken"],
                ["IncompleteSignatureException", "IncompleteSignature"],
                ["InvalidSignatureException", "SignatureDoesNotMatch"],
                ["UnrecognizedClientException", "InvalidClientTokenId"],
            ])
    }
}
