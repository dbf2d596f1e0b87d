import Base
import Testing

@testable import Policies

@Suite struct VariableTests {
    /// An Allow under `operator` on the leading key with one value; the session's tags; the key; whether it
    /// is allowed.
    @Test(
        arguments: [
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["s": "12"], "T#12#x", true),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["s": "12"], "T#123#x", false),
            ("StringLike", "T#${aws:PrincipalTag/s}*", ["s": "12"], "T#123#x", true),
            ("StringLike", "T#${aws:principaltag/S}#*", ["s": "12"], "T#12#x", true),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["S": "12"], "T#12#x", true),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["s": "*"], "T#12#x", false),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["s": "*"], "T#*#x", true),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["s": "?"], "T#1#x", false),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["s": "${aws:PrincipalTag/s}"], "T#1#x", false),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", [:], "T##x", false),
            ("StringLike", "T#${aws:PrincipalTag/s}#*", ["s": ""], "T##x", true),
            ("StringLike", "T#${aws:PrincipalTag/s, 'none'}#*", [:], "T#none#x", true),
            ("StringLike", "T#${aws:PrincipalTag/s, 'none'}#*", ["s": "1"], "T#none#x", false),
            ("StringLike", "T#${aws:PrincipalTag/s,'*'}#*", [:], "T#1#x", false),
            ("StringLike", "T#${aws:PrincipalTag/s, ''}#*", [:], "T##x", true),
            ("StringEquals", "${aws:PrincipalTag/s}", ["s": "a"], "a", true),
            ("StringEquals", "${aws:PrincipalTag/s}", ["s": "a"], "A", false),
            ("StringEqualsIgnoreCase", "x${aws:PrincipalTag/s}", ["s": "a"], "XA", true),
            ("StringEqualsIgnoreCase", "x${aws:PrincipalTag/s}", [:], "x", false),
            ("StringNotEquals", "${aws:PrincipalTag/s}", [:], "a", true),
            ("StringNotEquals", "${aws:PrincipalTag/s}", ["s": "a"], "a", false),
            ("StringNotLike", "T#${aws:PrincipalTag/s}#*", [:], "T##x", true),
            ("StringLike", "a${*}b", [:], "a*b", true), ("StringLike", "a${*}b", [:], "axb", false),
            ("StringLike", "a${?}b", [:], "a?b", true), ("StringLike", "a${?}b", [:], "axb", false),
            ("StringLike", "${$}{x}", [:], "${x}", true), ("StringEquals", "$x", [:], "$x", true),
            ("StringLike", "*${aws:PrincipalTag/s}", ["s": "ab"], "aab", true),
            ("StringLike", "*${aws:PrincipalTag/s}?", ["s": "ab"], "abab", false),
            ("StringLike", "${aws:userid}", [:], "", false),
        ] as [(String, String, [String: String], String, Bool)])
    func substitutes(name: String, pattern: String, tags: [String: String], key: String, isAllowed: Bool)
        throws
    {
        let policies = try allow(under: "{\"\(name)\": {\"dynamodb:LeadingKeys\": \"\(pattern)\"}}")
        let asked = try request(tags: tags, [("dynamodb:LeadingKeys", key)])
        #expect(policies.decide(asked).isAllowed == isAllowed)
    }

    @Test func isPlainTextInTheOldVersion() throws {
        let elements = """
            "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/s}"}}
            """
        let literal = try request(tags: ["s": "a"], [("dynamodb:LeadingKeys", "${aws:PrincipalTag/s}")])
        let value = try request(tags: ["s": "a"], [("dynamodb:LeadingKeys", "a")])
        #expect(try compile(elements, version: "2008-10-17").decide(literal).isAllowed)
        #expect(try compile(elements, version: "2008-10-17").decide(value) == .implicitDeny(.role))
        #expect(try compile(elements).decide(value).isAllowed)
        #expect(try compile(elements).decide(literal) == .implicitDeny(.role))
    }

    @Test func valuesOfTheRequestCanStandInThem() throws {
        let policies = try allow(
            under: "{\"StringEquals\": {\"dynamodb:LeadingKeys\": \"${dynamodb:Select}\"}}")
        #expect(
            policies.decide(try request(.getItem, [("dynamodb:LeadingKeys", "A"), ("dynamodb:Select", "A")]))
                .isAllowed)
        #expect(
            policies.decide(try request(.getItem, [("dynamodb:LeadingKeys", "A")])) == .implicitDeny(.role))
        // Two values of a key that has one: neither stands in its place.
        let doubled = [("dynamodb:LeadingKeys", "A"), ("dynamodb:Select", "A"), ("dynamodb:Select", "B")]
        #expect(policies.decide(try request(.getItem, doubled)) == .implicitDeny(.role))
    }

    /// What a request claims of its principal is not believed.
    @Test func contextCannotReplaceATag() throws {
        let policies = try allow(under: "{\"StringEquals\": {\"aws:PrincipalTag/s\": \"b\"}}")
        #expect(
            policies.decide(try request(tags: ["s": "a"], [("aws:PrincipalTag/s", "b")]))
                == .implicitDeny(.role))
        #expect(policies.decide(try request(tags: ["s": "b"])).isAllowed)
    }

    @Test func tagsAreCheckedWhereTheyComeIn() throws {
        #expect(throws: Never.self) { try PrincipalAttributes(tags: [("school id", "Ünï 1_.:/=+-@")]) }
        #expect(throws: PrincipalAttributes.TagFault.value(ofTag: "s")) {
            try PrincipalAttributes(tags: [("s", "a#b")])
        }
        #expect(throws: PrincipalAttributes.TagFault.value(ofTag: "s")) {
            try PrincipalAttributes(tags: [("s", "*")])
        }
        #expect(throws: PrincipalAttributes.TagFault.name("")) { try PrincipalAttributes(tags: [("", "a")]) }
        #expect(throws: PrincipalAttributes.TagFault.name("a}")) {
            try PrincipalAttributes(tags: [("a}", "a")])
        }
        #expect(throws: PrincipalAttributes.TagFault.duplicate("S")) {
            try PrincipalAttributes(tags: [("s", "a"), ("S", "b")])
        }
        let long = String(repeating: "a", count: Limits.tagValueCharactersMax)
        #expect(throws: Never.self) { try PrincipalAttributes(tags: [("s", long)]) }
        #expect(throws: PrincipalAttributes.TagFault.value(ofTag: "s")) {
            try PrincipalAttributes(tags: [("s", long + "a")])
        }
        let many = (0...Limits.tagsMax).map { ("t\($0)", "v") }
        #expect(throws: PrincipalAttributes.TagFault.tooMany(Limits.tagsMax + 1)) {
            try PrincipalAttributes(tags: many)
        }
    }
}
