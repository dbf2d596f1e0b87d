import Base
import Items
import Testing

/// Operators and arguments as KeyConditions, QueryFilter, ScanFilter and Expected have them. Source: API
/// reference, "Condition".
@Suite struct LegacyConditionTests {
    typealias Comparison = LegacyCondition.Comparison

    /// The values of a JSON list.
    static func values(_ json: String) throws(ItemError) -> [AttributeValue] {
        guard case .list(let values)? = try item(#"{"l":{"L":\#(json)}}"#)["l"] else { return [] }
        return values
    }

    private func condition(
        _ comparison: Comparison, _ arguments: String
    ) throws(ItemError) -> ConditionExpression? {
        try ConditionExpression.filter(
            ["a": LegacyCondition(comparison, try Self.values(arguments))], joinedBy: nil)
    }

    private func matches(_ comparison: Comparison, _ arguments: String, _ json: String) throws -> Bool {
        try #require(try condition(comparison, arguments)).matches(try item(json))
    }

    private static let text = #"{"a":{"S":"hello"}}"#
    private static let number = #"{"a":{"N":"3"}}"#
    private static let bytes = #"{"a":{"B":"AQID"}}"#
    private static let list = #"{"a":{"L":[{"N":"2"},{"S":"x"}]}}"#
    private static let set = #"{"a":{"NS":["2","4"]}}"#
    private static let null = #"{"a":{"NULL":true}}"#
    private static let other = #"{"b":{"S":"hello"}}"#

    @Test(arguments: [
        (Comparison.equal, #"[{"S":"hello"}]"#, text, true), (.equal, #"[{"S":"hell"}]"#, text, false),
        (.equal, #"[{"N":"3.0"}]"#, number, true), (.equal, #"[{"S":"3"}]"#, number, false),
        (.equal, #"[{"L":[{"N":"2"},{"S":"x"}]}]"#, list, true), (.equal, #"[{"L":[]}]"#, list, false),
        (.equal, #"[{"NS":["4","2"]}]"#, set, true), (.equal, #"[{"NS":["4"]}]"#, set, false),
        (.equal, #"[{"NULL":true}]"#, null, true), (.equal, #"[{"S":"hello"}]"#, other, false),
        (.notEqual, #"[{"S":"hello"}]"#, text, false), (.notEqual, #"[{"N":"1"}]"#, text, true),
        // A missing attribute is not equal to anything.
        (.notEqual, #"[{"S":"hello"}]"#, other, true), (.notEqual, #"[{"M":{}}]"#, list, true),
        (.lessOrEqual, #"[{"N":"3"}]"#, number, true), (.lessOrEqual, #"[{"N":"2.9"}]"#, number, false),
        (.lessOrEqual, #"[{"S":"4"}]"#, number, false), (.lessOrEqual, #"[{"S":"hello"}]"#, other, false),
        (.less, #"[{"N":"3"}]"#, number, false), (.less, #"[{"N":"3.1"}]"#, number, true),
        (.less, #"[{"B":"AQIE"}]"#, bytes, true), (.less, #"[{"B":"AQID"}]"#, bytes, false),
        (.greaterOrEqual, #"[{"S":"hello"}]"#, text, true), (.greaterOrEqual, #"[{"S":"i"}]"#, text, false),
        (.greater, #"[{"S":"hell"}]"#, text, true), (.greater, #"[{"S":"hello"}]"#, text, false),
        (.notNull, "[]", text, true), (.notNull, "[]", null, true), (.notNull, "[]", other, false),
        (.null, "[]", text, false), (.null, "[]", null, false), (.null, "[]", other, true),
        (.contains, #"[{"S":"ell"}]"#, text, true), (.contains, #"[{"S":"elo"}]"#, text, false),
        (.contains, #"[{"B":"AgM="}]"#, bytes, true), (.contains, #"[{"B":"AwI="}]"#, bytes, false),
        (.contains, #"[{"N":"4"}]"#, set, true), (.contains, #"[{"N":"3"}]"#, set, false),
        (.contains, #"[{"S":"x"}]"#, list, true), (.contains, #"[{"S":"y"}]"#, list, false),
        (.contains, #"[{"N":"1"}]"#, text, false), (.contains, #"[{"S":"h"}]"#, other, false),
        (.notContains, #"[{"S":"ell"}]"#, text, false), (.notContains, #"[{"S":"elo"}]"#, text, true),
        (.notContains, #"[{"N":"1"}]"#, text, true), (.notContains, #"[{"N":"2"}]"#, list, false),
        // Of a missing attribute neither holds.
        (.notContains, #"[{"S":"h"}]"#, other, false),
        (.beginsWith, #"[{"S":"hell"}]"#, text, true), (.beginsWith, #"[{"S":"ell"}]"#, text, false),
        (.beginsWith, #"[{"B":"AQI="}]"#, bytes, true), (.beginsWith, #"[{"B":"Ag=="}]"#, bytes, false),
        (.beginsWith, #"[{"S":"3"}]"#, number, false), (.beginsWith, #"[{"S":"h"}]"#, other, false),
        (.isIn, #"[{"N":"1"},{"N":"3"}]"#, number, true), (.isIn, #"[{"N":"1"}]"#, number, false),
        // Whether the attribute is among the arguments, not whether they are among its members.
        (.isIn, #"[{"N":"2"},{"N":"4"}]"#, set, false), (.isIn, #"[{"S":"hello"}]"#, other, false),
        (.between, #"[{"N":"3"},{"N":"3"}]"#, number, true),
        (.between, #"[{"N":"1"},{"N":"2"}]"#, number, false),
        (.between, #"[{"S":"a"},{"S":"z"}]"#, number, false),
        (.between, #"[{"S":"a"},{"S":"z"}]"#, other, false),
    ])
    func saysWhetherItHolds(_ comparison: Comparison, _ list: String, _ json: String, _ holds: Bool) throws {
        #expect(try matches(comparison, list, json) == holds)
    }

    @Test(arguments: Comparison.allCases)
    func countsItsArguments(_ comparison: Comparison) throws {
        let wanted: [Int] =
            switch comparison {
            case .null, .notNull: [0]
            case .between: [2]
            case .isIn: [1, 2, 3, 150]
            default: [1]
            }
        for count in [0, 1, 2, 3, 150] {
            let arguments = [AttributeValue](repeating: .string("a"), count: count)
            let parse = { () throws(ItemError) in
                try ConditionExpression.filter(["a": LegacyCondition(comparison, arguments)], joinedBy: nil)
            }
            if wanted.contains(count) {
                #expect(try parse()?.attributeNames == ["a"])
                continue
            }
            #expect(
                throws: ItemError.validation(
                    "One or more parameter values were invalid: Invalid number of argument(s) for the "
                        + "\(comparison.rawValue) ComparisonOperator")
            ) { try parse() }
        }
    }

    private static let samples: [(AttributeType, AttributeValue)] = [
        (.string, .string("a")), (.number, .number(1)), (.binary, .binary([1])), (.bool, .bool(true)),
        (.null, .null), (.list, .list([])), (.map, .map([:])), (.stringSet, .stringSet(["a"])),
        (.numberSet, .numberSet([1])), (.binarySet, .binarySet([[1]])),
    ]

    @Test(arguments: Comparison.allCases.filter { $0 != .null && $0 != .notNull })
    func takesTheKindsThatItKnows(_ comparison: Comparison) throws {
        let wanted: Set<AttributeType> =
            switch comparison {
            case .equal, .notEqual: Set(AttributeType.allCases)
            case .beginsWith: [.string, .binary]
            default: [.string, .number, .binary]
            }
        for (type, value) in Self.samples {
            let arguments = [AttributeValue](repeating: value, count: comparison == .between ? 2 : 1)
            let parse = { () throws(ItemError) in
                try ConditionExpression.filter(["a": LegacyCondition(comparison, arguments)], joinedBy: nil)
            }
            if wanted.contains(type) {
                #expect(try parse() != nil)
                continue
            }
            #expect(
                throws: ItemError.validation(
                    "One or more parameter values were invalid: ComparisonOperator \(comparison.rawValue) "
                        + "is not valid for \(type.rawValue) AttributeValue type")
            ) { try parse() }
        }
    }

    @Test(arguments: [
        (
            Comparison.isIn, #"[{"S":"a"},{"N":"1"}]"#,
            "One or more parameter values were invalid: AttributeValues inside AttributeValueList must be of same type"
        ),
        (
            .between, #"[{"S":"a"},{"N":"1"}]"#,
            "One or more parameter values were invalid: AttributeValues inside AttributeValueList must be of same type"
        ),
        (
            .between, #"[{"N":"10"},{"N":"9"}]"#,
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        ),
        (
            .between, #"[{"S":"b"},{"S":"a"}]"#,
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        ),
    ])
    func refusesArgumentsThatDoNotFitTogether(
        _ comparison: Comparison, _ list: String, _ error: String
    ) throws {
        #expect(throws: ItemError.validation(error)) { try condition(comparison, list) }
    }

    // MARK: Several

    private static let one = LegacyCondition(.equal, [.number(1)])

    @Test(
        arguments: [
            (nil, #"{"a":{"N":"1"},"b":{"N":"1"}}"#, true), (nil, #"{"a":{"N":"1"}}"#, false),
            (.and, #"{"a":{"N":"1"},"b":{"N":"1"}}"#, true), (.and, #"{"b":{"N":"1"}}"#, false),
            (.or, #"{"b":{"N":"1"}}"#, true), (.or, #"{"b":{"N":"2"}}"#, false),
        ] as [(LegacyCondition.Joint?, String, Bool)])
    func connectsConditions(_ joint: LegacyCondition.Joint?, _ json: String, _ holds: Bool) throws {
        let filter = try #require(
            try ConditionExpression.filter(["b": Self.one, "a": Self.one], joinedBy: joint))
        #expect(try filter.matches(try item(json)) == holds)
        #expect(filter.attributeNames == ["a", "b"])
        #expect(filter.isLegacy)
    }

    @Test func noConditionIsNoFilter() throws {
        #expect(try ConditionExpression.filter([:], joinedBy: nil) == nil)
        #expect(try ConditionExpression.expected([:], joinedBy: .or) == nil)
    }

    /// As many as fit into a request: evaluating them must not run out of stack.
    @Test func connectsMoreConditionsThanTheStackIsDeep() throws {
        let names = (0..<60_000).map { "n\($0)" }
        let filter = try #require(
            try ConditionExpression.filter(
                LegacyEntries(names.map { ($0, LegacyCondition(.null)) }), joinedBy: .and))
        #expect(try filter.matches(nil))
        #expect(try !filter.matches(["n59999": .null]))
    }

    @Test func ofANameThatStandsTwiceTheLastCounts() throws {
        let entries = LegacyEntries([("a", LegacyCondition(.null)), ("b", Self.one), ("a", Self.one)])
        #expect(entries.entries.map(\.name) == ["a", "b"])
        let filter = try #require(try ConditionExpression.filter(entries, joinedBy: .or))
        #expect(try filter.matches(["a": .number(1)]))
        #expect(try !filter.matches(nil))
    }

    /// Points and brackets are part of a name, and names are told apart by their bytes.
    @Test func namesAreNotPaths() throws {
        let filter = try #require(try ConditionExpression.filter(["a.b[0]": Self.one], joinedBy: nil))
        #expect(try filter.matches(["a.b[0]": .number(1)]))
        #expect(try !filter.matches(["a": .map(["b": .list([.number(1)])])]))
        try filter.checkKeyAccess(KeySchema(partition: KeyAttribute(name: "a", type: .string)))
        let composed = LegacyEntries([("\u{E9}", Self.one), ("e\u{301}", Self.one)])
        #expect(composed.count == 2)
    }
}
