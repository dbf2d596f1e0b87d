import Base
import Crypto
import JSONText
import TestKit
import Testing

@testable import Tokens

/// Statements, tokens, and what is neither.
@Suite struct SignedStatementTests {
    private static let type = "homeroom-receipt+jws"
    private let issuer = Issuer()
    private let payload = Array(#"{"removed":12}"#.utf8)

    private var keys: JSONWebKeySet { issuer.ring.keySet }

    private func statement(_ payload: [UInt8]? = nil) -> SignedStatement {
        issuer.ring.signStatement(Self.type, payload ?? self.payload)
    }

    /// The payload under another header, signed by the ring's key or another.
    private func forged(_ header: String, key: SigningKey? = nil) -> String {
        let filled = header.replacing("KID", with: issuer.ring.current.keyID)
        let input = Base64URL.encode(Array(filled.utf8)) + "." + Base64URL.encode(payload)
        let key = key ?? issuer.ring.current
        return input + "." + Base64URL.encode(key.privateKey.sign(Array(input.utf8)))
    }

    @Test func isReadAsItWasSigned() throws {
        let signed = statement()
        let read = try SignedStatement(verifying: signed.text, type: Self.type, keys: keys)
        #expect(read == signed)
        #expect(read.payload == payload && read.keyID == issuer.ring.current.keyID)
    }

    @Test func isReadAlsoByTheKeyThatFollowed() throws {
        let later = SigningKeyRing(
            current: .generate(now: issuer.now), vouching: [issuer.ring.current.publicKey])
        let text = statement().text
        #expect(
            try SignedStatement(verifying: text, type: Self.type, keys: later.statementKeySet).payload
                == payload)
        #expect(throws: TokenError.unknownKey) {
            try SignedStatement(
                verifying: later.signStatement(Self.type, payload).text, type: Self.type, keys: keys)
        }
    }

    @Test(arguments: [
        (#"{"alg":"ES256","kid":"KID","typ":"homeroom-receipt+jws"}"#, TokenError?.none),
        (#"{"alg":"none","kid":"KID","typ":"homeroom-receipt+jws"}"#, .algorithm(allowed: ["ES256"])),
        (#"{"alg":"HS256","kid":"KID","typ":"homeroom-receipt+jws"}"#, .algorithm(allowed: ["ES256"])),
        (#"{"alg":"RS256","kid":"KID","typ":"homeroom-receipt+jws"}"#, .algorithm(allowed: ["ES256"])),
        (#"{"alg":"es256","kid":"KID","typ":"homeroom-receipt+jws"}"#, .algorithm(allowed: ["ES256"])),
        (#"{"kid":"KID","typ":"homeroom-receipt+jws"}"#, .algorithm(allowed: ["ES256"])),
        (#"{"alg":"ES256","kid":"another","typ":"homeroom-receipt+jws"}"#, .unknownKey),
        (#"{"alg":"ES256","typ":"homeroom-receipt+jws"}"#, .unknownKey),
        (#"{"alg":"ES256","kid":7,"typ":"homeroom-receipt+jws"}"#, .header(name: "kid")),
        (#"{"alg":"ES256","kid":"KID","typ":"JWT"}"#, .header(name: "typ")),
        (#"{"alg":"ES256","kid":"KID","typ":"homeroom-audit-head+jws"}"#, .header(name: "typ")),
        (#"{"alg":"ES256","kid":"KID","typ":"Homeroom-Receipt+JWS"}"#, .header(name: "typ")),
        (#"{"alg":"ES256","kid":"KID","typ":["homeroom-receipt+jws"]}"#, .header(name: "typ")),
        (#"{"alg":"ES256","kid":"KID"}"#, .header(name: "typ")),
        (
            #"{"alg":"ES256","crit":["b64"],"b64":false,"kid":"KID","typ":"homeroom-receipt+jws"}"#,
            .criticalExtension
        ),
    ]) func refusesForgedHeaders(header: String, expected: TokenError?) throws {
        let text = forged(header)
        guard let expected else {
            #expect(try SignedStatement(verifying: text, type: Self.type, keys: keys).payload == payload)
            return
        }
        #expect(throws: expected) { try SignedStatement(verifying: text, type: Self.type, keys: keys) }
    }

    @Test func refusesAnotherKeysSignatureAndChangedBytes() throws {
        let header = #"{"alg":"ES256","kid":"KID","typ":"homeroom-receipt+jws"}"#
        #expect(throws: TokenError.signature) {
            try SignedStatement(
                verifying: forged(header, key: .generate(now: issuer.now)), type: Self.type, keys: keys)
        }
        let parts = statement().text.split(separator: ".").map(String.init)
        let other = Base64URL.encode(Array(#"{"removed":13}"#.utf8))
        for text in [
            [parts[0], other, parts[2]],
            [parts[0], parts[1], statement([]).text.split(separator: ".").last.map(String.init) ?? ""],
        ] {
            #expect(throws: TokenError.signature) {
                try SignedStatement(
                    verifying: text.joined(separator: "."), type: Self.type, keys: keys)
            }
        }
        #expect(throws: TokenError.segments(found: 2)) {
            try SignedStatement(
                verifying: parts[..<2].joined(separator: "."), type: Self.type, keys: keys)
        }
    }

    /// A statement whose payload is a token's claims, word for word, signed by the issuer's own key.
    @Test func aStatementIsNeverTakenForAToken() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        _ = try issuer.verifier().verify(token, now: issuer.now)
        let claims = try #require(Base64URL.decode(Array(token.split(separator: ".")[1].utf8)))
        #expect(throws: TokenError.header(name: "typ")) {
            try issuer.verifier().verify(statement(claims).text, now: issuer.now)
        }
    }

    @Test func aTokenIsNeverTakenForAStatement() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        for type in [Self.type, "homeroom-audit-head+jws"] {
            #expect(throws: TokenError.header(name: "typ")) {
                try SignedStatement(verifying: token, type: type, keys: keys)
            }
        }
    }

    @Test(arguments: [
        (#""typ":"JWT","#, true), (#""typ":"jwt","#, true), (#""typ":"at+jwt","#, true),
        (#""typ":"application/at+jwt","#, true), ("", true), (#""typ":"dpop+jwt","#, false),
        (#""typ":"","#, false), (#""typ":"homeroom-receipt+jws","#, false),
    ]) func tokensOfOtherTypesAreRefused(type: String, isTaken: Bool) throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        let header = #"{\#(type)"alg":"ES256","kid":"\#(issuer.ring.current.keyID)"}"#
        let input =
            Base64URL.encode(Array(header.utf8)) + "." + token.split(separator: ".")[1]
        let text = input + "." + Base64URL.encode(issuer.ring.current.privateKey.sign(Array(input.utf8)))
        if isTaken {
            _ = try issuer.verifier().verify(text, now: issuer.now)
        } else {
            #expect(throws: TokenError.header(name: "typ")) {
                try issuer.verifier().verify(text, now: issuer.now)
            }
        }
    }

    @Test func longStatementsAreReadAndTooLongOnesAreNot() throws {
        let long = statement(Array(repeating: UInt8(ascii: "a"), count: 500_000))
        #expect(
            try SignedStatement(verifying: long.text, type: Self.type, keys: keys).payload.count == 500_000)
        let tooLong = String(repeating: "a", count: Limits.statementBytesMax + 1)
        #expect(
            throws: TokenError.tooLarge(
                bytes: Limits.statementBytesMax + 1, maximum: Limits.statementBytesMax)
        ) { try SignedStatement(verifying: tooLong, type: Self.type, keys: keys) }
    }

    @Test(arguments: 1...4) func fuzzedStatementsAreRefused(seed: Int) throws {
        let random = SeededRandom(seed: UInt64(seed))
        let text = Array(statement().text.utf8)
        for _ in 0..<500 {
            var bytes = text
            let place = Int(random.bytes(2).reduce(0) { $0 << 8 | Int($1) }) % bytes.count
            let byte = random.bytes(1)[0]
            guard bytes[place] != byte else { continue }
            bytes[place] = byte
            let changed = String(decoding: bytes, as: UTF8.self)
            #expect(throws: TokenError.self) {
                try SignedStatement(verifying: changed, type: Self.type, keys: keys)
            }
        }
    }
}
