/// A place in an item: an attribute and the way into it.
struct ModelPath: Hashable, Sendable, CustomStringConvertible {
    enum Step: Hashable, Sendable {
        case name(Text)
        case index(Int)
    }

    let attribute: Text
    var steps: [Step] = []

    init(_ attribute: Text, _ steps: [Step] = []) {
        self.attribute = attribute
        self.steps = steps
    }

    var description: String {
        steps.reduce(attribute.description) { text, step in
            switch step {
            case .name(let name): "\(text).\(name)"
            case .index(let index): "\(text)[\(index)]"
            }
        }
    }

    /// What stands there, or nil where nothing does.
    func value(in item: ModelItem) -> ModelValue? {
        var value = item[attribute]
        for step in steps {
            switch (step, value) {
            case (.name(let name), .map(let map)?): value = map[name]
            case (.index(let index), .list(let values)?):
                value = index < values.count ? values[index] : nil
            default: return nil
            }
        }
        return value
    }

    /// Whether one leads into the other, or they take one place for a map and for a list: then an expression cannot have both.
    func clashes(with other: ModelPath) -> Bool {
        guard attribute == other.attribute else { return false }
        for (mine, theirs) in zip(steps, other.steps) where mine != theirs {
            switch (mine, theirs) {
            case (.name, .index), (.index, .name): return true
            default: return false
            }
        }
        return true
    }
}

/// What a projection leaves of an item.
enum ModelProjection {
    /// The parts at these paths, inside the maps and lists that lead there; lists close up.
    static func select(_ paths: [ModelPath], from item: ModelItem) -> ModelItem {
        guard case .map(let kept)? = part(of: .map(item), at: paths.map { [.name($0.attribute)] + $0.steps })
        else { return [:] }
        return kept
    }

    private static func part(of value: ModelValue, at ways: [[ModelPath.Step]]) -> ModelValue? {
        if ways.contains(where: \.isEmpty) { return value }
        func inner(_ step: ModelPath.Step) -> [[ModelPath.Step]] {
            ways.filter { $0[0] == step }.map { Array($0.dropFirst()) }
        }
        switch value {
        case .map(let map):
            var kept: ModelItem = [:]
            for (name, value) in map where !inner(.name(name)).isEmpty {
                kept[name] = part(of: value, at: inner(.name(name)))
            }
            return kept.isEmpty ? nil : .map(kept)
        case .list(let values):
            let kept = values.enumerated().compactMap { index, value in
                inner(.index(index)).isEmpty ? nil : part(of: value, at: inner(.index(index)))
            }
            return kept.isEmpty ? nil : .list(kept)
        default: return nil
        }
    }
}
