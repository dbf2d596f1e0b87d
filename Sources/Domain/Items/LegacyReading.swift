extension KeyConditionExpression {
    /// What KeyConditions asks for: one or two conditions, more where an index's key has several attributes.
    /// - Throws: `validation` in AWS's words; an operator that no key can be searched by is refused only by
    ///   `resolve`.
    public static func keyConditions(
        _ conditions: LegacyEntries<LegacyCondition>
    ) throws(ItemError) -> KeyConditionExpression {
        var terms: [(name: String, term: Term)] = []
        try conditions.checkNames()
        for (name, condition) in conditions.entries {
            try condition.check()
            terms.append((name, condition.keyTerm))
        }
        guard !terms.isEmpty else { throw .keyConditionCount }
        return KeyConditionExpression(terms: terms, attributeNames: conditions.names, isLegacy: true)
    }
}

extension LegacyCondition {
    /// What it means for a key attribute; checked before.
    fileprivate var keyTerm: KeyConditionExpression.Term {
        switch comparison {
        case .equal: .compare(.equal, arguments[0])
        case .lessOrEqual: .compare(.lessOrEqual, arguments[0])
        case .less: .compare(.less, arguments[0])
        case .greaterOrEqual: .compare(.greaterOrEqual, arguments[0])
        case .greater: .compare(.greater, arguments[0])
        case .beginsWith: .beginsWith(arguments[0])
        case .between: .between(arguments[0], arguments[1])
        case .notEqual, .notNull, .null, .contains, .notContains, .isIn: .notIndexable
        }
    }
}

extension ProjectionExpression {
    /// What AttributesToGet asks for: whole attributes.
    /// - Throws: `validation` where a name stands twice, in AWS's words.
    public static func attributesToGet(_ names: [String]) throws(ItemError) -> ProjectionExpression {
        var seen: Set<DocumentPath> = []
        for name in names where !seen.insert(DocumentPath(name)).inserted {
            throw .invalidParameter("Duplicate value in attribute name: \(name)")
        }
        for name in names { try ItemError.check(attributeName: name) }
        return ProjectionExpression(attributesToGet: names)
    }
}
