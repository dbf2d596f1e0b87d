import Base
import HTTPServer
import Issuing
import Registry
import Tokens

/// OAuth 2.0's endpoints beside that for tokens: introspection (RFC 7662) and revocation (RFC 7009).
enum OAuthRoutes {
    static let introspectionPath = "/oauth/introspect"
    static let revocationPath = "/oauth/revoke"

    static let routes: [ControlRoute] = [
        OAuthTokenRoute.route,
        ControlRoute(.post, introspectionPath) { call in
            try answering(call) { desk, form in
                let asker = try asker(call, form, desk)
                return try introspect(try form.needed("token"), asker, desk, call)
            }
        },
        ControlRoute(.post, revocationPath) { call in
            try answering(call) { desk, form in
                if call.request.authorization == nil, form["client_secret"] == nil {
                    try desk.admit(call.request.remoteAddress)
                    try giveBack(try form.needed("token"), desk, call)
                } else {
                    let asker = try asker(call, form, desk)
                    try revoke(try form.needed("token"), asker, desk, call)
                }
                return ControlResponse.oauth { $0.raw("{}".utf8) }
            }
        },
    ]

    /// Answers a call with what `body` makes of its form, or with the error in the protocol's words.
    static func answering(
        _ call: ControlCall, _ body: (OAuthDesk, OAuthForm) throws -> ControlResponse
    ) throws -> ControlResponse {
        guard let desk = call.services.oauth else {
            throw Problem(.notApplicable, "this server issues no tokens by OAuth")
        }
        do { return try body(desk, try OAuthForm(call.request)) } catch let error as OAuthError {
            return error.response
        } catch {
            let problem = Problem(error, log: call.log)
            var answer = OAuthError(
                problem.kind.status < 500 ? .invalidRequest : .serverError, problem.detail)
            answer.status = problem.kind.status
            return answer.response
        }
    }

    /// Who asks about tokens, or ends them.
    private enum Asker {
        case client(ServiceAccountRecord)
        case key(Caller)

        func maySee(_ tenant: TenantID) -> Bool {
            switch self {
            case .client(let account): account.tenant == tenant
            case .key(let caller): caller.maySee(tenant)
            }
        }

        /// A client ends what was issued to it alone. Source: RFC 7009 section 2.1.
        func mayEnd(client: String?) -> Bool {
            switch self {
            case .client(let account): account.id == client
            case .key: true
            }
        }

        func actor(_ call: ControlCall) -> AuditActor {
            switch self {
            case .client(let account): TokenHolder(account).actor(call)
            case .key(let caller):
                caller.actor(
                    from: call.request.remoteAddress, request: call.request.id, trace: call.trace.traceID)
            }
        }
    }

    /// A client by its credentials, or the holder of a key for the control API.
    private static func asker(
        _ call: ControlCall, _ form: OAuthForm, _ desk: OAuthDesk
    ) throws -> Asker {
        guard let field = call.request.authorization, field.lowercased().hasPrefix("bearer ") else {
            return .client(try desk.client(call, form))
        }
        do {
            let caller = try KeyAuthority(call.services).caller(field)
            // What a role does not open by the table it does not open here.
            try AccessTable.line(.post, "/" + call.request.path.joined(separator: "/")).check(
                caller, isFromLoopback: false)
            return .key(caller)
        } catch let problem as Problem where problem.kind == .unauthorized {
            var error = OAuthError(.invalidClient, problem.detail)
            error.status = 401
            throw error
        }
    }

    // MARK: Introspection

    private static func introspect(
        _ token: String, _ asker: Asker, _ desk: OAuthDesk, _ call: ControlCall
    ) throws -> ControlResponse {
        if RefreshTokens.isOne(token) {
            guard let grant = try desk.refresh.look(token), desk.refresh.isUnused(grant),
                asker.maySee(grant.family.tenant),
                isServed(grant.family.tenant, grant.family.school, call),
                let holder = try desk.holder(of: grant.family), holder.holds(grant.family)
            else { return inactive }
            return .oauth { json in
                json.beginObject()
                json.name("active")
                json.bool(true)
                json.member("client_id", holder.program ?? holder.id)
                json.member("sub", holder.id)
                json.member("token_type", "refresh_token")
                json.member("scope", OAuthTokenRoute.scopeText(grant.family.school))
                json.member("exp", seconds: grant.family.expiresAt)
                json.member("iat", seconds: grant.family.createdAt)
                json.member("tenant_id", grant.family.tenant.text)
                json.member("student_id", ifPresent: grant.family.student?.text)
                json.endObject()
            }
        }
        guard let claims = desk.claims(token, now: call.services.clock.now()),
            asker.maySee(claims.tenantID), isServed(claims.tenantID, claims.school, call)
        else { return inactive }
        return .oauth { write(claims, to: &$0) }
    }

    private static func write(_ claims: TokenClaims, to json: inout JSONWriter) {
        json.beginObject()
        json.name("active")
        json.bool(true)
        json.member("client_id", ifPresent: claims.clientID)
        json.member("token_type", "Bearer")
        json.member("scope", OAuthTokenRoute.scopeText(claims.school))
        json.member("exp", seconds: claims.expires)
        json.member("iat", seconds: claims.issuedAt)
        json.member("nbf", seconds: claims.issuedAt)
        json.member("sub", claims.subject)
        json.member("aud", claims.audience)
        json.member("iss", claims.issuer)
        json.member("jti", claims.tokenID)
        json.member("tenant_id", claims.tenantID.text)
        json.member("school_id", claims.schoolIDText)
        json.member("student_id", ifPresent: claims.student?.text)
        json.member("role", claims.role)
        json.member("tier", claims.tier)
        json.endObject()
    }

    /// Of a token that is not active nothing else is said. Source: RFC 7662 section 2.2.
    private static let inactive = ControlResponse.oauth { $0.raw(#"{"active":false}"#.utf8) }

    /// Whether tokens would be issued for it now.
    private static func isServed(_ tenant: TenantID, _ school: SchoolID?, _ call: ControlCall) -> Bool {
        guard let record = call.services.directory.entry(tenant)?.record else { return false }
        return call.services.tokens.isServed(record, school: school)
    }

    // MARK: Revocation

    /// What is no token, or over, is as good as revoked. Source: RFC 7009 section 2.2.
    private static func revoke(
        _ token: String, _ asker: Asker, _ desk: OAuthDesk, _ call: ControlCall
    ) throws {
        let actor = asker.actor(call)
        if RefreshTokens.isOne(token) {
            guard let grant = try desk.refresh.look(token), asker.maySee(grant.family.tenant) else { return }
            guard asker.mayEnd(client: grant.family.program ?? grant.family.client) else { throw foreign }
            return try desk.refresh.revoke(grant.family, actor: actor)
        }
        guard let claims = desk.claims(token, now: call.services.clock.now()),
            asker.maySee(claims.tenantID)
        else { return }
        guard asker.mayEnd(client: claims.clientID) else { throw foreign }
        try desk.revocations.revoke(claims, actor: actor)
    }

    /// Ends what a member got, for whoever has it: their program has no secret to show. Source: RFC 7009 section 2.1.
    private static func giveBack(_ token: String, _ desk: OAuthDesk, _ call: ControlCall) throws {
        if RefreshTokens.isOne(token) {
            guard let family = try desk.refresh.look(token)?.family else { return }
            guard family.client.hasPrefix(MemberRecord.idPrefix), family.program == nil else {
                throw OAuthError.client(isBasic: false)
            }
            return try desk.refresh.revoke(family, actor: member(family.client, call))
        }
        guard let claims = desk.claims(token, now: call.services.clock.now()) else { return }
        guard let holder = claims.clientID, holder.hasPrefix(MemberRecord.idPrefix) else {
            throw OAuthError.client(isBasic: false)
        }
        try desk.revocations.revoke(claims, actor: member(holder, call))
    }

    private static func member(_ id: String, _ call: ControlCall) -> AuditActor {
        AuditActor("member:\(id)", origin: call.origin(signIn: "token"))
    }

    private static let foreign = OAuthError(
        .unauthorizedClient, "the token was not issued to this client")
}

extension TokenClaims {
    /// The school, where it is one's.
    var school: SchoolID? { if case .school(let school) = scope { school } else { nil } }

    /// What the audit calls the student whose record the token is for; nil where it is no one student's.
    var studentPseudonym: String? {
        guard let school, let student else { return nil }
        return StudentLink(school: school, student: student).pseudonym(in: tenantID)
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, seconds moment: Timestamp) {
        self.name(name)
        int(Int(moment.seconds))
    }
}
