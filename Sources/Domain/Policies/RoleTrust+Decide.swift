import Base

extension RoleTrust {
    /// Decides whether a verified token may assume the role.
    /// - Parameters:
    ///   - ownIssuer: the deployment's own issuer, trusted where the role names none.
    ///   - ownAudience: the deployment's own audience, wanted where the role names none.
    public func decide(
        _ assertion: RoleAssertion, ownIssuer: String, ownAudience: String, at time: Timestamp
    ) -> TrustDecision {
        guard (issuers.isEmpty ? [ownIssuer] : issuers).contains(where: { isSame($0, assertion.issuer) })
        else {
            return .wrongIssuer
        }
        let wanted = audiences.isEmpty ? [ownAudience] : audiences
        guard assertion.audiences.contains(where: { audience in wanted.contains { isSame($0, audience) } })
        else {
            return .wrongAudience
        }
        var request = DecisionRequest(.assumeRoleWithWebIdentity, on: .star, by: .unknown, at: time)
        request.context = assertion.context
        request.context.append(assertion.issuer, to: .tokenIssuer)
        for audience in assertion.audiences { request.context.append(audience, to: .tokenAudience) }
        if compiled.decide(request).isAllowed { return .admitted }
        let finding = compiled.explain(request).findings.first {
            $0.outcome != .applies && $0.outcome != .decided
        }
        return .refused(finding?.outcome.text ?? "the conditions of the role's trust do not hold")
    }

    /// Bytes are compared: what looks the same in Unicode is another issuer.
    private func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}

extension PolicyResource {
    /// `*`: a resource that only `*` covers.
    static let star: PolicyResource = {
        guard let resource = PolicyResource(arn: "*") else {
            preconditionFailure("`*` is read as a resource")
        }
        return resource
    }()
}
