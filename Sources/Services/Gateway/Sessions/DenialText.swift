import Policies

/// The messages of AccessDeniedException, in AWS's words where AWS has any. They name the caller, the action,
/// the resource and the statement; no key and nothing of any item.
enum DenialText {
    static func text(_ decision: Decision, _ request: DecisionRequest, _ policies: CompiledPolicySet)
        -> String
    {
        let refused = refusal(request)
        let action = request.action.name
        switch decision {
        case .allow: return refused
        case .explicitDeny(let id): return "\(refused) with an explicit deny in \(policies.describe(id))"
        case .implicitDeny(.role):
            return "\(refused) because no identity-based policy allows the \(action) action"
        case .implicitDeny(.boundary):
            return "\(refused) because no permissions boundary allows the \(action) action"
        case .implicitDeny(.session):
            return "\(refused) because no session policy allows the \(action) action"
        case .failed: return policies.summary(decision, request)
        }
    }

    /// What of a question to the policies the texts name: kept with a request that is under way.
    struct Question {
        let principal: String
        let action: PolicyAction
        let resource: PolicyResource

        init(_ request: DecisionRequest) {
            principal = request.principal.arn
            action = request.action
            resource = request.resource
        }
    }

    static func noRole(_ request: DecisionRequest, role: String) -> String {
        "\(refusal(request)) because there is no role `\(role)` any more"
    }

    /// The second wall's: what it refuses is the caller's own key or item, so nothing of anybody else's is
    /// told.
    static func walled(_ request: Question) -> String {
        "\(refusal(request)) because a key of the request does not belong to the tenant of the session"
    }

    static func walledItem(_ request: Question) -> String {
        "\(refusal(request)) because a key of the item, in the table or in an index, does not belong to the tenant of "
            + "the session"
    }

    /// An operator would change a table that holds tenants' items.
    static func provisioned(_ request: DecisionRequest) -> String {
        "\(refusal(request)) because the table holds tenants' items: they are changed by their tenants' sessions only"
    }

    /// A tenant would do what is an operator's alone.
    static func operatorsOnly(_ request: DecisionRequest) -> String {
        "\(refusal(request)) because backups hold tables whole: they are made and restored by operators only"
    }

    /// A tenant would make, change or delete a table.
    static func tablesOfTenants(_ request: DecisionRequest) -> String {
        "\(refusal(request)) because tables are made, changed and deleted by operators, not by tenants' sessions"
    }

    private static func refusal(_ request: DecisionRequest) -> String { refusal(Question(request)) }

    private static func refusal(_ request: Question) -> String {
        "User: \(request.principal) is not authorized to perform: \(request.action.name) on resource: "
            + request.resource.text
    }
}
