import Base
import Crypto
import JSONText
import Testing

@testable import Tokens

@Suite struct KeyTests {
    private let issuer = Issuer()

    @Test func aRingIsReadBackFromItsFile() throws {
        let ring = issuer.ring.adding(.generate(now: issuer.now.advanced(bySeconds: 60)))
        let copy = try SigningKeyRing(parsing: ring.bytes)
        #expect(copy.current.keyID == ring.current.keyID)
        #expect(copy.current.createdAt == ring.current.createdAt)
        #expect(copy.older.map(\.keyID) == [issuer.ring.current.keyID])
        let token = try copy.signer.sign(try issuer.claims())
        _ = try issuer.verifier(keys: ring.keySet).verify(token, now: issuer.now)
    }

    @Test func olderKeysStillVerifyUntilTheyAreRemoved() throws {
        let token = try issuer.ring.signer.sign(try issuer.claims())
        let rotation = issuer.now.advanced(bySeconds: 100)
        let ring = issuer.ring.adding(.generate(now: rotation))
        #expect(ring.current.keyID != issuer.ring.current.keyID)
        _ = try issuer.verifier(keys: ring.keySet).verify(token, now: issuer.now)
        let kept = ring.removing(retiredBefore: rotation)
        _ = try issuer.verifier(keys: kept.keySet).verify(token, now: issuer.now)
        let removed = ring.removing(retiredBefore: rotation.advanced(byMilliseconds: 1))
        #expect(removed.older.isEmpty && removed.current.keyID == ring.current.keyID)
        #expect(throws: TokenError.unknownKey) {
            try issuer.verifier(keys: removed.keySet).verify(token, now: issuer.now)
        }
    }

    @Test func aRingKeepsNoMoreThanItsLimit() throws {
        var ring = issuer.ring
        for second in 1...Int64(Limits.signingKeysMax) {
            ring = ring.adding(.generate(now: issuer.now.advanced(bySeconds: second)))
        }
        #expect(ring.older.count == Limits.signingKeysMax - 1)
        #expect(!ring.keySet.keyIDs.contains(issuer.ring.current.keyID))
        #expect(try SigningKeyRing(parsing: ring.bytes).older.count == Limits.signingKeysMax - 1)
    }

    @Test(arguments: [
        ("", "expected a file of signing keys in JSON; fault at 1:1"),
        ("{}", "expected a file of signing keys: `version` 1 and 1 to 8 `keys`"),
        (#"{"version":2,"keys":[{}]}"#, "expected a file of signing keys: `version` 1 and 1 to 8 `keys`"),
        (#"{"version":1,"keys":[]}"#, "expected a file of signing keys: `version` 1 and 1 to 8 `keys`"),
        (
            #"{"version":1,"keys":[{"private_key":"x"}]}"#,
            "expected `private_key` and `created_at` for each signing key, at line 1"
        ),
        (
            #"{"version":1,"keys":[{"private_key":"x","created_at":1}]}"#,
            "expected an unencrypted PKCS#8 private key on the curve P-256 in PEM form"
        ),
    ])
    func saysWhatIsWrongWithAFile(text: String, message: String) {
        #expect(throws: TokenError.keys(message)) { try SigningKeyRing(parsing: Array(text.utf8)) }
    }

    @Test func aCutFileIsRefusedWithoutTellingTheKey() {
        let bytes = issuer.ring.bytes
        for count in stride(from: 0, to: bytes.count - 2, by: 3) {
            do throws(TokenError) {
                _ = try SigningKeyRing(parsing: Array(bytes.prefix(count)))
                Issue.record("\(count) bytes were taken for the whole file")
            } catch {
                #expect(error.description.hasPrefix("expected a file of signing keys in JSON; fault at "))
            }
        }
    }

    @Test func thePublishedSetIsReadBack() throws {
        let ring = issuer.ring.adding(.generate(now: issuer.now))
        let set = try JSONWebKeySet(parsing: ring.keySet.document)
        #expect(set.keyIDs == ring.keySet.keyIDs && set.keyIDs.count == 2)
        let token = try ring.signer.sign(try issuer.claims())
        _ = try issuer.verifier(keys: set).verify(token, now: issuer.now)
        let text = String(decoding: ring.keySet.document, as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"{"keys":[{"alg":"ES256","crv":"P-256","kid":"\#(ring.current.keyID)","kty":"EC","use":"sig","x":""#
            ))
        #expect(!text.contains(#""d""#))
    }

    @Test func passesOverKeysOfOtherKinds() throws {
        let published = String(decoding: issuer.ring.keySet.document, as: UTF8.self)
        let own = String(published.dropFirst(#"{"keys":["#.count).dropLast(2))
        func set(_ keys: String) throws(TokenError) -> JSONWebKeySet {
            try JSONWebKeySet(parsing: Array("{\"keys\":[\(keys)]}".utf8))
        }
        #expect(try set(own).keyIDs == [issuer.ring.current.keyID])
        for other in [
            #"{"kty":"oct","k":"AAAA","kid":"a"}"#, #"{"kty":"EC","crv":"P-384","x":"","y":"","kid":"b"}"#,
            #"{"kid":"c"}"#, own.replacing(#""alg":"ES256""#, with: #""alg":"ES384""#),
            own.replacing(#""use":"sig""#, with: #""use":"enc""#), own.replacing(#""kid""#, with: #""id""#),
        ] {
            #expect(try set(other).keyIDs.isEmpty, "\(other)")
            if !other.contains(issuer.ring.current.keyID) {
                #expect(try set(own + "," + other).keyIDs.count == 1)
            }
        }
    }

    @Test(arguments: [
        ("[]", "expected a JSON Web Key Set: an object with a list `keys`"),
        (#"{"keys":{}}"#, "expected a JSON Web Key Set: an object with a list `keys`"),
        (#"{"keys":[1]}"#, "expected an object for each key"),
        (#"{"keys":[{"kty":"EC","d":"AA"}]}"#, "expected public keys, found a private one"),
        (
            #"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"a"}]}"#,
            "expected the numbers of a public key for ES256; these make none"
        ),
        (
            #"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"}]}"#,
            "expected the numbers of a public key for RS256; these make none"
        ),
        (
            "{",
            "expected a JSON Web Key Set: 1:2: expected a member name in double quotes, found the end of the text"
        ),
    ])
    func saysWhatIsWrongWithASet(text: String, message: String) {
        #expect(throws: TokenError.keys(message)) { try JSONWebKeySet(parsing: Array(text.utf8)) }
    }

    @Test func refusesAnIDThatStandsTwice() {
        let own = String(decoding: issuer.ring.keySet.document, as: UTF8.self).dropFirst(9).dropLast(2)
        #expect(throws: TokenError.keys("expected each `kid` once")) {
            try JSONWebKeySet(parsing: Array("{\"keys\":[\(own),\(own)]}".utf8))
        }
    }

    @Test func theDiscoveryDocumentNamesWhereThingsAre() {
        let document = DiscoveryDocument(issuer: "http://127.0.0.1:8080")
        let text = String(decoding: document.bytes, as: UTF8.self)
        #expect(text.contains(#""issuer":"http://127.0.0.1:8080""#))
        #expect(text.contains(#""jwks_uri":"http://127.0.0.1:8080/.well-known/jwks.json""#))
        #expect(text.contains(#""token_endpoint":"http://127.0.0.1:8080/v1/tokens""#))
        #expect(text.contains(#""id_token_signing_alg_values_supported":["ES256"]"#))
        #expect(DiscoveryDocument.path == "/.well-known/openid-configuration")
    }
}
