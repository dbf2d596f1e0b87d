import Base
import Gateway
import Items

/// Checks that several operations share.
extension GatewayAPI {
    /// What comes before anything else is looked at: the table's name, which is answered first and alone.
    func requireTableName(_ request: WireRequest) throws(WireError) -> String {
        guard let name = request.tableName else {
            throw .validation("The parameter 'TableName' is required but was not present in the request")
        }
        var check = ConstraintCheck()
        check.table(name, "tableName")
        try check.finish()
        return name
    }

    /// The table of that name, as the caller's session sees it.
    func table(_ name: String, _ caller: GatewayCaller) throws(WireError) -> GatewayTable {
        let name = try TableReference.name(name, region: caller.regionName)
        do throws(GatewayError) {
            if let table = try gateway.table(named: name, for: caller.session) { return table }
        } catch { throw WireError(error) }
        throw WireError(GatewayError.tableNotFound("Requested resource not found"))
    }

    /// The parameters of `ReturnConsumedCapacity` that change anything.
    func reported(_ value: String?) -> String? { value == "NONE" ? nil : value }

    /// Does what Items may refuse.
    func checked<Value>(_ body: () throws(ItemError) -> Value) throws(WireError) -> Value {
        do throws(ItemError) { return try body() } catch { throw WireError(error) }
    }

    /// Answers the first value that broke a rule, where there is one.
    func throwDeferred(_ request: WireRequest) throws(WireError) {
        if let error = request.deferred { throw WireError(error) }
    }
}

/// The expressions of a request and the names and values that they share.
struct WireExpressions {
    private var attributes: ExpressionAttributes
    private var hasAny = false

    /// - Throws: ValidationException where names or values are of a wrong form.
    init(names: [String: String]?, values: [String: AttributeValue]?) throws(WireError) {
        attributes = ExpressionAttributes(names: names, values: values)
    }

    /// Checks the names' and values' own form, once it is clear that there are expressions.
    mutating func begin(_ expressions: String?...) throws(WireError) {
        hasAny = expressions.contains { $0 != nil }
        do throws(ItemError) {
            if hasAny {
                try attributes.checkKeys()
            } else {
                try attributes.checkAbsent()
            }
        } catch { throw WireError(error) }
    }

    /// Reads an expression, where there is one.
    mutating func parse<Expression>(
        _ text: String?, _ read: (String, inout ExpressionAttributes) throws(ItemError) -> Expression
    ) throws(WireError) -> Expression? {
        guard let text else { return nil }
        do throws(ItemError) { return try read(text, &attributes) } catch { throw WireError(error) }
    }

    /// Checks that every name and value has been used.
    func finish() throws(WireError) {
        guard hasAny else { return }
        do throws(ItemError) { try attributes.checkAllUsed() } catch { throw WireError(error) }
    }
}
