import Base
import Items

/// Finds out what a statement's expressions mean.
struct StatementReader {
    let parameters: [AttributeValue]
    let places: StatementPlaces

    // MARK: Values

    /// The value that a node is, or nil where it is none but a path, a call or an operation.
    /// - Parameters:
    ///   - path: where in the attribute's value it stands, as errors call it.
    ///   - level: how many lists and maps it stands in, and itself.
    func literal(
        _ node: SyntaxNode, under path: String = "root", level: Int = 1
    ) throws(ItemError) -> AttributeValue? {
        guard level <= Limits.nestingLevelsMax else { throw .tooManyLevels }
        switch node.kind {
        case .string(let text): return .string(text)
        case .number(let text): return .number(try number(text, under: path))
        case .bool(let flag): return .bool(flag)
        case .null: return .null
        case .missing: throw .comparedMissing
        case .parameter(let position):
            guard parameters.indices.contains(position) else { throw .parameterCount }
            return parameters[position]
        case .list(let elements):
            var values: [AttributeValue] = []
            for (index, element) in elements.enumerated() {
                values.append(try value(element, under: "\(path)[\(index)]", level: level + 1))
            }
            return .list(values)
        case .map(let entries):
            return .map(
                try map(entries, under: path) { key, node throws(ItemError) in
                    try value(node, under: "\(path).\(key)", level: level + 1)
                })
        case .set(let elements): return try set(elements, under: path)
        case .path, .call, .not, .negative, .binary, .between, .isIn, .isType: return nil
        }
    }

    /// The value that a node is.
    /// - Throws: `validation` also where it is none.
    func value(
        _ node: SyntaxNode, under path: String = "root", level: Int = 1
    ) throws(ItemError) -> AttributeValue {
        if let value = try literal(node, under: path, level: level) { return value }
        let name = places.words(node.range)
        throw places.error("Unsupported data type: \(name) under key \(path)", at: node.range)
    }

    /// The entries of a map or of an item.
    func map(
        _ entries: [(key: SyntaxNode, value: SyntaxNode)], under path: String,
        _ read: (String, SyntaxNode) throws(ItemError) -> AttributeValue
    ) throws(ItemError) -> AttributeMap {
        var map = AttributeMap()
        for (key, node) in entries {
            guard case .string(let name) = key.kind else {
                throw .validation(
                    "Tuple keys must be of type String. Actual type: \(places.words(key.range)) under \(path)"
                )
            }
            guard map[name] == nil else {
                throw .validation("Duplicate keys in tuple. Key: \(name) under \(path)")
            }
            map[name] = try read(name, node)
        }
        return map
    }

    /// A number as Java's BigDecimal reads it: its exponent, and the number of its decimals less that, are of
    /// 32 bits.
    private func number(_ text: String, under path: String) throws(ItemError) -> Number {
        let parts = text.lowercased().split(separator: "e", maxSplits: 1)
        let decimals = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimalCount = decimals.count > 1 ? decimals[1].utf8.count : 0
        if parts.count > 1 {
            guard let exponent = Int32(parts[1]), Int32(exactly: decimalCount - Int(exponent)) != nil else {
                throw .notWellFormed()
            }
        }
        do throws(ItemError) { return try Number(parsing: text) } catch {
            throw .validation("\(error.text) under \(path)")
        }
    }

    private func set(_ elements: [SyntaxNode], under path: String) throws(ItemError) -> AttributeValue {
        guard !elements.isEmpty else { throw .validation("Empty bags are not supported") }
        var strings: [String] = []
        var numbers: [Number] = []
        for element in elements {
            switch element.kind {
            case .string(let text): strings.append(text)
            case .number(let text): numbers.append(try number(text, under: path))
            case .path, .bool, .null, .missing, .parameter, .list, .map, .set, .call, .not, .negative,
                .binary,
                .between, .isIn, .isType:
                throw .mixedSet
            }
        }
        if numbers.isEmpty {
            guard let members = MemberSet(distinct: strings) else { throw duplicates(strings) }
            return .stringSet(members)
        }
        guard strings.isEmpty else { throw .mixedSet }
        guard let members = MemberSet(distinct: numbers) else { throw duplicates(numbers.map(\.text)) }
        return .numberSet(members)
    }

    private func duplicates(_ members: [String]) -> ItemError {
        .invalidParameter("Input collection [\(members.joined(separator: ", "))] contains duplicates.")
    }
}
