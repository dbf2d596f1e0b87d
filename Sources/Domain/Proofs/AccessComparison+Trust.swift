import Base
import Policies

extension AccessComparison {
    /// Who may assume the one role and not the other; nil for the other where there is none.
    func trustChange(admitting: RoleDefinition, refusing: RoleDefinition?) -> TrustChange {
        guard let refusing else {
            return .some([
                TrustDifference(
                    sentence: "the role can be assumed at all", claims: example(admitting.trust, nil) ?? [])
            ])
        }
        let (mine, theirs) = (admitting.trust, refusing.trust)
        var differences: [TrustDifference] = []
        let claims = example(mine, nil) ?? []
        for issuer in AccessComparison.added(mine.issuers, theirs.issuers) {
            differences.append(
                TrustDifference(
                    sentence:
                        "tokens of \(issuer.map { "issuer `\($0)`" } ?? "the deployment's own issuer") are accepted",
                    claims: [("homeroom:issuer", [issuer ?? AccessComparison.own])] + claims))
        }
        for audience in AccessComparison.added(mine.audiences, theirs.audiences) {
            let whom = audience.map { "audience `\($0)`" } ?? "the deployment's own audience"
            differences.append(
                TrustDifference(
                    sentence: "tokens made for \(whom) are accepted",
                    claims: [("homeroom:audience", [audience ?? AccessComparison.own])] + claims))
        }
        var reasons: [String] = []
        switch conditionsChange(mine, theirs) {
        case .none: break
        case .some(let found): differences += found
        case .unknown(let more): reasons += more
        }
        if admitting.maxSessionSeconds > refusing.maxSessionSeconds {
            differences.append(
                TrustDifference(
                    sentence: "a session can last \(admitting.maxSessionSeconds) seconds in place of "
                        + "\(refusing.maxSessionSeconds)", claims: claims))
        }
        if !differences.isEmpty { return .some(differences) }
        return reasons.isEmpty ? .none : .unknown(reasons: reasons)
    }

    private static let own = "(the deployment's own)"

    /// What stands in the one list and not in the other; nil for the deployment's own, which an empty list means.
    private static func added(_ mine: [String], _ theirs: [String]) -> [String?] {
        if mine.isEmpty { return theirs.isEmpty ? [] : [nil] }
        return mine.filter { name in !theirs.contains { $0.utf8.elementsEqual(name.utf8) } }.map(
            Optional.some)
    }

    private func conditionsChange(_ mine: RoleTrust, _ theirs: RoleTrust) -> TrustChange {
        let question = AccessQuestion(
            catalog: catalog, allowing: mine.compiled, denying: theirs.compiled,
            action: .assumeRoleWithWebIdentity)
        guard !question.isImpossible(nil) else { return .none }
        guard let claims = example(mine, theirs) else {
            return .unknown(reasons: [
                "who may assume the role: no claims were found that make a difference, and that there are none is not proven"
            ])
        }
        return .some([
            TrustDifference(sentence: "claims are enough that were not", claims: claims)
        ])
    }

    /// Claims that the one trust admits, and the other one, if there is one, does not.
    private func example(_ admitting: RoleTrust, _ refusing: RoleTrust?) -> [(
        name: String, values: [String]
    )]? {
        let finder = AccessFinder(
            catalog: catalog, allowing: admitting.compiled, denying: refusing?.compiled,
            action: .assumeRoleWithWebIdentity)
        guard let found = finder.find({ _ in ["*"] }), isReplayed(found.request, admitting, refusing) else {
            return nil
        }
        return finder.contextTexts(found.request)
    }

    /// Asks both trusts as a gateway does: of nobody in particular, with these claims.
    private func isReplayed(_ request: DecisionRequest, _ admitting: RoleTrust, _ refusing: RoleTrust?)
        -> Bool
    {
        func admits(_ trust: RoleTrust) -> Bool {
            let issuer = AccessFinder.text(of: .tokenIssuer, request) ?? trust.issuers.first ?? "own"
            let audience = AccessFinder.text(of: .tokenAudience, request) ?? trust.audiences.first ?? "own"
            var question = DecisionRequest(
                .assumeRoleWithWebIdentity, on: request.resource, by: .unknown, at: request.currentTime)
            question.context = request.context
            if AccessFinder.text(of: .tokenIssuer, request) == nil {
                question.context.append(issuer, to: .tokenIssuer)
            }
            if AccessFinder.text(of: .tokenAudience, request) == nil {
                question.context.append(audience, to: .tokenAudience)
            }
            return trust.compiled.decide(question).isAllowed
        }
        return admits(admitting) && refusing.map { !admits($0) } ?? true
    }
}

extension AccessFinder {
    /// The first value of a key of the context.
    static func text(of key: ConditionKey, _ request: DecisionRequest) -> String? {
        ConditionKeyName(key).flatMap { request.context.texts(of: $0).first }
    }

    /// What the request brings of the keys that the policies ask for; a key without values is absent.
    func contextTexts(_ request: DecisionRequest) -> [(name: String, values: [String])] {
        mentioned.filter { $0.key != .principalTag }.map { ($0.text, request.context.texts(of: $0)) }
    }
}
