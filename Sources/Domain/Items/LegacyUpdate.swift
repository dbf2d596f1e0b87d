/// What AttributeUpdates does to one attribute. Source: API reference, "AttributeValueUpdate".
public struct LegacyUpdate: Sendable {
    /// The actions, by their names on the wire.
    public enum Action: String, Sendable, CaseIterable {
        /// Sets the attribute.
        case put = "PUT"
        /// Adds to a number, unites with a set, appends to a list.
        case add = "ADD"
        /// Removes the attribute, or a set's members.
        case delete = "DELETE"
    }

    /// The action.
    public let action: Action
    /// The value; nil where the request has none.
    public let value: AttributeValue?

    /// An action with its value, unchecked.
    public init(_ action: Action = .put, _ value: AttributeValue? = nil) {
        self.action = action
        self.value = value
    }

    /// The same as an update expression has it.
    /// - Throws: `validation` where the action does not take the value, in AWS's words.
    fileprivate func expressionAction(at path: DocumentPath) throws(ItemError) -> UpdateExpression.Action {
        switch (action, value) {
        case (.put, let value?): return .set(.value(value))
        case (.delete, nil): return .remove
        case (.put, nil), (.add, nil):
            throw .invalidParameter("Only DELETE action is allowed when no attribute value is specified")
        case (.add, let value?):
            switch value {
            case .number, .stringSet, .numberSet, .binarySet: return .add(value)
            case .list: return .set(.listAppend(.ifNotExists(path, .value(.list([]))), .value(value)))
            case .string, .binary, .bool, .null, .map:
                throw .invalidParameter("ADD action is not supported for the type \(value.type.rawValue)")
            }
        case (.delete, let value?):
            switch value {
            case .stringSet, .numberSet, .binarySet: return .delete(value)
            case .string, .number, .binary, .bool, .null, .list, .map:
                throw .invalidParameter(
                    "DELETE action with value is not supported for the type \(value.type.rawValue)")
            }
        }
    }
}

extension UpdateExpression {
    /// What AttributeUpdates asks for.
    /// - Throws: `validation` where an action does not take its value, in AWS's words.
    public static func attributeUpdates(
        _ updates: LegacyEntries<LegacyUpdate>
    ) throws(ItemError) -> UpdateExpression {
        var actions: [(path: DocumentPath, action: Action)] = []
        try updates.checkNames()
        for (name, update) in updates.entries {
            let path = DocumentPath(name)
            actions.append((path, try update.expressionAction(at: path)))
        }
        return UpdateExpression(legacy: actions, attributeNames: updates.names)
    }
}
