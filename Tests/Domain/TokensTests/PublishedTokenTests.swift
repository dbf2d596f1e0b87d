import Base
import Crypto
import FoundationEssentials
import JSONText
import TestKit
import Testing

@testable import Tokens

/// Tokens with their verdicts, and the tokens and keys that the RFCs print.
@Suite(.enabled(if: SharedData.isPresent)) struct PublishedTokenTests {
    struct Verdicts: Decodable, Sendable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            let id: String
            let expected: String
            let reason: String
            let token: String
            var testDescription: String { id }
        }
        struct Profile: Decodable, Sendable {
            let now: Int64
            let leewaySeconds: Int64
            let issuer: String
            let audience: String
            let allowedAlgs: [String]
        }
        let profile: Profile
        let cases: [Case]
    }

    static let verdicts = load("jwt/verdicts.json", as: Verdicts.self)

    static func load<Value: Decodable>(_ path: String, as type: Value.Type) -> Value? {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try SharedData.bytes(of: path).map { try decoder.decode(type, from: Data($0)) }
        } catch {
            Issue.record("\(path): \(error)")
            return nil
        }
    }

    /// The members of the JSON file's list, as text of their own.
    static func list(_ path: String, _ name: String) throws -> [[JSONText.Member]] {
        let text = try JSONText(parsing: try #require(try SharedData.bytes(of: path)))
        return try #require(text.root.value.members?.value(name)?.elements).compactMap(\.value.members)
    }

    static func json(_ value: JSONText.Value) -> String {
        switch value {
        case .object(let members):
            "{" + members.map { "\"\($0.name)\":\(json($0.node.value))" }.joined(separator: ",") + "}"
        case .array(let nodes): "[" + nodes.map { json($0.value) }.joined(separator: ",") + "]"
        case .string(let text): "\"\(text)\""
        case .number(let text): text
        case .bool(let bool): "\(bool)"
        case .null: "null"
        }
    }

    private func verifier(_ profile: Verdicts.Profile) throws -> TokenVerifier {
        var wanted = TokenProfile(issuer: profile.issuer, audience: profile.audience)
        wanted.algorithms = Set(profile.allowedAlgs.compactMap(TokenAlgorithm.init))
        wanted.leewaySeconds = profile.leewaySeconds
        let text = try JSONText(parsing: try #require(try SharedData.bytes(of: "jwt/verdicts.json")))
        let keys = try #require(text.root.value.members?.value("profile")?.members?.value("jwks"))
        return TokenVerifier(profile: wanted, keys: try JSONWebKeySet(parsing: Array(Self.json(keys).utf8)))
    }

    private func reason(_ error: TokenError) -> String {
        switch error {
        case .tooLarge, .segments, .notAnObject, .header, .keys: "structure"
        case .encoding: "encoding"
        case .malformedJSON(_, let fault): fault.message.contains("a second time") ? "duplicate" : "structure"
        case .algorithm: "alg"
        case .criticalExtension: "crit"
        case .unknownKey: "key"
        case .signature: "signature"
        case .claim(let name, _): name
        case .expired: "exp"
        case .notYetValid(let claim, _, _): claim
        }
    }

    @Test func allVerdictsAreThere() { #expect(Self.verdicts?.cases.count == 59) }

    @Test(arguments: verdicts?.cases ?? []) func givesTheVerdict(_ testCase: Verdicts.Case) throws {
        let profile = try #require(Self.verdicts).profile
        let now = Timestamp(milliseconds: profile.now * 1000)
        let verifier = try verifier(profile)
        do throws(TokenError) {
            let token = try verifier.verify(testCase.token, now: now)
            #expect(testCase.expected == "accept")
            #expect(token.text("tenant") == "tenant-a")
        } catch {
            #expect(testCase.expected == "reject")
            #expect(reason(error) == testCase.reason, "\(error)")
            #expect(testCase.token.isEmpty || !error.description.contains(testCase.token))
        }
    }

    /// Every compact signed token of the RFCs verifies with its key, in an algorithm that is supported, and
    /// with no other.
    @Test func verifiesTheRFCsTokens() throws {
        let keys = try Self.list("jwt/rfc-keys.json", "keys")
        var verified = 0
        for token in try Self.list("jwt/rfc-tokens.json", "tokens")
        where token.value("serialization")?.string == "compact" {
            let compact = try CompactToken(parsing: try #require(token.value("token")?.string))
            #expect(compact.header.value("alg")?.string == token.value("alg")?.string)
            #expect(String(decoding: compact.payload, as: UTF8.self) == token.value("payload_text")?.string)
            for key in keys {
                guard let jwk = key.value("jwk")?.members else { continue }
                let isItsKey = key.value("id")?.string == token.value("key")?.string
                if let secret = jwk.value("k")?.string.flatMap({ Base64URL.decode($0) }) {
                    let isValid = HMACKey(secret).isValid(compact.signature, for: compact.signingInput)
                    #expect(isValid == (isItsKey && compact.header.value("alg")?.string == "HS256"))
                    if isValid { verified += 1 }
                } else if let publicKey = try VerificationKey(jwk) {
                    let isValid = publicKey.isValid(compact.signature, for: compact.signingInput)
                    if isItsKey { #expect(isValid) } else if isValid { #expect(sameKey(jwk, token, keys)) }
                    if isValid, isItsKey { verified += 1 }
                }
            }
        }
        #expect(
            verified == 4, "HS256, RS256, ES256 and EdDSA; ES512 is not supported and none has no signature")
    }

    private func sameKey(_ jwk: [JSONText.Member], _ token: [JSONText.Member], _ keys: [[JSONText.Member]])
        -> Bool
    {
        let own = keys.first { $0.value("id")?.string == token.value("key")?.string }?.value("jwk")?.members
        return own?.value("x")?.string == jwk.value("x")?.string
            && own?.value("n")?.string == jwk.value("n")?.string
    }

    @Test func thumbprintsAreAsPublished() throws {
        var checked = 0
        for key in try Self.list("jwt/rfc-keys.json", "keys") {
            guard let jwk = key.value("jwk")?.members else { continue }
            let publicKey: SigningPublicKey
            switch try VerificationKey(jwk) {
            case .es256(let key): publicKey = .es256(key)
            case .rs256(let key): publicKey = .rs256(key)
            case .ed25519, .none: continue
            }
            #expect(publicKey.thumbprint == key.value("sha256_thumbprint")?.string)
            checked += 1
        }
        #expect(checked >= 3)
    }
}
