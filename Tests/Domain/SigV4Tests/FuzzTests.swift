import Base
import Crypto
import Testing

@testable import SigV4

@Suite struct FuzzTests {
    /// Changed requests either fail with one of our errors or are, byte for byte in what is covered, the
    /// signed one.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func noChangedRequestIsAccepted(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        let pieces = Array("/?&=;,%: \t\r\nazAZ09+-_~.".utf8) + [0, 0x7F, 0x80, 0xFF]
        func mutate(_ text: String) -> String {
            var bytes = Array(text.utf8)
            for _ in 0...Int(random.next() % 3) {
                let position = Int(random.next() % UInt64(bytes.count + 1))
                let piece = pieces[Int(random.next() % UInt64(pieces.count))]
                switch random.next() % 4 {
                case 0: bytes.insert(piece, at: position)
                case 1 where position < bytes.count: bytes.remove(at: position)
                case 2 where position < bytes.count: bytes[position] = piece
                default: bytes.removeLast(Int(random.next() % UInt64(bytes.count + 1)))
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        let verifier = SigV4Verifier()
        let secret = SigningSecret(Example.secret)
        let originals = [Example.signed(), Example.presigned()]
        let canonicals = originals.map { FuzzTests.canonical($0, verifier) }
        var accepted = 0
        for round in 0..<4000 {
            var wire = originals[round % 2]
            switch random.next() % 4 {
            case 0: wire.target = mutate(wire.target)
            case 1: wire.method = mutate(wire.method)
            default:
                let index = Int(random.next() % UInt64(wire.fields.count))
                if random.next() % 4 == 0 {
                    wire.fields[index].name = mutate(wire.fields[index].name)
                } else {
                    wire.fields[index].value = mutate(wire.fields[index].value)
                }
            }
            var request = wire.signedRequest
            do throws(SigV4Error) {
                let authorization = try SigV4Authorization(parsing: &request)
                try verifier.verify(
                    request, authorization, secret: secret, service: .dynamodb, now: Example.now)
                accepted += 1
                #expect(
                    FuzzTests.canonical(wire, verifier) == canonicals[round % 2],
                    "seed \(seed), round \(round)")
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        // Changes to spaces and to uncovered fields do not matter, so some are accepted: the test does reach
        // the end.
        #expect(accepted > 0 && accepted < 2000)
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
    @Test func aValueCannotAddALine() {
        let random = SeededRandom(seed: 9)
        for _ in 0..<500 {
            let value = random.bytes(Int(random.next() % 30)).map { $0 % 64 }
            var request = SignedRequest()
            request.reset(method: "GET", target: "/")
            value.withUnsafeBytes { value in
                Array("host".utf8).withUnsafeBytes { request.append(name: $0, value: value) }
            }
            let names = Array("host".utf8).withUnsafeBytes { request.appendBytes($0) }
            var canonical = CanonicalRequest()
            #expect(throws: Never.self) {
                try request.read { bytes throws(SigV4Error) in
                    _ = try canonical.write(request, bytes: bytes, signedHeaders: names, rules: SigV4Rules())
                }
            }
            #expect(canonical.output.count { $0 == 0x0A } == 6)
            #expect(!canonical.output.contains { $0 < 0x20 && $0 != 0x0A })
        }
    }
}
