import Base
import TestKit

/// Makes conditions that DynamoDB accepts: what it refuses when it reads an expression is left out.
struct ConditionMaker {
    let random: SeededRandom
    let values: ValueMaker
    /// The table's key attributes: conditions may name them, but not go into them.
    var keyNames: [Text]

    private static let ordered: [ModelType] = [.string, .number, .binary]

    func condition(level: Int = 0) -> ModelCondition {
        guard level < 3, random.oneIn(3) else { return term() }
        let left = condition(level: level + 1)
        switch random.below(3) {
        case 0: return .and(left, condition(level: level + 1))
        case 1: return .or(left, condition(level: level + 1))
        default: return .not(left)
        }
    }

    private func path() -> ModelPath {
        if random.oneIn(6) { return ModelPath(random.pick(keyNames)) }
        if random.oneIn(8) { return ModelPath(random.pick(["g", "h", "i"])) }
        return values.path(ValueMaker.names)
    }

    /// So many paths that one projection can have.
    func distinctPaths(_ count: Int) -> [ModelPath] {
        var paths: [ModelPath] = []
        for _ in 0..<count {
            let path = path()
            if !paths.contains(where: { $0.clashes(with: path) }) { paths.append(path) }
        }
        return paths
    }

    private func term() -> ModelCondition {
        let path = path()
        switch random.below(10) {
        case 0: return .exists(path)
        case 1: return .missing(path)
        case 2: return .hasType(path, random.pick(ModelType.allCases))
        case 3:
            return .beginsWith(path, operand(besides: path) { $0 == .string || $0 == .binary })
        case 4: return .contains(path, operand(besides: path) { _ in true })
        case 5: return between(path)
        case 6:
            let others = (0...random.below(3)).map { _ in operand(besides: nil) { _ in true } }
            return .oneOf(.path(path), others)
        default: return comparison(path)
        }
    }

    private func comparison(_ path: ModelPath) -> ModelCondition {
        let comparator = random.pick(ModelComparator.allCases)
        let isOrder = comparator != .equal && comparator != .notEqual
        let isAllowed = { (type: ModelType) in !isOrder || ConditionMaker.ordered.contains(type) }
        if random.oneIn(5) {
            let size = ModelValue.number(ExactDecimal(random.below(4)))
            let other = random.oneIn(3) ? operand(besides: nil, isAllowed) : .value(size)
            return .compare(comparator, .size(path), other)
        }
        let other = operand(besides: path, isAllowed)
        return random.oneIn(5)
            ? .compare(comparator, other, .path(path)) : .compare(comparator, .path(path), other)
    }

    private func between(_ path: ModelPath) -> ModelCondition {
        let lower = operand(besides: nil) { ConditionMaker.ordered.contains($0) }
        guard case .value(let first) = lower else {
            let upper = operand(besides: nil) { ConditionMaker.ordered.contains($0) }
            return .between(.path(path), lower, upper)
        }
        let upper = operand(besides: nil) { $0 == first.type }
        guard case .value(let second) = upper, second.precedes(first) == true else {
            return .between(.path(path), lower, upper)
        }
        return .between(.path(path), upper, lower)
    }

    /// A value of an allowed kind, or sometimes another path.
    private func operand(besides path: ModelPath?, _ isAllowed: (ModelType) -> Bool) -> ModelOperand {
        if random.oneIn(5) {
            let other = self.path()
            if other != path { return .path(other) }
        }
        while true {
            let value = random.oneIn(2) ? values.any() : values.value(of: "n")
            if isAllowed(value.type) { return .value(value) }
        }
    }
}
