/// Programs as a reader takes them in.
extension ModelProgram: CustomStringConvertible {
    var description: String {
        let steps = operations.enumerated().map { "  \($0 + 1). \(text($1))" }
        let used = tables.enumerated().filter { uses($0.offset) }.map { "  \($0.element)" }
        return (used + steps).joined(separator: "\n")
    }

    func text(_ operation: ModelOperation) -> String {
        switch operation {
        case .write(let write): text(write)
        case .batch(let writes): "batch: " + writes.map(text).joined(separator: "; ")
        case .transaction(let writes, let token):
            "transaction\(token.map { " by token \($0)" } ?? ""): " + writes.map(text).joined(separator: "; ")
        case .getTogether(let places):
            "get together "
                + places.map { "\(tables[$0.table].name) \($0.key.text)" }.joined(separator: ", ")
        case .get(let table, let key): "get \(tables[table].name) \(key.text)"
        case .read(let read): text(read)
        case .reopen: "close and open the store"
        }
    }

    private func text(_ write: ModelWrite) -> String {
        let table = tables[write.table].name
        let condition = write.condition.map { " if \($0)" } ?? ""
        switch write.action {
        case .put(let item): return "put \(table) \(item.text)\(condition)"
        case .delete: return "delete \(table) \(write.key.text)\(condition)"
        case .check: return "check \(table) \(write.key.text)\(condition)"
        case .update(let update):
            let changes = update.changes.map { " \($0)" }.joined(separator: ",")
            return "update \(table) \(write.key.text):\(changes)\(condition)"
        }
    }

    private func text(_ read: ModelRead) -> String {
        let schema = tables[read.table]
        let index = read.index.map { schema.indexes[$0] }
        let key = index?.key ?? schema.key
        var text = read.partition == nil ? "scan" : "query"
        text += " \(schema.name)" + (index.map { " \($0.name)" } ?? "")
        var terms = zip(key.partition, read.partition ?? []).map { "\($0.name) = \($1)" }
        terms += zip(key.sort, read.sort).map { "\($0.name) \($1)" }
        if !terms.isEmpty { text += " where \(terms.joined(separator: " and "))" }
        if !read.isForward { text += " descending" }
        if let limit = read.limit { text += " limit \(limit)" }
        if let bytesMax = read.bytesMax { text += " in pages of \(bytesMax) bytes" }
        if let filter = read.filter { text += " filter \(filter)" }
        if let projection = read.projection { text += " projecting \(projection)" }
        if read.fetchesItems { text += " fetching the items" }
        if read.isCountOnly { text += " counting" }
        if let segments = read.segments { text += " in \(segments) segments" }
        if let start = read.start { text += " behind \(start.text)" }
        return text
    }
}

extension ModelSortTerm: CustomStringConvertible {
    var description: String {
        switch self {
        case .compare(let comparator, let value): "\(comparator.rawValue) \(value)"
        case .between(let lower, let upper): "between \(lower) and \(upper)"
        case .beginsWith(let prefix): "begins with \(prefix)"
        }
    }
}

extension ModelOperand: CustomStringConvertible {
    var description: String {
        switch self {
        case .path(let path): "\(path)"
        case .value(let value): "\(value)"
        case .size(let path): "size(\(path))"
        }
    }
}

extension ModelCondition: CustomStringConvertible {
    var description: String {
        switch self {
        case .compare(let comparator, let left, let right): "\(left) \(comparator.rawValue) \(right)"
        case .between(let operand, let lower, let upper): "\(operand) between \(lower) and \(upper)"
        case .oneOf(let operand, let others): "\(operand) in \(others)"
        case .and(let left, let right): "(\(left) and \(right))"
        case .or(let left, let right): "(\(left) or \(right))"
        case .not(let inner): "not (\(inner))"
        case .exists(let path): "attribute_exists(\(path))"
        case .missing(let path): "attribute_not_exists(\(path))"
        case .hasType(let path, let type): "attribute_type(\(path), \(type.rawValue))"
        case .beginsWith(let path, let prefix): "begins_with(\(path), \(prefix))"
        case .contains(let path, let part): "contains(\(path), \(part))"
        }
    }
}

extension ModelUpdate.Change: CustomStringConvertible {
    var description: String {
        switch action {
        case .set(let expression): "set \(path) = \(expression)"
        case .remove: "remove \(path)"
        case .add(let value): "add \(path) \(value)"
        case .delete(let value): "delete \(path) \(value)"
        }
    }
}

extension ModelExpression: CustomStringConvertible {
    var description: String {
        switch self {
        case .value(let value): "\(value)"
        case .path(let path): "\(path)"
        case .ifNotExists(let path, let other): "if_not_exists(\(path), \(other))"
        case .listAppend(let first, let second): "list_append(\(first), \(second))"
        case .plus(let left, let right): "\(left) + \(right)"
        case .minus(let left, let right): "\(left) - \(right)"
        }
    }
}
