import Items
import PartiQL
import Testing

/// A table with a partition key and a sort key, both strings.
let composite = KeySchema(
    partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .string))
/// A table with a partition key alone.
let simple = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
/// A table whose sort key is a number.
let numbered = KeySchema(
    partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .number))

/// An item from its JSON.
func item(_ json: String) throws(ItemError) -> Item { try Item(decoding: Array(json.utf8)) }

/// The SELECT that a statement is.
func select(_ text: String, _ parameters: [AttributeValue] = []) throws -> PartiQLSelect {
    guard case .select(let select) = try PartiQLStatement.parse(text, parameters: parameters) else {
        throw ItemError.validation("not a select: \(text)")
    }
    return select
}

/// The SELECT of everything for which a condition holds.
func selectWhere(_ condition: String, _ parameters: [AttributeValue] = []) throws -> PartiQLSelect {
    try select("SELECT * FROM \"Music\" WHERE \(condition)", parameters)
}

/// The UPDATE that a statement is.
func update(_ text: String, _ parameters: [AttributeValue] = []) throws -> PartiQLUpdate {
    guard case .update(let update) = try PartiQLStatement.parse(text, parameters: parameters) else {
        throw ItemError.validation("not an update: \(text)")
    }
    return update
}

/// The DELETE that a statement is.
func delete(_ text: String) throws -> PartiQLDelete {
    guard case .delete(let delete) = try PartiQLStatement.parse(text) else {
        throw ItemError.validation("not a delete: \(text)")
    }
    return delete
}

/// The INSERT that a statement is.
func insert(_ text: String, _ parameters: [AttributeValue] = []) throws -> PartiQLInsert {
    guard case .insert(let insert) = try PartiQLStatement.parse(text, parameters: parameters) else {
        throw ItemError.validation("not an insert: \(text)")
    }
    return insert
}

/// A refused statement with the text of its error.
struct Refusal: Sendable, CustomTestStringConvertible {
    let statement: String
    let text: String
    var parameters: [AttributeValue] = []
    var testDescription: String { statement }

    init(_ statement: String, _ text: String, _ parameters: [AttributeValue] = []) {
        self.statement = statement
        self.text = text
        self.parameters = parameters
    }
}

let notWellFormed = "Statement wasn't well formed, can't be processed: "
