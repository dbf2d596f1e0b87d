import Items

/// An INSERT.
public struct PartiQLInsert: Sendable {
    /// The table.
    public let table: String
    /// The item.
    public let item: Item

    init(_ table: String, _ node: SyntaxNode, _ reader: StatementReader) throws(ItemError) {
        guard case .map(let entries) = node.kind else { throw .notAMap }
        self.table = table
        item = Item(
            attributes: try reader.map(entries, under: "root") { _, node throws(ItemError) in
                try reader.value(node)
            })
    }

    /// What must hold of the item that is there: nothing has its key. Where it does not hold the insert fails
    /// as a duplicate, not as a condition.
    /// - Throws: `validation`: a key attribute is missing or of another kind.
    public func condition(for key: KeySchema) throws(ItemError) -> ConditionExpression {
        for attribute in key.attributes {
            guard let value = item[attribute.name] else { throw .missingKey(attribute.name) }
            guard value.type == attribute.type.attributeType else { throw .wrongKeyType(attribute.name) }
        }
        return ConditionExpression(.notExists(DocumentPath(key.partition.name)))
    }
}

/// An UPDATE of one item.
public struct PartiQLUpdate: Sendable {
    /// The table.
    public let table: String
    /// What changes.
    public let update: UpdateExpression
    /// What the answer shows.
    public let returning: PartiQLReturning?
    private let condition: Condition?

    init(table: String, update: UpdateExpression, condition: Condition?, returning: PartiQLReturning?) {
        self.table = table
        self.update = update
        self.condition = condition
        self.returning = returning
    }

    /// The item's key, and what must hold of the item: that it is there, and the rest of the WHERE clause.
    /// - Throws: `validation`: the WHERE clause does not say of every key attribute what it equals, or says it
    ///   twice, or of a value of another kind.
    public func target(
        of key: KeySchema
    ) throws(ItemError) -> (key: Item, condition: ConditionExpression) {
        let (item, rest) = try KeyTarget.read(condition, key)
        let exists = Condition.exists(DocumentPath(key.partition.name))
        return (item, ConditionExpression(rest.map { .and(exists, $0) } ?? exists))
    }
}

/// A DELETE of one item.
public struct PartiQLDelete: Sendable {
    /// The table.
    public let table: String
    /// What the answer shows: `allOld`, where it shows something.
    public let returning: PartiQLReturning?
    private let condition: Condition?

    init(table: String, condition: Condition?, returning: PartiQLReturning?) {
        self.table = table
        self.condition = condition
        self.returning = returning
    }

    /// The item's key, and what must hold of the item where there is one: without it the delete does nothing
    /// and succeeds.
    /// - Throws: as `PartiQLUpdate.target(of:)`.
    public func target(
        of key: KeySchema
    ) throws(ItemError) -> (key: Item, condition: ConditionExpression?) {
        let (item, rest) = try KeyTarget.read(condition, key)
        let missing = Condition.notExists(DocumentPath(key.partition.name))
        return (item, rest.map { ConditionExpression(.or(missing, $0)) })
    }
}

/// The key in a write's WHERE clause.
private enum KeyTarget {
    /// The key attributes by what they equal, and what is left of the condition.
    ///
    /// INVARIANT (only conjuncts name keys): what stands under OR or NOT is never taken for a key.
    static func read(
        _ condition: Condition?, _ schema: KeySchema
    ) throws(ItemError) -> (key: Item, rest: Condition?) {
        var key = Item()
        var rest: Condition?
        for part in condition?.conjuncts ?? [] {
            guard let name = part.comparedName, let attribute = schema.attribute(named: name) else {
                rest = rest.map { .and($0, part) } ?? part
                continue
            }
            guard let value = part.equality else { throw .incompleteKey }
            guard key[name] == nil else {
                throw .validation(
                    "Multiple conditions on same key \(name). Only single item Update/Insert/Delete are supported"
                )
            }
            guard value.type == attribute.type.attributeType else { throw .wrongKeyType(name) }
            key[name] = value
        }
        guard schema.attributes.allSatisfy({ key[$0.name] != nil }) else { throw .incompleteKey }
        return (key, rest)
    }
}

extension Condition {
    /// What AND joins.
    var conjuncts: [Condition] {
        if case .and(let left, let right) = self { left.conjuncts + right.conjuncts } else { [self] }
    }

    /// The attribute whose value this compares with values of the request; nil where it is anything else.
    var comparedName: String? { keyTerm?.name }

    /// The value that it says an attribute equals.
    var equality: AttributeValue? {
        if case .compare(.equal, let value)? = keyTerm?.term { value } else { nil }
    }
}
