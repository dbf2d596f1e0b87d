extension Condition {
    /// The paths that it mentions.
    fileprivate var paths: [DocumentPath] {
        switch self {
        case .compare(_, let left, let right), .beginsWith(let left, let right),
            .contains(let left, let right):
            left.paths + right.paths
        case .between(let value, let lower, let upper): value.paths + lower.paths + upper.paths
        case .isIn(let value, let others): value.paths + others.flatMap(\.paths)
        case .and(let left, let right), .or(let left, let right): left.paths + right.paths
        case .not(let inner): inner.paths
        case .exists(let path), .notExists(let path): [path]
        case .hasType(let operand, _): operand.paths
        case .isItem: []
        }
    }
}

extension Operand {
    /// The paths that it mentions.
    fileprivate var paths: [DocumentPath] {
        switch self {
        case .path(let path): [path]
        case .value: []
        case .size(let operand): operand.paths
        case .ifNotExists(let path, let operand): [path] + operand.paths
        case .listAppend(let left, let right), .sum(let left, let right), .difference(let left, let right):
            left.paths + right.paths
        }
    }
}

extension [DocumentPath] {
    /// The names that the paths begin with, and those of them that a path goes into.
    fileprivate var names: (all: MemberSet<String>, nested: MemberSet<String>) {
        (MemberSet(map(\.attributeName)), MemberSet(filter { !$0.isTopLevel }.map(\.attributeName)))
    }
}

extension ConditionExpression {
    /// A condition that was read from something else than an expression.
    package init(_ condition: Condition) {
        let names = condition.paths.names
        self.init(
            condition, attributeNames: names.all, nestedNames: names.nested, isLegacy: false)
    }
}

extension ProjectionExpression {
    /// The places asked for, named otherwise than by an expression.
    package init(paths: [DocumentPath]) { self.init(paths, attributeNames: paths.names.all) }
}

extension KeyConditionExpression {
    /// The items of one partition, or those of them that `sort` takes.
    package init(
        partition: (name: String, value: AttributeValue), sort: (name: String, term: Term)? = nil
    ) {
        let equality = (name: partition.name, term: Term.compare(.equal, partition.value))
        self.init(
            terms: sort.map { [equality, $0] } ?? [equality],
            attributeNames: MemberSet([partition.name] + (sort.map { [$0.name] } ?? [])))
    }
}

extension UpdateExpression {
    /// An update that was read from something else than an expression.
    /// - Throws: `validation` where two of the paths cannot be used together, in AWS's words.
    package init(_ actions: [(path: DocumentPath, action: Action)]) throws(ItemError) {
        for (position, second) in actions.enumerated() {
            for first in actions[..<position] {
                guard let clash = first.path.clash(with: second.path) else { continue }
                throw .validation(
                    "Two document paths \(clash) with each other; must remove or rewrite one of these paths; "
                        + "path one: \(first.path.description), path two: \(second.path.description)")
            }
        }
        var paths = actions.map(\.path)
        for case (_, .set(let operand)) in actions { paths += operand.paths }
        let names = paths.names
        self.init(
            actions, attributeNames: names.all, nestedNames: names.nested, isLegacy: false)
    }
}
