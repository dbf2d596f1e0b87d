/// A key attribute: its name and the kind of its values.
struct ModelKeyAttribute: Hashable, Sendable {
    let name: Text
    let type: ModelType
}

/// The attributes of a key: one partition and at most one sort attribute for a table, up to four of each for an index.
struct ModelKeySchema: Hashable, Sendable {
    var partition: [ModelKeyAttribute]
    var sort: [ModelKeyAttribute]

    var attributes: [ModelKeyAttribute] { partition + sort }
}

/// A secondary index.
struct ModelIndex: Hashable, Sendable {
    enum Projection: Hashable, Sendable {
        case all
        case keysOnly
        case include([Text])
    }

    let name: String
    let key: ModelKeySchema
    let projection: Projection
    /// Whether it orders the items of one partition of the table anew.
    var isLocal = false
}

/// A table.
struct ModelSchema: Hashable, Sendable {
    let name: String
    let key: ModelKeySchema
    var indexes: [ModelIndex] = []

    var keyNames: [Text] { key.attributes.map(\.name) }

    /// What an index holds of an item.
    func image(of item: ModelItem, in index: ModelIndex, rules: ModelRules) -> ModelItem {
        let keys = Set(keyNames + index.key.attributes.map(\.name))
        switch index.projection {
        case _ where rules.contains(.indexesHoldWholeItems): return item
        case .all: return item
        case .keysOnly: return item.keeping(keys)
        case .include(let more): return item.keeping(keys.union(more))
        }
    }
}

/// A key's values, in an order: by partition, then by sort values.
struct ModelKey: Hashable, Sendable {
    let partition: [ModelValue]
    let sort: [ModelValue]

    init(partition: [ModelValue], sort: [ModelValue]) {
        self.partition = partition
        self.sort = sort
    }

    /// The key of an item; nil where it lacks an attribute of it.
    init?(of item: ModelItem, _ schema: ModelKeySchema) {
        partition = schema.partition.compactMap { item[$0.name] }
        sort = schema.sort.compactMap { item[$0.name] }
        guard partition.count == schema.partition.count, sort.count == schema.sort.count else { return nil }
    }

    static func precedes(_ left: [ModelValue], _ right: [ModelValue]) -> Bool {
        for (one, other) in zip(left, right) where one != other { return one.precedes(other) == true }
        return false
    }

    func precedes(_ other: ModelKey) -> Bool {
        partition == other.partition
            ? ModelKey.precedes(sort, other.sort) : ModelKey.precedes(partition, other.partition)
    }
}

extension ModelKeySchema: CustomStringConvertible {
    var description: String {
        let texts = [partition, sort].map { part in
            part.map { "\($0.name) \($0.type.rawValue)" }.joined(separator: ", ")
        }
        return sort.isEmpty ? "partition \(texts[0])" : "partition \(texts[0]), sort \(texts[1])"
    }
}

extension ModelSchema: CustomStringConvertible {
    var description: String {
        let lines = indexes.map {
            "; \($0.isLocal ? "local " : "")index \($0.name): \($0.key), projects \($0.projection)"
        }
        return "table \(name): \(key)" + lines.joined()
    }
}
