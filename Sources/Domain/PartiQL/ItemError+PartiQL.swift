import Items

/// The texts of refused statements. Source: the answers of the service, as the test suites of SDKs and other
/// implementations record them.
extension ItemError {
    /// The statement's syntax is wrong; where the service says no more, `detail` is empty.
    static func notWellFormed(_ detail: String = "") -> ItemError {
        .validation("Statement wasn't well formed, can't be processed: \(detail)")
    }

    /// A whole statement stands there, and then something more.
    static let leftOver = ItemError.notWellFormed("Unexpected token after expression")
    /// No expression stands where one must.
    static let unexpectedTerm = ItemError.notWellFormed("Unexpected term")
    /// A table or column has another name.
    static let aliasing = ItemError.validation("Aliasing is not supported")
    /// A name is `""`.
    static let emptyComponent = ItemError.validation("Path component cannot be an empty string")
    /// A select's projection has something else than a path.
    static let unexpectedComponent = "Unexpected path component"
    /// UPDATE, DELETE or INSERT on something else than a table.
    static let notOneTable = ItemError.validation(
        "FROM clause may only contain a single table name in data manipulation statements")
    /// A select from several tables.
    static let severalSources = ItemError.validation("Only select from a single table or index is supported.")
    /// The item of an INSERT is no map.
    static let notAMap = ItemError.validation(
        "Unsupported format in item expression. Please use struct format {...} to express item values for insert "
            + "statement.")
    /// An INSERT of several items.
    static let severalItems = ItemError.validation(
        "Unsupported operation: Inserting multiple items in a single statement is not supported, use "
            + "\"INSERT INTO tableName VALUE item\" instead")
    /// A set has members of two kinds, or such as no set has.
    static let mixedSet = ItemError.validation(
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags")
    /// `= MISSING`.
    static let comparedMissing = ItemError.validation("MISSING must be compared using IS operator")
    /// The WHERE clause is no condition.
    static let notACondition = ItemError.validation(
        "WHERE clause must contain an expression that resolves to a boolean")
    /// A write does not say of every key attribute what it equals.
    static let incompleteKey = ItemError.validation(
        "Where clause does not contain a mandatory equality on all key attributes")

    /// There are more `?` than parameters.
    static let parameterCount = ItemError.validation(
        "Number of parameters in request and statement don't match.")

    /// A key attribute's value is of another kind than the table says.
    static func wrongKeyType(_ name: String) -> ItemError {
        .validation("Key attribute's data type should match its data type in table's schema: Key \(name)")
    }

    /// A key attribute is not in the item.
    static func missingKey(_ name: String) -> ItemError {
        .validation("Key attribute should be present in the item: Key \(name)")
    }

    /// An operand certainly has a kind that the operator or function does not take.
    static func operandType(_ type: String, in name: String) -> ItemError {
        .validation(
            "Incorrect operand type for operator or function; operator or function: \(name), "
                + "operand type: \(type)")
    }

    /// A function has too few operands, or too many.
    static func operandCount(_ count: Int, of name: String) -> ItemError {
        .validation(
            "Incorrect number of operands for operator or function; operator or function: \(name), "
                + "number of operands: \(count)")
    }
}
