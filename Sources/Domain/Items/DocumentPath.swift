/// A place in an item: an attribute, or something inside one. `a.b[3]`.
public struct DocumentPath: Hashable, Sendable {
    /// One step further in.
    public enum Step: Hashable, Sendable {
        /// To a map's value.
        case name(String)
        /// To a list's element, from 0.
        case index(Int)

        /// Whether both go to the same place.
        public static func == (left: Step, right: Step) -> Bool {
            switch (left, right) {
            case (.name(let left), .name(let right)): ByteOrder.areEqual(left, right)
            case (.index(let left), .index(let right)): left == right
            default: false
            }
        }

        /// Feeds the step to a hasher.
        public func hash(into hasher: inout Hasher) {
            switch self {
            case .name(let name): ByteOrder.hash(name, into: &hasher)
            case .index(let index): hasher.combine(index)
            }
        }
    }

    /// The attribute's name and what follows it; the first step is a name.
    public let steps: [Step]

    /// The path to an attribute, or to something inside it.
    public init(_ name: String, _ inner: Step...) { steps = [.name(name)] + inner }

    /// - Parameter steps: not empty, the first one a name.
    package init(steps: [Step]) {
        guard case .name? = steps.first else { preconditionFailure("a path begins with an attribute's name") }
        self.steps = steps
    }

    /// The attribute's name.
    public var attributeName: String {
        guard case .name(let name)? = steps.first else { preconditionFailure("a path begins with a name") }
        return name
    }

    /// Whether it is an attribute itself, not something inside one.
    public var isTopLevel: Bool { steps.count == 1 }

    /// What stands there, or nil where nothing does.
    public func value(in item: Item) -> AttributeValue? {
        guard var value = item.attributes[attributeName] else { return nil }
        for step in steps.dropFirst() {
            switch (step, value) {
            case (.name(let name), .map(let map)):
                guard let next = map[name] else { return nil }
                value = next
            case (.index(let index), .list(let values)):
                guard values.indices.contains(index) else { return nil }
                value = values[index]
            default: return nil
            }
        }
        return value
    }

    /// As AWS writes it in errors: `[a, b, [3]]`.
    package var description: String {
        let parts = steps.map { step in
            switch step {
            case .name(let name): name
            case .index(let index): "[\(index)]"
            }
        }
        return "[\(parts.joined(separator: ", "))]"
    }

    /// The parts of `item` at these paths, inside as many maps and lists as lead there; list elements that
    /// were not asked for are left out, and the others keep their order. For projections, UPDATED_OLD and
    /// UPDATED_NEW.
    public static func select(_ paths: [DocumentPath], from item: Item) -> Item {
        if paths.allSatisfy(\.isTopLevel) { return selectAttributes(paths, from: item) }
        var tree = PathTree()
        for path in paths { tree.insert(path.steps[...]) }
        guard case .map(let attributes)? = tree.select(from: .map(item.attributes)) else { return Item() }
        return Item(attributes: attributes)
    }

    /// The older parameters may name as many attributes as fit into a request: in the order of their bytes
    /// each costs only its own search.
    private static func selectAttributes(_ paths: [DocumentPath], from item: Item) -> Item {
        var attributes = AttributeMap()
        for name in paths.map(\.attributeName).sorted(by: { ByteOrder.compare($0, $1) < 0 }) {
            if let value = item.attributes[name] { attributes.append(name, value) }
        }
        return Item(attributes: attributes)
    }
}

/// Paths by their beginnings, to select several at once.
private struct PathTree {
    private var isWhole = false
    private var names: [(name: String, tree: PathTree)] = []
    private var indexes: [Int: PathTree] = [:]

    mutating func insert(_ steps: ArraySlice<DocumentPath.Step>) {
        guard let step = steps.first else {
            isWhole = true
            return
        }
        switch step {
        case .name(let name):
            if let position = names.firstIndex(where: { ByteOrder.areEqual($0.name, name) }) {
                names[position].tree.insert(steps.dropFirst())
            } else {
                var tree = PathTree()
                tree.insert(steps.dropFirst())
                names.append((name, tree))
            }
        case .index(let index): indexes[index, default: PathTree()].insert(steps.dropFirst())
        }
    }

    /// The parts asked for, or nil where none is there. Recursion ends with the paths' lengths.
    func select(from value: AttributeValue) -> AttributeValue? {
        if isWhole { return value }
        switch value {
        case .map(let map):
            var selected = AttributeMap()
            for (name, tree) in names {
                if let inner = map[name], let part = tree.select(from: inner) { selected[name] = part }
            }
            return selected.isEmpty ? nil : .map(selected)
        case .list(let values):
            let selected = indexes.keys.sorted().compactMap { index in
                values.indices.contains(index) ? indexes[index]?.select(from: values[index]) : nil
            }
            return selected.isEmpty ? nil : .list(selected)
        default: return nil
        }
    }
}
