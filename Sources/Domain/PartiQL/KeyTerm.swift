import Items

/// What one comparison says of one attribute.
enum KeyTerm: Sendable {
    case compare(Condition.Comparator, AttributeValue)
    case between(AttributeValue, AttributeValue)
    case isIn([AttributeValue])
    case beginsWith(AttributeValue)

    /// The values that it has.
    var values: [AttributeValue] {
        switch self {
        case .compare(_, let value), .beginsWith(let value): [value]
        case .between(let lower, let upper): [lower, upper]
        case .isIn(let values): values
        }
    }
}

extension Condition {
    /// The attribute that it compares with values of the request, and how; nil where it does something else.
    var keyTerm: (name: String, term: KeyTerm)? {
        switch self {
        case .compare(let comparator, .path(let path), .value(let value)) where path.isTopLevel:
            return (path.attributeName, .compare(comparator, value))
        case .compare(let comparator, .value(let value), .path(let path)) where path.isTopLevel:
            return (path.attributeName, .compare(comparator.mirrored, value))
        case .between(.path(let path), .value(let lower), .value(let upper)) where path.isTopLevel:
            return (path.attributeName, .between(lower, upper))
        case .isIn(.path(let path), let operands) where path.isTopLevel:
            let values = operands.compactMap(\.literal)
            return values.count == operands.count ? (path.attributeName, .isIn(values)) : nil
        case .beginsWith(.path(let path), .value(let prefix)) where path.isTopLevel:
            return (path.attributeName, .beginsWith(prefix))
        case .compare, .between, .isIn, .beginsWith, .and, .or, .not, .exists, .notExists, .hasType,
            .contains, .isItem:
            return nil
        }
    }
}
