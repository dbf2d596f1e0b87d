import Base

/// The policies of one role, with its boundary and what the session narrows it to, made ready to decide.
///
/// Immutable and flat: plain values in a few arrays, statements indexed by action, so that `decide` follows
/// no references and allocates nothing.
public struct CompiledPolicySet: Sendable {
    typealias Slice = ContextValues.Slice

    /// A part of a pattern; `start` and `count` are a piece of `bytes`, or `start` an index of `variables`.
    struct Token: Sendable {
        enum Kind: UInt8, Sendable { case literal, any, one, variable }
        let kind: Kind
        let slice: Slice
    }

    struct Pattern: Sendable {
        enum Shape: UInt8, Sendable { case any, literal, general }
        let shape: Shape
        /// A piece of `tokens`; for a literal the piece of `bytes`.
        let slice: Slice
    }

    struct Variable: Sendable {
        let key: ConditionKey
        let tagHash: UInt64
        let tag: Slice
        /// A piece of `bytes`; its count is -1 where there is no default.
        let defaultValue: Slice
    }

    struct ARN: Sendable {
        enum Shape: UInt8, Sendable { case everything, segments, nothing }
        let shape: Shape
        /// The first of six `patterns`.
        let first: Int
        let usesVariables: Bool
    }

    enum Value: Sendable {
        case pattern(Int)
        case arn(Int)
        case number(Int128)
        case date(Int64)
        case bool(Bool)
        case address(AddressRange)
    }

    struct Condition: Sendable {
        let comparison: Comparison
        let qualifier: ConditionOperator.Qualifier
        let isIfExists: Bool
        let key: ConditionKey
        let tagHash: UInt64
        let tag: Slice
        let values: Range<Int>
        /// How many bytes a byte of the request's value may be compared with: those of all patterns with a `*`.
        let wildcardBytes: Int
    }

    struct Statement: Sendable {
        let layer: PolicyLayer
        let effect: PolicyStatement.Effect
        let isResourceNegated: Bool
        let arns: Range<Int>
        let conditions: Range<Int>
    }

    /// Where the statements about one action begin in `order`: denies, then allows by layer, then the end.
    struct Row: Sendable {
        var denies = 0..<0
        var roleAllows = 0..<0
        var boundaryAllows = 0..<0
        var sessionAllows = 0..<0
    }

    var bytes: [UInt8] = []
    var tokens: [Token] = []
    var patterns: [Pattern] = []
    var variables: [Variable] = []
    var arns: [ARN] = []
    var values: [Value] = []
    var conditions: [Condition] = []
    var statements: [Statement] = []
    var order: [Int] = []
    var rows: [Row] = []
    private(set) var hasBoundary = false
    private(set) var hasSession = false

    /// What each statement was made of.
    var sources: [(document: PolicyDocument, statement: PolicyStatement)] = []

    /// The name of the role, for messages.
    public let role: String
    /// The policies of the role.
    public let policies: [PolicyDocument]
    /// The most that the role may ever do, if it has a boundary.
    public let boundary: PolicyDocument?

    /// Makes policies ready to decide.
    /// - Throws: `PolicyProblems` where there are more than `Limits.policyStatementsMax` statements.
    public init(
        role: String, policies: [PolicyDocument], boundary: PolicyDocument? = nil,
        sessionPolicies: [PolicyDocument]? = nil
    ) throws(PolicyProblems) {
        self.role = role
        self.policies = policies
        self.boundary = boundary
        let documents = policies + (boundary.map { [$0] } ?? []) + (sessionPolicies ?? [])
        let count = documents.reduce(0) { $0 + $1.statements.count }
        guard count <= Limits.policyStatementsMax else {
            throw PolicyProblems(problems: [
                PolicyProblem(
                    file: documents[0].file, position: documents[0].statements[0].position,
                    message: "the policies of role `\(role)` have \(count) statements together, at most "
                        + "\(Limits.policyStatementsMax) are allowed",
                    remedy: "merge statements that differ in one element only", kind: .tooLarge)
            ])
        }
        for document in policies { add(document, to: .role) }
        if let boundary {
            hasBoundary = true
            add(boundary, to: .boundary)
        }
        if let sessionPolicies {
            hasSession = true
            for document in sessionPolicies { add(document, to: .session) }
        }
        makeRows()
    }

    /// The same role, narrowed by the policies handed in when a session was made. Source: AWS STS API,
    /// AssumeRole, `Policy`.
    /// - Throws: `PolicyProblems` where there are too many statements.
    public func narrowed(by sessionPolicies: [PolicyDocument]) throws(PolicyProblems) -> CompiledPolicySet {
        try CompiledPolicySet(
            role: role, policies: policies, boundary: boundary, sessionPolicies: sessionPolicies)
    }

    private mutating func add(_ document: PolicyDocument, to layer: PolicyLayer) {
        for statement in document.statements {
            let made = statement.resources.patterns.map { makeARN($0) }
            // Conditions put ARNs of their own behind these: the range is taken before.
            let resources = arns.count..<arns.count + made.count
            arns += made
            let firstCondition = conditions.count
            for condition in statement.conditions { conditions.append(makeCondition(condition)) }
            statements.append(
                Statement(
                    layer: layer, effect: statement.effect, isResourceNegated: statement.resources.isNegated,
                    arns: resources, conditions: firstCondition..<conditions.count))
            sources.append((document, statement))
        }
    }

    private mutating func makeRows() {
        for action in PolicyAction.allCases {
            let concerned = statements.indices.filter { sources[$0].statement.actions.set.contains(action) }
            func take(_ isWanted: (Statement) -> Bool) -> Range<Int> {
                let start = order.count
                order += concerned.filter { isWanted(statements[$0]) }
                return start..<order.count
            }
            rows.append(
                Row(
                    denies: take { $0.effect == .deny },
                    roleAllows: take { $0.effect == .allow && $0.layer == .role },
                    boundaryAllows: take { $0.effect == .allow && $0.layer == .boundary },
                    sessionAllows: take { $0.effect == .allow && $0.layer == .session }))
        }
    }

    private mutating func makeCondition(_ condition: PolicyCondition) -> Condition {
        let made: [Value] = condition.values.map { value in
            switch value {
            case .text(let pattern): .pattern(addPattern(pattern))
            case .arn(let pattern):
                .arn(
                    {
                        let arn = makeARN(pattern)
                        arns.append(arn)
                        return arns.count - 1
                    }())
            case .number(let number): .number(number)
            case .date(let date): .date(date)
            case .bool(let bool): .bool(bool)
            case .address(let range): .address(range)
            }
        }
        let first = values.count
        values += made
        let name = condition.key.value
        let comparison = condition.comparison.value
        return Condition(
            comparison: comparison.comparison, qualifier: comparison.qualifier,
            isIfExists: comparison.isIfExists,
            key: name.key, tagHash: name.tag.map(ContextValues.hash) ?? 0,
            tag: addBytes(Array((name.tag ?? "").utf8)),
            values: first..<values.count,
            wildcardBytes: condition.values.reduce(0) { $0 + $1.wildcardBytes })
    }

    private mutating func makeARN(_ pattern: ARNPattern) -> ARN {
        switch pattern {
        case .everything: return ARN(shape: .everything, first: 0, usesVariables: false)
        case .incomplete: return ARN(shape: .nothing, first: 0, usesVariables: false)
        case .segments(let segments):
            let indices = segments.map { addPattern($0) }
            return ARN(
                shape: .segments, first: indices[0],
                usesVariables: segments.contains { !$0.variables.isEmpty })
        }
    }

    private mutating func addPattern(_ pattern: PolicyPattern) -> Int {
        patterns.append(makePattern(pattern))
        return patterns.count - 1
    }

    private mutating func makePattern(_ pattern: PolicyPattern) -> Pattern {
        switch pattern.tokens.first {
        case nil: return Pattern(shape: .literal, slice: Slice(start: 0, count: 0))
        case .any where pattern.tokens.count == 1:
            return Pattern(shape: .any, slice: Slice(start: 0, count: 0))
        case .literal(let text) where pattern.tokens.count == 1:
            return Pattern(shape: .literal, slice: addBytes(text))
        case .literal, .any, .one, .variable: break
        }
        let made: [Token] = pattern.tokens.map { token in
            switch token {
            case .literal(let text): Token(kind: .literal, slice: addBytes(text))
            case .any: Token(kind: .any, slice: Slice(start: 0, count: 0))
            case .one: Token(kind: .one, slice: Slice(start: 0, count: 0))
            case .variable(let variable):
                Token(kind: .variable, slice: Slice(start: addVariable(variable), count: 0))
            }
        }
        let start = tokens.count
        tokens += made
        return Pattern(shape: .general, slice: Slice(start: start, count: made.count))
    }

    private mutating func addVariable(_ variable: PolicyVariable) -> Int {
        let tag = variable.key.tag ?? ""
        variables.append(
            Variable(
                key: variable.key.key, tagHash: tag.isEmpty ? 0 : ContextValues.hash(tag),
                tag: addBytes(Array(tag.utf8)),
                defaultValue: variable.defaultValue.map { addBytes(Array($0.utf8)) }
                    ?? Slice(start: 0, count: -1)))
        return variables.count - 1
    }

    private mutating func addBytes(_ text: [UInt8]) -> Slice {
        bytes += text
        return Slice(start: bytes.count - text.count, count: text.count)
    }
}
