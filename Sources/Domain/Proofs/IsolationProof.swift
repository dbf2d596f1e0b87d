import Base
import Policies

/// The proof of one set of policies: all questions, one after the other, until one is answered by a request.
struct IsolationProof {
    /// What is told apart when questions are alike: who asks about what, by which statements.
    private struct Likeness: Hashable {
        let starts: [Set<Demand>]
        let blockers: [[[Demand]]]
        let leadingKeys: Question.LeadingKeys
        let fixed: [ConditionKeyName: [String]]
        let owners: [KeyOwnership]?
        let texts: [PolicyPattern]
        let kind: String
        let presence: [ConditionKeyName: Bool]
    }

    let role: String
    let resources: [ProofResource]
    let session: SessionModel
    /// Keys that the session's own statements name in full, by table: what is not matched by them is not its own.
    var ownTexts: [String: [PolicyPattern]] = [:]
    /// Whether a table that a Resource names by a variable is taken for the session's own, whatever it is.
    var areNamedTablesOwn: Bool {
        get { search.facts.areNamedTablesOwn }
        set { search.facts.areNamedTablesOwn = newValue }
    }
    private var search: ProofSearch
    private var proved: Set<Likeness> = []
    private(set) var questions = 0
    private(set) var reasons: [String] = []

    init(
        policies: CompiledPolicySet, resources: [ProofResource], session: SessionModel,
        opening: [(key: ConditionKeyName, condition: PolicyCondition)] = []
    ) {
        role = policies.role
        self.resources = resources
        self.session = session
        search = ProofSearch(PolicyFacts(sets: [policies], session: opening))
    }

    private var policies: CompiledPolicySet { search.facts.sets[0] }

    /// How many states were visited.
    var states: Int { search.solver.states }

    /// The verdict.
    mutating func verdict() -> IsolationVerdict {
        for kind in session.kinds {
            for action in ProofActions.asked {
                for target in targets(of: action) {
                    if let found = ask(action, target, kind) { return .counterexample(found) }
                    if let exhaustion = search.exhaustion { note(exhaustion) }
                    guard reasons.count < Limits.proofReasonsMax, search.exhaustion == nil else {
                        return .unproven(reasons: reasons)
                    }
                }
            }
        }
        return reasons.isEmpty ? .proved : .unproven(reasons: reasons)
    }

    /// Whether any session can be opened at all.
    mutating func canBeOpened() -> Bool {
        session.kinds.contains { kind in
            let question = IsolationProof.empty(kind, session)
            return search.mayHold([], question)
        }
    }

    /// What is asked of a session by itself.
    private static func empty(_ kind: SessionModel.Kind, _ session: SessionModel) -> Question {
        Question(
            action: .getCallerIdentity, resource: PolicyResource(dynamoDB: "", region: "", account: ""),
            leadingKeys: .absent, kind: kind, session: session)
    }

    // MARK: Questions

    private mutating func targets(of action: PolicyAction) -> [ProofTarget] {
        let concerned = search.facts.views[0].map(\.statement).filter {
            $0.actions.set.contains(action)
        }
        guard concerned.contains(where: { $0.effect == .allow }) else { return [] }
        let spent = search.solver
        var names = ResourceNames(
            concerned, session.kinds.map { IsolationProof.empty($0, session) }, spent: spent)
        defer {
            search.solver.count(
                states: names.solver.states - spent.states, steps: names.solver.steps - spent.steps)
        }
        var targets: [ProofTarget] = []
        let regions = names.texts(ofSegment: 3, usual: "us-east-1")
        let accounts = names.texts(ofSegment: 4, usual: "000000000000")
        for resource in resources {
            for kind in action.resourceKinds {
                for last in ProofTarget.lastSegments(resource, kind, &names) {
                    for region in kind == .globalTable ? [""] : regions {
                        for account in accounts {
                            guard targets.count < Limits.proofResourcesMax else {
                                note("there are too many resources to try for \(action.name)")
                                return targets
                            }
                            targets.append(
                                ProofTarget(
                                    resource: PolicyResource(
                                        dynamoDB: last, region: region, account: account),
                                    table: resource, kind: kind))
                        }
                    }
                }
            }
        }
        if !names.isComplete {
            note(
                "the resources of \(action.name) name too many patterns of regions, accounts, streams or backups"
            )
        }
        return targets
    }

    private mutating func note(_ reason: String) {
        if !reasons.contains(reason) { reasons.append(reason) }
    }

    private mutating func ask(_ action: PolicyAction, _ target: ProofTarget, _ kind: SessionModel.Kind)
        -> Counterexample?
    {
        for question in variants(action, target, kind) {
            for presence in presences(question) {
                var asked = question
                asked.presence = presence
                if let found = answer(asked, target) { return found }
            }
        }
        return nil
    }

    /// What a gateway says of keys that policies ask for, where it says one of a few words.
    private var fixedTexts: [ConditionKeyName: [String]] {
        guard session.isAtGateway else { return [:] }
        var texts: [ConditionKeyName: [String]] = [:]
        for name in search.facts.facts.map(\.key) {
            if name.isAlwaysFalse { texts[name] = ["false"] }
            if name.key == .secureTransport { texts[name] = ["true", "false"] }
        }
        return texts
    }

    /// With leading keys, and without where the action can do without them.
    private func variants(_ action: PolicyAction, _ target: ProofTarget, _ kind: SessionModel.Kind)
        -> [Question]
    {
        func question(_ leadingKeys: Question.LeadingKeys, _ goal: Goal?) -> Question {
            var question = Question(
                action: action, resource: target.resource, leadingKeys: leadingKeys, kind: kind,
                session: session, goal: goal)
            for (name, texts) in fixedTexts { question.fixedTexts[name] = texts }
            return question
        }
        guard action.isKeyed else { return [question(.absent, nil)] }
        let goal = Goal(forms: target.table.owners, texts: ownTexts[target.table.table] ?? [])
        let keyed = question(ProofActions.takesSeveralKeys(action) ? .several : .one, goal)
        guard action == .partiQLSelect, let fullScan = ConditionKeyName(.fullTableScan) else {
            return [keyed]
        }
        // A select without a partition key is a scan, and says so.
        return [("true", question(.absent, nil)), ("false", keyed), (nil, keyed)].map { text, question in
            var question = question
            question.fixedTexts[fullScan] = text.map { [$0] } ?? []
            return question
        }
    }

    /// Which of the keys in variables are there, all of them first.
    private mutating func presences(_ question: Question) -> [[ConditionKeyName: Bool]] {
        let keys = search.facts.undecidedKeys(question.action, question.goal, question)
        // Those beyond are not decided: what is compared with them is left open.
        let decided = keys.prefix(Limits.proofPresencesMax)
        return (0..<(1 << decided.count)).map { bits in
            var presence: [ConditionKeyName: Bool] = [:]
            for (place, key) in decided.enumerated() { presence[key] = bits >> place & 1 == 0 }
            return presence
        }
    }

    private mutating func answer(_ question: Question, _ target: ProofTarget) -> Counterexample? {
        guard let starts = search.facts.starts(0, question) else {
            note(
                "\(question.action.name): too many Allows of the role, its boundary and the session can come together"
            )
            return nil
        }
        guard !starts.isEmpty else { return nil }
        let blockers = search.facts.blockers(0, question)
        let likeness = Likeness(
            starts: starts, blockers: blockers.map(\.ways), leadingKeys: question.leadingKeys,
            fixed: question.fixedTexts, owners: question.goal?.forms, texts: question.goal?.texts ?? [],
            kind: question.kind.name, presence: question.presence)
        guard !proved.contains(likeness) else { return nil }
        questions += 1
        let policies = self.policies
        let outcome = search.run(question, starts: starts, blockers: blockers) {
            request, parts -> Judgement<(DecisionRequest, RequestParts)> in
            switch policies.decide(request) {
            case .allow:
                return IsolationProof.isViolation(question, parts) ? .found((request, parts)) : .beside
            case .explicitDeny(let id): return .blocked(set: 0, statement: id.index, isFault: false)
            case .failed(.malformedValue(let id)):
                return .blocked(set: 0, statement: id.index, isFault: true)
            case .implicitDeny, .failed(.leadingKeysUnknown): return .beside
            }
        }
        switch outcome {
        case .none: proved.insert(likeness)
        case .unknown(let why):
            note("\(question.action.name) on \(question.resource.text): \(why)")
        case .found((let request, let parts)): return story(question, target, request, parts)
        }
        return nil
    }

    // MARK: Stories

    /// Whether a request touches a key that is not the session's: asked of the bytes, whatever the automata said.
    private static func isViolation(_ question: Question, _ parts: RequestParts) -> Bool {
        guard let goal = question.goal else { return true }
        return parts.leadingKeys.contains { goal.isForeign(Array($0.utf8), parts) }
    }

    private func story(
        _ question: Question, _ target: ProofTarget, _ request: DecisionRequest, _ parts: RequestParts
    ) -> Counterexample {
        let key = question.goal.flatMap { goal in
            parts.leadingKeys.map { Array($0.utf8) }.first { goal.isForeign($0, parts) }
        }
        return Counterexample(
            role: role, tags: parts.tags, request: request, resource: target.table, key: key,
            owner: OwnerSentence(question: question, table: target.table, parts: parts).text(of: key),
            explanation: policies.explain(request))
    }
}

extension Goal {
    /// Whether a key has none of the forms with the session's own values.
    func isForeign(_ key: [UInt8], _ parts: RequestParts) -> Bool {
        for form in forms {
            guard let value = parts.values[form.variable]?.first else { continue }
            let own = form.prefix + Array(value.utf8) + form.suffix
            if form.isOpen ? key.starts(with: own) : key == own { return false }
        }
        let scalars = Array(String(decoding: key, as: UTF8.self).unicodeScalars)
        return !texts.contains { text in
            TextPattern.reading(text, ignoringCase: false) { variable in
                parts.values[variable.key]?.first.map { .literal($0) } ?? .missing
            }.contains { $0.matches(scalars) }
        }
    }
}

extension ProofTarget {
    /// What ARNs of a kind end with.
    static func lastSegments(
        _ resource: ProofResource, _ kind: PolicyAction.ResourceKind, _ names: inout ResourceNames
    ) -> [String] {
        let table = "table/\(resource.table)"
        switch kind {
        case .table: return resource.index == nil ? [table] : []
        case .index: return resource.index.map { ["\(table)/index/\($0)"] } ?? []
        case .stream, .backup, .export, .import:
            guard resource.index == nil else { return [] }
            let prefix = "\(table)/\(kind.rawValue)/"
            let label = kind == .stream ? "2026-01-31T10:00:00.000" : "01769853600000-0a1b2c3d"
            return names.texts(ofSegment: 5, usual: prefix + label, prefix: prefix)
        case .globalTable: return resource.index == nil ? ["global-table/\(resource.table)"] : []
        case .role, .user, .rootUser, .federatedUser, .selfSession: return []
        }
    }
}
