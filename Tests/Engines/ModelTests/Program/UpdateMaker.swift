import Base
import TestKit

/// Makes updates that DynamoDB accepts when it reads them; whether they can be carried out, the item decides.
struct UpdateMaker {
    let random: SeededRandom
    let values: ValueMaker
    let schema: ModelSchema

    func update() -> ModelUpdate {
        if random.oneIn(30) { return ModelUpdate(changes: []) }
        if random.oneIn(6) { return listUpdate() }
        var changes: [ModelUpdate.Change] = []
        for _ in 0...random.below(4) {
            let path = path()
            if changes.contains(where: { $0.path.clashes(with: path) }) { continue }
            changes.append(ModelUpdate.Change(path: path, action: action(path)))
        }
        // As they will stand in the expression: by clause.
        let clauses: [(ModelAction) -> Bool] = [
            { if case .set = $0 { true } else { false } }, { $0 == .remove },
            { if case .add = $0 { true } else { false } }, { if case .delete = $0 { true } else { false } },
        ]
        return ModelUpdate(changes: clauses.flatMap { isOf in changes.filter { isOf($0.action) } })
    }

    /// Several changes of elements of one list, whose places must not move until all are made.
    private func listUpdate() -> ModelUpdate {
        var places: Set<Int> = []
        let paths = (0...random.below(4)).map { _ in random.below(6) }.filter { places.insert($0).inserted }
            .map { ModelPath("l", [.index($0)]) }
        let changes = paths.map { path in
            ModelUpdate.Change(
                path: path, action: random.oneIn(2) ? .remove : .set(.value(values.any(level: 2))))
        }
        return ModelUpdate(
            changes: changes.filter { $0.action != .remove } + changes.filter { $0.action == .remove })
    }

    private func path() -> ModelPath {
        let indexNames = schema.indexes.flatMap(\.key.attributes).map(\.name).filter {
            !schema.keyNames.contains($0)
        }
        if random.oneIn(60) { return ModelPath(random.pick(schema.keyNames)) }
        if !indexNames.isEmpty, random.oneIn(6) { return ModelPath(random.pick(indexNames)) }
        return values.path(ValueMaker.names)
    }

    private func action(_ path: ModelPath) -> ModelAction {
        let indexKey = schema.indexes.flatMap(\.key.attributes).first { $0.name == path.attribute }
        if let indexKey, !random.oneIn(4) { return .set(.value(values.key(indexKey))) }
        if random.oneIn(12) {
            return random.pick([.add(values.numeric()), .add(values.set()), .delete(values.set())])
        }
        switch path.attribute {
        case "n" where random.oneIn(2): return .add(values.numeric())
        case "t" where !random.oneIn(3):
            return random.oneIn(2) ? .add(values.set()) : .delete(values.set())
        case "l" where path.steps.isEmpty && random.oneIn(2): return .set(listAppend())
        default: return random.oneIn(4) ? .remove : .set(expression(path))
        }
    }

    private func expression(_ path: ModelPath) -> ModelExpression {
        switch random.below(10) {
        case 0: return .path(source())
        case 1:
            let other = ModelExpression.value(values.value(of: path.attribute))
            return .ifNotExists(random.oneIn(2) ? path : source(), other)
        case 2: return listAppend()
        case 3: return .plus(numeric(), numeric())
        case 4: return .minus(numeric(), numeric())
        default: return .value(values.value(of: path.attribute))
        }
    }

    /// What a right-hand side may name.
    private func source() -> ModelPath {
        random.oneIn(8) ? ModelPath(random.pick(schema.keyNames)) : values.path(ValueMaker.names)
    }

    private func listAppend() -> ModelExpression {
        let list = { () -> ModelExpression in
            switch random.below(4) {
            case 0: .value(.list((0..<random.below(3)).map { _ in values.any(level: 2) }))
            case 1: .ifNotExists(ModelPath("l"), .value(.list([])))
            case 2: random.oneIn(4) ? .path(source()) : .value(.list([values.any(level: 2)]))
            default: .path(ModelPath("l"))
            }
        }
        return .listAppend(list(), list())
    }

    private func numeric() -> ModelExpression {
        switch random.below(4) {
        case 0: .value(values.numeric())
        case 1: .ifNotExists(ModelPath("n"), .value(values.numeric()))
        case 2: random.oneIn(4) ? .path(source()) : .value(values.numeric())
        default: .path(ModelPath("n"))
        }
    }
}
