import Base
import HTTPServer
import Issuing
import Registry
import Tokens

/// OAuth 2.0's token endpoint. Source: RFC 6749 sections 4.4, 5 and 6.
///
/// What a holder is granted is a case of `Grant`: what it needs is read in `grant(_:_:_:_:)`, and what all have in common is done
/// by `answer`. Tokens of districts' identity providers are `TokenExchange`'s.
enum OAuthTokenRoute {
    static let path = "/oauth/token"
    private static let clientGrants = ["client_credentials", "refresh_token"]
    static let grantTypes = clientGrants + [MemberGrants.grantType, TokenExchange.grantType]
    /// Asks for a refresh token. Source: OpenID Connect Core 1.0 section 11.
    private static let offline = "offline_access"

    static let route = ControlRoute(.post, path, choosing: pool) { call in
        try OAuthRoutes.answering(call) { desk, form in
            if form["grant_type"] == TokenExchange.grantType {
                return try TokenExchange.answer(form, desk, call)
            }
            let holder = try MemberGrants.holder(form, desk, call) ?? TokenHolder(try desk.client(call, form))
            return try answer(try grant(form, holder, desk, call), holder, desk, call)
        }
    }

    /// What waits for somebody else has threads of its own.
    private static func pool(_ request: ControlRequest) -> ControlRoute.Pool {
        do {
            let form = try OAuthForm(request)
            switch form["grant_type"] {
            case TokenExchange.grantType: return .providers
            case MemberGrants.grantType:
                return .memberPasswords(tenant: form["tenant"].flatMap(TenantID.init)?.text)
            default: return .quick
            }
        } catch {
            // What cannot be read is answered at once.
            return .quick
        }
    }

    /// What a holder may have a token for.
    private enum Grant {
        /// Its own credentials or password, for a school, perhaps for one student of it, or the district; with a refresh token or
        /// without.
        case credentials(school: SchoolID?, student: StudentID?, offline: Bool)
        /// A refresh token.
        case refresh(RefreshGrant)

        var school: SchoolID? {
            switch self {
            case .credentials(let school, _, _): school
            case .refresh(let grant): grant.family.school
            }
        }

        var student: StudentID? {
            switch self {
            case .credentials(_, let student, _): student
            case .refresh(let grant): grant.family.student
            }
        }
    }

    private static func grant(
        _ form: OAuthForm, _ holder: TokenHolder, _ desk: OAuthDesk, _ call: ControlCall
    ) throws -> Grant {
        let scope = form["scope"].map { Set($0.split(separator: " ").map(String.init)) } ?? []
        switch try form.needed("grant_type") {
        case "client_credentials", MemberGrants.grantType:
            let school = try school(scope.subtracting([offline]), of: holder)
            let student = try StudentChoice.chosen(
                try StudentChoice.asked(form), among: holder.students(of: school))
            return .credentials(school: school, student: student, offline: scope.contains(offline))
        case "refresh_token":
            let token = try form.needed("refresh_token")
            let actor = holder.actor(call)
            guard let found = try desk.refresh.find(token, actor: actor), holder.holds(found.family) else {
                throw invalidGrant
            }
            // Section 6: no more than was granted.
            let granted: Set = [scopeText(found.family.school), offline]
            guard scope.isSubset(of: granted) else {
                throw OAuthError(.invalidScope, "the scope goes beyond what was granted")
            }
            let asked = try StudentChoice.asked(form)
            guard asked == nil || asked == found.family.student else {
                throw OAuthError(.invalidScope, "student_id is not the one that was granted")
            }
            return .refresh(found)
        default:
            throw OAuthError(
                .unsupportedGrantType, "expected \(grantTypes.joined(separator: " or ")) as grant_type")
        }
    }

    static let invalidGrant = OAuthError(
        .invalidGrant, "the refresh token is not known, was used before, is another client's, or is over")

    /// The school that a scope names, or the only one that the account has; nil for the district itself.
    private static func school(
        _ scope: Set<String>, of holder: TokenHolder
    ) throws(OAuthError) -> SchoolID? {
        guard scope.count <= 1 else { throw OAuthError(.invalidScope, "a token is for one school: name one") }
        guard let word = scope.first else {
            guard holder.schools.count <= 1 else {
                throw OAuthError(
                    .invalidScope, "the holder may act for several schools: name one, scope=school:ID")
            }
            return holder.schools.first
        }
        if holder.schools.isEmpty, word == scopeText(nil) { return nil }
        guard let school = holder.schools.first(where: { scopeText($0) == word }) else {
            throw OAuthError(.invalidScope, "the holder may not act for what the scope names")
        }
        return school
    }

    /// The scope of a token.
    static func scopeText(_ school: SchoolID?) -> String { school.map { "school:\($0)" } ?? "district" }

    // MARK: The answer

    private static func answer(
        _ grant: Grant, _ holder: TokenHolder, _ desk: OAuthDesk, _ call: ControlCall
    ) throws -> ControlResponse {
        var begun: NewRefreshFamily?
        var family: String?
        switch grant {
        case .credentials(_, _, offline: false): break
        case .credentials(let school, let student, offline: true):
            begun = try desk.refresh.begin(
                holder.id, by: holder.program, refusedBefore: holder.refusedBefore, of: holder.tenant,
                school: school, student: student)
            family = begun?.record.id
        case .refresh(let found): family = found.family.id
        }
        let issued = try issue(grant, holder, family: family, call)
        let actor = holder.actor(call)
        // Before the token leaves: whoever holds it has access until it expires.
        let note = note(issued.claims, holder, actor)
        var refreshToken: String?
        switch grant {
        case .credentials:
            if let begun {
                refreshToken = try desk.refresh.first(of: begun, audit: [note], actor: actor)
            } else {
                try call.services.registry.transact(RegistryTransaction([], audit: [note]))
            }
        case .refresh(let found):
            refreshToken = try desk.refresh.next(after: found, audit: [note], actor: actor)
            guard refreshToken != nil else { throw invalidGrant }
        }
        let scope = scopeText(grant.school) + (refreshToken == nil ? "" : " " + offline)
        return .oauth { json in
            json.beginObject()
            json.member("access_token", issued.token)
            json.member("token_type", "Bearer")
            json.name("expires_in")
            json.int(Int(issued.claims.expires.seconds - issued.claims.issuedAt.seconds))
            json.member("scope", scope)
            json.member("refresh_token", ifPresent: refreshToken)
            json.member("device", ifPresent: holder.device)
            json.endObject()
        }
    }

    private static func issue(
        _ grant: Grant, _ holder: TokenHolder, family: String?, _ call: ControlCall
    ) throws -> TokenDesk.Issued {
        var isRefresh = false
        if case .refresh = grant { isRefresh = true }
        func refused(_ reason: String) -> OAuthError {
            OAuthError(isRefresh ? .invalidGrant : .unauthorizedClient, reason)
        }
        guard let entry = call.services.directory.entry(holder.tenant) else {
            throw refused("the holder's tenant is gone")
        }
        guard let algorithm = holder.algorithm else {
            throw refused("tokens of the holder need an algorithm that there is not")
        }
        do {
            return try call.services.tokens.issue(
                entry.record, school: grant.school?.text, student: grant.student, role: holder.role,
                subject: holder.id, lifetimeSeconds: nil,
                byOperator: holder.operatorBehind(at: call.services.clock.now()) != nil, algorithm: algorithm,
                client: TokenDesk.Client(id: holder.id, grant: family))
        } catch let problem as Problem where problem.kind.status < 500 {
            throw refused(problem.detail)
        }
    }

    private static func note(
        _ claims: TokenClaims, _ holder: TokenHolder, _ actor: AuditActor
    ) -> AuditNote {
        var detail = [
            "school": claims.schoolIDText, "role": claims.role, "client": holder.id,
            "expiresAt": claims.expires.iso8601,
            "seconds": String(claims.expires.seconds - claims.issuedAt.seconds),
        ]
        detail["student"] = claims.studentPseudonym
        detail["knownTo"] = holder.operatorBehind(at: claims.issuedAt)
        return AuditNote(
            actor: actor, action: "token.issued", subject: claims.tokenID, tenant: holder.tenant,
            detail: detail)
    }
}
