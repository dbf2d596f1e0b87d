import Base
import Items

/// The parameters that came before expressions, as the request gives them: operators and actions are still
/// the texts that ConstraintCheck looks at. Read only where a request has one.
struct WireLegacy {
    /// Condition: an entry of KeyConditions, QueryFilter or ScanFilter.
    struct Condition {
        var comparison: String?
        var arguments: [AttributeValue] = []
    }

    /// ExpectedAttributeValue.
    struct Expectation {
        var comparison: String?
        var arguments: [AttributeValue]?
        var value: AttributeValue?
        var exists: Bool?
        /// Whether there is anything but null.
        var isThere = false
    }

    /// AttributeValueUpdate.
    struct Update {
        var action: String?
        var value: AttributeValue?
    }

    typealias Entries<Value> = [(name: String, value: Value)]

    var expected: Entries<Expectation>?
    var attributeUpdates: Entries<Update>?
    var keyConditions: Entries<Condition>?
    var queryFilter: Entries<Condition>?
    var scanFilter: Entries<Condition>?
    var attributesToGet: [String]?
    var conditionalOperator: String?

    /// Reads the member that the reader stands at, where it is an older parameter; null counts as absent.
    static func readMember(
        _ reader: inout JSONReader, into legacy: inout WireLegacy?, deferring deferred: inout ItemError?
    ) throws(WireError) -> Bool {
        guard names.contains(where: { reader.isMember($0) }) else { return false }
        if reader.readNull() { return true }
        var read = legacy ?? WireLegacy()
        try read.readMember(&reader, &deferred)
        legacy = read
        return true
    }

    private static let names: [StaticString] = [
        "Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter", "AttributesToGet",
        "ConditionalOperator",
    ]

    private mutating func readMember(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) {
        if reader.isMember("Expected") {
            expected = try Self.readEntries(&reader, of: "ExpectedAttributeValue") {
                reader throws(WireError) in
                try Self.readExpectation(&reader, &deferred)
            }
        } else if reader.isMember("AttributeUpdates") {
            attributeUpdates = try Self.readEntries(&reader, of: "AttributeValueUpdate") {
                reader throws(WireError) in
                try Self.readUpdate(&reader, &deferred)
            }
        } else if reader.isMember("KeyConditions") {
            keyConditions = try Self.readConditions(&reader, &deferred)
        } else if reader.isMember("QueryFilter") {
            queryFilter = try Self.readConditions(&reader, &deferred)
        } else if reader.isMember("ScanFilter") {
            scanFilter = try Self.readConditions(&reader, &deferred)
        } else if reader.isMember("AttributesToGet") {
            attributesToGet = try Self.readNames(&reader)
        } else {
            conditionalOperator = try reader.wireString()
        }
    }

    // MARK: Parts

    /// The names of AttributesToGet; nil for null.
    static func readNames(_ reader: inout JSONReader) throws(WireError) -> [String]? {
        guard try reader.wireArray() else { return nil }
        var names: [String] = []
        while try reader.wireElement() {
            if let name = try reader.wireString() { names.append(name) }
        }
        return names
    }

    private static func readEntries<Value>(
        _ reader: inout JSONReader, of structure: String,
        _ read: (inout JSONReader) throws(WireError) -> Value
    ) throws(WireError) -> Entries<Value> {
        try reader.beginWireMap(of: structure)
        var entries: Entries<Value> = []
        while let name = try reader.wireMemberName() { entries.append((name, try read(&reader))) }
        return entries
    }

    private static func readConditions(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> Entries<Condition> {
        try readEntries(&reader, of: "Condition") { reader throws(WireError) in
            var condition = Condition()
            guard try reader.beginWireStructure("Condition") else { return condition }
            while try reader.wireMember() {
                if reader.isMember("ComparisonOperator") {
                    condition.comparison = try reader.wireString()
                } else if reader.isMember("AttributeValueList") {
                    condition.arguments = try readValues(&reader, &deferred) ?? []
                } else {
                    try reader.wireSkip()
                }
            }
            return condition
        }
    }

    private static func readExpectation(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> Expectation {
        var expectation = Expectation()
        guard try reader.beginWireStructure("ExpectedAttributeValue") else { return expectation }
        expectation.isThere = true
        while try reader.wireMember() {
            if reader.isMember("ComparisonOperator") {
                expectation.comparison = try reader.wireString()
            } else if reader.isMember("AttributeValueList") {
                expectation.arguments = try readValues(&reader, &deferred)
            } else if reader.isMember("Value") {
                expectation.value = try readValue(&reader, &deferred)
            } else if reader.isMember("Exists") {
                expectation.exists = try reader.wireBool()
            } else {
                try reader.wireSkip()
            }
        }
        return expectation
    }

    private static func readUpdate(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> Update {
        var update = Update()
        guard try reader.beginWireStructure("AttributeValueUpdate") else { return update }
        while try reader.wireMember() {
            if reader.isMember("Action") {
                update.action = try reader.wireString()
            } else if reader.isMember("Value") {
                update.value = try readValue(&reader, &deferred)
            } else {
                try reader.wireSkip()
            }
        }
        return update
    }

    private static func readValues(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> [AttributeValue]? {
        guard try reader.wireArray() else { return nil }
        var values: [AttributeValue] = []
        while try reader.wireElement() {
            if let value = try readValue(&reader, &deferred) { values.append(value) }
        }
        return values
    }

    private static func readValue(
        _ reader: inout JSONReader, _ deferred: inout ItemError?
    ) throws(WireError) -> AttributeValue? {
        try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
            try AttributeValue.read(from: &reader)
        }
    }
}

extension JSONReader {
    /// Steps into an object that has values of one structure under the caller's names.
    fileprivate mutating func beginWireMap(of structure: String) throws(WireError) {
        do throws(JSONError) { try beginObject() } catch {
            if case .unexpected(.array, _, _) = error {
                throw .serialization(
                    "Unrecognized collection type java.util.Map<java.lang.String, "
                        + "com.amazonaws.dynamodb.v20120810.\(structure)>")
            }
            throw WireError(serializationError(error, wanted: .map))
        }
    }

    /// Steps into a structure; false for null.
    fileprivate mutating func beginWireStructure(_ name: String) throws(WireError) -> Bool {
        if readNull() { return false }
        do throws(JSONError) { try beginObject() } catch {
            throw WireError(serializationError(error, wanted: .structure(name)))
        }
        return true
    }
}
