import Base
import Crypto
import Registry
import RunTestKit
import Synchronization
import TestKit
import Testing

@testable import Issuing
@testable import Tokens

/// What a provider's token comes to: whose it is, for which school, in which role.
@Suite final class SubjectTokenTests {
    private let folder: RegistryFolder
    private let registry: Registry
    private let provider: LoopbackProvider
    private let providers: IdentityProviders
    private let subjects: SubjectTokens
    private let random = SeededRandom(seed: 3)
    private let tenant: TenantID
    private let schools: [SchoolRecord]

    init() throws {
        folder = try RegistryFolder()
        let (random, clock) = (self.random, folder.clock)
        registry = try folder.open()
        provider = try LoopbackProvider(now: clock.now())
        providers = IdentityProviders(
            registry: registry,
            revocations: try TokenRevocations(registry: registry, revoked: RevokedTokens(), clock: clock),
            clock: clock, random: random)
        subjects = SubjectTokens(registry: registry, keys: ProviderKeys(clock: clock), clock: clock)
        tenant = TenantID(random: random)
        schools = ["Lincoln", "Oak Hill"].map {
            SchoolRecord(id: SchoolID(random: random), name: $0, createdAt: clock.now())
        }
    }

    deinit { provider.stop() }

    private func mapping(_ change: (inout IdentityProviderRecord.Mapping) -> Void = { _ in })
        -> IdentityProviderRecord.Mapping
    {
        var mapping = IdentityProviderRecord.Mapping()
        mapping.schoolClaim = "school"
        mapping.roleClaim = "type"
        mapping.roles = [
            .init(value: "principal", target: "school-admin"), .init(value: "teacher", target: "teacher"),
        ]
        change(&mapping)
        return mapping
    }

    private func examine(
        _ token: String, _ mapping: IdentityProviderRecord.Mapping? = nil, wanted: TokenScope? = nil,
        student: StudentID? = nil, audiences: [String] = ["app"]
    ) -> SubjectTokenExamination {
        subjects.examine(
            token, by: provider.record(tenant: tenant, mapping ?? self.mapping(), audiences: audiences),
            schools: schools, wanted: wanted, student: student)
    }

    private func person(
        _ claims: String, _ mapping: IdentityProviderRecord.Mapping? = nil, wanted: TokenScope? = nil
    ) throws -> FederatedPerson { try examine(provider.token(claims), mapping, wanted: wanted).outcome.get() }

    private func failedStep(_ token: String, _ mapping: IdentityProviderRecord.Mapping? = nil) -> String? {
        let examination = examine(token, mapping)
        guard case .failure = examination.outcome else { return nil }
        return examination.failedStep
    }

    // MARK: Reading claims

    @Test func schoolsAreFoundByIDNameAndTable() throws {
        let table = mapping {
            $0.schools = [
                .init(value: "0042", target: schools[1].id.text), .init(value: "9", target: tenant.text),
                .init(value: "gone", target: SchoolID(random: random).text),
            ]
        }
        let expected: [(String, TokenScope)] = [
            (#""Lincoln""#, .school(schools[0].id)), (#""\#(schools[1].id)""#, .school(schools[1].id)),
            (#""0042""#, .school(schools[1].id)), ("9", .district),
            (#"["nowhere","Lincoln"]"#, .school(schools[0].id)),
            (#"["Lincoln","\#(schools[0].id)"]"#, .school(schools[0].id)),
        ]
        for (value, scope) in expected {
            #expect(try person(#""school":\#(value),"type":"teacher""#, table).scope == scope, "\(value)")
        }
        for value in [
            #""lincoln""#, #""\#(SchoolID(random: random))""#, #""\#(tenant)""#, #""gone""#, #"["nowhere"]"#,
            "\"\"",
        ] {
            #expect(
                failedStep(provider.token(#""school":\#(value),"type":"teacher""#), table) == "school",
                "\(value)")
        }
    }

    @Test func aSchoolIsChosenAmongThoseThatTheTokenNames() throws {
        let both = #""school":["Lincoln","Oak Hill"],"type":"teacher""#
        #expect(throws: SubjectTokenRefusal.self) { try person(both) }
        #expect(try person(both, wanted: .school(schools[1].id)).scope == .school(schools[1].id))
        for wanted in [TokenScope.district, .school(SchoolID(random: random))] {
            let outcome = examine(provider.token(both), wanted: wanted).outcome
            guard case .failure(let refusal) = outcome else {
                Issue.record("\(wanted) is granted")
                continue
            }
            #expect(refusal.kind == .scope)
        }
    }

    @Test(arguments: ["null", "{}", "[[]]", "[]", "true"]) func aClaimOfAnotherFormNamesNoSchool(
        value: String
    ) {
        #expect(failedStep(provider.token(#""school":\#(value),"type":"teacher""#)) == "school")
    }

    @Test func defaultsAreForThoseWhoseTokenSaysNothing() throws {
        let standard = mapping {
            $0.schoolDefault = schools[1].id.text
            $0.roleDefault = "parent"
        }
        let found = try person(#""email":"x""#, standard)
        #expect(
            found == FederatedPerson(subject: "own/person", role: "parent", scope: .school(schools[1].id)))
        #expect(failedStep(provider.token(#""school":"nowhere""#), standard) == "school")
        #expect(try person(#""type":["guest","teacher","principal"]"#, standard).role == "school-admin")
        #expect(failedStep(provider.token(#""school":"Lincoln","type":"guest""#)) == "role")
    }

    /// A student's own number, or those of a parent's children, of which the request names one.
    @Test func studentsAreThoseThatTheTokenNames() throws {
        let mapping = mapping { $0.studentClaim = "pupils" }
        let (one, two) = (StudentID("1001"), StudentID("1002"))
        func read(
            _ claims: String, school: String = #""Lincoln""#, wanted: TokenScope? = nil,
            _ student: StudentID? = nil
        ) throws -> StudentID? {
            let token = provider.token(#""school":\#(school),"type":"teacher"\#(claims)"#)
            return try examine(token, mapping, wanted: wanted, student: student).outcome.get().student
        }
        #expect(try read("") == nil && read(#","pupils":[]"#) == nil)
        #expect(try read(#","pupils":"1001""#) == one && read(#","pupils":1001"#) == one)
        #expect(try read(#","pupils":["1001","1001"]"#) == one)
        let both = #","pupils":["1001","1002"]"#
        #expect(try read(both, one) == one && read(both, two) == two)
        #expect(throws: SubjectTokenRefusal.self) { try read(both) }
        #expect(throws: SubjectTokenRefusal.self) { try read(both, StudentID("1003")) }
        #expect(throws: SubjectTokenRefusal.self) { try read("", one) }
        for value in [#""a#b""#, #""*""#, #"["1001","${*}"]"#, #"["1001",""]"#] {
            #expect(
                failedStep(
                    provider.token(#""school":"Lincoln","type":"teacher","pupils":\#(value)"#), mapping)
                    == "student", "\(value)")
        }
        // Of which school they are is not known where the token names several.
        let schools = #"["Lincoln","Oak Hill"]"#
        let lincoln = TokenScope.school(self.schools[0].id)
        #expect(try read(#","pupils":"1001""#, school: schools, wanted: lincoln) == nil)
        #expect(throws: SubjectTokenRefusal.self) {
            try read(#","pupils":"1001""#, school: schools, wanted: lincoln, one)
        }
        // And nobody reads that a mapping has not named.
        #expect(try person(#""school":"Lincoln","type":"teacher","pupils":"1001""#).student == nil)
    }

    @Test func requiredClaimsAreComparedExactly() throws {
        let strict = mapping { $0.required = ["hd": "springfield.example", "email_verified": "true"] }
        let rest = #""school":"Lincoln","type":"teacher""#
        _ = try person(rest + #","hd":"springfield.example","email_verified":true"#, strict)
        for claims in [
            #""hd":"springfield.example""#, #""hd":"Springfield.example","email_verified":true"#,
            #""hd":"springfield.example","email_verified":false"#,
        ] {
            #expect(failedStep(provider.token(rest + "," + claims), strict) == "required claims", "\(claims)")
        }
    }

    @Test(arguments: ["auth0|ada", "ä", String(repeating: "x", count: 300), "sha256:0", ""])
    func subjectsKeepToTheCharactersOfClaims(sub: String) {
        let record = provider.record(tenant: tenant, mapping())
        let subject = SubjectTokens.subject(sub, of: record)
        #expect(TokenClaims.isText(subject) && subject.hasPrefix("own/"))
        #expect(subject.hasPrefix("own/sha256:") == !sub.isEmpty)
        #expect(SubjectTokens.subject("105", of: record) == "own/105")
    }

    // MARK: Hostile tokens

    @Test func eachFaultIsFoundAtItsStep() throws {
        let good = #""school":"Lincoln","type":"teacher""#
        let now = folder.clock.now()
        #expect(failedStep(provider.token(good)) == nil)
        #expect(failedStep("a.b.c") == "form")
        #expect(failedStep(provider.token(good, keyID: "other")) == "keys")
        let times = "signature, issuer, audience, times"
        #expect(failedStep(provider.token(good) + "AA") == times)
        #expect(failedStep(provider.token(good, issuer: "https://idp.example")) == times)
        #expect(failedStep(provider.token(good, at: now.advanced(bySeconds: -700))) == times)
        #expect(failedStep(provider.token(good, at: now.advanced(bySeconds: 61))) == times)
        #expect(
            failedStep(provider.token(good, at: now.advanced(bySeconds: -650))) == nil, "within the leeway")
        let examination = examine(provider.token(good), audiences: ["another"])
        #expect(examination.failedStep == times)
        // Another provider's key under the same id.
        let other = try LoopbackProvider(now: now)
        defer { other.stop() }
        let kid = provider.manner.withLock { $0.keys[0].keyID }
        #expect(failedStep(other.token(good, issuer: provider.issuer, keyID: kid)) == times)
    }

    @Test func whatTheProviderHasSignedIsToldFromWhatAnybodySends() throws {
        let good = #""school":"Lincoln","type":"teacher""#
        let now = folder.clock.now()
        for token in [
            provider.token(good), provider.token(#""school":"nowhere""#), provider.token(good, issuer: "x"),
            provider.token(good, at: now.advanced(bySeconds: -700)),
            provider.token(good, at: now.advanced(bySeconds: -90_000)),
        ] {
            #expect(examine(token).isSigned)
        }
        #expect(examine(provider.token(good), audiences: ["another"]).isSigned)
        let other = try LoopbackProvider(now: now)
        defer { other.stop() }
        let kid = provider.manner.withLock { $0.keys[0].keyID }
        for token in [
            "a.b.c", provider.token(good) + "AA", provider.token(good, keyID: "other"),
            other.token(good, issuer: provider.issuer, keyID: kid),
        ] {
            #expect(!examine(token).isSigned)
        }
        provider.manner.withLock { $0.isDown = true }
        folder.clock.advance(byMilliseconds: 86_400_000)
        #expect(!examine(provider.token(good)).isSigned)
    }

    @Test(arguments: ["none", "HS256", "PS256", "EdDSA", "es256", ""]) func noOtherAlgorithmIsTaken(
        name: String
    ) {
        let header = Base64URL.encode(Array(#"{"alg":"\#(name)","kid":"k"}"#.utf8))
        let parts = provider.token().split(separator: ".")
        let examination = examine("\(header).\(parts[1]).\(parts[2])")
        guard case .failure(let refusal) = examination.outcome else {
            Issue.record("`\(name)` is taken")
            return
        }
        #expect(refusal.description == "the token is signed with `\(name)`; ES256 and RS256 are taken")
        #expect(provider.fetches == 0)
    }

    // MARK: Registrations

    private func draft(_ name: String = "own", sharedBy: String? = nil, hd: String? = nil)
        -> IdentityProviders.Draft
    {
        IdentityProviders.Draft(
            name: name, issuer: provider.issuer, audiences: ["app"], sharedBy: sharedBy,
            mapping: mapping { $0.required = hd.map { ["hd": $0] } ?? [:] })
    }

    private func add(_ draft: IdentityProviders.Draft, to tenant: TenantID) throws {
        _ = try providers.add(draft, to: tenant, schools: schools, actor: .system)
    }

    @Test func anIssuerSpeaksForOneTenantAlone() throws {
        try add(draft(), to: tenant)
        let other = TenantID(random: random)
        for (name, sharedBy) in [("own", nil), ("own", "hd")] {
            #expect(throws: IdentityProviderError.issuerTaken(provider.issuer)) {
                try add(draft(name, sharedBy: sharedBy, hd: "b"), to: other)
            }
        }
        #expect(throws: IdentityProviderError.issuerTaken(provider.issuer)) {
            try add(draft("second"), to: tenant)
        }
        #expect(throws: IdentityProviderError.nameTaken("own")) { try add(draft(), to: tenant) }
        #expect(try subjects.provider(of: provider.token()).tenant == tenant)
        try providers.remove("own", of: tenant, actor: .system)
        #expect(throws: SubjectTokenRefusal.self) { try subjects.provider(of: provider.token()) }
        try add(draft(), to: other)
        #expect(try subjects.provider(of: provider.token()).tenant == other)
    }

    @Test func aSharedIssuerIsDividedAndNothingIsLeftBehind() throws {
        let other = TenantID(random: random)
        try add(draft(sharedBy: "hd", hd: "a"), to: tenant)
        try add(draft(sharedBy: "hd", hd: "b"), to: other)
        #expect(throws: IdentityProviderError.self) {
            try add(draft("more", sharedBy: "hd", hd: "a"), to: other)
        }
        #expect(try subjects.provider(of: provider.token(#""hd":"a""#)).tenant == tenant)
        #expect(try subjects.provider(of: provider.token(#""hd":["b"]"#)).tenant == other)
        for claims in ["", #""hd":"c""#, #""hd":["a","b"]"#, #""hd":{}"#] {
            #expect(throws: SubjectTokenRefusal.self, "\(claims)") {
                try subjects.provider(of: provider.token(claims))
            }
        }
        try providers.remove("own", of: tenant, actor: .system)
        #expect(throws: SubjectTokenRefusal.self) { try subjects.provider(of: provider.token(#""hd":"a""#)) }
        try providers.remove("own", of: other, actor: .system)
        #expect(try registry.list(IssuerRecord.self).records.isEmpty)
        #expect(try registry.list(IssuerShareRecord.self).records.isEmpty)
        let actions = try registry.list(AuditEntry.self).records.map(\.action)
        let added = Array(repeating: "identity-provider.added", count: 2)
        #expect(actions == added + Array(repeating: "identity-provider.removed", count: 2))
    }

    @Test(arguments: ["https://accounts.google.com", "https://Accounts.Google.com/", "https://clever.com"])
    func anIssuerOfEverybodysNeedsAClaimThatDivides(issuer: String) throws {
        var wanted = draft(hd: "springfield.example")
        wanted.issuer = issuer
        #expect(throws: IdentityProviderError.self) { try add(wanted, to: tenant) }
        wanted.sharedBy = "hd"
        try add(wanted, to: tenant)
    }
}
