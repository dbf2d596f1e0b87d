import Proofs

@testable import Policies

/// An action that stands for all that the same statements are about, and whose requests bring the same.
struct ActionConcern {
    let action: PolicyAction
    /// The places of the role's allows in the set.
    let allows: [Int]
    /// Places of its statements in the set.
    let statements: [Int]
    let takesSeveralKeys: Bool
    /// Whether it can come without keys and then reads everything.
    let reachesAll: Bool

    static func all(of policies: CompiledPolicySet, isIndex: Bool) -> [ActionConcern] {
        var seen: Set<[Int]> = []
        var found: [ActionConcern] = []
        for action in PolicyAction.allCases where action.isKeyed || action == .scan {
            guard !isIndex || action.resourceKinds.contains(.index) else { continue }
            let row = policies.rows[Int(action.rawValue)]
            let allows = Array(policies.order[row.roleAllows])
            guard !allows.isEmpty else { continue }
            let statements =
                allows + policies.order[row.denies] + policies.order[row.boundaryAllows]
                + policies.order[row.sessionAllows]
            let reachesAll = action == .scan || action == .partiQLSelect
            let mentioned = Set(
                statements.flatMap { policies.statements[$0].conditions.map { policies.conditions[$0].key } })
            let brought = mentioned.filter { action.conditionKeys.contains($0) }.map { Int($0.rawValue) }
                .sorted()
            let kind =
                (ProofActions.takesSeveralKeys(action) ? 1 : 0) + (reachesAll ? 2 : 0)
                + (action.isKeyed ? 4 : 0)
            guard seen.insert([kind] + statements + [-1] + brought).inserted else { continue }
            found.append(
                ActionConcern(
                    action: action, allows: allows, statements: statements,
                    takesSeveralKeys: ProofActions.takesSeveralKeys(action),
                    reachesAll: reachesAll))
        }
        return found
    }
}
