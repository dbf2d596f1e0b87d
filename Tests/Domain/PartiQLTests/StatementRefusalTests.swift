import Base
import Items
import PartiQL
import Testing

/// What the service refuses, in its words. Most are as the conformance suites record them of the service.
@Suite struct StatementRefusalTests {
    private static let leftOver = notWellFormed + "Unexpected token after expression"

    private static let malformed = [
        Refusal("SLECT * FROM \"T12\" WHERE pk = 'x'", notWellFormed + "Expected data manipulation"),
        Refusal("", notWellFormed + "Expected data manipulation"),
        Refusal("  -- nothing", notWellFormed + "Expected data manipulation"),
        Refusal("UPSERT INTO T12 VALUE {'pk': 'd'}", notWellFormed + "Expected data manipulation"),
        Refusal("SELECT * FROM \"T12\".\"gsi\" WHERE", notWellFormed + "Unexpected term"),
        Refusal("SELECT * FROM T12 WHERE pk = 1 foo", leftOver),
        Refusal("SELECT * FROM T12 WHERE pk = 1 e5", leftOver),
        Refusal("INSERT INTO T12 VALUE {'pk': 970001} foo", leftOver),
        Refusal("UPDATE T12 SET a = 9 WHERE pk = 970002 foo", leftOver),
        Refusal("DELETE FROM T12 WHERE pk = 970003 foo", leftOver),
        Refusal("SELECT * FROM T12 WHERE pk = 1)", leftOver),
        Refusal("DELETE FROM T12 WHERE pk = 1 ORDER BY pk", leftOver),
        Refusal("SELECT * FROM T12 ORDER BY pk WHERE pk = 1", leftOver),
        Refusal("SELECT pk FROM T12 WHERE pk = 't1'; SELECT pk FROM T12", leftOver),
        Refusal("FROM \"T12\" WHERE pk = 1 SET a = 1 WHERE pk = 2", leftOver),
        Refusal("INSERT INTO \"T12\" t VALUE {'pk': 'x'}", leftOver),
        Refusal("SELECT * FROM T12 WHERE pk = 1e2147483648", notWellFormed),
        Refusal("SELECT * FROM T12 WHERE pk = 1e99999999999", notWellFormed),
        Refusal("SELECT * FROM T12 WHERE pk = 1.5e-2147483647", notWellFormed),
        Refusal("SELECT * FROM T12 WHERE pk = 1 # note", notWellFormed),
        Refusal("SELECT * FROM T12 WHERE pk = 1 /* note", notWellFormed),
        Refusal("SELECT * FROM \"T12", notWellFormed),
        Refusal("SELECT * FROM T12 WHERE pk = 'x", notWellFormed),
        Refusal("SELECT * FROM T12 WHERE pk = 1x", notWellFormed),
        Refusal("SELECT * FROM T12 WHERE (pk = 1", notWellFormed + "Expected RIGHT_PAREN"),
        Refusal("SELECT * FROM T12 WHERE pad = 'none'", notWellFormed + "Unexpected keyword"),
        Refusal("SELECT * FROM T12 WHERE m.inner = 1", notWellFormed + "Invalid path dot component"),
        Refusal("UPDATE T12 SET m.inner = 1 WHERE pk = 1", notWellFormed + "Invalid path dot component"),
    ]

    private static let clauses = [
        Refusal("SELECT * FROM \"T12\" t WHERE pk = 'x'", "Aliasing is not supported"),
        Refusal("SELECT * FROM \"T12\" AS t WHERE pk = 'x'", "Aliasing is not supported"),
        Refusal("SELECT s AS x FROM T12 WHERE pk = 't1'", "Aliasing is not supported"),
        Refusal("UPDATE \"T12\" t SET a = 3 WHERE pk = 'x'", "Aliasing is not supported"),
        Refusal("DELETE FROM \"T12\" t WHERE pk = 'x'", "Aliasing is not supported"),
        Refusal("SELECT id FROM dbimp_page LIMIT 5", "Unsupported clause: LIMIT at 1:33:1"),
        Refusal("SELECT\n id FROM t12\n LIMIT 50", "Unsupported clause: LIMIT at 3:8:2"),
        Refusal("SELECT s, s FROM T12", "Duplicate identifiers in select clause: s"),
        Refusal("SELECT a.b, c.b FROM T12", "Duplicate identifiers in select clause: b"),
        Refusal(
            "SELECT *, a FROM T12",
            "Other attributes should not be present in the projection when '*' is used."),
        Refusal("SELECT attribute_exists(ss) FROM T12", "Unexpected path component at 1:8:16"),
        Refusal("SELECT COUNT(*) FROM T12", "Unexpected path component at 1:8:5"),
        Refusal("SELECT a.* FROM T12", "Unpivot path component like a.*.b are not supported"),
        Refusal("SELECT a[*] FROM T12", "Wildcard path component like a[*].b are not supported"),
        Refusal(
            "SELECT a[-1] FROM T12", "List index is not within the allowable range; index: [-1]"),
        Refusal(
            "SELECT a[2147483648] FROM T12",
            "List index is not within the allowable range; index: [2147483648]"),
        Refusal(
            "SELECT * FROM \"T12\".\"gsi\".\"extra\"",
            "A path may contain at most 2 components in the FROM clause"),
        Refusal("SELECT * FROM \"T12\".\"\" WHERE pk = 'p'", "Path component cannot be an empty string"),
        Refusal("SELECT * FROM \"\" WHERE pk = 'p'", "Path component cannot be an empty string"),
        Refusal("SELECT * FROM T12, T13", "Only select from a single table or index is supported."),
        Refusal(
            "UPDATE \"T12\".\"gsi\" SET a = 1",
            "FROM clause may only contain a single table name in data manipulation statements"),
        Refusal(
            "DELETE FROM \"T12\" WHERE pk = 'x' RETURNING MODIFIED OLD *",
            "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE "
                + "statements."),
        Refusal(
            "DELETE FROM \"T12\" WHERE pk = 'x' RETURNING ALL NEW *",
            "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE "
                + "statements."),
        Refusal(
            "UPDATE T12 SET a = 1 WHERE pk = 'x' RETURNING ALL NEW a",
            "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"),
        Refusal(
            "INSERT INTO T12 VALUE {'pk': 1} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"),
        Refusal(
            "INSERT INTO T12 << {'pk': 1}, {'pk': 2} >>",
            "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT "
                + "INTO tableName VALUE item\" instead"),
        Refusal(
            "INSERT INTO T12 VALUE 'x'",
            "Unsupported format in item expression. Please use struct format {...} to express item values for "
                + "insert statement."),
    ]

    private static let values = [
        Refusal(
            "SELECT * FROM T12 WHERE pk = 1e126",
            "Number overflow. Attempting to store a number with magnitude larger than supported range under root"
        ),
        Refusal(
            "UPDATE T12 SET a = 1e-131 WHERE pk = 970005",
            "Number underflow. Attempting to store a number with magnitude smaller than supported range under "
                + "root"),
        Refusal(
            "SELECT * FROM T12 WHERE pk = 123456789012345678901234567890123456789",
            "Attempting to store more than 38 significant digits in a Number under root"),
        Refusal(
            "INSERT INTO T12 VALUE {'pk': 1, 'm': {'x': 1e126}}",
            "Number overflow. Attempting to store a number with magnitude larger than supported range under "
                + "root.x"),
        Refusal(
            "INSERT INTO T12 VALUE {'pk': 1, 'l': [1, 1e126]}",
            "Number overflow. Attempting to store a number with magnitude larger than supported range under "
                + "root[1]"),
        Refusal(
            "INSERT INTO \"T12\" VALUE {'pk': 'x', 'ss': set_add(<<'a'>>, <<'b'>>)}",
            "Unsupported data type: set_add under key root at 1:43:7"),
        Refusal("INSERT INTO T12 VALUE {'a': 1, 'a': 2}", "Duplicate keys in tuple. Key: a under root"),
        Refusal(
            "INSERT INTO T12 VALUE {a: 1}", "Tuple keys must be of type String. Actual type: a under root"),
        Refusal("INSERT INTO T12 VALUE {'a': <<>>}", "Empty bags are not supported"),
        Refusal(
            "INSERT INTO T12 VALUE {'a': <<1, 'b'>>}",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"),
        Refusal(
            "INSERT INTO T12 VALUE {'a': <<?>>}",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags",
            [.string("x")]),
        Refusal(
            "INSERT INTO T12 VALUE {'a': <<1, 1.0>>}",
            "One or more parameter values were invalid: Input collection [1, 1] contains duplicates."),
        Refusal(
            "SELECT * FROM T12 WHERE pk = ?", "Number of parameters in request and statement don't match."),
        Refusal(
            "SELECT * FROM T12 WHERE pk = ? AND a = ?",
            "Number of parameters in request and statement don't match.", [.string("x")]),
    ]

    @Test(arguments: malformed + clauses + values)
    func refusesInTheServicesWords(_ refusal: Refusal) {
        #expect(throws: ItemError.validation(refusal.text)) {
            try PartiQLStatement.parse(refusal.statement, parameters: refusal.parameters)
        }
    }

    private static let conditions = [
        Refusal(
            "attribute_exists('ss')",
            "Operator or function requires a document path; operator or function: attribute_exists"),
        Refusal(
            "attribute_exists(?)",
            "Operator or function requires a document path; operator or function: attribute_exists",
            [.string("ss")]),
        Refusal(
            "attribute_exists()",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, number "
                + "of operands: 0"),
        Refusal(
            "attribute_exists(ss, ns)",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, number "
                + "of operands: 2"),
        Refusal("EXISTS(ss)", "Unrecognized function: exists at 1:27:6"),
        Refusal("set_add(ss, <<'x'>>) = ss", "Unrecognized function: set_add at 1:27:7"),
        Refusal(
            "a < ?",
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
            [.bool(true)]),
        Refusal(
            "a >= [1]",
            "Incorrect operand type for operator or function; operator or function: >=, operand type: L"),
        Refusal(
            "a BETWEEN ? AND ?",
            "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL",
            [.bool(true), .bool(false)]),
        Refusal(
            "a BETWEEN 2 AND 1",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
                + "operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"),
        Refusal(
            "a BETWEEN 2 AND 'x'",
            "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: "
                + "AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:x}"),
        Refusal(
            "a = a",
            "The first operand must be distinct from the remaining operands for this operator or function; "
                + "operator: =, first operand: [a]"),
        Refusal("a = MISSING", "MISSING must be compared using IS operator"),
        Refusal(
            "a IS TIMESTAMP",
            "Unsupported data type for IS operator: TIMESTAMP. Supported data types are [MISSING, NULL, BOOLEAN, "
                + "BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"),
        Refusal("a", "WHERE clause must contain an expression that resolves to a boolean"),
        Refusal("a AND b = 1", "The arguments to AND/OR must be Expressions"),
        Refusal("NOT a", "The argument to NOT must be a Type or Expression"),
        Refusal("a + 1 = 2", "Unsupported operator in Condition Expression. Operator: +"),
        Refusal("a LIKE 'x'", "Unsupported operator in Condition Expression. Operator: LIKE"),
        Refusal(
            "a IN []",
            "IN operator must have a left hand argument of type Variable Reference and right hand argument of type "
                + "Seq with at least one member"),
        Refusal(
            "1 IN [1]",
            "IN operator must have a left hand argument of type Variable Reference and right hand argument of type "
                + "Seq with at least one member"),
        Refusal(
            "a IN [\((0...100).map(String.init).joined(separator: ","))]",
            "The IN operator is provided with too many operands; number of operands: 101"),
        Refusal(
            "attribute_type(a, 'Q')",
            "Invalid attribute type name found; type: Q, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"),
        Refusal(
            (0...301).map { "a=\($0)" }.joined(separator: " OR "),
            "The expression contains too many operators; operator count: 301"),
    ]

    @Test(arguments: conditions)
    func refusesConditionsInTheServicesWords(_ refusal: Refusal) {
        let statement = "SELECT * FROM \"T12\" WHERE \(refusal.statement)"
        #expect(throws: ItemError.validation(refusal.text)) {
            try PartiQLStatement.parse(statement, parameters: refusal.parameters)
        }
    }

    @Test func refusesALongStatement() throws {
        let room = Limits.statementUnitsMax - "SELECT * FROM t WHERE a = ''".utf16.count
        let longest = "SELECT * FROM t WHERE a = '\(String(repeating: "é", count: room))'"
        #expect(try PartiQLStatement.parse(longest).table == "t")
        #expect(
            throws: ItemError.validation(
                "1 validation error detected: Value '\(longest) ' at 'statement' failed to satisfy constraint: "
                    + "Member must have length less than or equal to 8192")
        ) { try PartiQLStatement.parse(longest + " ") }
    }

    @Test func refusesValuesTooDeep() throws {
        func nested(_ count: Int) -> String {
            "INSERT INTO t VALUE {'a': \(String(repeating: "[", count: count))1"
                + "\(String(repeating: "]", count: count))}"
        }
        #expect(try insert(nested(31)).item.attributes.count == 1)
        #expect(
            throws: ItemError.validation(
                "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
                    + "supported limit")
        ) { try PartiQLStatement.parse(nested(32)) }
    }
}
