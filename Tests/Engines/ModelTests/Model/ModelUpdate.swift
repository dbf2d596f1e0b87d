import TestKit

/// The right-hand side of a SET.
indirect enum ModelExpression: Hashable, Sendable {
    case value(ModelValue)
    case path(ModelPath)
    case ifNotExists(ModelPath, ModelExpression)
    case listAppend(ModelExpression, ModelExpression)
    case plus(ModelExpression, ModelExpression)
    case minus(ModelExpression, ModelExpression)
}

/// What an update does at a path.
enum ModelAction: Hashable, Sendable {
    case set(ModelExpression)
    case remove
    case add(ModelValue)
    case delete(ModelValue)
}

/// An update. Source of its meaning: DynamoDB Developer Guide, "Using update expressions".
struct ModelUpdate: Hashable, Sendable {
    struct Change: Hashable, Sendable {
        let path: ModelPath
        let action: ModelAction
    }

    var changes: [Change]

    /// Whether it makes an item where there is none.
    var createsItem: Bool {
        changes.isEmpty
            || changes.contains { change in
                switch change.action {
                case .set, .add: true
                case .remove, .delete: false
                }
            }
    }

    /// The item after the update.
    /// - Throws: all that is wrong with it, as the order in which faults are looked for is nobody's promise.
    func applied(to item: ModelItem, keys: [Text], rules: ModelRules) throws(ModelFaults) -> ModelItem {
        for change in changes where keys.contains(change.path.attribute) {
            throw ModelFaults(
                "One or more parameter values were invalid: Cannot update attribute "
                    + "\(change.path.attribute.string). This attribute is part of the key")
        }
        var editor = ModelEditor(item: item, rules: rules)
        for change in changes { editor.make(change) }
        return try editor.finished()
    }
}

/// Carries an update out in three passes: changes of what is there, then what comes behind the ends of lists, then the gaps
/// of removed elements are closed. So list indexes mean the old lists throughout.
private struct ModelEditor {
    private let old: ModelItem
    private var new: Slot
    private let rules: ModelRules
    private var appended: [(path: ModelPath, value: ModelValue)] = []
    private var faults: Set<String> = []

    init(item: ModelItem, rules: ModelRules) {
        old = item
        new = Slot(.map(item))
        self.rules = rules
    }

    mutating func make(_ change: ModelUpdate.Change) {
        do throws(ModelFaults) {
            let before = rules.contains(.rightHandSidesSeeTheNewItem) ? new.item : old
            // The place must be there but for its last step.
            if let last = change.path.steps.last {
                let parent = ModelPath(change.path.attribute, change.path.steps.dropLast())
                switch (last, parent.value(in: old)) {
                case (.name, .map?), (.index, .list?): break
                default:
                    faults.insert(ModelFaults.path)
                }
            }
            let result = try change.action.result(
                at: change.path.value(in: old), item: before, rules: rules)
            guard faults.isEmpty else { return }
            if case .index(let index)? = change.path.steps.last,
                case .list(let values)? = ModelPath(change.path.attribute, change.path.steps.dropLast())
                    .value(
                        in: old), index >= values.count
            {
                if let result { appended.append((change.path, result)) }
                return
            }
            new.place([.name(change.path.attribute)] + change.path.steps, result)
            if rules.contains(.removalShiftsAtOnce), let closed = new.value { new = Slot(closed) }
        } catch {
            faults.formUnion(error.texts)
        }
    }

    mutating func finished() throws(ModelFaults) -> ModelItem {
        guard faults.isEmpty else { throw ModelFaults(faults) }
        let index = { (path: ModelPath) in
            if case .index(let index)? = path.steps.last { index } else { 0 }
        }
        for (path, value) in appended.sorted(by: { index($0.path) < index($1.path) }) {
            new.append([.name(path.attribute)] + path.steps.dropLast(), value)
        }
        let item = new.item
        if item.values.contains(where: { $0.depth > 31 }) { throw ModelFaults(ModelFaults.levels) }
        if item.sizeBytes > 409_600 {
            throw ModelFaults("Item size to update has exceeded the maximum allowed size")
        }
        return item
    }
}

/// A value taken apart, in which a list keeps the places of its removed elements.
private indirect enum Slot {
    case gone
    case leaf(ModelValue)
    case list([Slot])
    case map([Text: Slot])

    init(_ value: ModelValue) {
        switch value {
        case .list(let values): self = .list(values.map(Slot.init))
        case .map(let map): self = .map(map.mapValues(Slot.init))
        default: self = .leaf(value)
        }
    }

    var value: ModelValue? {
        switch self {
        case .gone: nil
        case .leaf(let value): value
        case .list(let slots): .list(slots.compactMap(\.value))
        case .map(let slots): .map(slots.compactMapValues(\.value))
        }
    }

    var item: ModelItem { if case .map(let item)? = value { item } else { [:] } }

    mutating func place(_ way: [ModelPath.Step], _ value: ModelValue?) {
        change(way) { $0 = value.map(Slot.init) ?? .gone }
    }

    mutating func append(_ way: [ModelPath.Step], _ value: ModelValue) {
        change(way) { slot in
            if case .list(let slots) = slot { slot = .list(slots + [Slot(value)]) }
        }
    }

    private mutating func change(_ way: [ModelPath.Step], _ body: (inout Slot) -> Void) {
        guard let step = way.first else { return body(&self) }
        switch (step, self) {
        case (.name(let name), .map(var slots)):
            var slot = slots[name] ?? .gone
            slot.change(Array(way.dropFirst()), body)
            slots[name] = slot
            self = .map(slots)
        case (.index(let index), .list(var slots)) where index < slots.count:
            slots[index].change(Array(way.dropFirst()), body)
            self = .list(slots)
        default: break
        }
    }
}

extension ModelAction {
    /// What stands at the place afterwards, or nil for nothing.
    fileprivate func result(
        at old: ModelValue?, item: ModelItem, rules: ModelRules
    ) throws(ModelFaults) -> ModelValue? {
        func rest<Member>(_ members: Set<Member>, _ wrap: (Set<Member>) -> ModelValue) -> ModelValue? {
            members.isEmpty && !rules.contains(.emptySetsStay) ? nil : wrap(members)
        }
        switch (self, old) {
        case (.set(let expression), _): return try expression.value(in: item)
        case (.remove, _), (.delete, nil): return nil
        case (.add(let value), nil): return value
        case (.add(.number(let more)), .number(let number)?): return try .sum(number, more)
        case (.add(.strings(let more)), .strings(let set)?): return .strings(set.union(more))
        case (.add(.numbers(let more)), .numbers(let set)?): return .numbers(set.union(more))
        case (.add(.binaries(let more)), .binaries(let set)?): return .binaries(set.union(more))
        case (.delete(.strings(let less)), .strings(let set)?):
            return rest(set.subtracting(less)) { .strings($0) }
        case (.delete(.numbers(let less)), .numbers(let set)?):
            return rest(set.subtracting(less)) { .numbers($0) }
        case (.delete(.binaries(let less)), .binaries(let set)?):
            return rest(set.subtracting(less)) { .binaries($0) }
        default: throw ModelFaults(ModelFaults.type)
        }
    }
}

extension ModelValue {
    fileprivate static func sum(_ left: ExactDecimal, _ right: ExactDecimal) throws(ModelFaults) -> ModelValue
    {
        switch (left + right).fault {
        case nil: return .number(left + right)
        case .tooPrecise:
            throw ModelFaults("Attempting to store more than 38 significant digits in a Number")
        case .overflow:
            throw ModelFaults(
                "Number overflow. Attempting to store a number with magnitude larger than supported range")
        case .underflow:
            throw ModelFaults(
                "Number underflow. Attempting to store a number with magnitude smaller than supported range")
        }
    }
}

extension ModelExpression {
    fileprivate func value(in item: ModelItem) throws(ModelFaults) -> ModelValue {
        switch self {
        case .value(let value): return value
        case .path(let path):
            guard let value = path.value(in: item) else {
                throw ModelFaults(
                    "The provided expression refers to an attribute that does not exist in the item")
            }
            return value
        case .ifNotExists(let path, let other):
            if let value = path.value(in: item) { return value }
            return try other.value(in: item)
        case .listAppend(let first, let second):
            let both = try ModelExpression.values(first, second, in: item)
            guard case .list(let head) = both.0, case .list(let tail) = both.1 else {
                throw ModelFaults(ModelFaults.type)
            }
            return .list(head + tail)
        case .plus(let left, let right), .minus(let left, let right):
            let both = try ModelExpression.values(left, right, in: item)
            guard case .number(let first) = both.0, case .number(let second) = both.1 else {
                throw ModelFaults(ModelFaults.type)
            }
            if case .minus = self { return try .sum(first, -second) }
            return try .sum(first, second)
        }
    }

    /// Both values, or the faults of both.
    private static func values(
        _ left: ModelExpression, _ right: ModelExpression, in item: ModelItem
    ) throws(ModelFaults) -> (ModelValue, ModelValue) {
        var faults: Set<String> = []
        var values: [ModelValue] = []
        for side in [left, right] {
            do throws(ModelFaults) { values.append(try side.value(in: item)) } catch {
                faults.formUnion(error.texts)
            }
        }
        if values.count == 2 { return (values[0], values[1]) }
        // The side that has a value may be of the wrong kind besides.
        throw ModelFaults(values.isEmpty ? faults : faults.union([ModelFaults.type]))
    }
}

/// Why a write is refused: any of these texts will do as an answer.
struct ModelFaults: Error, Hashable {
    static let path = "The document path provided in the update expression is invalid for update"
    static let type = "An operand in the update expression has an incorrect data type"
    static let levels =
        "Nesting Levels have exceeded supported limits: "
        + "Attributes in the item have nested levels beyond supported limit"

    let texts: Set<String>

    init(_ text: String) { texts = [text] }
    init(_ texts: Set<String>) { self.texts = texts }
}
