import Base
import Gateway
import Items

/// What DynamoDB asks of a key schema, in AWS's words.
struct KeyRules {
    /// The attributes of a key.
    struct Key: Hashable {
        var partitions: [String]
        var sorts: [String]

        var names: [String] { partitions + sorts }
    }

    /// The names of the attributes that the request defines, in its order.
    let attributes: [String]

    /// Them as they are named in messages.
    var list: String { attributes.joined(separator: ", ") }

    /// The key of a schema that keeps the rules.
    /// - Parameter isTable: whether it is a table's or a local index's, which have one attribute of a kind at the most.
    /// - Throws: ValidationException.
    func check(_ elements: [WireTable.KeyElement], isTable: Bool) throws(WireError) -> Key {
        let names = elements.map { $0.name ?? "" }
        if isTable, names.count > attributes.count {
            throw .validation("Invalid KeySchema: Some index key attribute have no definition")
        }
        let defined = MemberSet(attributes)
        guard names.allSatisfy({ defined.contains($0) }) else {
            throw .invalidTable(
                "Some index key attributes are not defined in AttributeDefinitions. Keys: "
                    + "[\(names.joined(separator: ", "))], AttributeDefinitions: [\(list)]")
        }
        guard MemberSet(names).count == names.count else {
            throw .validation(
                names.count == 2
                    ? "Both the Hash Key and the Range Key element in the KeySchema have the same name"
                    : "The KeySchema contains multiple key attributes with the same name")
        }
        guard elements.first?.type == "HASH" else {
            throw .validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
        }
        if isTable, elements.count == 2, elements[1].type != "RANGE" {
            throw .validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
        }
        let partitions = elements.prefix { $0.type == "HASH" }
        let sorts = elements.dropFirst(partitions.count)
        guard sorts.allSatisfy({ $0.type == "RANGE" }) else {
            throw .invalidTable("All HASH key attributes must precede RANGE key attributes in the KeySchema")
        }
        for (part, kind) in [(partitions, "HASH"), (sorts, "RANGE")]
        where part.count > Limits.keySideAttributesMax {
            throw .invalidTable(
                "The KeySchema exceeds the maximum allowed number of \(kind) key attributes")
        }
        return Key(partitions: partitions.map { $0.name ?? "" }, sorts: sorts.map { $0.name ?? "" })
    }
}

/// What DynamoDB asks of tags, in AWS's words.
enum TagRules {
    /// The tags by key.
    /// - Throws: ValidationException.
    static func tags(_ tags: [WireTable.Tag]) throws(WireError) -> [String: String] {
        var checked: [String: String] = [:]
        for tag in tags {
            let key = try self.key(tag.key)
            guard let value = tag.value, value.utf16.count <= Limits.tagValueLengthMax else {
                throw .validation("The Tag Value provided is invalid, Value: \(tag.value ?? "null")")
            }
            guard checked.updateValue(value, forKey: key) == nil else {
                throw .validation("Duplicate Tag Keys provided as input: Duplicate Tag Key found \(key)")
            }
        }
        guard checked.count <= Limits.tagsMax else {
            throw .validation("Number of Tags exceed the current limit for the provided ResourceArn")
        }
        return checked
    }

    /// A tag's key.
    /// - Throws: ValidationException.
    static func key(_ key: String?) throws(WireError) -> String {
        guard let key, !key.isEmpty, key.utf16.count <= Limits.tagKeyLengthMax else {
            throw .validation("The Tag Key provided is invalid, Key: \(key ?? "null")")
        }
        guard !key.lowercased().hasPrefix("aws:") else {
            throw .validation("Tag Key cannot be prefixed with aws:, Key: \(key)")
        }
        return key
    }
}

extension Limits {
    /// Characters of a tag's key. Source: DynamoDB API reference, Tag.
    static let tagKeyLengthMax = 128
    /// Characters of a tag's value.
    static let tagValueLengthMax = 256
    /// Tags of one page of ListTagsOfResource. Source: DynamoDB API reference: up to ten.
    static let listedTagsMax = 10
}
