import Base
import Issuing
import Registry
import Tokens

/// The grant by which somebody whom a district's identity provider knows gets a token: its own is exchanged. Source: RFC 8693.
enum TokenExchange {
    static let grantType = "urn:ietf:params:oauth:grant-type:token-exchange"
    /// Section 3.
    private static let types = "urn:ietf:params:oauth:token-type:"
    private static let subjectTypes = ["id_token", "jwt", "access_token"].map { types + $0 }
    private static let requestedTypes = ["access_token", "jwt"].map { types + $0 }

    static func answer(_ form: OAuthForm, _ desk: OAuthDesk, _ call: ControlCall) throws -> ControlResponse {
        guard let federation = desk.federation else {
            throw OAuthError(.unsupportedGrantType, "no identity provider can be registered at this server")
        }
        let client = try desk.clientIfPresent(call, form)
        let token = try subjectToken(form, call)
        let wanted = Wanted(scope: try scope(form["scope"]), student: try StudentChoice.asked(form))
        let provider: IdentityProviderRecord
        do { provider = try federation.subjects.provider(of: token) } catch let refusal as SubjectTokenRefusal
        {
            throw error(refusal)
        }
        do {
            let issued = try issue(token, provider, wanted, client, federation, call)
            return response(issued, form["requested_token_type"])
        } catch let refused as Refused {
            note(refused, provider, desk, call)
            throw refused.error
        }
    }

    /// A token is not exchanged though its issuer is registered.
    private struct Refused: Error {
        let error: OAuthError
        /// Whether the provider has signed it.
        var isSigned = false
        /// What the caller is not told.
        var particulars: String?
    }

    // MARK: What is asked

    /// What the token is to be for; nil where nobody says.
    private struct Wanted {
        let scope: TokenScope?
        let student: StudentID?
    }

    /// Section 2.1.
    private static func subjectToken(_ form: OAuthForm, _ call: ControlCall) throws(OAuthError) -> String {
        let token = try form.needed("subject_token")
        guard subjectTypes.contains(try form.needed("subject_token_type")) else {
            throw OAuthError(
                .invalidRequest, "expected \(subjectTypes.joined(separator: " or ")) as subject_token_type")
        }
        guard form["actor_token"] == nil else {
            throw OAuthError(.invalidRequest, "nobody acts for somebody else here: send no actor_token")
        }
        if let type = form["requested_token_type"], !requestedTypes.contains(type) {
            throw OAuthError(
                .invalidRequest,
                "expected \(requestedTypes.joined(separator: " or ")) as requested_token_type")
        }
        guard form["resource"] == nil, form["audience"].map({ $0 == call.services.tokens.audience }) ?? true
        else {
            throw OAuthError(
                .invalidTarget,
                "tokens are for \(call.services.tokens.audience) alone: send that as audience, or none")
        }
        return token
    }

    /// What the token is to be for; nil where nobody says.
    static func scope(_ text: String?) throws(OAuthError) -> TokenScope? {
        guard let text else { return nil }
        if text == OAuthTokenRoute.scopeText(nil) { return .district }
        guard text.hasPrefix("school:"), let school = SchoolID(String(text.dropFirst("school:".count))) else {
            throw OAuthError(.invalidScope, "expected school:ID or district as scope")
        }
        return .school(school)
    }

    // MARK: What is answered

    private static func issue(
        _ token: String, _ provider: IdentityProviderRecord, _ wanted: Wanted,
        _ client: ServiceAccountRecord?, _ federation: OAuthDesk.Federation, _ call: ControlCall
    ) throws -> TokenDesk.Issued {
        guard client.map({ $0.tenant == provider.tenant }) ?? true else {
            throw Refused(
                error: OAuthError(.unauthorizedClient, "the client is another district's than the token"))
        }
        guard let entry = call.services.directory.entry(provider.tenant) else {
            throw Refused(error: OAuthError(.invalidRequest, "the token's district is gone"))
        }
        let examination = federation.subjects.examine(
            token, by: provider, schools: entry.record.schools, wanted: wanted.scope,
            student: wanted.student, traceparent: call.trace.traceparent)
        let person: FederatedPerson
        switch examination.outcome {
        case .success(let found): person = found
        case .failure(let refusal):
            throw Refused(
                error: error(refusal), isSigned: examination.isSigned, particulars: refusal.particulars)
        }
        guard try !federation.refused.refuses(person.subject, of: provider.tenant) else {
            throw Refused(
                error: OAuthError(.invalidRequest, "the district has refused the token's holder"),
                isSigned: true)
        }
        let grant = PersonGrant(
            provider: provider.grant,
            person: RefusedPersonRecord.personID(of: person.subject, in: provider.tenant))
        let issued: TokenDesk.Issued
        do {
            issued = try call.services.tokens.issue(
                entry.record, school: person.schoolText, student: person.student, role: person.role,
                subject: person.subject, lifetimeSeconds: nil, byOperator: false,
                client: TokenDesk.Client(id: client?.id, grant: grant.text))
        } catch let problem as Problem where problem.kind.status < 500 {
            throw Refused(error: OAuthError(.invalidRequest, problem.detail), isSigned: true)
        }
        // Before the token leaves: whoever holds it has access until it expires.
        try call.services.registry.transact(
            RegistryTransaction([], audit: [note(issued.claims, provider, client, call)]))
        return issued
    }

    private static func response(_ issued: TokenDesk.Issued, _ type: String?) -> ControlResponse {
        .oauth { json in
            json.beginObject()
            json.member("access_token", issued.token)
            json.member("issued_token_type", type ?? requestedTypes[0])
            json.member("token_type", "Bearer")
            json.name("expires_in")
            json.int(Int(issued.claims.expires.seconds - issued.claims.issuedAt.seconds))
            json.member("scope", OAuthTokenRoute.scopeText(issued.claims.school))
            json.endObject()
        }
    }

    /// A refusal in the protocol's words. Source: section 2.2.2, which has `invalid_request` for whatever is wrong with the token.
    private static func error(_ refusal: SubjectTokenRefusal) -> OAuthError {
        switch refusal.kind {
        case .token: OAuthError(.invalidRequest, refusal.description)
        case .scope: OAuthError(.invalidScope, refusal.description)
        case .provider: .unavailable(refusal.description, retryAfterSeconds: 5)
        }
    }

    // MARK: What the audit says

    private static func note(
        _ claims: TokenClaims, _ provider: IdentityProviderRecord, _ client: ServiceAccountRecord?,
        _ call: ControlCall
    ) -> AuditNote {
        var detail = [
            "school": claims.schoolIDText, "role": claims.role, "provider": provider.name,
            "person": claims.subject, "expiresAt": claims.expires.iso8601,
            "seconds": String(claims.expires.seconds - claims.issuedAt.seconds),
        ]
        detail["client"] = client?.id
        detail["student"] = claims.studentPseudonym
        return AuditNote(
            actor: actor(provider, call), action: "token.issued", subject: claims.tokenID,
            tenant: provider.tenant, detail: detail)
    }

    /// Says in the audit that a token was refused which a tenant's provider has signed, and now and then that a provider does not
    /// answer; of others, which anybody can make, and of very many, the number and the log alone.
    private static func note(
        _ refused: Refused, _ provider: IdentityProviderRecord, _ desk: OAuthDesk, _ call: ControlCall
    ) {
        let isOutage = refused.error.status >= 500
        let reason = refused.error.description
        let isNoted =
            if isOutage {
                desk.throttle.take("o " + provider.id, .outages) == nil
            } else { refused.isSigned && desk.throttle.take("r " + provider.id, .refusals) == nil }
        if !isNoted || refused.particulars != nil {
            call.log.warning(
                "a provider's token was refused",
                ["provider": provider.id, "reason": refused.particulars ?? reason])
        }
        guard isNoted else { return desk.refusals.count(provider) }
        let note = AuditNote(
            actor: actor(provider, call), action: "token.refused", subject: provider.name,
            tenant: provider.tenant, detail: ["reason": reason], kind: .denial,
            outcome: isOutage ? .failed : .refused)
        let event = Announcement(
            type: "token.refused", tenant: provider.tenant, payload: #"{"provider":"\#(provider.name)"}"#)
        do throws(RegistryError) {
            try call.services.registry.transact(RegistryTransaction([], audit: [note], events: [event]))
        } catch {
            // The answer is a refusal already.
            call.log.error("a refused token cannot be noted in the audit", ["error": "\(error)"])
        }
    }

    private static func actor(_ provider: IdentityProviderRecord, _ call: ControlCall) -> AuditActor {
        AuditActor("identity-provider:\(provider.id)", origin: call.origin(signIn: "provider"))
    }
}

extension FederatedPerson {
    /// The school's id, where they act for one.
    var schoolText: String? { if case .school(let school) = scope { school.text } else { nil } }
}
