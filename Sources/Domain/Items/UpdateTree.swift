/// The changes of an update by their paths, so that list indexes all mean the old list.
struct UpdateTree: Sendable {
    /// What happens at a place, its right-hand side evaluated.
    enum Change: Sendable {
        case set(AttributeValue)
        case remove
        case add(AttributeValue)
        case delete(AttributeValue)
    }

    private var change: Change?
    private var names: [(name: String, tree: UpdateTree)] = []
    private var indexes: [Int: UpdateTree] = [:]

    /// Adds a change of a whole attribute that has none yet: not looked for among the others, since
    /// AttributeUpdates may name as many as fit into a request.
    mutating func add(_ change: Change, toAttribute name: String) {
        var tree = UpdateTree()
        tree.change = change
        names.append((name, tree))
    }

    /// INVARIANT (no overlaps): the parser has refused paths that lead into each other, so a place has either
    /// a change or changes inside it, and inside it only names or only indexes.
    mutating func insert(_ change: Change, at steps: ArraySlice<DocumentPath.Step>) {
        guard let step = steps.first else {
            self.change = change
            return
        }
        switch step {
        case .name(let name):
            if let position = names.firstIndex(where: { ByteOrder.areEqual($0.name, name) }) {
                names[position].tree.insert(change, at: steps.dropFirst())
            } else {
                var tree = UpdateTree()
                tree.insert(change, at: steps.dropFirst())
                names.append((name, tree))
            }
        case .index(let index): indexes[index, default: UpdateTree()].insert(change, at: steps.dropFirst())
        }
    }

    /// Makes the changes to attributes by their names.
    func apply(to map: inout AttributeMap) throws(ItemError) {
        for (name, tree) in names {
            try map.update(name) { value throws(ItemError) in try tree.apply(to: &value) }
        }
    }

    /// Makes the changes to what stands at a place, or to nothing. The recursion ends with the paths'
    /// lengths.
    private func apply(to value: inout AttributeValue?) throws(ItemError) {
        if let change {
            value = try change.result(for: value)
            return
        }
        switch value {
        case .map(var map) where !names.isEmpty:
            value = .null
            try apply(to: &map)
            value = .map(map)
        case .list(let values) where !indexes.isEmpty: value = .list(try apply(to: values))
        default: throw .invalidPathForUpdate
        }
    }

    private func apply(to values: [AttributeValue]) throws(ItemError) -> [AttributeValue] {
        var result: [AttributeValue] = []
        result.reserveCapacity(values.count + indexes.count)
        for (index, value) in values.enumerated() {
            var changed: AttributeValue? = value
            if let tree = indexes[index] { try tree.apply(to: &changed) }
            if let changed { result.append(changed) }
        }
        // Behind the end there is no element: what is set there comes next, in the order of the indexes.
        for index in indexes.keys.sorted() where index >= values.count {
            var added: AttributeValue?
            try indexes[index]?.apply(to: &added)
            if let added { result.append(added) }
        }
        return result
    }
}

extension UpdateTree.Change {
    /// What stands at the place afterwards.
    fileprivate func result(for old: AttributeValue?) throws(ItemError) -> AttributeValue? {
        switch (self, old) {
        case (.set(let value), _): return value
        case (.remove, _), (.delete, nil): return nil
        case (.add(let value), nil): return value
        case (.add(.number(let addend)), .number(let number)?): return .number(try number.adding(addend))
        case (.add(.stringSet(let more)), .stringSet(let members)?): return .stringSet(members.union(more))
        case (.add(.numberSet(let more)), .numberSet(let members)?): return .numberSet(members.union(more))
        case (.add(.binarySet(let more)), .binarySet(let members)?): return .binarySet(members.union(more))
        case (.delete(.stringSet(let less)), .stringSet(let members)?):
            let rest = members.subtracting(less)
            return rest.isEmpty ? nil : .stringSet(rest)
        case (.delete(.numberSet(let less)), .numberSet(let members)?):
            let rest = members.subtracting(less)
            return rest.isEmpty ? nil : .numberSet(rest)
        case (.delete(.binarySet(let less)), .binarySet(let members)?):
            let rest = members.subtracting(less)
            return rest.isEmpty ? nil : .binarySet(rest)
        case (.add, _?), (.delete, _?): throw .wrongTypeInUpdate
        }
    }
}

extension Operand {
    /// The value of a right-hand side.
    /// - Throws: `validation`: an attribute is missing, an operand is of the wrong kind, a number leaves the
    ///   range.
    func evaluate(in item: Item) throws(ItemError) -> AttributeValue {
        switch self {
        case .value(let value): return value
        case .path(let path):
            guard let value = path.value(in: item) else { throw .missingInUpdate }
            return value
        case .ifNotExists(let path, let other):
            if let value = path.value(in: item) { return value }
            return try other.evaluate(in: item)
        case .listAppend(let first, let second):
            guard case .list(let head) = try first.evaluate(in: item),
                case .list(let tail) = try second.evaluate(in: item)
            else { throw .wrongTypeInUpdate }
            return .list(head + tail)
        case .sum(let left, let right):
            let (first, second) = try Operand.numbers(left, right, in: item)
            return .number(try first.adding(second))
        case .difference(let left, let right):
            let (first, second) = try Operand.numbers(left, right, in: item)
            return .number(try first.subtracting(second))
        case .size: throw .wrongTypeInUpdate
        }
    }

    private static func numbers(
        _ left: Operand, _ right: Operand, in item: Item
    ) throws(ItemError) -> (Number, Number) {
        guard case .number(let first) = try left.evaluate(in: item),
            case .number(let second) = try right.evaluate(in: item)
        else { throw .wrongTypeInUpdate }
        return (first, second)
    }
}

extension ItemError {
    fileprivate static let invalidPathForUpdate = ItemError.validation(
        "The document path provided in the update expression is invalid for update")
    static let wrongTypeInUpdate = ItemError.validation(
        "An operand in the update expression has an incorrect data type")
    fileprivate static let missingInUpdate = ItemError.validation(
        "The provided expression refers to an attribute that does not exist in the item")
}
