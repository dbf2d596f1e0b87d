import Base
import Crypto
import JSONText
import Testing

@testable import Tokens

@Suite struct KeyTests {
    private let issuer = Issuer()

    /// As an earlier version wrote it.
    private func file(_ keys: [SigningKey]) -> [UInt8] {
        let list = keys.map { key in
            #"{"created_at":\#(key.createdAt.milliseconds),"private_key":""#
                + key.pem.replacing("\n", with: "\\n") + #""}"#
        }
        return Array((#"{"keys":["# + list.joined(separator: ",") + #"],"version":1}"# + "\n").utf8)
    }

    @Test func keysAreReadFromTheFileOfAnEarlierVersion() throws {
        let newer = SigningKey.generate(now: issuer.now.advanced(bySeconds: 60))
        let keys = try SigningKeyFile.keys(parsing: file([newer, issuer.ring.current]))
        #expect(keys.map(\.keyID) == [newer.keyID, issuer.ring.current.keyID])
        #expect(keys[0].createdAt == newer.createdAt)
        let token = TokenSigner(key: keys[0]).sign(try issuer.claims())
        _ = try issuer.verifier(keys: SigningKeyRing(newer).keySet).verify(token, now: issuer.now)
    }

    @Test func aKeyIsReadBackFromItsText() throws {
        for algorithm in SigningAlgorithm.allCases {
            let key = SigningKey.generate(algorithm, now: issuer.now)
            let copy = try SigningKey(pem: key.pem, algorithm, createdAt: issuer.now)
            #expect(copy.keyID == key.keyID)
            #expect(try SigningPublicKey(webKey: key.publicKey.webKey).thumbprint == key.keyID)
            let other: SigningAlgorithm = algorithm == .es256 ? .rs256 : .es256
            #expect(throws: TokenError.self) {
                try SigningKey(pem: key.pem, other, createdAt: issuer.now)
            }
        }
        for text in ["", "{}", #"{"kty":"EC"}"#, #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#] {
            #expect(throws: TokenError.self) { try SigningPublicKey(webKey: text) }
        }
    }

    @Test func aClientThatNeedsItGetsRS256() throws {
        let ring = SigningKeyRing(
            current: issuer.ring.current, others: [.generate(.rs256, now: issuer.now)])
        let signer = try #require(ring.signer(.rs256))
        let token = signer.sign(try issuer.claims())
        #expect(issuer.ring.signer(.rs256) == nil)
        let set = try JSONWebKeySet(parsing: ring.keySet.document)
        #expect(set.keyIDs.count == 2)
        // Only where the verifier takes it.
        #expect(throws: TokenError.algorithm(allowed: ["ES256"])) {
            try issuer.verifier(keys: set).verify(token, now: issuer.now)
        }
        var profile = TokenProfile(issuer: issuer.issuer, audience: issuer.audience)
        profile.algorithms = [.es256, .rs256]
        let verified = try TokenVerifier(profile: profile, keys: set).verify(token, now: issuer.now)
        #expect(verified.keyID == signer.keyID)
    }

    @Test func keysThatDoNotSignStillVerify() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        let next = SigningKey.generate(now: issuer.now)
        let ring = SigningKeyRing(current: next, verifying: [issuer.ring.current.publicKey])
        _ = try issuer.verifier(keys: ring.keySet).verify(token, now: issuer.now)
        let vouching = SigningKeyRing(current: next, vouching: [issuer.ring.current.publicKey])
        #expect(throws: TokenError.unknownKey) {
            try issuer.verifier(keys: vouching.keySet).verify(token, now: issuer.now)
        }
        #expect(vouching.statementKeySet.keyIDs.count == 2)
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
        #expect(throws: TokenError.keys(message)) { try SigningKeyFile.keys(parsing: Array(text.utf8)) }
    }

    @Test func aCutFileIsRefusedWithoutTellingTheKey() {
        let bytes = file([issuer.ring.current])
        for count in stride(from: 0, to: bytes.count - 2, by: 3) {
            do throws(TokenError) {
                _ = try SigningKeyFile.keys(parsing: Array(bytes.prefix(count)))
                Issue.record("\(count) bytes were taken for the whole file")
            } catch {
                #expect(error.description.hasPrefix("expected a file of signing keys in JSON; fault at "))
            }
        }
    }

    @Test func thePublishedSetIsReadBack() throws {
        let ring = SigningKeyRing(
            current: .generate(now: issuer.now), verifying: [issuer.ring.current.publicKey])
        let set = try JSONWebKeySet(parsing: ring.keySet.document)
        #expect(set.keyIDs == ring.keySet.keyIDs && set.keyIDs.count == 2)
        let token = ring.signer.sign(try issuer.claims())
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
        let document = DiscoveryDocument(
            issuer: "http://127.0.0.1:8080", tokenPath: "/oauth/token",
            introspectionPath: "/oauth/introspect",
            revocationPath: "/oauth/revoke", grantTypes: ["client_credentials"])
        let text = String(decoding: document.bytes, as: UTF8.self)
        for member in [
            #""issuer":"http://127.0.0.1:8080""#,
            #""jwks_uri":"http://127.0.0.1:8080/.well-known/jwks.json""#,
            #""token_endpoint":"http://127.0.0.1:8080/oauth/token""#,
            #""introspection_endpoint":"http://127.0.0.1:8080/oauth/introspect""#,
            #""revocation_endpoint":"http://127.0.0.1:8080/oauth/revoke""#,
            #""grant_types_supported":["client_credentials"]"#,
            #""id_token_signing_alg_values_supported":["ES256","RS256"]"#,
        ] {
            #expect(text.contains(member), "\(member)")
        }
        #expect(DiscoveryDocument.path == "/.well-known/openid-configuration")
    }
}
