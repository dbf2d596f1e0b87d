import Base
import Items
import Tables
import TestKit

/// The model's values as the engine takes them, and the engine's as the model has them.
enum Conversion {
    static func attributeValue(_ value: ModelValue) throws -> AttributeValue {
        switch value {
        case .string(let text): .string(text.string)
        case .number(let number): .number(try Number(parsing: number.text))
        case .binary(let bytes): .binary(bytes)
        case .bool(let flag): .bool(flag)
        case .null: .null
        case .list(let values): .list(try values.map(attributeValue))
        case .map(let map): .map(try item(map).attributes)
        case .strings(let set): .stringSet(MemberSet(set.map(\.string)))
        case .numbers(let set): .numberSet(MemberSet(try set.map { try Number(parsing: $0.text) }))
        case .binaries(let set): .binarySet(MemberSet(set))
        }
    }

    static func item(_ model: ModelItem) throws -> Item {
        var item = Item()
        for (name, value) in model { item.attributes[name.string] = try attributeValue(value) }
        return item
    }

    static func modelValue(_ value: AttributeValue) throws -> ModelValue {
        switch value {
        case .string(let text): .string(Text(text))
        case .number(let number): .number(try exact(number))
        case .binary(let bytes): .binary(bytes)
        case .bool(let flag): .bool(flag)
        case .null: .null
        case .list(let values): .list(try values.map(modelValue))
        case .map(let map): .map(try modelItem(Item(attributes: map)))
        case .stringSet(let set): .strings(Set(set.map { Text($0) }))
        case .numberSet(let set): .numbers(Set(try set.map(exact)))
        case .binarySet(let set): .binaries(Set(set))
        }
    }

    static func modelItem(_ item: Item) throws -> ModelItem {
        var model: ModelItem = [:]
        for (name, value) in item.attributes { model[Text(name)] = try modelValue(value) }
        guard model.count == item.attributes.count else { throw Wrong("an item names an attribute twice") }
        return model
    }

    /// The item of an image, which must be stored as every equal item is.
    static func modelItem(_ image: ItemImage) throws -> ModelItem {
        let item = try Item(decoding: image.bytes)
        guard item.encoded() == image.bytes else {
            throw Wrong(
                "an image is not as its item is encoded: \(String(decoding: image.bytes, as: UTF8.self))")
        }
        return try modelItem(item)
    }

    private static func exact(_ number: Number) throws -> ExactDecimal {
        guard let exact = ExactDecimal(number.text), exact.text == number.text else {
            throw Wrong("the number `\(number.text)` is not normalized")
        }
        return exact
    }

    static func keySchema(_ model: ModelKeySchema) throws -> KeySchema {
        KeySchema(
            partitions: try model.partition.map(keyAttribute), sorts: try model.sort.map(keyAttribute))
    }

    private static func keyAttribute(_ model: ModelKeyAttribute) throws -> KeyAttribute {
        guard let type = KeyType(rawValue: model.type.rawValue) else { throw Wrong("no key is of that kind") }
        return KeyAttribute(name: model.name.string, type: type)
    }

    static func tableSchema(_ model: ModelSchema) throws -> TableSchema {
        guard let name = TableName(model.name) else { throw Wrong("`\(model.name)` is no table's name") }
        return TableSchema(
            name: name, key: try keySchema(model.key),
            indexes: try model.indexes.map { index in
                let projection: IndexSchema.Projection =
                    switch index.projection {
                    case .all: .all
                    case .keysOnly: .keysOnly
                    case .include(let names): .include(names.map(\.string))
                    }
                return IndexSchema(
                    name: index.name, key: try keySchema(index.key), projection: projection,
                    kind: index.isLocal ? .local : .global)
            })
    }
}

/// Something that must not be, found outside the comparison of answers.
struct Wrong: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
