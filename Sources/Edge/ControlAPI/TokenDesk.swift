import Base
import Registry
import Synchronization
import Tenancy
import Tokens

/// Issues tokens for schools and districts, and publishes the keys that they verify with.
public final class TokenDesk: Sendable {
    /// A token as it is handed out.
    struct Issued: Sendable {
        let token: String
        let claims: TokenClaims
    }

    /// What a token is issued by, and revoked with.
    struct Client {
        /// The service account; nil where it is no program's.
        let id: String?
        /// The family of refresh tokens, or the registration of an identity provider, that it belongs to; nil where there is none.
        let grant: String?
    }

    private let ring: @Sendable () -> SigningKeyRing
    /// The URL that tokens name, without a slash at the end: below it others reach the control API, as its discovery document says.
    let issuer: String
    let audience: String
    private let roles: @Sendable () -> [String]
    private let clock: any Clock
    private let random: any RandomSource

    /// A desk.
    /// - Parameters:
    ///   - ring: the keys as they are now.
    ///   - issuer: its URL, without a slash at the end.
    ///   - audience: whom the tokens are for.
    ///   - roles: the names that a token's role may have, as the policies in force have them.
    public init(
        ring: @escaping @Sendable () -> SigningKeyRing, issuer: String, audience: String,
        roles: @escaping @Sendable () -> [String], clock: any Clock, random: any RandomSource
    ) {
        self.ring = ring
        self.issuer = issuer
        self.audience = audience
        self.roles = roles
        self.clock = clock
        self.random = random
    }

    /// The keys as they are now.
    var keys: SigningKeyRing { ring() }

    var discovery: DiscoveryDocument {
        DiscoveryDocument(
            issuer: issuer, tokenPath: OAuthTokenRoute.path, introspectionPath: OAuthRoutes.introspectionPath,
            revocationPath: OAuthRoutes.revocationPath, grantTypes: OAuthTokenRoute.grantTypes)
    }

    /// A token for a school of the tenant, or for the district where `school` is nil.
    /// - Parameters:
    ///   - student: whose record it is for, of that school; nil where it is no one student's.
    ///   - client: what it is issued by; nil where somebody with a key asks.
    /// - Throws: `Problem` where the tenant is not active, the school is not its own, there is no such role, or a student is named
    ///   without a school.
    func issue(
        _ tenant: TenantRecord, school: String?, student: StudentID? = nil, role: String, subject: String?,
        lifetimeSeconds: Int?,
        byOperator: Bool, algorithm: SigningAlgorithm = .es256, client: Client? = nil
    ) throws -> Issued {
        // INVARIANT (tokens of grants): that one was revoked is remembered for this long.
        precondition(client == nil || lifetimeSeconds == nil, "a grant's token is good for the standard time")
        try TokenDesk.check(tenant)
        try check(role: role)
        let scope = try school.map { try TokenDesk.scope($0, of: tenant) } ?? .district
        do throws(TokenError) {
            let claims = try TokenClaims(
                issuer: issuer, subject: subject ?? TokenDesk.subject(role, scope, tenant.id),
                audience: audience,
                tenantID: tenant.id, scope: scope, student: student, tier: tenant.tier.text, role: role,
                isOperators: byOperator, clientID: client.flatMap(\.id), grant: client.flatMap(\.grant),
                lifetimeSeconds: lifetimeSeconds.map(Int64.init) ?? Limits.tokenLifetimeSecondsDefault,
                now: clock.now(), random: random)
            guard let signer = ring().signer(algorithm) else {
                throw TokenError.algorithm(allowed: SigningAlgorithm.allCases.map(\.rawValue))
            }
            return Issued(token: signer.sign(claims), claims: claims)
        } catch {
            guard case .claim(let name, let expected) = error else { throw error }
            let fields = ["sub": "subject", "student_id": "student"]
            throw Problem.invalid("expected \(expected)", field: fields[name] ?? name)
        }
    }

    /// Checks that there is such a role.
    /// - Throws: `Problem` where there is none of that name.
    func check(role: String) throws(Problem) {
        let roles = roles().sorted()
        guard roles.contains(role) else {
            throw Problem.invalid(
                "there is no role `\(role)`; \(Suggestion.remedy(for: role, among: roles))", field: "role")
        }
    }

    /// Checks that a token would be issued.
    /// - Throws: as `issue`.
    func checkIssuable(_ tenant: TenantRecord, school: String?, role: String) throws(Problem) {
        try TokenDesk.check(tenant)
        try check(role: role)
        if let school { _ = try TokenDesk.scope(school, of: tenant) }
    }

    /// Whether tokens would be issued for it now: for a school, or for the district where `school` is nil.
    func isServed(_ tenant: TenantRecord, school: SchoolID?) -> Bool {
        do throws(Problem) {
            try TokenDesk.check(tenant)
            if let school { _ = try TokenDesk.scope(school.text, of: tenant) }
            return true
        } catch { return false }
    }

    /// - Throws: `Problem` where the tenant gets no tokens.
    private static func check(_ tenant: TenantRecord) throws(Problem) {
        switch tenant.state {
        case .active: break
        case .onboarding:
            throw Problem(.notApplicable, "tenant `\(tenant.id)` is still being onboarded; wait for its run")
        // Who may read needs tokens for that; what they do with them the gateway sees to.
        case .suspended(let suspension) where suspension.mode == .readOnly: break
        case .suspended(let suspension):
            throw Problem(
                .notApplicable,
                "tenant `\(tenant.id)` is suspended (\(suspension.reason)); resume it before you issue tokens"
            )
        case .offboarding(let departure):
            // With a token it can fetch what it has, until the grace period is over.
            guard departure.isClosed != true, departure.suspension == nil else {
                throw Problem(.notApplicable, "tenant `\(tenant.id)` is leaving; no tokens are issued for it")
            }
        case .gone:
            throw Problem(.notApplicable, "tenant `\(tenant.id)` is gone; no tokens are issued for it")
        }
    }

    /// - Throws: `Problem` where the tenant has no such school, or it is closed.
    static func scope(_ text: String, of tenant: TenantRecord) throws(Problem) -> TokenScope {
        let named = tenant.schools.filter { $0.name == text }
        let found = tenant.schools.first { $0.id.text == text } ?? (named.count == 1 ? named.first : nil)
        guard let school = found else {
            throw Problem(
                .notFound,
                "tenant `\(tenant.id)` has no school `\(text)`; `homeroom tenant show \(tenant.id)` shows them",
                field: "school")
        }
        if case .closed(let reason) = school.state {
            throw Problem(
                .notApplicable,
                "school `\(school.id)` is closed (\(reason)); `homeroom school reopen` opens it before you issue tokens"
            )
        }
        return .school(school.id)
    }

    private static func subject(_ role: String, _ scope: TokenScope, _ tenant: TenantID) -> String {
        switch scope {
        case .school(let school): "\(role)/\(school)"
        case .district: "\(role)/\(tenant)"
        }
    }
}
