import Base

/// A request's ExpressionAttributeNames and ExpressionAttributeValues, and which of them expressions have
/// used.
public struct ExpressionAttributes: Sendable {
    /// ExpressionAttributeNames, by `#name`; nil where the request has none.
    public let names: [String: String]?
    /// ExpressionAttributeValues, by `:name`; nil where the request has none.
    public let values: [String: AttributeValue]?
    private var usedNames: Set<String> = []
    private var usedValues: Set<String> = []

    /// The names and values of a request.
    public init(names: [String: String]? = nil, values: [String: AttributeValue]? = nil) {
        self.names = names
        self.values = values
    }

    /// Checks that the maps are not empty and that their keys have the form `#name` and `:name`.
    /// - Throws: `validation` in AWS's words.
    public func checkKeys() throws(ItemError) {
        if let names {
            guard !names.isEmpty else { throw .validation("ExpressionAttributeNames must not be empty") }
            try Self.check(names.keys, mark: UInt8(ascii: "#"), parameter: "ExpressionAttributeNames")
            for (key, name) in names.sorted(by: { $0.key < $1.key }) where name.isEmpty {
                throw .validation(
                    "ExpressionAttributeNames contains invalid value: Empty attribute name; key: \(key)")
            }
            for (key, name) in names.sorted(by: { $0.key < $1.key })
            where name.utf8.count > Limits.attributeNameBytesMax {
                throw .validation(
                    "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be "
                        + "less than 65536 bytes; key: \(key)")
            }
        }
        if let values {
            guard !values.isEmpty else { throw .validation("ExpressionAttributeValues must not be empty") }
            try Self.check(values.keys, mark: UInt8(ascii: ":"), parameter: "ExpressionAttributeValues")
        }
    }

    /// Reads ExpressionAttributeNames, a JSON object of strings.
    /// - Throws: `serialization`.
    public static func readNames(from reader: inout JSONReader) throws(ItemError) -> [String: String] {
        try reader.beginObject(as: .map)
        var names: [String: String] = [:]
        var odd: String?
        while try reader.nextItemMember() {
            let key = try reader.itemMemberName()
            if Self.isOdd(key) { odd = key }
            names[key] = try reader.itemString()
        }
        Self.restore(odd, in: &names)
        return names
    }

    /// Reads ExpressionAttributeValues, a JSON object of attribute values.
    /// - Throws: `serialization`; `validation`, which names the key whose value breaks a rule. A key of a
    ///   wrong form comes before any wrong value, as with AWS.
    public static func readValues(from reader: inout JSONReader) throws(ItemError) -> [String: AttributeValue]
    {
        try reader.beginObject(as: .map)
        var values: [String: AttributeValue] = [:]
        var fault: ItemError?
        var odd: String?
        while try reader.nextItemMember() {
            let key = try reader.itemMemberName()
            if Self.isOdd(key) { odd = key }
            let start = reader.mark()
            do throws(ItemError) {
                values[key] = try AttributeValue.read(from: &reader)
            } catch {
                guard case .validation(let text) = error else { throw error }
                fault =
                    fault
                    ?? .validation("ExpressionAttributeValues contains invalid value: \(text) for key \(key)")
                values[key] = .null
                reader.restore(start)
                try reader.skipItemValue()
            }
        }
        Self.restore(odd, in: &values)
        guard let fault else { return values }
        try check(values.keys, mark: UInt8(ascii: ":"), parameter: "ExpressionAttributeValues")
        throw fault
    }

    /// Checks that expressions have used every name and every value.
    /// - Throws: `validation` that lists the unused ones.
    public func checkAllUsed() throws(ItemError) {
        try Self.checkUsed(names?.keys, usedNames, parameter: "ExpressionAttributeNames")
        try Self.checkUsed(values?.keys, usedValues, parameter: "ExpressionAttributeValues")
    }

    /// Checks that there are neither names nor values: for a request without expressions.
    /// - Throws: `validation` in AWS's words.
    public func checkAbsent() throws(ItemError) {
        for (isPresent, parameter) in [
            (names != nil, "ExpressionAttributeNames"), (values != nil, "ExpressionAttributeValues"),
        ] where isPresent {
            throw .validation("\(parameter) can only be specified when using expressions")
        }
    }

    /// The attribute name behind `#name`, which counts as used.
    mutating func name(_ key: String) -> String? {
        guard let name = names?[key] else { return nil }
        usedNames.insert(key)
        return name
    }

    /// The value behind `:name`, which counts as used.
    mutating func value(_ key: String) -> AttributeValue? {
        guard let value = values?[key] else { return nil }
        usedValues.insert(key)
        return value
    }

    /// Whether a key is none that may be: all of those are ASCII.
    private static func isOdd(_ key: String) -> Bool { key.utf8.contains { $0 >= 0x80 } }

    /// Sees to it that an odd key is among the others, which are refused with it: to Swift's strings the Kelvin sign is `K`, so
    /// that the one key may have taken the other's place.
    private static func restore<Value>(_ odd: String?, in entries: inout [String: Value]) {
        guard let odd, let value = entries.removeValue(forKey: odd) else { return }
        entries[odd] = value
    }

    private static func check(
        _ keys: some Collection<String>, mark: UInt8, parameter: String
    ) throws(ItemError) {
        for key in keys.sorted() {
            let bytes = key.utf8
            guard bytes.count > 1, bytes.first == mark,
                bytes.dropFirst().allSatisfy(ExpressionLexer.isNameByte)
            else { throw .validation("\(parameter) contains invalid key: Syntax error; key: \"\(key)\"") }
        }
    }

    private static func checkUsed(
        _ keys: (some Collection<String>)?, _ used: Set<String>, parameter: String
    ) throws(ItemError) {
        guard let keys, keys.count > used.count else { return }
        let unused = keys.filter { !used.contains($0) }.sorted().joined(separator: ", ")
        throw .validation("Value provided in \(parameter) unused in expressions: keys: {\(unused)}")
    }
}
