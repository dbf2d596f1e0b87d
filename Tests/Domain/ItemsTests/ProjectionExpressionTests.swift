import Base
import Items
import Testing

@Suite struct ProjectionExpressionTests {
    static let json =
        #"{"a":{"S":"x"},"l":{"L":[{"N":"0"},{"M":{"b":{"N":"1"},"c":{"N":"2"}}},{"N":"3"}]},"m":{"M":{"x":{"M":{"y":{"N":"4"}}},"z":{"N":"5"}}},"x.y":{"N":"6"}}"#

    @Test(arguments: [
        ("a", #"{"a":{"S":"x"}}"#), ("a, #dot", #"{"a":{"S":"x"},"x.y":{"N":"6"}}"#), ("absent", "{}"),
        ("a.b", "{}"), ("a[0]", "{}"),
        ("m.x.y", #"{"m":{"M":{"x":{"M":{"y":{"N":"4"}}}}}}"#),
        ("m.z, m.x.y", #"{"m":{"M":{"x":{"M":{"y":{"N":"4"}}},"z":{"N":"5"}}}}"#),
        ("l[2], l[0]", #"{"l":{"L":[{"N":"0"},{"N":"3"}]}}"#),
        ("l[1].c", #"{"l":{"L":[{"M":{"c":{"N":"2"}}}]}}"#),
        ("l[9]", "{}"), ("m.absent, a", #"{"a":{"S":"x"}}"#),
    ])
    func projects(_ text: String, _ expected: String) throws {
        var attributes = try sharedAttributes()
        let projected = try ProjectionExpression.parse(text, &attributes).project(item(Self.json))
        #expect(String(decoding: projected.encoded(), as: UTF8.self) == expected)
    }

    @Test func takesWholeAttributesByName() throws {
        let projection = ProjectionExpression(attributesToGet: ["x.y", "absent", "a"])
        #expect(projection.attributeNames == ["x.y", "absent", "a"])
        #expect(try projection.project(item(Self.json)) == item(#"{"a":{"S":"x"},"x.y":{"N":"6"}}"#))
    }

    static let overlap =
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "
    static let conflict =
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: "

    @Test(arguments: [
        ("", "The expression can not be empty;"), ("a,", #"Syntax error; token: "<EOF>", near: ",""#),
        (",a", #"Syntax error; token: ",", near: ",a""#), ("a b", #"Syntax error; token: "b", near: "a b""#),
        (":a", #"Syntax error; token: ":a", near: ":a""#), ("a, a", overlap + "[a], path two: [a]"),
        ("a, #a.b", overlap + "[a], path two: [a, b]"),
        ("a.b, a[0]", conflict + "[a, b], path two: [a, [0]]"),
        ("name", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("#z", "An expression attribute name used in the document path is not defined; attribute name: #z"),
    ])
    func refuses(_ text: String, _ detail: String) {
        #expect(throws: ItemError.validation("Invalid ProjectionExpression: \(detail)")) {
            var attributes = try sharedAttributes()
            _ = try ProjectionExpression.parse(text, &attributes)
        }
    }
}
