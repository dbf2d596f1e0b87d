import Base
import Crypto
import TestKit
import Testing

@testable import SigV4

@Suite struct FuzzTests {
    /// Changed requests either fail with one of our errors or are, byte for byte in what is covered, the
    /// signed one. Changes to spaces and to uncovered fields do not matter, so some are accepted.
    @Test func fuzzedRequestsAreNotAccepted() throws {
        let verifier = SigV4Verifier()
        let secret = SigningSecret(Example.secret)
        let originals = [Example.signed(), Example.presigned()]
        let canonicals = originals.map { FuzzTests.canonical($0, verifier) }
        try Fuzzer("SigV4 requests", rounds: 6000, accepting: 0.01...0.5).runParser { random in
            let original = random.below(2)
            var wire = originals[original]
            switch random.below(4) {
            case 0: wire.target = mutate(wire.target, random)
            case 1: wire.method = mutate(wire.method, random)
            default:
                let index = random.below(wire.fields.count)
                if random.oneIn(4) {
                    wire.fields[index].name = mutate(wire.fields[index].name, random)
                } else {
                    wire.fields[index].value = mutate(wire.fields[index].value, random)
                }
            }
            var request = wire.signedRequest
            do throws(SigV4Error) {
                let authorization = try SigV4Authorization(parsing: &request)
                try verifier.verify(
                    request, authorization, secret: secret, service: .dynamodb, now: Example.now)
            } catch {
                try #require(!error.message.isEmpty)
                return .refused
            }
            try #require(FuzzTests.canonical(wire, verifier) == canonicals[original])
            return .accepted
        }
    }

    /// Authorization headers and dates alone, at many times the rate of whole requests.
    @Test func fuzzedHeadersNeverCrash() throws {
        let header = Example.signed().fields.first { $0.name.lowercased() == "authorization" }?.value
        let valid = Array(try #require(header).utf8)
        try Fuzzer("SigV4 headers", rounds: 4000, accepting: 0.02...0.9).runParser { random in
            var wire = Example.signed()
            let value = String(
                decoding: valid.mutated(random, changesMax: 3, pieces: Self.pieces), as: UTF8.self)
            for index in wire.fields.indices where wire.fields[index].name.lowercased() == "authorization" {
                wire.fields[index].value = value
            }
            var request = wire.signedRequest
            do throws(SigV4Error) {
                _ = try SigV4Authorization(parsing: &request)
                return .accepted
            } catch {
                try #require(!error.message.isEmpty)
                return .refused
            }
        }
    }

    private static let pieces = [
        "AWS4-HMAC-SHA256", "Credential=", "SignedHeaders=", "Signature=", ", ", "/aws4_request", "host;",
        ";;", "20260101",
        "/", "=", "\r\n", "\u{0}",
    ]

    private func mutate(_ text: String, _ random: SeededRandom) -> String {
        let pieces = Array("/?&=;,%: \t\r\nazAZ09+-_~.".utf8) + [0, 0x7F, 0x80, 0xFF]
        var bytes = Array(text.utf8)
        for _ in 0...random.below(3) {
            let position = random.below(bytes.count + 1)
            switch random.below(4) {
            case 0: bytes.insert(random.pick(pieces), at: position)
            case 1 where position < bytes.count: bytes.remove(at: position)
            case 2 where position < bytes.count: bytes[position] = random.pick(pieces)
            default: bytes.removeLast(random.below(bytes.count + 1))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func canonical(_ wire: WireRequest, _ verifier: SigV4Verifier) -> [UInt8] {
        var request = wire.signedRequest
        var canonical = CanonicalRequest()
        do throws(SigV4Error) {
            let authorization = try SigV4Authorization(parsing: &request)
            _ = try request.read { bytes throws(SigV4Error) in
                try canonical.write(
                    request, bytes: bytes, signedHeaders: authorization.signedHeaders, rules: SigV4Rules())
            }
        } catch {
            Issue.record("an accepted request has a canonical form: \(error)")
        }
        return canonical.output
    }

    /// Whatever stands in a value, it stays in its line.
    @Test func aFuzzedValueCannotAddALine() throws {
        try Fuzzer("SigV4 header values", rounds: 500).run { random in
            let value = random.bytes(random.below(30)).map { $0 % 64 }
            var request = SignedRequest()
            request.reset(method: "GET", target: "/")
            value.withUnsafeBytes { value in
                Array("host".utf8).withUnsafeBytes { request.append(name: $0, value: value) }
            }
            let names = Array("host".utf8).withUnsafeBytes { request.appendBytes($0) }
            var canonical = CanonicalRequest()
            try request.read { bytes throws(SigV4Error) in
                _ = try canonical.write(request, bytes: bytes, signedHeaders: names, rules: SigV4Rules())
            }
            try #require(canonical.output.count { $0 == 0x0A } == 6)
            try #require(!canonical.output.contains { $0 < 0x20 && $0 != 0x0A })
        }
    }
}
