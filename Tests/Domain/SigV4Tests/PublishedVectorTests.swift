import Base
import Crypto
import FoundationEssentials
import TestKit
import Testing

@testable import SigV4

/// AWS's own vectors. Source: awslabs/aws-c-auth, tests/aws-signing-test-suite/v4.
@Suite(.enabled(if: SharedData.isPresent)) struct PublishedVectorTests {
    private struct Context: Decodable {
        struct Credentials: Decodable {
            let accessKeyId: String
            let secretAccessKey: String
            let token: String?
        }
        let credentials: Credentials
        let expirationInSeconds: Int
        let normalize: Bool
        let region: String
        let service: String
        let signBody: Bool
        let timestamp: String
        let omitSessionToken: Bool?

        var rules: SigV4Rules {
            var rules = SigV4Rules()
            rules.normalizesPath = normalize
            rules.signsSessionToken = !(omitSessionToken ?? false)
            return rules
        }

        var date: String { timestamp.filter { $0 != "-" && $0 != ":" } }

        func moment() throws -> Timestamp {
            try #require(Array(date.utf8).withUnsafeBytes { BasicTimestamp.parse($0) })
        }

        var signer: SigV4Signer {
            var signer = SigV4Signer(
                credentials: SigV4Credentials(
                    accessKeyID: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey,
                    sessionToken: credentials.token),
                region: region, service: SigV4Service(service))
            signer.rules = rules
            signer.sendsBodyHash = signBody
            return signer
        }
    }

    static let cases = SharedData.names(in: "sigv4/v4")

    private static func text(_ name: String, _ file: String) throws -> String {
        String(decoding: try #require(try SharedData.bytes(of: "sigv4/v4/\(name)/\(file)")), as: UTF8.self)
    }

    private static func context(_ name: String) throws -> Context {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Context.self, from: Data(try text(name, "context.json").utf8))
    }

    @Test func allCasesAreThere() { #expect(PublishedVectorTests.cases.count == 38) }

    @Test(arguments: cases) func signsTheHeaderAsPublished(name: String) throws {
        let context = try Self.context(name)
        let request = try WireRequest(parsing: try Self.text(name, "request.txt"))
        let added = context.signer.sign(
            method: request.method, target: request.target, fields: request.fields, body: request.body,
            now: try context.moment())
        let published = try WireRequest(parsing: try Self.text(name, "header-signed-request.txt"))
        for field in added {
            let expected = published.fields.first { $0.name.lowercased() == field.name.lowercased() }
            #expect(field.value == expected?.value, "\(field.name)")
        }
        let covered = added.filter {
            $0.name != "Authorization"
                && (context.rules.signsSessionToken || $0.name != "X-Amz-Security-Token")
        }
        let signed = context.signer.signature(
            method: request.method, target: request.target, fields: request.fields + covered,
            bodyDigest: SHA256.hash(request.body), date: context.date)
        #expect(signed.canonicalRequest == (try Self.text(name, "header-canonical-request.txt")))
        #expect(signed.stringToSign == (try Self.text(name, "header-string-to-sign.txt")))
        #expect(signed.signature.hex == (try Self.text(name, "header-signature.txt")))
    }

    @Test(arguments: cases) func presignsAsPublished(name: String) throws {
        let context = try Self.context(name)
        let request = try WireRequest(parsing: try Self.text(name, "request.txt"))
        let target = context.signer.presign(
            method: request.method, target: request.target, fields: request.fields, body: request.body,
            expiresSeconds: context.expirationInSeconds, now: try context.moment())
        let published = try WireRequest(parsing: try Self.text(name, "query-signed-request.txt"))
        #expect(target.hasSuffix("&X-Amz-Signature=" + (try Self.text(name, "query-signature.txt"))))
        let signed = context.signer.signature(
            method: request.method, target: published.target, fields: request.fields,
            bodyDigest: SHA256.hash(request.body), date: context.date)
        #expect(signed.canonicalRequest == (try Self.text(name, "query-canonical-request.txt")))
        #expect(signed.stringToSign == (try Self.text(name, "query-string-to-sign.txt")))
        #expect(signed.signature.hex == (try Self.text(name, "query-signature.txt")))
    }

    @Test(arguments: cases, ["header", "query"])
    func acceptsPublishedRequestsAndRefusesTheirNeighbours(name: String, form: String) throws {
        let context = try Self.context(name)
        let request = try WireRequest(parsing: try Self.text(name, "\(form)-signed-request.txt"))
        let secret = context.credentials.secretAccessKey
        let service = SigV4Service(context.service)
        let now = try context.moment()
        let authorization = try request.verify(
            secret: secret, service: service, now: now, rules: context.rules)
        #expect(authorization.accessKeyID.description == context.credentials.accessKeyId)
        var parsed = request.signedRequest
        #expect(
            try SigV4Authorization(parsing: &parsed).sessionToken(in: parsed) == context.credentials.token)
        #expect(authorization.form == (form == "header" ? .header : .query(expiresSeconds: 3600)))
        #expect(throws: SigV4Error.signatureMismatch) {
            try request.verify(secret: secret + "x", service: service, now: now, rules: context.rules)
        }
        var changed = request
        changed.body.append(0x20)
        let bodyError: SigV4Error =
            context.signBody && form == "header"
            ? .invalidSignature(
                "The provided 'x-amz-content-sha256' header does not match what was computed.")
            : .signatureMismatch
        #expect(throws: bodyError) {
            try changed.verify(secret: secret, service: service, now: now, rules: context.rules)
        }
        if context.rules.signsSessionToken == false, form == "header" {
            #expect(
                throws: SigV4Error.invalidSignature(
                    "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.")
            ) { try request.verify(secret: secret, service: service, now: now) }
        }
    }
}
