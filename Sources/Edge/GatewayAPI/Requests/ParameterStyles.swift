/// The older and the newer parameters of an operation, which a request must not mix, by the names and in the
/// order in which errors list them. Source: Developer Guide, "Legacy conditional parameters"; the texts are
/// the service's own.
struct ParameterStyles {
    let older: [(name: String, isThere: Bool)]
    let newer: [(name: String, isThere: Bool)]
    /// ExpressionAttributeNames and ExpressionAttributeValues.
    let hasNames: Bool
    let hasValues: Bool

    /// - Throws: ValidationException where both styles are used, or names or values without an expression
    ///   that could use them.
    func check() throws(WireError) {
        let used = newer.filter(\.isThere).map(\.name)
        guard !used.isEmpty else {
            if hasNames {
                throw .validation("ExpressionAttributeNames can only be specified when using expressions")
            }
            return try checkValues()
        }
        var mixed = older.filter(\.isThere).map(\.name)
        // KeyConditions may stand beside the other expressions.
        if !used.contains("KeyConditionExpression") { mixed.removeAll { $0 == "KeyConditions" } }
        guard mixed.isEmpty else {
            throw .validation(
                "Can not use both expression and non-expression parameters in the same request: "
                    + "Non-expression parameters: {\(mixed.joined(separator: ", "))} "
                    + "Expression parameters: {\(used.joined(separator: ", "))}")
        }
        try checkValues()
    }

    /// A projection has no use for values.
    private func checkValues() throws(WireError) {
        let expressions = newer.filter { $0.name != "ProjectionExpression" }
        guard hasValues, !expressions.isEmpty, expressions.allSatisfy({ !$0.isThere }) else { return }
        throw .validation(
            "ExpressionAttributeValues can only be specified when using expressions: "
                + expressions.map(\.name).joined(separator: " and ")
                + (expressions.count == 1 ? " is null" : " are null"))
    }
}

extension WireRequest {
    /// Checks that the styles are not mixed. Costs nothing where the request has only expressions without
    /// names and values, or neither.
    /// - Parameter styles: GetItem's, …
    func checkStyles(_ styles: (WireRequest) -> ParameterStyles) throws(WireError) {
        if legacy == nil, names == nil, values == nil { return }
        try styles(self).check()
    }

    private func styles(
        _ older: [(name: String, isThere: Bool)], _ newer: [(name: String, isThere: Bool)]
    ) -> ParameterStyles {
        ParameterStyles(older: older, newer: newer, hasNames: names != nil, hasValues: values != nil)
    }

    /// GetItem's.
    static func getStyles(_ request: WireRequest) -> ParameterStyles {
        request.styles(
            [("AttributesToGet", request.legacy?.attributesToGet != nil)],
            [("ProjectionExpression", request.projectionExpression != nil)])
    }

    /// PutItem's and DeleteItem's.
    static func writeStyles(_ request: WireRequest) -> ParameterStyles {
        request.styles(
            [
                ("Expected", request.legacy?.expected != nil),
                ("ConditionalOperator", request.legacy?.conditionalOperator != nil),
            ], [("ConditionExpression", request.conditionExpression != nil)])
    }

    /// UpdateItem's.
    static func updateStyles(_ request: WireRequest) -> ParameterStyles {
        request.styles(
            [
                ("AttributeUpdates", request.legacy?.attributeUpdates != nil),
                ("Expected", request.legacy?.expected != nil),
                ("ConditionalOperator", request.legacy?.conditionalOperator != nil),
            ],
            [
                ("UpdateExpression", request.updateExpression != nil),
                ("ConditionExpression", request.conditionExpression != nil),
            ])
    }

    /// Query's.
    static func queryStyles(_ request: WireRequest) -> ParameterStyles {
        request.styles(
            [
                ("AttributesToGet", request.legacy?.attributesToGet != nil),
                ("QueryFilter", request.legacy?.queryFilter != nil),
                ("ConditionalOperator", request.legacy?.conditionalOperator != nil),
                ("KeyConditions", request.legacy?.keyConditions != nil),
            ],
            [
                ("ProjectionExpression", request.projectionExpression != nil),
                ("FilterExpression", request.filterExpression != nil),
                ("KeyConditionExpression", request.keyConditionExpression != nil),
            ])
    }

    /// Scan's.
    static func scanStyles(_ request: WireRequest) -> ParameterStyles {
        request.styles(
            [
                ("AttributesToGet", request.legacy?.attributesToGet != nil),
                ("ScanFilter", request.legacy?.scanFilter != nil),
                ("ConditionalOperator", request.legacy?.conditionalOperator != nil),
            ],
            [
                ("ProjectionExpression", request.projectionExpression != nil),
                ("FilterExpression", request.filterExpression != nil),
            ])
    }
}

extension WireBatch.Gets {
    /// Those of what is asked of one table.
    var styles: ParameterStyles {
        ParameterStyles(
            older: [("AttributesToGet", attributesToGet != nil)],
            newer: [("ProjectionExpression", projectionExpression != nil)], hasNames: names != nil,
            hasValues: false)
    }
}
