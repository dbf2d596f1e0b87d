import Policies

/// A request that a policy allows and that reaches what is not the session's: a whole story.
public struct Counterexample: Sendable {
    /// The role, or the name of the document.
    public let role: String
    /// The session's tags; a tag that is not there is absent from the session.
    public let tags: [(name: String, value: String)]
    /// What is done, to what, with which context: what the evaluator was asked.
    public let request: DecisionRequest
    /// The table and the index, where it is about items.
    public let resource: ProofResource?
    /// The partition key that it reaches, where there is one.
    public let key: [UInt8]?
    /// Whose the key is, as a sentence: "school `s…`, which is not the session's".
    public let owner: String
    /// Why the evaluator allows it: the replay, made before this was handed out.
    public let explanation: DecisionExplanation

    /// A story.
    public init(
        role: String, tags: [(name: String, value: String)], request: DecisionRequest,
        resource: ProofResource?,
        key: [UInt8]?, owner: String, explanation: DecisionExplanation
    ) {
        self.role = role
        self.tags = tags
        self.request = request
        self.resource = resource
        self.key = key
        self.owner = owner
        self.explanation = explanation
    }
}

/// What is known about a role's isolation.
public enum IsolationVerdict: Sendable {
    /// No session of the role reaches a key that is not its tenant's.
    case proved
    /// This request does.
    case counterexample(Counterexample)
    /// Neither was found; the reasons say what could not be expressed or that the cap was met.
    case unproven(reasons: [String])
}

/// The proof of one role, or of one document.
public struct RoleProof: Sendable {
    /// The role, or the name of the document.
    public let role: String
    /// What came of it.
    public let verdict: IsolationVerdict
    /// What the proof takes for given, each a sentence: which characters tags have, whose keys are whose.
    public let assumptions: [String]
    /// How many questions (action × resource × presence) were put.
    public let questions: Int
    /// How many states of automata were visited.
    public let states: Int

    /// What came of a role.
    public init(
        role: String, verdict: IsolationVerdict, assumptions: [String], questions: Int, states: Int
    ) {
        self.role = role
        self.verdict = verdict
        self.assumptions = assumptions
        self.questions = questions
        self.states = states
    }
}
