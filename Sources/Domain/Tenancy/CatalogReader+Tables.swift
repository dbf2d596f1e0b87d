import Base
import Items
import JSONText

extension CatalogReader {
    mutating func tables(_ node: JSONText.Node?) -> [LogicalTable] {
        var tables: [LogicalTable] = []
        for element in array(node, "tables", max: Limits.logicalTablesMax, isEmptyAllowed: false) {
            guard let table = table(element) else { continue }
            if tables.contains(where: { $0.name == table.name }) {
                fault(
                    element.position, "the table `\(table.name)` stands there twice", "rename or remove one")
            } else {
                tables.append(table)
            }
        }
        return tables
    }

    private mutating func table(_ node: JSONText.Node) -> LogicalTable? {
        guard
            let object = object(
                node, "a table", needed: ["name", "partitionKey", "ownedKeys"],
                optional: ["sortKey", "indexes", "stream", "timeToLive"])
        else { return nil }
        let name = tableName(object["name"])
        let key = keySchema(object)
        let owned = ownedKeys(object["ownedKeys"], of: key, "the table")
        let indexes = indexes(object["indexes"], tableKey: key, tableOwned: owned)
        let stream = streamView(object["stream"])
        let timeToLive = timeToLive(object["timeToLive"], key: key)
        guard let name, let key, let owned else { return nil }
        return LogicalTable(
            name: name, key: key, ownedKeys: owned, indexes: indexes, stream: stream, timeToLive: timeToLive)
    }

    private mutating func streamView(_ node: JSONText.Node?) -> LogicalTable.StreamView? {
        guard let node, let text = string(node, "a table's `stream`") else { return nil }
        if let view = LogicalTable.StreamView(rawValue: text) { return view }
        let known = LogicalTable.StreamView.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        fault(node.position, "`\(text)` is no view of a stream", "use one of \(known), or leave `stream` out")
        return nil
    }

    private mutating func timeToLive(_ node: JSONText.Node?, key: KeySchema?) -> String? {
        guard let node, let name = string(node, "a table's `timeToLive`") else { return nil }
        if !(1...255).contains(name.utf8.count) {
            fault(node.position, "an attribute's name has 1 to 255 bytes", "give such a name")
        }
        if key?.attribute(named: name) != nil {
            fault(
                node.position, "`\(name)` is part of the table's key, and cannot say when an item ends",
                "name another attribute")
        }
        return name
    }

    private mutating func tableName(_ node: JSONText.Node?) -> TableName? {
        guard let node, let text = string(node, "a table's `name`") else { return nil }
        let longest = PhysicalNames.logicalTableBytesMax
        guard let name = TableName(text), text.utf8.count <= longest else {
            fault(
                node.position, "`\(text)` is no logical table's name",
                "use 3 to \(longest) letters, digits, `_`, `.` and `-`")
            return nil
        }
        return name
    }

    private mutating func keySchema(_ object: CatalogObject) -> KeySchema? {
        let partition = keyAttribute(object["partitionKey"], "`partitionKey`")
        let sort = keyAttribute(object["sortKey"], "`sortKey`")
        guard let partition, object["sortKey"] == nil || sort != nil else { return nil }
        if let sort, sort.name == partition.name {
            fault(
                object.position(of: "sortKey"), "`\(sort.name)` is partition and sort key at once",
                "name two attributes")
            return nil
        }
        return KeySchema(partition: partition, sort: sort)
    }

    mutating func keyAttribute(_ node: JSONText.Node?, _ what: String) -> KeyAttribute? {
        guard let node, let object = object(node, what, needed: ["name", "type"]) else { return nil }
        let name = string(object["name"], "\(what)'s `name`")
        if let name, !(1...255).contains(name.utf8.count) {
            fault(
                object.position(of: "name"), "a key attribute's name has 1 to 255 bytes", "give such a name")
            return nil
        }
        guard let text = string(object["type"], "\(what)'s `type`") else { return nil }
        guard let type = KeyType(rawValue: text) else {
            fault(
                object.position(of: "type"), "`\(text)` is no key attribute's type", "use `S`, `N` or `B`")
            return nil
        }
        return name.map { KeyAttribute(name: $0, type: type) }
    }

    /// Patterns that cover the partition key, at least one, of which no two overlap; nil with faults noted.
    mutating func ownedKeys(_ node: JSONText.Node?, of key: KeySchema?, _ what: String) -> OwnedKeys? {
        guard let node else { return nil }
        if let key, key.partition.type != .string {
            fault(
                node.position,
                "the partition key `\(key.partition.name)` has the type `\(key.partition.type.rawValue)`,"
                    + " which no owned-key pattern covers",
                "make it `S`")
            return nil
        }
        var patterns: [OwnedKeyPattern] = []
        let elements = array(
            node, "owned-key patterns", max: Limits.ownedKeyPatternsMax, isEmptyAllowed: false)
        for element in elements {
            guard let text = string(element, "an owned-key pattern") else { continue }
            do throws(OwnedKeyPatternError) {
                let pattern = try OwnedKeyPattern(parsing: text)
                if let other = patterns.first(where: { $0.overlaps(pattern) }) {
                    fault(
                        element.position, "`\(pattern)` and `\(other)` cover some keys both",
                        "keep one, or tell them apart by their beginnings")
                }
                patterns.append(pattern)
            } catch {
                fault(element.position, joined: "\(error)")
            }
        }
        return patterns.count == elements.count && !patterns.isEmpty ? OwnedKeys(patterns) : nil
    }
}
