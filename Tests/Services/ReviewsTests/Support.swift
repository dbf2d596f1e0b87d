import JSONText

extension JSONText.Node {
    /// The member of that name, or nil.
    subscript(name: String) -> JSONText.Node? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.name == name }?.node
    }

    /// The element at that place, or nil.
    subscript(place: Int) -> JSONText.Node? {
        guard case .array(let nodes) = value, nodes.indices.contains(place) else { return nil }
        return nodes[place]
    }

    /// How many elements there are; nil where this is no array.
    var count: Int? {
        guard case .array(let nodes) = value else { return nil }
        return nodes.count
    }

    var text: String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    var number: String? {
        guard case .number(let text) = value else { return nil }
        return text
    }

    var flag: Bool? {
        guard case .bool(let flag) = value else { return nil }
        return flag
    }
}
