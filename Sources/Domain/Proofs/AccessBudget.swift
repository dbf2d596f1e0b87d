import Base

/// How much one comparison of two sets of policies may still look at, all its actions together.
final class AccessBudget {
    /// How many steps were taken: of automata, of the solver, of the evaluator over its statements.
    private(set) var spent = 0

    /// Whether no more is looked at.
    var isSpent: Bool { spent >= Limits.accessStepsOfRoleMax }

    /// Counts so many steps.
    func spend(_ steps: Int) { spent += steps }

    /// What is said where it is spent.
    static let exhaustion =
        "the comparison took more than \(Limits.accessStepsOfRoleMax) steps, where it ends"
}
