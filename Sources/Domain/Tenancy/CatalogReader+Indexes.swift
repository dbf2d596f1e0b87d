import Base
import Items
import JSONText

extension CatalogReader {
    mutating func indexes(
        _ node: JSONText.Node?, tableKey: KeySchema?, tableOwned: OwnedKeys?
    ) -> [LogicalTable.Index] {
        var indexes: [LogicalTable.Index] = []
        for element in array(node, "indexes", max: Limits.indexesMax) {
            guard let index = index(element, tableKey, tableOwned) else { continue }
            if indexes.contains(where: { $0.name == index.name }) {
                fault(
                    element.position, "the index `\(index.name)` stands there twice", "rename or remove one")
            } else {
                indexes.append(index)
            }
            for attribute in index.key.attributes {
                guard let tableKey, let other = tableKey.attribute(named: attribute.name) else { continue }
                if other.type != attribute.type {
                    fault(
                        element.position,
                        "`\(attribute.name)` is `\(attribute.type.rawValue)` in the index and"
                            + " `\(other.type.rawValue)` in the table",
                        "give it one type")
                }
            }
        }
        return indexes
    }

    private mutating func index(
        _ node: JSONText.Node, _ tableKey: KeySchema?, _ tableOwned: OwnedKeys?
    ) -> LogicalTable.Index? {
        if case .object(let members) = node.value, members.contains(where: { $0.name == "kind" }) {
            return localIndex(node, tableKey, tableOwned)
        }
        guard
            let object = object(
                node, "an index", needed: ["name", "partitionKey", "projection", "ownedKeys"],
                optional: ["sortKey", "kind"])
        else { return nil }
        let name = indexName(object)
        let key = globalKey(object)
        let projection = projection(object["projection"])
        let owned = ownedKeys(object["ownedKeys"], of: key, "the index")
        guard let name, let key, let projection, let owned else { return nil }
        return LogicalTable.Index(
            name: name, kind: .global, key: key, projection: projection, ownedKeys: owned)
    }

    /// An index of the table's own partition key, whose owners are the table's.
    private mutating func localIndex(
        _ node: JSONText.Node, _ tableKey: KeySchema?, _ tableOwned: OwnedKeys?
    ) -> LogicalTable.Index? {
        guard
            let object = object(node, "a local index", needed: ["name", "kind", "sortKey", "projection"])
        else { return nil }
        if let kind = string(object["kind"], "an index's `kind`"), kind != "local" {
            fault(
                object.position(of: "kind"), "`\(kind)` is no kind of index",
                "use `local`, or leave it out for a global index")
        }
        let name = indexName(object)
        let sort = keyAttribute(object["sortKey"], "`sortKey`")
        let projection = projection(object["projection"])
        if let tableKey, tableKey.sort == nil {
            fault(
                node.position, "a table without sort key has no local indexes", "give the table a `sortKey`")
        }
        if let sort, let tableKey, tableKey.partition.name == sort.name {
            fault(
                object.position(of: "sortKey"), "`\(sort.name)` is partition and sort key at once",
                "name two attributes")
        }
        guard let name, let sort, let projection, let tableKey, let tableOwned else { return nil }
        return LogicalTable.Index(
            name: name, kind: .local, key: KeySchema(partition: tableKey.partition, sort: sort),
            projection: projection, ownedKeys: tableOwned)
    }

    private mutating func indexName(_ object: CatalogObject) -> String? {
        let name = string(object["name"], "an index's `name`")
        if let name, TableName(name) == nil {
            fault(
                object.position(of: "name"), "`\(name)` is no index's name",
                "use 3 to 255 letters, digits, `_`, `.` and `-`")
        }
        return name
    }

    /// The key of a global index: each side one attribute, or an array of up to four.
    private mutating func globalKey(_ object: CatalogObject) -> KeySchema? {
        let partitions = keySide(object["partitionKey"], "`partitionKey`")
        let sorts = keySide(object["sortKey"], "`sortKey`")
        guard let partitions, let sorts = object["sortKey"] == nil ? [] : sorts else { return nil }
        var names: Set<String> = []
        for attribute in partitions + sorts where !names.insert(attribute.name).inserted {
            let isBoth = partitions.contains(attribute) && sorts.contains(attribute)
            fault(
                object.position(of: isBoth ? "sortKey" : "partitionKey"),
                isBoth
                    ? "`\(attribute.name)` is partition and sort key at once"
                    : "`\(attribute.name)` stands in the key twice",
                "name two attributes")
            return nil
        }
        return KeySchema(partitions: partitions, sorts: sorts)
    }

    private mutating func keySide(_ node: JSONText.Node?, _ what: String) -> [KeyAttribute]? {
        guard let node else { return nil }
        guard case .array = node.value else { return keyAttribute(node, what).map { [$0] } }
        let elements = array(
            node, "attributes of \(what)", max: Limits.keySideAttributesMax, isEmptyAllowed: false)
        let attributes = elements.compactMap { keyAttribute($0, what) }
        return attributes.count == elements.count && !elements.isEmpty ? attributes : nil
    }

    private mutating func projection(_ node: JSONText.Node?) -> LogicalTable.Projection? {
        guard let node else { return nil }
        switch node.value {
        case .string("ALL"): return .all
        case .string("KEYS_ONLY"): return .keysOnly
        case .array(let elements):
            let names = elements.compactMap { string($0, "a projected attribute's name") }
            guard names.count == elements.count, !names.isEmpty, Set(names).count == names.count else {
                fault(node.position, "a projection's list names each attribute once", "name at least one")
                return nil
            }
            return .include(names)
        default:
            expected("`ALL`, `KEYS_ONLY` or an array of attribute names", node)
            return nil
        }
    }
}
