import Base
import Crypto
import Registry
import Tokens

/// Somebody whom their district's identity provider knows, as Homeroom takes them.
public struct FederatedPerson: Sendable, Equatable {
    /// The provider's name, a slash, and what it calls them.
    public let subject: String
    /// Their role.
    public let role: String
    /// What they act for.
    public let scope: TokenScope
    /// The student of that school whose record is theirs to read; nil where it is no one's.
    public var student: StudentID?
}

/// What was looked at in a provider's token, one thing after the other, and what it came to.
public struct SubjectTokenExamination: Sendable {
    /// Something that was looked at and found right.
    public struct Step: Sendable, Equatable {
        /// What.
        public let name: String
        /// What was found.
        public let finding: String
    }

    /// What was found right, in order.
    public internal(set) var steps: [Step] = []
    /// What was looked at last, where it was not right.
    public internal(set) var failedStep: String?
    /// Whether the provider has signed it: what else can be wrong with it then, nobody but the provider's people can bring about.
    public internal(set) var isSigned = false
    /// Whom it is the token of, or why it is refused.
    public internal(set) var outcome: Result<FederatedPerson, SubjectTokenRefusal>
}

/// Exchanges tokens of districts' identity providers (RFC 8693): finds the provider, checks the token, reads its claims.
///
/// Waits for providers (see `ProviderKeys`).
public struct SubjectTokens: Sendable {
    /// The signatures that are believed. `none` and the symmetric ones are no `TokenAlgorithm` at all.
    static let algorithms: Set<TokenAlgorithm> = [.es256, .rs256]

    private let registry: Registry
    private let keys: ProviderKeys
    private let clock: any Clock

    /// The tokens of the providers of a registry.
    public init(registry: Registry, keys: ProviderKeys, clock: any Clock) {
        self.registry = registry
        self.keys = keys
        self.clock = clock
    }

    /// The provider whose issuer a token names: that of one tenant, whatever else it says. Nothing of it is believed yet.
    /// - Throws: `SubjectTokenRefusal` where it is no token, or nobody has registered the issuer; what the registry throws.
    public func provider(of token: String) throws -> IdentityProviderRecord {
        let said: UnverifiedToken
        do throws(TokenError) { said = try UnverifiedToken(parsing: token) } catch {
            throw SubjectTokenRefusal(error)
        }
        guard let issuer = said.issuer, ProviderURL(issuer: issuer) != nil,
            let record = try registry.read(IssuerRecord.self, IssuerRecord.id(of: issuer))
        else { throw Self.unknownIssuer }
        // Of a list of values none is the one.
        let values = record.sharedBy.map { said.texts($0) ?? [] }
        guard values.map({ $0.count == 1 }) ?? true else { throw Self.unknownIssuer }
        let share = IssuerShareRecord.id(of: issuer, value: values?.first)
        guard let held = try registry.read(IssuerShareRecord.self, share),
            let provider = try registry.read(IdentityProviderRecord.self, held.provider)
        else { throw Self.unknownIssuer }
        return provider
    }

    private static let unknownIssuer = SubjectTokenRefusal(
        .token, "no district has registered the token's issuer, or not for people such as its holder")

    /// Looks at a token as one of this provider.
    /// - Parameters:
    ///   - schools: those of the provider's tenant.
    ///   - wanted: what its holder asks to act for; nil where they ask for nothing.
    ///   - student: whose record its holder asks to read; nil where they ask for none.
    ///   - traceparent: what the provider is sent where it is asked (W3C Trace Context); nil where nobody traces.
    public func examine(
        _ token: String, by provider: IdentityProviderRecord, schools: [SchoolRecord], wanted: TokenScope?,
        student: StudentID? = nil, traceparent: String? = nil
    ) -> SubjectTokenExamination {
        var steps = SubjectTokenExamination(
            outcome: .failure(SubjectTokenRefusal(.token, "nothing was looked at")))
        do throws(SubjectTokenRefusal) {
            let person = try examine(token, provider, schools, wanted, student, traceparent, &steps)
            steps.failedStep = nil
            steps.outcome = .success(person)
        } catch { steps.outcome = .failure(error) }
        return steps
    }

    private func examine(
        _ token: String, _ provider: IdentityProviderRecord, _ schools: [SchoolRecord],
        _ wanted: TokenScope?, _ student: StudentID?, _ traceparent: String?,
        _ steps: inout SubjectTokenExamination
    ) throws(SubjectTokenRefusal) -> FederatedPerson {
        var isSigned = false
        defer { steps.isSigned = isSigned }
        let said = try steps.look("form") { () throws(SubjectTokenRefusal) in
            let said = try Self.read(token)
            return (said, "\(said.algorithm ?? ""), key `\(Self.short(said.keyID))`")
        }
        let known = try steps.look("keys") { () throws(SubjectTokenRefusal) in
            let found = try keys.keys(of: provider, with: said.keyID, traceparent: traceparent)
            return (found, "the provider publishes \(found.keyIDs.count), the token's among them")
        }
        let verified = try steps.look("signature, issuer, audience, times") {
            () throws(SubjectTokenRefusal) in
            let verified = try verify(token, provider, known, &isSigned)
            return (verified, "good until \(verified.expires.iso8601)")
        }
        let mapping = ClaimMapping(provider: provider, schools: schools)
        try steps.look("required claims") { () throws(SubjectTokenRefusal) in
            try mapping.checkRequired(verified)
            return ((), provider.mapping.required.keys.sorted().joined(separator: ", "))
        }
        let (scope, granted) = try steps.look("school") { () throws(SubjectTokenRefusal) in
            let granted = try mapping.scopes(of: verified)
            let scope = try mapping.scope(of: granted, wanted: wanted)
            if case .school(let school) = scope { return ((scope, granted), school.text) }
            return ((scope, granted), "the district")
        }
        let role = try steps.look("role") { () throws(SubjectTokenRefusal) in
            let role = try mapping.role(of: verified)
            return (role, role)
        }
        let read = try steps.look("student") { () throws(SubjectTokenRefusal) in
            let read = try mapping.student(of: verified, granted: granted, wanted: student)
            return (read, read?.text ?? "no one student's")
        }
        return FederatedPerson(
            subject: Self.subject(verified.subject, of: provider), role: role, scope: scope, student: read)
    }

    /// A stranger's text, as far as it is repeated.
    private static func short(_ text: String?) -> String { (text ?? "").shortened(toScalars: 64) }

    private static func read(_ token: String) throws(SubjectTokenRefusal) -> UnverifiedToken {
        let said: UnverifiedToken
        do throws(TokenError) { said = try UnverifiedToken(parsing: token) } catch {
            throw SubjectTokenRefusal(error)
        }
        let name = said.algorithm ?? ""
        guard let algorithm = TokenAlgorithm(rawValue: name), algorithms.contains(algorithm) else {
            let taken = algorithms.map(\.rawValue).sorted().joined(separator: " and ")
            throw SubjectTokenRefusal(
                .token, "the token is signed with `\(Self.short(said.algorithm))`; \(taken) are taken")
        }
        return said
    }

    /// Signature, issuer, audience, end and beginning; and what OpenID Connect asks beyond JWT.
    private func verify(
        _ token: String, _ provider: IdentityProviderRecord, _ keys: JSONWebKeySet, _ isSigned: inout Bool
    ) throws(SubjectTokenRefusal) -> VerifiedToken {
        var profile = TokenProfile(issuer: provider.issuer, audiences: Set(provider.audiences))
        profile.algorithms = Self.algorithms
        let now = clock.now()
        let verified: VerifiedToken
        do throws(TokenError) {
            verified = try TokenVerifier(profile: profile, keys: keys).verify(token, now: now)
            isSigned = true
        } catch {
            isSigned = error.isBehindSignature
            throw SubjectTokenRefusal(error)
        }
        guard let issuedAt = verified.issuedAt else {
            throw SubjectTokenRefusal(TokenError.claim(name: "iat", expected: "the time of issue"))
        }
        guard now.seconds - issuedAt.seconds <= Limits.subjectTokenAgeSecondsMax else {
            throw SubjectTokenRefusal(
                .token,
                "the token was issued more than \(Limits.subjectTokenAgeSecondsMax / 3600) hours ago; get a new one"
            )
        }
        // Source: OpenID Connect Core 1.0 section 3.1.3.7, points 4 and 5.
        if verified.audiences.count > 1 {
            guard let party = verified.text("azp"), provider.audiences.contains(party) else {
                throw SubjectTokenRefusal(
                    TokenError.claim(
                        name: "azp", expected: "one of the registered audiences, since the token has several")
                )
            }
        }
        return verified
    }

    /// What Homeroom calls them: as the provider does, or a digest of that where it is longer than a claim of ours may be or
    /// has other characters.
    static func subject(_ text: String, of provider: IdentityProviderRecord) -> String {
        let digest = "sha256:"
        let plain = provider.name + "/" + text
        guard TokenClaims.isText(plain), !text.hasPrefix(digest) else {
            return provider.name + "/" + digest + SHA256.hash(text).hex
        }
        return plain
    }
}

extension SubjectTokenExamination {
    /// Looks at one thing more.
    fileprivate mutating func look<Value>(
        _ name: String, _ body: () throws(SubjectTokenRefusal) -> (Value, String)
    ) throws(SubjectTokenRefusal) -> Value {
        failedStep = name
        let (value, finding) = try body()
        self.steps.append(Step(name: name, finding: finding))
        return value
    }
}
