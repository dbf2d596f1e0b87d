import Base
import Gateway
import Policies
import Registry
import Tokens

/// A token whose signature, issuer, audience, time and claims were found right. It opens nothing by itself: see `RoleAdmission`.
struct BelievedToken: Sendable {
    let verified: VerifiedToken
    let claims: TokenClaims
    let tags: SessionTags
    /// What it may be refused by though it verifies.
    let trace: TokenTrace
}

/// Which role a token is to open, for which session, from where.
struct RoleQuestion {
    let role: String
    let sessionName: String
    /// Numeric; empty where it is not known.
    let remoteAddress: String
    /// The request's id, as its answer names it.
    let requestID: String
}

/// Why a token opens no session.
enum AdmissionError: Error {
    /// Its time is over.
    case expired
    /// It is no token of this deployment's, or refused though it verifies; the text says why.
    case invalid(String)
    /// The role does not trust it, or is not there. The text is for whoever runs the deployment.
    case untrusted(String)
    /// Its tenant or its school is not served.
    case notServed(GatewayError)

    init(_ error: TokenError) {
        if case .expired = error { self = .expired } else { self = .invalid(error.description) }
    }
}

/// Decides whether a token opens a session in a role, and which: the one place for it, whoever brings the token to whichever
/// door.
struct RoleAdmission: Sendable {
    let gateway: Gateway
    /// The issuer of the deployment's own tokens.
    let issuer: String
    /// Whom they are for.
    let audience: String
    /// Whether clients come over TLS.
    let isSecure: Bool
    let verifier: @Sendable () -> TokenVerifier
    let revoked: RevokedTokens
    let clock: any Clock

    // MARK: The token

    /// What a token says, as far as its signature, its time and its claims go.
    func read(_ token: String, now: Timestamp) throws(AdmissionError) -> BelievedToken {
        do throws(TokenError) {
            let verified = try verifier().verify(token, now: now)
            let claims = try TokenClaims(verified)
            return BelievedToken(
                verified: verified, claims: claims, tags: try claims.sessionTags,
                trace: TokenTrace(claims, keyID: verified.keyID))
        } catch { throw AdmissionError(error) }
    }

    /// Checks a token that was read before: whether it would be read now.
    func recheck(_ token: BelievedToken, now: Timestamp) throws(AdmissionError) {
        do throws(TokenError) { try verifier().recheck(token.verified, now: now) } catch {
            throw AdmissionError(error)
        }
    }

    // MARK: The role

    /// The role, where it opens to the token now: what is revoked, suspended, closed or put in force counts from the next call on.
    func admit(
        _ token: BelievedToken, to question: RoleQuestion, now: Timestamp
    ) throws(AdmissionError) -> PolicyCatalog.Role {
        guard !revoked.refuses(token.trace) else { throw .invalid("the token was revoked") }
        guard let role = gateway.policies.catalog.roles[question.role] else {
            let reason = "there is no role `\(question.role)`"
            record(reason, by: .trust, token.claims, question)
            throw .untrusted(reason)
        }
        if let reason = distrust(role.definition, token, question, now: now) {
            record(reason, by: .trust, token.claims, question)
            throw .untrusted(reason)
        }
        do throws(GatewayError) {
            try gateway.checkServed(token.claims.tenantID, school: token.claims.scope.school)
        } catch {
            record(WireError(error).detail ?? "\(error)", by: .tenant, token.claims, question)
            throw .notServed(error)
        }
        return role
    }

    /// The tags that the session is to have stand under `aws:RequestTag/…`, as AWS has them for a web identity, and under
    /// `aws:PrincipalTag/…` as well (Homeroom's rule: there a negated operator would else let everybody in).
    /// Nil where the role trusts the caller; else why it does not.
    private func distrust(
        _ role: RoleDefinition, _ token: BelievedToken, _ question: RoleQuestion, now: Timestamp
    ) -> String? {
        let claims = token.claims
        var known = ContextValues()
        known.append(claims.subject, to: .tokenSubject)
        known.append(claims.role, to: .tokenRole)
        known.append(claims.tier, to: .tokenTier)
        known.append(claims.tenantID.text, to: .tokenTenantId)
        known.append(claims.schoolIDText, to: .tokenSchoolId)
        if let student = claims.student { known.append(student.text, to: .tokenStudentId) }
        known.append(question.sessionName, to: .stsRoleSessionName)
        if !question.remoteAddress.isEmpty { known.append(question.remoteAddress, to: .sourceIp) }
        known.append(isSecure, to: .secureTransport)
        for (name, value) in token.tags.principalTags {
            if let key = ConditionKeyName(.requestTag, tag: name) { known.append(value, to: key) }
            if let key = ConditionKeyName(.principalTag, tag: name) { known.append(value, to: key) }
            known.append(name, to: .tagKeys)
        }
        let decision = role.trust.decide(
            RoleAssertion(issuer: claims.issuer, audiences: [claims.audience], context: known),
            ownIssuer: issuer, ownAudience: audience, at: now)
        return switch decision {
        case .admitted: nil
        case .wrongIssuer: "role `\(role.name)` does not trust the token's issuer"
        case .wrongAudience: "the token's audience is not that of role `\(role.name)`"
        case .refused(let reason): "role `\(role.name)`: \(reason)"
        }
    }

    // MARK: The session

    /// What the session is that a token opens which was admitted, without session policies.
    func contents(
        _ token: BelievedToken, _ question: RoleQuestion, from start: Timestamp, until end: Timestamp
    ) -> SessionContents {
        var contents = SessionContents(
            tenant: token.claims.tenantID, school: token.claims.schoolIDText, role: question.role,
            name: question.sessionName, tags: token.tags.principalTags, issuedAt: start, expiresAt: end)
        contents.issuer = token.claims.issuer
        contents.trace = token.trace
        return contents
    }

    /// Notes that a session was opened, for the audit.
    /// - Parameter id: what names it there; no secret.
    func note(
        _ contents: SessionContents, id: String, of token: BelievedToken, _ question: RoleQuestion,
        at now: Timestamp
    ) {
        gateway.sessions.add(
            IssuedSession(
                id: id, name: contents.name, token: token.claims.tokenID, subject: token.claims.subject,
                isOperators: token.claims.isOperators, tenant: contents.tenant, school: contents.school,
                role: contents.role, issuedAt: now, expiresAt: contents.expiresAt,
                address: question.remoteAddress.isEmpty ? nil : question.remoteAddress,
                request: question.requestID))
    }

    // MARK: Refusals

    /// Keeps that somebody with a good token got no session.
    private func record(
        _ reason: String, by judge: DecisionEntry.Judge, _ claims: TokenClaims, _ question: RoleQuestion
    ) {
        let hasLeft = hasLeft(claims)
        gateway.decisions?.recordDenial(of: claims.tenantID, for: DenialReason(judge)) {
            DecisionEntry(
                time: clock.now(), tenant: claims.tenantID, role: question.role,
                principal: hasLeft
                    ? "" : claims.subject.shortened(toScalars: Limits.decisionTextCharactersMax),
                action: PolicyAction.assumeRoleWithWebIdentity.name,
                resource: "arn:aws:iam::\(GatewaySession.account):role/\(question.role)", outcome: .denied,
                judge: judge, summary: reason.shortened(toScalars: Limits.decisionTextCharactersMax),
                requestID: question.requestID)
        }
    }

    /// Whether the token is of a tenant that has left: of its people nothing is kept.
    private func hasLeft(_ claims: TokenClaims) -> Bool {
        do throws(GatewayError) {
            try gateway.checkServed(claims.tenantID, school: claims.scope.school)
            return false
        } catch {
            guard case .notServed(let text) = error else { return false }
            return [GatewayError.noLongerServed, GatewayError.notKnown].contains(text)
        }
    }
}

extension TokenScope {
    /// The school, where it is one's.
    var school: SchoolID? { if case .school(let school) = self { school } else { nil } }
}
