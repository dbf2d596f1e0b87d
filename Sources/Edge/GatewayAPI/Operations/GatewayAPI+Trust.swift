import Base
import Gateway
import HTTPServer
import Policies
import Registry
import Tokens

/// Who wants to assume a role: by a token that has been verified.
struct RoleAsker {
    let claims: TokenClaims
    let role: String
    let requestID: RequestID
}

/// Who may open a session, and how far its own policies narrow it.
extension GatewayAPI {
    /// The tags that the session is to have stand under `aws:RequestTag/…`, as AWS has them for a web identity, and under
    /// `aws:PrincipalTag/…` as well (Homeroom's rule: there a negated operator would else let everybody in).
    /// Nil where the role trusts the caller; else why it does not.
    func distrust(
        _ role: RoleDefinition, _ claims: TokenClaims, _ tags: SessionTags, _ asked: AssumeRoleParameters,
        _ exchange: HTTPExchange, now: Timestamp
    ) -> String? {
        var known = ContextValues()
        known.append(claims.subject, to: .tokenSubject)
        known.append(claims.role, to: .tokenRole)
        known.append(claims.tier, to: .tokenTier)
        known.append(claims.tenantID.text, to: .tokenTenantId)
        known.append(claims.schoolIDText, to: .tokenSchoolId)
        known.append(asked.sessionName, to: .stsRoleSessionName)
        if !exchange.remoteAddress.isEmpty { known.append(exchange.remoteAddress, to: .sourceIp) }
        known.append(configuration.isSecure, to: .secureTransport)
        for (name, value) in tags.principalTags {
            if let key = ConditionKeyName(.requestTag, tag: name) { known.append(value, to: key) }
            if let key = ConditionKeyName(.principalTag, tag: name) { known.append(value, to: key) }
            known.append(name, to: .tagKeys)
        }
        let decision = role.trust.decide(
            RoleAssertion(issuer: claims.issuer, audiences: [claims.audience], context: known),
            ownIssuer: configuration.issuer, ownAudience: configuration.audience, at: now)
        return switch decision {
        case .admitted: nil
        case .wrongIssuer: "role `\(role.name)` does not trust the token's issuer"
        case .wrongAudience: "the token's audience is not that of role `\(role.name)`"
        case .refused(let reason): "role `\(role.name)`: \(reason)"
        }
    }

    /// Keeps that somebody with a good token got no session, and answers what STS says of it: as little as AWS does.
    func refusal(_ reason: String, by judge: DecisionEntry.Judge, _ asker: RoleAsker) -> STSError {
        let hasLeft = hasLeft(asker.claims)
        context.decisions?.recordDenial(of: asker.claims.tenantID, for: DenialReason(judge)) {
            DecisionEntry(
                time: clock.now(), tenant: asker.claims.tenantID, role: asker.role,
                principal: hasLeft
                    ? "" : asker.claims.subject.shortened(toScalars: Limits.decisionTextCharactersMax),
                action: PolicyAction.assumeRoleWithWebIdentity.name,
                resource: "arn:aws:iam::\(GatewaySession.account):role/\(asker.role)", outcome: .denied,
                judge: judge, summary: reason.shortened(toScalars: Limits.decisionTextCharactersMax),
                requestID: asker.requestID.uuidText)
        }
        return .accessDenied(reason)
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

    /// Adds the session policies that were handed in; answers how much of the room for them they and the tags take up, in
    /// percent, or nil where there are none.
    /// - Throws: MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError.
    func narrow(
        _ contents: inout SessionContents, by asked: SessionPolicyParameters, _ role: PolicyCatalog.Role
    ) throws(STSError) -> Int? {
        guard !asked.isEmpty else { return nil }
        let narrowing = SessionContents.Narrowing(policy: asked.inline, documents: asked.documentNames)
        let bytes = narrowing.packedBytes(with: contents.tags)
        let percent = (bytes * 100 + Limits.packedPolicyBytesMax - 1) / Limits.packedPolicyBytesMax
        guard percent <= 100 else { throw .packedPolicyTooLarge(percent: percent) }
        let catalog = gateway.policies.catalog
        if let missing = asked.documentNames.first(where: { catalog.documents[$0] == nil }) {
            throw .validation("there is no policy file `policies/\(missing)`: name another in PolicyArns")
        }
        do throws(PolicyProblems) {
            var documents = asked.documentNames.compactMap { catalog.documents[$0] }
            if let inline = asked.inline {
                documents.append(
                    try PolicyDocument(
                        parsing: Array(inline.utf8), file: SessionContents.Narrowing.inlineName))
            }
            _ = try role.policies.narrowed(by: documents)
        } catch { throw .malformedPolicy(Self.words(error)) }
        contents.narrowing = narrowing
        return percent
    }

    /// The first of the problems; the others come up when it is mended.
    private static func words(_ problems: PolicyProblems) -> String {
        guard let first = problems.problems.first else { return "Syntax errors in policy." }
        let more = problems.problems.count > 1 ? " (and \(problems.problems.count - 1) more)" : ""
        return "Syntax errors in policy. \(first)\(more)"
    }
}
