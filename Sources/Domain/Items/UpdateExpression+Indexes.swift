extension UpdateExpression {
    /// What is told of an update that gives an item attributes which cannot be an index's key: of values that the request has
    /// itself the same as of a put, but for empty ones; of others, such as another attribute's, texts of their own. Nil where
    /// the update leaves those attributes as they were, with values from before the index: the item stays out of it.
    ///
    /// Source: what the service answers, as dynalite's tests and later recordings of it have it; API reference,
    /// TransactWriteItems, the messages of a ValidationError.
    /// - Parameter error: what `KeySchema.indexKey(of:index:)` throws of the new item.
    public func indexKeyError(
        _ error: ItemError, key: KeySchema, from old: Item?, to new: Item
    ) -> ItemError? {
        let changed = key.attributes.filter { attribute in
            new.attributes[attribute.name] != old?.attributes[attribute.name]
        }
        guard !changed.isEmpty else { return nil }
        for attribute in changed {
            switch new.attributes[attribute.name] {
            case .string("")? where attribute.type == .string: return .emptyIndexKey("string")
            case .binary([])? where attribute.type == .binary: return .emptyIndexKey("binary")
            case let value? where value.type != attribute.type.attributeType:
                return hasLiteral(for: attribute) ? error : .unsupportedIndexKey
            default: break
            }
        }
        return changed.allSatisfy(hasLiteral) ? error : .oversizedIndexKey
    }

    /// Checks that the update gives no key attribute an empty value that the request has itself.
    /// - Throws: `validation` in AWS's words.
    public func checkNotEmpty(_ key: KeySchema) throws(ItemError) {
        for attribute in key.attributes {
            for (path, action) in actions where path.isTopLevel && attribute.isNamed(path.attributeName) {
                switch (action, attribute.type) {
                case (.set(.value(.string(""))), .string): throw .emptyIndexKey("string")
                case (.set(.value(.binary([]))), .binary): throw .emptyIndexKey("binary")
                default: break
                }
            }
        }
    }

    private func hasLiteral(for attribute: KeyAttribute) -> Bool {
        actions.contains { path, action in
            guard path.isTopLevel, attribute.isNamed(path.attributeName), case .set(.value) = action else {
                return false
            }
            return true
        }
    }
}

extension ItemError {
    fileprivate static let unsupportedIndexKey = ItemError.validation(
        "The update expression attempted to update the secondary index key to unsupported type")
    fileprivate static let oversizedIndexKey = ItemError.validation(
        "The update expression attempted to update the secondary index key beyond allowed size limits")

    fileprivate static func emptyIndexKey(_ kind: String) -> ItemError {
        .validation(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key "
                + "to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty "
                + "\(kind) value.")
    }
}
