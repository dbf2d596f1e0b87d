import Base
import Items
import Testing

@Suite struct UpdateExpressionTests {
    private let schema = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
    private let key: Item = ["pk": .string("k")]

    private func apply(_ text: String, to json: String?) throws(ItemError) -> (
        item: Item, touched: [DocumentPath]
    ) {
        var attributes = try sharedAttributes()
        let update = try UpdateExpression.parse(text, &attributes)
        var old: Item?
        if let json { old = try item(json).with(key) }
        return try update.apply(to: old, key: key, schema: schema)
    }

    private func result(_ text: String, _ json: String?) throws -> String {
        var item = try apply(text, to: json).item
        #expect(item.attributes.removeValue(forKey: "pk") == .string("k"))
        return String(decoding: item.encoded(), as: UTF8.self)
    }

    @Test(arguments: [
        ("SET a = :a", #"{"a":{"S":"a"}}"#),
        ("set a = :a, b = :one remove c", #"{"a":{"S":"a"},"b":{"N":"1"}}"#),
        ("SET a = if_not_exists(a, :one)", #"{"a":{"N":"1"}}"#), ("ADD a :one", #"{"a":{"N":"1"}}"#),
        ("ADD a :ss", #"{"a":{"SS":["a","b"]}}"#), ("REMOVE a", "{}"), ("DELETE a :ss", "{}"),
        ("SET a = if_not_exists(a, :one) + :two", #"{"a":{"N":"3"}}"#),
        ("SET a = list_append(if_not_exists(a, :list), :list)", #"{"a":{"L":[{"S":"x"},{"S":"x"}]}}"#),
    ])
    func makesAnItemWhereNoneIs(_ text: String, _ expected: String) throws {
        #expect(try result(text, nil) == expected)
    }

    @Test(arguments: [
        ("SET a = :a", true), ("ADD a :one", true), ("REMOVE a", false), ("DELETE a :ss", false),
        ("REMOVE a SET b = :a", true),
    ])
    func saysWhetherItMakesAnItem(_ text: String, _ expected: Bool) throws {
        var attributes = try sharedAttributes()
        #expect(try UpdateExpression.parse(text, &attributes).createsItem == expected)
    }

    @Test(arguments: [
        // Right-hand sides see the old item.
        ("SET a = b, b = a", #"{"a":{"N":"1"},"b":{"N":"2"}}"#, #"{"a":{"N":"2"},"b":{"N":"1"}}"#),
        ("SET b = a REMOVE a", #"{"a":{"N":"1"}}"#, #"{"b":{"N":"1"}}"#),
        ("SET a = a + :one", #"{"a":{"N":"0.5"}}"#, #"{"a":{"N":"1.5"}}"#),
        ("SET a = :ten - a", #"{"a":{"N":"3"}}"#, #"{"a":{"N":"7"}}"#),
        ("SET a = (a - (:one))", #"{"a":{"N":"3"}}"#, #"{"a":{"N":"2"}}"#),
        ("SET a = if_not_exists(b, a) + if_not_exists(c, :one)", #"{"a":{"N":"3"}}"#, #"{"a":{"N":"4"}}"#),
        ("SET a.b = :a", #"{"a":{"M":{}}}"#, #"{"a":{"M":{"b":{"S":"a"}}}}"#),
        (
            "SET a.b.c = :a, a.d = :b", #"{"a":{"M":{"b":{"M":{}}}}}"#,
            #"{"a":{"M":{"b":{"M":{"c":{"S":"a"}}},"d":{"S":"b"}}}}"#
        ),
        ("SET a[1] = :a", #"{"a":{"L":[{"N":"1"},{"N":"2"}]}}"#, #"{"a":{"L":[{"N":"1"},{"S":"a"}]}}"#),
        // Behind the end: appended in the order of the indexes.
        (
            "SET a[9] = :b, a[7] = :a", #"{"a":{"L":[{"N":"1"}]}}"#,
            #"{"a":{"L":[{"N":"1"},{"S":"a"},{"S":"b"}]}}"#
        ),
        (
            "REMOVE a[0], a[2]", #"{"a":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]}}"#,
            #"{"a":{"L":[{"N":"1"},{"N":"3"}]}}"#
        ),
        ("REMOVE a[0] SET a[1] = :a", #"{"a":{"L":[{"N":"0"},{"N":"1"}]}}"#, #"{"a":{"L":[{"S":"a"}]}}"#),
        ("REMOVE a[5]", #"{"a":{"L":[{"N":"0"}]}}"#, #"{"a":{"L":[{"N":"0"}]}}"#),
        ("REMOVE a.b, a.absent", #"{"a":{"M":{"b":{"N":"0"}}}}"#, #"{"a":{"M":{}}}"#),
        ("REMOVE absent", "{}", "{}"),
        ("SET a = list_append(a, :list)", #"{"a":{"L":[]}}"#, #"{"a":{"L":[{"S":"x"}]}}"#),
        ("SET a = list_append(:list, a)", #"{"a":{"L":[{"N":"1"}]}}"#, #"{"a":{"L":[{"S":"x"},{"N":"1"}]}}"#),
        ("SET a = :map", #"{"a":{"N":"1"}}"#, #"{"a":{"M":{"x":{"N":"1"}}}}"#),
        ("ADD a :one", #"{"a":{"N":"-1"}}"#, #"{"a":{"N":"0"}}"#),
        ("ADD a :ss", #"{"a":{"SS":["b","c"]}}"#, #"{"a":{"SS":["a","b","c"]}}"#),
        ("ADD a.n :ns", #"{"a":{"M":{"n":{"NS":["2","3"]}}}}"#, #"{"a":{"M":{"n":{"NS":["1","2","3"]}}}}"#),
        ("DELETE a :ss", #"{"a":{"SS":["b","c"]}}"#, #"{"a":{"SS":["c"]}}"#),
        ("DELETE a :bs", #"{"a":{"BS":["AQI="]}}"#, "{}"),
        ("DELETE a.s :ns", #"{"a":{"M":{"s":{"NS":["1","5"]}}}}"#, #"{"a":{"M":{"s":{"NS":["5"]}}}}"#),
        (
            "SET #dot = :a, #a.#dot = :b", #"{"a":{"M":{}}}"#,
            #"{"a":{"M":{"x.y":{"S":"b"}}},"x.y":{"S":"a"}}"#
        ),
    ])
    func changesAnItem(_ text: String, _ old: String, _ new: String) throws {
        #expect(try result(text, old) == new)
    }

    static let path = "The document path provided in the update expression is invalid for update"
    static let type = "An operand in the update expression has an incorrect data type"
    static let missing = "The provided expression refers to an attribute that does not exist in the item"

    @Test(arguments: [
        ("SET a.b = :a", "{}", path), ("SET a.b = :a", #"{"a":{"L":[]}}"#, path),
        ("SET a[0] = :a", #"{"a":{"M":{}}}"#, path),
        ("SET a[0].b = :a", #"{"a":{"L":[]}}"#, path), ("REMOVE a.b", #"{"a":{"N":"1"}}"#, path),
        ("REMOVE a.b", "{}", path),
        ("SET a = b", "{}", missing), ("SET a = a + :one", "{}", missing),
        ("SET a = if_not_exists(b, c)", "{}", missing),
        ("SET a = a + :one", #"{"a":{"S":"1"}}"#, type),
        ("SET a = list_append(a, :list)", #"{"a":{"S":"1"}}"#, type),
        ("ADD a :one", #"{"a":{"S":"1"}}"#, type), ("ADD a :ss", #"{"a":{"NS":["1"]}}"#, type),
        ("DELETE a :ss", #"{"a":{"S":"a"}}"#, type),
        (
            "ADD a :one", #"{"a":{"N":"1e125"}}"#,
            "Attempting to store more than 38 significant digits in a Number"
        ),
        (
            "SET a = a + a", #"{"a":{"N":"9e125"}}"#,
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        ),
        (
            "SET pk = :a", "{}",
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"
        ),
        (
            "REMOVE pk", "{}",
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"
        ),
        (
            "SET a = pk.b", "{}",
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"
        ),
    ])
    func refusesToApply(_ text: String, _ old: String, _ error: String) {
        #expect(throws: ItemError.validation(error)) { try apply(text, to: old) }
    }

    @Test func refusesWhatGrowsTooLargeOrTooDeep() throws {
        var attributes = ExpressionAttributes(values: [":v": .string(String(repeating: "x", count: 204_800))])
        let update = try UpdateExpression.parse("SET a = :v, b = :v", &attributes)
        #expect(throws: ItemError.validation("Item size to update has exceeded the maximum allowed size")) {
            try update.apply(to: nil, key: key, schema: schema)
        }
        var deep = AttributeValue.list([])
        for _ in 0..<30 { deep = .list([deep]) }
        attributes = ExpressionAttributes(values: [":v": deep])
        _ = try UpdateExpression.parse("SET a = :v", &attributes).apply(to: nil, key: key, schema: schema)
        let deeper = try UpdateExpression.parse("SET a[0] = :v", &attributes)
        #expect(throws: ItemError.validation(ItemReadingTests.tooDeep)) {
            try deeper.apply(to: ["pk": .string("k"), "a": .list([])], key: key, schema: schema)
        }
    }

    @Test func tellsWhatItTouches() throws {
        let (new, touched) = try apply(
            "SET m.x = :one, l[0] = :a REMOVE gone",
            to: #"{"m":{"M":{"x":{"N":"0"},"y":{"N":"0"}}},"l":{"L":[{"N":"0"},{"N":"1"}]},"gone":{"N":"1"}}"#
        )
        #expect(
            touched == [DocumentPath("m", .name("x")), DocumentPath("l", .index(0)), DocumentPath("gone")])
        let selected = DocumentPath.select(touched, from: new)
        #expect(
            String(decoding: selected.encoded(), as: UTF8.self)
                == #"{"l":{"L":[{"S":"a"}]},"m":{"M":{"x":{"N":"1"}}}}"#)
    }

    static let operandType = "Incorrect operand type for operator or function; "
    static let overlap =
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "
    static let conflict =
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: "

    @Test(arguments: [
        ("", "The expression can not be empty;"),
        ("whatever", #"Syntax error; token: "whatever", near: "whatever""#),
        ("set a", #"Syntax error; token: "<EOF>", near: "a""#),
        ("set a = b / c", #"Syntax error; token: "/", near: "b / c""#),
        ("SET a = :a,", #"Syntax error; token: "<EOF>", near: ",""#),
        ("remove a = b", #"Syntax error; token: "=", near: "a = b""#),
        ("add a b", #"Syntax error; token: "b", near: "a b""#),
        ("set a = b + c + d", #"Syntax error; token: "+", near: "c + d""#),
        ("set :a = b", #"Syntax error; token: ":a", near: "set :a =""#),
        ("set (a = b)", #"Syntax error; token: "(", near: "set (a""#),
        ("SET a = :a SET b = :b", #"The "SET" section can only be used once in an update expression;"#),
        (
            "remove c set a = b Remove e",
            #"The "REMOVE" section can only be used once in an update expression;"#
        ),
        ("SET name = :a", "Attribute name is a reserved keyword; reserved keyword: name"),
        (
            "SET a = :z",
            "An expression attribute value used in expression is not defined; attribute value: :z"
        ),
        (
            "ADD #z :one",
            "An expression attribute name used in the document path is not defined; attribute name: #z"
        ),
        ("SET a = :a, a.b = :b", overlap + "[a], path two: [a, b]"),
        ("SET a[1] = :a REMOVE #a[1]", overlap + "[a, [1]], path two: [a, [1]]"),
        ("REMOVE a.#c SET a[1] = :a", conflict + "[a, c], path two: [a, [1]]"),
        ("SET #c[3].#three = :a, #c.#three[3] = :a", conflict + "[c, [3], [3]], path two: [c, [3], [3]]"),
        ("ADD a :a", operandType + "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
        ("ADD a :list", operandType + "operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"),
        (
            "DELETE a :one",
            operandType + "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"
        ),
        ("SET a = a + :a", operandType + "operator or function: +, operand type: S"),
        ("SET a = :list - a", operandType + "operator or function: -, operand type: L"),
        ("SET a = list_append(a, :one)", operandType + "operator or function: list_append, operand type: N"),
        (
            "SET a = if_not_exists(:a, b)",
            "Operator or function requires a document path; operator or function: if_not_exists"
        ),
        (
            "SET a = if_not_exists(c)",
            "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1"
        ), ("SET a = foo(b)", "Invalid function name; function: foo"),
        ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
        ("SET a = ((b))", "The expression has redundant parentheses;"),
    ])
    func refusesToParse(_ text: String, _ detail: String) {
        #expect(throws: ItemError.validation("Invalid UpdateExpression: \(detail)")) {
            var attributes = try sharedAttributes()
            _ = try UpdateExpression.parse(text, &attributes)
        }
    }
}

extension Item {
    /// This item with another's attributes.
    fileprivate func with(_ other: Item) -> Item {
        var item = self
        for (name, value) in other.attributes { item.attributes[name] = value }
        return item
    }
}
