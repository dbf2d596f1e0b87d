import Base
import Crypto
import JSONText
import TestKit
import Testing

@testable import Tokens

/// A fresh issuer for each test.
struct Issuer {
    let now = Timestamp(milliseconds: 1_767_225_600_000)
    let issuer = "https://homeroom.example:8080"
    let audience = "sts.amazonaws.com"
    let random = SeededRandom(seed: 7)
    let ring: SigningKeyRing
    let tenant: TenantID
    let school: SchoolID

    init() {
        ring = SigningKeyRing(.generate(now: now))
        tenant = TenantID(random: random)
        school = SchoolID(random: random)
    }

    func claims(
        scope: TokenScope? = nil, student: StudentID? = nil, subject: String = "jane@springfield.example",
        role: String = "teacher",
        lifetimeSeconds: Int64 = Limits.tokenLifetimeSecondsDefault
    ) throws(TokenError) -> TokenClaims {
        try TokenClaims(
            issuer: issuer, subject: subject, audience: audience, tenantID: tenant,
            scope: scope ?? .school(school), student: student,
            tier: "basic", role: role, lifetimeSeconds: lifetimeSeconds, now: now, random: random)
    }

    func verifier(issuer: String? = nil, audience: String? = nil, keys: JSONWebKeySet? = nil) -> TokenVerifier
    {
        TokenVerifier(
            profile: TokenProfile(issuer: issuer ?? self.issuer, audience: audience ?? self.audience),
            keys: keys ?? ring.keySet)
    }

    /// A token of any payload, properly signed.
    func token(payload: String, key: SigningKey? = nil) -> String {
        let key = key ?? ring.current
        let header = Base64URL.encode(Array(#"{"alg":"ES256","kid":"\#(key.keyID)"}"#.utf8))
        let input = header + "." + Base64URL.encode(Array(payload.utf8))
        return input + "." + Base64URL.encode(key.privateKey.sign(Array(input.utf8)))
    }
}

@Suite struct TokenTests {
    private let issuer = Issuer()

    @Test(arguments: [true, false]) func claimsSurviveTheirToken(isDistrict: Bool) throws {
        let claims = try issuer.claims(scope: isDistrict ? .district : nil)
        let token = issuer.ring.signer.sign(claims)
        let verified = try issuer.verifier().verify(token, now: issuer.now)
        #expect(verified.keyID == issuer.ring.current.keyID)
        #expect(try TokenClaims(verified) == claims)
        let school = isDistrict ? issuer.tenant.text : issuer.school.text
        #expect(claims.schoolIDText == school)
        let tags = try SessionTags(verified)
        #expect(
            tags.principalTags == [
                "tenant_id": issuer.tenant.text, "school_id": school, "role": "teacher", "tier": "basic",
            ])
        #expect(tags.transitiveTagKeys == ["role", "school_id", "tenant_id", "tier"])
    }

    @Test func theTokenHasTheFormThatSTSReads() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        let segments = token.split(separator: ".").map { Base64URL.decode($0) ?? [] }
        let kid = issuer.ring.current.keyID
        #expect(
            String(decoding: segments[0], as: UTF8.self) == #"{"alg":"ES256","kid":"\#(kid)","typ":"JWT"}"#)
        let (tenant, school) = (issuer.tenant.text, issuer.school.text)
        let expected =
            #"{"aud":"sts.amazonaws.com","custom:school_id":"\#(school)","exp":1767226500,"#
            + #""https://aws.amazon.com/tags":{"principal_tags":{"role":["teacher"],"school_id":["\#(school)"],"#
            + #""tenant_id":["\#(tenant)"],"tier":["basic"]},"transitive_tag_keys":["role","school_id","tenant_id","#
            + #""tier"]},"iat":1767225600,"iss":"https://homeroom.example:8080","jti":""#
        let payload = String(decoding: segments[1], as: UTF8.self)
        #expect(payload.hasPrefix(expected))
        #expect(
            payload.hasSuffix(
                #"","nbf":1767225600,"role":"teacher","school_id":"\#(school)","sub":"jane@springfield.example","#
                    + #""tenant_id":"\#(tenant)","tier":"basic"}"#))
        #expect(segments[2].count == 64)
    }

    @Test func eachTokenHasItsOwnID() throws {
        #expect(try issuer.claims().tokenID != issuer.claims().tokenID)
        #expect(try issuer.claims().tokenID.utf8.count == 22)
    }

    @Test func isGoodForFifteenMinutesAndTheLeeway() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        let verifier = issuer.verifier()
        _ = try verifier.verify(token, now: issuer.now.advanced(byMilliseconds: 959_999))
        #expect(throws: TokenError.expired(atSeconds: 1_767_226_500, nowSeconds: 1_767_226_560)) {
            try verifier.verify(token, now: issuer.now.advanced(bySeconds: 960))
        }
        _ = try verifier.verify(token, now: issuer.now.advanced(bySeconds: -60))
        #expect(
            throws: TokenError.notYetValid(claim: "nbf", atSeconds: 1_767_225_600, nowSeconds: 1_767_225_539)
        ) { try verifier.verify(token, now: issuer.now.advanced(bySeconds: -61)) }
    }

    @Test func refusesOtherIssuersAudiencesAndKeys() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        #expect(throws: TokenError.claim(name: "iss", expected: "`https://homeroom.example:8080/`")) {
            try issuer.verifier(issuer: issuer.issuer + "/").verify(token, now: issuer.now)
        }
        #expect(throws: TokenError.claim(name: "aud", expected: "`sts.amazonaws`")) {
            try issuer.verifier(audience: "sts.amazonaws").verify(token, now: issuer.now)
        }
        #expect(throws: TokenError.unknownKey) {
            try issuer.verifier(keys: Issuer().ring.keySet).verify(token, now: issuer.now)
        }
        #expect(throws: TokenError.unknownKey) {
            try issuer.verifier(keys: JSONWebKeySet([])).verify(token, now: issuer.now)
        }
    }

    @Test func refusesEveryChangedCharacter() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        let verifier = issuer.verifier()
        for index in token.utf8.indices {
            var bytes = Array(token.utf8)
            let offset = token.utf8.distance(from: token.utf8.startIndex, to: index)
            bytes[offset] = bytes[offset] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let changed = String(decoding: bytes, as: UTF8.self)
            #expect(throws: TokenError.self) { try verifier.verify(changed, now: issuer.now) }
        }
    }

    /// What has been verified is asked again for all but its signature.
    @Test func whatWasVerifiedIsCheckedAgain() throws {
        let token = try issuer.verifier().verify(
            issuer.ring.signer.sign(try issuer.claims()), now: issuer.now)
        let last = issuer.now.advanced(byMilliseconds: 959_999)
        #expect(throws: Never.self) { try issuer.verifier().recheck(token, now: last) }
        #expect(throws: TokenError.expired(atSeconds: 1_767_226_500, nowSeconds: 1_767_226_560)) {
            try issuer.verifier().recheck(token, now: last.advanced(byMilliseconds: 1))
        }
        let early = issuer.now.advanced(bySeconds: -61)
        #expect(
            throws: TokenError.notYetValid(claim: "nbf", atSeconds: 1_767_225_600, nowSeconds: 1_767_225_539)
        ) {
            try issuer.verifier().recheck(token, now: early)
        }
        #expect(throws: TokenError.unknownKey) {
            try issuer.verifier(keys: JSONWebKeySet([])).recheck(token, now: issuer.now)
        }
        #expect(throws: TokenError.claim(name: "aud", expected: "`another`")) {
            try issuer.verifier(audience: "another").recheck(token, now: issuer.now)
        }
    }

    @Test func fuzzedTokensAreRefused() throws {
        let token = Array(issuer.ring.signer.sign(try issuer.claims()).utf8)
        let verifier = issuer.verifier()
        try Fuzzer("tokens", rounds: 3000).run { random in
            let bytes = token.mutated(random, changesMax: 3, pieces: [".", "==", "e30", "-", "_"])
            if bytes == token { return }
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(TokenError) { _ = try verifier.verify(text, now: issuer.now) } catch { return }
            throw AcceptedToken(text: text)
        }
    }

    private struct AcceptedToken: Error { let text: String }

    @Test func refusesTokensBeyondTheLimit() {
        let bytes = Limits.tokenBytesMax
        #expect(throws: TokenError.segments(found: 1)) {
            try issuer.verifier().verify(String(repeating: "A", count: bytes), now: issuer.now)
        }
        #expect(throws: TokenError.tooLarge(bytes: bytes + 1, maximum: bytes)) {
            try issuer.verifier().verify(String(repeating: "A", count: bytes + 1), now: issuer.now)
        }
    }

    @Test func refusesATokenFromTheFuture() {
        let payload =
            #"{"iss":"\#(issuer.issuer)","aud":"\#(issuer.audience)","sub":"s","exp":1767226500,"iat":1767225661}"#
        #expect(
            throws: TokenError.notYetValid(claim: "iat", atSeconds: 1_767_225_661, nowSeconds: 1_767_225_600)
        ) {
            try issuer.verifier().verify(issuer.token(payload: payload), now: issuer.now)
        }
        #expect(throws: Never.self) {
            try issuer.verifier().verify(
                issuer.token(payload: payload.replacing("5661", with: "5660")), now: issuer.now)
        }
    }

    @Test(arguments: ["teacher ", "a_b.c:d/e=f+g-h@i", "9", String(repeating: "r", count: 256)])
    func takesRolesOfAllowedCharacters(role: String) throws {
        #expect(try issuer.claims(role: role).role == role)
    }

    @Test(arguments: [
        "", "*", "a,b", "a\nb", "lehrerin-ä", "${aws:username}", String(repeating: "r", count: 257),
    ])
    func refusesRolesOfOtherCharacters(role: String) {
        let error = TokenError.claim(
            name: "role", expected: "1 to 256 letters, digits, spaces and `_.:/=+-@`")
        #expect(throws: error) { try issuer.claims(role: role) }
    }

    @Test(arguments: [0, -1, 86401] as [Int64]) func refusesOddLifetimes(seconds: Int64) {
        #expect(throws: TokenError.claim(name: "exp", expected: "a lifetime of 1 to 86400 seconds")) {
            try issuer.claims(lifetimeSeconds: seconds)
        }
    }

    /// Who issued it is said of operators' tokens alone, as one word: a token of the version before is the tenant's own.
    @Test func aTokenSaysWhetherAnOperatorIssuedIt() throws {
        let claims = try TokenClaims(
            issuer: issuer.issuer, subject: "jane", audience: issuer.audience, tenantID: issuer.tenant,
            scope: .district, tier: "basic", role: "teacher", isOperators: true, now: issuer.now,
            random: issuer.random)
        let payload = String(
            decoding: try CompactToken(parsing: issuer.ring.signer.sign(claims)).payload, as: UTF8.self)
        func read(_ payload: String) throws(TokenError) -> TokenClaims {
            try TokenClaims(try issuer.verifier().verify(issuer.token(payload: payload), now: issuer.now))
        }
        #expect(try read(payload) == claims)
        let claim = "\"homeroom_issued_by\":\"operator\","
        #expect(payload.contains(claim))
        #expect(try !read(payload.replacing(claim, with: "")).isOperators)
        for other in ["\"Operator\"", "\"\"", "true", "null", "[\"operator\"]"] {
            #expect(throws: TokenError.claim(name: "homeroom_issued_by", expected: "`operator`")) {
                try read(payload.replacing(claim, with: "\"homeroom_issued_by\":\(other),"))
            }
        }
    }

    @Test func homeroomsClaimsMustAllBeThereAndAgree() throws {
        let token = issuer.ring.signer.sign(try issuer.claims())
        let compact = try CompactToken(parsing: token)
        let payload = String(decoding: compact.payload, as: UTF8.self)
        func read(_ payload: String) throws(TokenError) -> TokenClaims {
            try TokenClaims(try issuer.verifier().verify(issuer.token(payload: payload), now: issuer.now))
        }
        _ = try read(payload)
        let other = SchoolID(random: issuer.random).text
        let school = issuer.school.text
        let tagsDiffer = TokenError.claim(name: SessionTags.claim, expected: "the same as the claims")
        let changes: [(String, String, TokenError)] = [
            (
                #""custom:school_id":"\#(school)""#, #""custom:school_id":"\#(other)""#,
                .claim(name: "custom:school_id", expected: "the same as `school_id`")
            ),
            (
                #""custom:school_id""#, #""custom""#,
                .claim(name: "custom:school_id", expected: "the same as `school_id`")
            ),
            (#""school_id":["\#(school)"]"#, #""school_id":["\#(other)"]"#, tagsDiffer),
            (#""role":["teacher"]"#, #""role":["admin"]"#, tagsDiffer),
            (
                #""role":["teacher"],"#, "",
                .claim(
                    name: SessionTags.claim, expected: "transitive tag keys that name tags, each once")
            ),
            (
                #""role":["teacher"]"#, #""role":["teacher","admin"]"#,
                .claim(
                    name: SessionTags.claim, expected: "a list of one text for each tag")
            ),
            (
                #""role":["teacher"]"#, #""role":["*"]"#,
                .claim(
                    name: SessionTags.claim, expected: "tag values of \(ClaimText.words)")
            ),
            ("https://aws.amazon.com/tags", "tags", tagsDiffer),
            (#""tenant_id":"t"#, #""tenant_id":"s"#, .claim(name: "tenant_id", expected: "a tenant's id")),
            (#""tier":"basic""#, #""tier":7"#, .claim(name: "tier", expected: ClaimText.words)),
            (#""jti""#, #""id""#, .claim(name: "jti", expected: "the token's id")),
        ]
        for (old, new, error) in changes {
            #expect(payload.contains(old))
            #expect(throws: error) { try read(payload.replacing(old, with: new)) }
        }
        #expect(throws: TokenError.claim(name: "school_id", expected: "a school's id or the tenant's own")) {
            try read(payload.replacing(school, with: "all"))
        }
    }
}
