import Base

/// An UpdateExpression. Source: DynamoDB Developer Guide, "Update expressions".
public struct UpdateExpression: Sendable {
    /// What happens at a path.
    package enum Action: Sendable {
        case set(Operand)
        case remove
        case add(AttributeValue)
        case delete(AttributeValue)
    }

    let actions: [(path: DocumentPath, action: Action)]
    /// The names of the attributes that it mentions.
    public let attributeNames: MemberSet<String>
    private let nestedNames: MemberSet<String>
    /// Whether it was AttributeUpdates, about which an error has another text.
    private let isLegacy: Bool

    init(
        _ actions: [(path: DocumentPath, action: Action)], attributeNames: MemberSet<String>,
        nestedNames: MemberSet<String>, isLegacy: Bool
    ) {
        self.actions = actions
        self.attributeNames = attributeNames
        self.nestedNames = nestedNames
        self.isLegacy = isLegacy
    }

    /// The actions of AttributeUpdates, which knows no paths into attributes.
    init(legacy actions: [(path: DocumentPath, action: Action)], attributeNames: MemberSet<String>) {
        self.init(actions, attributeNames: attributeNames, nestedNames: [], isLegacy: true)
    }

    /// An update that changes nothing but makes the item where there is none: UpdateItem without an expression.
    public static let nothing = UpdateExpression(
        [], attributeNames: [], nestedNames: [], isLegacy: false)

    /// Reads an update; what it uses of `attributes` counts as used.
    /// - Throws: `validation` in AWS's words.
    public static func parse(
        _ text: String, _ attributes: inout ExpressionAttributes
    ) throws(ItemError) -> UpdateExpression {
        var parser = try ExpressionParser(text, kind: .update, taking: &attributes)
        defer { attributes = parser.attributes }
        let actions = try parser.parseUpdate()
        return UpdateExpression(
            actions, attributeNames: parser.attributeNames, nestedNames: parser.nestedNames, isLegacy: false)
    }

    /// Whether it makes an item where none is: one that only removes and deletes does not.
    public var createsItem: Bool {
        actions.isEmpty
            || actions.contains { action in
                switch action.action {
                case .set, .add: true
                case .remove, .delete: false
                }
            }
    }

    /// The item after the update, and the paths that the update names. Right-hand sides see the old item.
    /// - Parameters:
    ///   - old: the item before, or nil where there is none: then the new one begins with `key`'s attributes.
    /// - Throws: `validation` in AWS's words: a key attribute would change, a path leads nowhere, a value is
    ///   missing or of the wrong kind, a number leaves the range, the item nests too deep or grows too large.
    public func apply(
        to old: Item?, key: Item, schema: KeySchema
    ) throws(ItemError) -> (item: Item, touched: [DocumentPath]) {
        try checkKeys(schema)
        let item: Item
        do throws(ItemError) {
            item = try result(of: old ?? key)
        } catch {
            throw isLegacy && error == .wrongTypeInUpdate ? .legacyTypeMismatch : error
        }
        guard actions.allSatisfy({ path, _ in item.nestingLevels(at: path) < Limits.nestingLevelsMax })
        else {
            throw .tooManyLevels
        }
        guard item.sizeBytes <= Limits.itemBytesMax else {
            throw .validation("Item size to update has exceeded the maximum allowed size")
        }
        return (item, actions.map(\.path))
    }

    private func result(of before: Item) throws(ItemError) -> Item {
        var tree = UpdateTree()
        for (path, action) in actions {
            let change: UpdateTree.Change
            switch action {
            case .set(let operand): change = .set(try operand.evaluate(in: before))
            case .remove: change = .remove
            case .add(let value): change = .add(value)
            case .delete(let value): change = .delete(value)
            }
            if isLegacy {
                tree.add(change, toAttribute: path.attributeName)
            } else {
                tree.insert(change, at: path.steps[...])
            }
        }
        var item = before
        try tree.apply(to: &item.attributes)
        return item
    }

    /// Checks that no key attribute would change and no path goes into one; `apply` does too.
    /// - Throws: `validation` in AWS's words.
    public func checkKeys(_ schema: KeySchema) throws(ItemError) {
        for (path, _) in actions {
            if let attribute = schema.attribute(named: path.attributeName) {
                throw .invalidParameter(
                    "Cannot update attribute \(attribute.name). This attribute is part of the key")
            }
        }
        try schema.checkNotNested(nestedNames)
    }
}

extension ItemError {
    fileprivate static let legacyTypeMismatch = ItemError.validation("Type mismatch for attribute to update")
}

extension Item {
    /// How many lists and maps stand inside each other in the attribute that a path begins with.
    fileprivate func nestingLevels(at path: DocumentPath) -> Int {
        attributes[path.attributeName]?.nestingLevels ?? 0
    }
}

extension AttributeValue {
    /// How many lists and maps stand inside each other. What a request brings has at most 31, and an update
    /// puts that at most 32 steps deep: so the recursion ends.
    fileprivate var nestingLevels: Int {
        switch self {
        case .list(let values): 1 + (values.map(\.nestingLevels).max() ?? 0)
        case .map(let map): 1 + (map.map(\.value.nestingLevels).max() ?? 0)
        default: 0
        }
    }
}
