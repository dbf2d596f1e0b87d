import Base
import Items
import Testing

@Suite struct ConditionExpressionTests {
    static let json = """
        {"pk":{"S":"k"},"a":{"S":"a"},"txt":{"S":"alphabet"},"n":{"N":"2"},"bin":{"B":"AQID"},"flag":{"BOOL":true},
        "nothing":{"NULL":true},"items2":{"L":[{"S":"x"},{"N":"1"},{"M":{"deep":{"S":"b"}}}]},"dict":{"M":{"x":{"N":"1"}}},
        "ss":{"SS":["a","b"]},"ns":{"NS":["1","2","3"]},"bs":{"BS":["AQI="]},"x.y":{"S":"b"},"name":{"S":"a"}}
        """

    private func holds(_ txt: String, _ item: Item?) throws -> Bool {
        var attributes = try sharedAttributes()
        return try ConditionExpression.parse(txt, kind: .condition, &attributes).matches(item)
    }

    @Test(arguments: [
        ("a = :a", true), ("a = :b", false), ("a <> :b", true), ("a <> :a", false), ("a=:one", false),
        ("a <> :one", true),
        ("n < :ten", true), ("n > :ten", false), ("n <= :two", true), ("n >= :two", true),
        ("n < :two", false),
        ("n < :a", false), ("n > :a", false), (":one < n", true), ("a < txt", true), ("absent = :a", false),
        ("absent <> :a", true), ("absent < :a", false), ("bin > :bin", true), ("flag = :true", true),
        ("nothing = :null", true), ("ss = :ss", true), ("items2 = :list", false), ("dict = :map", true),
        ("#a = :a", true),
        ("#dot = :b", true), ("#name = :a", true), ("items2[0] = :a", false), ("items2[2].deep = :b", true),
        ("items2[9] = :a", false), ("items2[2].#dot = :a", false), ("dict.x = :one", true),
        ("a.b = :a", false),
        ("n BETWEEN :one AND :ten", true), ("n between :two and :two", true),
        ("n BETWEEN :ten AND :ten", false),
        ("a BETWEEN :one AND :ten", false), (":two BETWEEN n AND :ten", true), ("n IN (:one, :two)", true),
        ("n IN (:one)", false), ("absent IN (:one, :two)", false), ("n in (:ten,n)", true),
        ("attribute_exists(a)", true), ("attribute_exists(absent)", false),
        ("attribute_exists(items2[1])", true),
        ("attribute_not_exists(a)", false), ("attribute_not_exists(items2[3])", true),
        ("attribute_type(a, :S)", true),
        ("attribute_type(ss, :SS)", true), ("attribute_type(a, :SS)", false),
        ("attribute_type(absent, :S)", false),
        ("begins_with(txt, :a)", true), ("begins_with(txt, :b)", false), ("begins_with(bin, :bin)", true),
        ("begins_with(n, :a)", false), ("begins_with(txt, :empty)", true), ("contains(txt, :b)", true),
        ("contains(txt, :Q)", false), ("contains(ss, :a)", true), ("contains(ss, :S)", false),
        ("contains(ns, :two)", true),
        ("contains(bs, :bin)", true), ("contains(bin, :bin)", true), ("contains(items2, :one)", true),
        ("contains(items2, :two)", false), ("contains(n, :two)", false), ("contains(txt, :one)", false),
        ("size(txt) = :ten", false), ("size(txt) > :two", true), ("size(ns) > size(ss)", true),
        ("size(dict) = :one", true),
        ("size(n) = :one", false), ("size(absent) = :one", false), ("size(a) IN (:one)", true),
        ("NOT a = :b", true), ("NOT NOT a = :b", false), ("a = :a AND n = :two", true),
        ("a = :a AND n = :one", false),
        // AND binds before OR, NOT before both.
        ("a = :a OR a = :b AND n = :one", true), ("(a = :a OR a = :b) AND n = :one", false),
        ("NOT a = :b AND n = :one", false), ("NOT (a = :b AND n = :one)", true),
        ("n = :one OR n = :ten OR n = :two", true),
        ("(a) = (:a)", true), ("(NOT (a = :b))", true), ("(a = :a)", true), ("not(a = :b)", true),
        ("n between :one and :ten and a = :a", true),
    ])
    func decides(_ text: String, _ expected: Bool) throws {
        #expect(try holds(text, item(Self.json)) == expected)
    }

    @Test(arguments: [
        ("attribute_not_exists(a)", true), ("attribute_exists(a)", false), ("a = :a", false),
        ("a <> :a", true),
        ("NOT a = :a", true),
    ])
    func decidesWithoutAnItem(_ text: String, _ expected: Bool) throws {
        #expect(try holds(text, nil) == expected)
    }

    /// Source: ExtendDB issue 60, which checked it with the service.
    @Test func sizesStringsInUTF16Units() throws {
        var attributes = ExpressionAttributes(values: [":n": .number(3)])
        let condition = try ConditionExpression.parse("size(s) = :n", &attributes)
        #expect(try condition.matches(["s": .string("é𝄞")]))
        #expect(try condition.matches(["s": .string("é")]) == false)
    }

    /// Parts longer and shorter than those searched for one place after the other, against a plain search.
    @Test func findsPartsOfAnyLength() throws {
        let random = SeededRandom(seed: 6)
        for round in 0..<400 {
            let text = (0..<200).map { _ in random.next() % 5 == 0 ? "b" : "a" }.joined()
            let start = Int(random.next() % 150)
            let length = 1 + Int(random.next() % 50)
            var part = String(text.dropFirst(start).prefix(length))
            if round % 2 == 0 { part = String(part.dropLast()) + (part.last == "a" ? "b" : "a") }
            var attributes = ExpressionAttributes(values: [":p": .string(part)])
            let condition = try ConditionExpression.parse("contains(t, :p)", &attributes)
            let isThere = text.indices.contains { text[$0...].hasPrefix(part) }
            #expect(try condition.matches(["t": .string(text)]) == isThere, "\(part) in \(text)")
        }
    }

    /// The worst case of the plain search would take hours.
    @Test func findsLongPartsInTimeThatDoesNotGrowWithTheSquare() throws {
        let part = [UInt8](repeating: 1, count: 150_000) + [2]
        var attributes = ExpressionAttributes(values: [":p": .binary(part)])
        let condition = try ConditionExpression.parse("contains(t, :p)", &attributes)
        let bytes = [UInt8](repeating: 1, count: 300_000)
        #expect(try condition.matches(["t": .binary(bytes)]) == false)
        #expect(try condition.matches(["t": .binary(bytes + [2])]))
    }

    @Test func comparesStringsByTheirBytes() throws {
        var attributes = ExpressionAttributes(values: [":v": .string("e\u{301}")])
        let condition = try ConditionExpression.parse("a = :v", &attributes)
        #expect(try condition.matches(["a": .string("e\u{301}")]))
        #expect(try condition.matches(["a": .string("\u{E9}")]) == false)
    }

    @Test func tellsTheAttributesItMentions() throws {
        var attributes = try sharedAttributes()
        let condition = try ConditionExpression.parse(
            "a = :a OR size(b.c[1]) = :one AND attribute_exists(#dot)", kind: .filter, &attributes)
        #expect(condition.attributeNames == ["a", "b", "x.y"])
    }

    @Test func refusesPathsIntoKeyAttributes() throws {
        let schema = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
        var attributes = try sharedAttributes()
        try ConditionExpression.parse("pk = :a AND a.pk = :a", &attributes).checkKeyAccess(schema)
        let nested = try ConditionExpression.parse("pk.a = :a", &attributes)
        #expect(
            throws: ItemError.validation(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"
            )
        ) { try nested.checkKeyAccess(schema) }
    }

    static let operandType = "Incorrect operand type for operator or function; operator or function: "
    static let types = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"

    @Test(arguments: [
        ("", "The expression can not be empty;"), (" \n", "The expression can not be empty;"),
        ("a", #"Syntax error; token: "<EOF>", near: "a""#),
        ("a =  ", #"Syntax error; token: "<EOF>", near: "=""#),
        ("= :a", #"Syntax error; token: "=", near: "= :a""#),
        ("a = :a b", #"Syntax error; token: "b", near: ":a b""#),
        ("a  == :a", #"Syntax error; token: "=", near: "== :a""#),
        ("my-attr = :a", #"Syntax error; token: "-", near: "my-attr""#),
        ("a.0 = :a", #"Syntax error; token: "0", near: ".0 =""#),
        ("a[x] = :a", #"Syntax error; token: "x", near: "[x]""#),
        (
            "a[99999999999999999999] = :a",
            #"Syntax error; token: "99999999999999999999", near: "[99999999999999999999]""#
        ),
        ("a = :a AND", #"Syntax error; token: "<EOF>", near: "AND""#),
        ("(a = :a", #"Syntax error; token: "<EOF>", near: ":a""#),
        ("a = :a)", #"Syntax error; token: ")", near: ":a)""#),
        ("a = 'x'", #"Syntax error; token: "'", near: "= 'x""#),
        ("a = é", #"Syntax error; token: "é", near: "= é""#),
        ("a = :", #"Syntax error; token: ":", near: "= :""#),
        ("AND = :a", #"Syntax error; token: "AND", near: "AND =""#),
        ("a BETWEEN :a OR :b", #"Syntax error; token: "OR", near: ":a OR :b""#),
        ("a IN :a", #"Syntax error; token: ":a", near: "IN :a""#),
        ("a IN ()", #"Syntax error; token: ")", near: "()""#),
        ("a = (b = :a)", #"Syntax error; token: "<EOF>", near: ")""#),
        ("a = :a = :b", #"Syntax error; token: "=", near: ":a = :b""#),
        ("attribute_exists()", #"Syntax error; token: ")", near: "()""#),
        ("a = 1", #"Syntax error; token: "1", near: "= 1""#),
        ("((a = :a))", "The expression has redundant parentheses;"),
        ("((a)) = :a", "The expression has redundant parentheses;"),
        ("a = ((:a))", "The expression has redundant parentheses;"),
        ("name = :a", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("a.Abort = :a", "Attribute name is a reserved keyword; reserved keyword: Abort"),
        ("a = :z", "An expression attribute value used in expression is not defined; attribute value: :z"),
        (
            "#z = :a",
            "An expression attribute name used in the document path is not defined; attribute name: #z"
        ),
        (
            "a.#z = :a",
            "An expression attribute name used in the document path is not defined; attribute name: #z"
        ),
        ("foo(a)", "Invalid function name; function: foo"),
        ("Size(a) = :one", "Invalid function name; function: Size"),
        (
            "list_append(a, b) = :a",
            "The function is not allowed in a condition expression; function: list_append"
        ),
        ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        (
            "size(a) AND a = :a",
            "The function is not allowed to be used this way in an expression; function: size"
        ),
        (
            "attribute_exists(a) = :true",
            "The function is not allowed to be used this way in an expression; function: attribute_exists"
        ),
        (
            "contains(attribute_exists(a), :a)",
            "The function is not allowed to be used this way in an expression; function: attribute_exists"
        ),
        (
            "size(a, b) = :one",
            "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2"
        ),
        (
            "begins_with(a)",
            "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1"
        ), ("begins_with(a, :one)", operandType + "begins_with, operand type: N"),
        ("begins_with(size(a), :a)", operandType + "begins_with, operand type: N"),
        ("size(:one) = :one", operandType + "size, operand type: N"),
        ("size(size(a)) = :one", operandType + "size, operand type: N"),
        ("a < :true", operandType + "<, operand type: BOOL"),
        (":map >= a", operandType + ">=, operand type: M"),
        ("a BETWEEN :ss AND :a", operandType + "BETWEEN, operand type: SS"),
        ("attribute_type(a, :one)", operandType + "attribute_type, operand type: N"),
        ("attribute_type(a, b)", operandType + "attribute_type, operand type: " + types),
        (
            "attribute_type(a, :Q)",
            "Invalid attribute type name found; type: Q, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
        ),
        (
            "attribute_exists(:a)",
            "Operator or function requires a document path; operator or function: attribute_exists"
        ),
        (
            "a = #a",
            "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]"
        ),
        (
            "begins_with(b[1].c, b[1].#c)",
            "The first operand must be distinct from the remaining operands for this operator or function; operator: begins_with, first operand: [b, [1], c]"
        ),
        (
            "a BETWEEN :b AND :a",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"
        ),
        (
            "a BETWEEN :one AND :a",
            "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}"
        ),
        // The gravest fault comes first, wherever it stands.
        ("a = :z AND ((a = :a))", "The expression has redundant parentheses;"),
        ("a < :true AND name = :z", "Attribute name is a reserved keyword; reserved keyword: name"),
    ])
    func refuses(_ text: String, _ detail: String) throws {
        for kind in [ExpressionKind.condition, .filter] {
            let detail = detail.replacingCondition(by: kind)
            #expect(throws: ItemError.validation("Invalid \(kind.rawValue): \(detail)")) {
                var attributes = try sharedAttributes()
                _ = try ConditionExpression.parse(text, kind: kind, &attributes)
            }
        }
    }

    @Test func limitsLengthOperatorsAndOperands() throws {
        func parse(_ text: String) throws {
            var attributes = try sharedAttributes()
            _ = try ConditionExpression.parse(text, &attributes)
        }
        func invalid(_ detail: String) -> ItemError { .validation("Invalid ConditionExpression: \(detail)") }
        let padding = String(repeating: " ", count: 4096 - 6)
        try parse("a = :a" + padding)
        #expect(
            throws: invalid("Expression size has exceeded the maximum allowed size; expression size: 4097")
        ) {
            try parse("a = :a " + padding)
        }
        let chain = { (count: Int) in "a<b" + String(repeating: " or a<b", count: count) }
        try parse(chain(149))
        #expect(throws: invalid("The expression contains too many operators; operator count: 301")) {
            try parse(chain(150))
        }
        try parse("a<b" + String(repeating: " or (a<b", count: 149) + String(repeating: ")", count: 149))
        let operands = { (count: Int) in Array(repeating: ":a", count: count).joined(separator: ",") }
        try parse("a IN (\(operands(100)))")
        #expect(
            throws: invalid("The IN operator is provided with too many operands; number of operands: 101")
        ) {
            try parse("a IN (\(operands(101)))")
        }
        let path = { (count: Int) in "a" + String(repeating: ".b", count: count - 1) + " = :a" }
        try parse(path(32))
        #expect(throws: invalid("The document path has too many nesting elements; nesting levels: 33")) {
            try parse(path(33))
        }
    }

    @Test(arguments: [
        String(repeating: "(", count: 4096),
        String(repeating: "(", count: 2000) + "a=:a" + String(repeating: ")", count: 2000),
        String(repeating: "NOT ", count: 1000) + "a=:a", String(repeating: "f(", count: 2000),
        "a = " + String(repeating: "size(", count: 800) + "b" + String(repeating: ")", count: 80),
    ])
    func refusesDeepNestingWithoutCrashing(_ text: String) throws {
        var attributes = try sharedAttributes()
        #expect(throws: ItemError.self) { try ConditionExpression.parse(text, &attributes) }
    }
}

extension String {
    /// The detail of an error as the other kind of expression has it.
    fileprivate func replacingCondition(by kind: ExpressionKind) -> String {
        guard kind == .filter, hasPrefix("The function is not allowed in a condition") else { return self }
        return "The function is not allowed in a filter"
            + dropFirst("The function is not allowed in a condition".count)
    }
}
