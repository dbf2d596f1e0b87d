import Base
import Crypto
import TestKit
import Testing

@testable import Tokens

/// What is read of tokens of others: before they are believed, and behind that.
@Suite struct UnverifiedTokenTests {
    private let issuer = Issuer()

    private func payload(_ more: String, aud: String = #""b""#) -> String {
        #"{"iss":"https://homeroom.example:8080","sub":"s","aud":\#(aud),"exp":\#(issuer.now.seconds + 60)\#(more)}"#
    }

    @Test func saysWhatTheTokenSaysOfItself() throws {
        let token = try UnverifiedToken(parsing: issuer.token(payload: payload(#","hd":["a","b"]"#)) + "AA")
        #expect(token.algorithm == "ES256" && token.keyID == issuer.ring.current.keyID)
        #expect(token.issuer == "https://homeroom.example:8080")
        #expect(token.texts("hd") == ["a", "b"] && token.texts("tid") == nil)
        #expect(throws: TokenError.segments(found: 2)) { try UnverifiedToken(parsing: "a.b") }
        #expect(throws: TokenError.notAnObject(.payload)) {
            try UnverifiedToken(parsing: issuer.token(payload: "[]"))
        }
        let twice = #"{"iss":"a","iss":"b"}"#
        #expect(throws: TokenError.self) { try UnverifiedToken(parsing: issuer.token(payload: twice)) }
        #expect(try UnverifiedToken(parsing: issuer.token(payload: #"{"iss":1}"#)).issuer == nil)
    }

    @Test(
        arguments: [
            (#""x""#, ["x"]), ("12", ["12"]), ("true", ["true"]), (#"["x",1,false]"#, ["x", "1", "false"]),
            ("[]", []), ("null", nil), ("{}", nil), (#"["x",null]"#, nil), (#"[["x"]]"#, nil),
        ] as [(String, [String]?)]) func claimsAreTextsOrNothing(json: String, texts: [String]?) throws
    {
        let token = issuer.token(payload: payload(#","c":\#(json)"#))
        #expect(try UnverifiedToken(parsing: token).texts("c") == texts)
        #expect(try issuer.verifier(audience: "b").verify(token, now: issuer.now).texts("c") == texts)
    }

    @Test func oneOfSeveralAudiencesWillDo() throws {
        let profile = TokenProfile(issuer: issuer.issuer, audiences: ["a", "b"])
        let verifier = TokenVerifier(profile: profile, keys: issuer.ring.keySet)
        for aud in [#""a""#, #""b""#, #"["c","b"]"#] {
            _ = try verifier.verify(issuer.token(payload: payload("", aud: aud)), now: issuer.now)
        }
        for aud in [#""c""#, "[]", #"["ab"]"#] {
            #expect(throws: TokenError.claim(name: "aud", expected: "`a` or `b`")) {
                try verifier.verify(issuer.token(payload: payload("", aud: aud)), now: issuer.now)
            }
        }
    }

    /// Whatever is read, it is read or refused, and the same each time.
    @Test func bytesOfAllKindsAreReadOrRefused() {
        let random = SeededRandom(seed: 20_261_122)
        let good = Array(issuer.token(payload: payload(#","hd":"a""#)).utf8)
        for _ in 0..<20_000 {
            let text = String(decoding: good.mutated(random, pieces: [".", "e30", "W10"]), as: UTF8.self)
            #expect(read(text) == read(text))
        }
    }

    private func read(_ text: String) -> String {
        do throws(TokenError) {
            let token = try UnverifiedToken(parsing: text)
            return "\(token.issuer ?? "") \(token.texts("hd") ?? [])"
        } catch { return error.description }
    }
}
