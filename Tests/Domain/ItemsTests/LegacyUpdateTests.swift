import Base
import Items
import Testing

/// AttributeUpdates. Source: API reference, "AttributeValueUpdate" and UpdateItem's AttributeUpdates.
@Suite struct LegacyUpdateTests {
    private let schema = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
    private let key: Item = ["pk": .string("k")]

    private func value(_ json: String?) throws(ItemError) -> AttributeValue? {
        guard let json else { return nil }
        return try item(#"{"v":\#(json)}"#)["v"]
    }

    private func update(
        _ action: LegacyUpdate.Action, _ json: String?
    ) throws(ItemError) -> UpdateExpression {
        try UpdateExpression.attributeUpdates(["a": LegacyUpdate(action, try value(json))])
    }

    private func result(
        _ action: LegacyUpdate.Action, _ json: String?, _ old: String?
    ) throws(ItemError) -> String {
        var before: Item?
        if let old { before = try item(#"{"pk":{"S":"k"},"a":\#(old)}"#) }
        var after = try update(action, json).apply(to: before, key: key, schema: schema).item
        after["pk"] = nil
        return String(decoding: after.encoded(), as: UTF8.self)
    }

    @Test(
        arguments: [
            (.put, #"{"N":"1"}"#, nil, #"{"a":{"N":"1"}}"#),
            (.put, #"{"M":{}}"#, #"{"S":"x"}"#, #"{"a":{"M":{}}}"#),
            (.add, #"{"N":"1"}"#, nil, #"{"a":{"N":"1"}}"#),
            (.add, #"{"N":"-1.5"}"#, #"{"N":"1"}"#, #"{"a":{"N":"-0.5"}}"#),
            (.add, #"{"SS":["b"]}"#, nil, #"{"a":{"SS":["b"]}}"#),
            (.add, #"{"SS":["b","a"]}"#, #"{"SS":["a","c"]}"#, #"{"a":{"SS":["a","b","c"]}}"#),
            (.add, #"{"NS":["1.0"]}"#, #"{"NS":["1"]}"#, #"{"a":{"NS":["1"]}}"#),
            (.add, #"{"BS":["AQ=="]}"#, #"{"BS":["Ag=="]}"#, #"{"a":{"BS":["AQ==","Ag=="]}}"#),
            // Other than an expression's ADD, it appends to lists.
            (.add, #"{"L":[{"N":"2"}]}"#, #"{"L":[{"N":"1"}]}"#, #"{"a":{"L":[{"N":"1"},{"N":"2"}]}}"#),
            (.add, #"{"L":[{"N":"2"}]}"#, nil, #"{"a":{"L":[{"N":"2"}]}}"#),
            (.delete, nil, #"{"N":"1"}"#, "{}"), (.delete, nil, nil, "{}"),
            (.delete, #"{"SS":["a","x"]}"#, #"{"SS":["a","c"]}"#, #"{"a":{"SS":["c"]}}"#),
            (.delete, #"{"SS":["a","c"]}"#, #"{"SS":["a","c"]}"#, "{}"),
            (.delete, #"{"SS":["a"]}"#, nil, "{}"),
        ] as [(LegacyUpdate.Action, String?, String?, String)])
    func changesTheAttribute(
        _ action: LegacyUpdate.Action, _ json: String?, _ old: String?, _ expected: String
    ) throws {
        #expect(try result(action, json, old) == expected)
    }

    @Test(
        arguments: [
            (.add, #"{"N":"1"}"#, #"{"S":"1"}"#), (.add, #"{"SS":["a"]}"#, #"{"NS":["1"]}"#),
            (.add, #"{"L":[]}"#, #"{"SS":["a"]}"#), (.delete, #"{"NS":["1"]}"#, #"{"SS":["1"]}"#),
            (.delete, #"{"NS":["1"]}"#, #"{"N":"1"}"#),
        ] as [(LegacyUpdate.Action, String, String)])
    func refusesAnAttributeOfAnotherKind(_ action: LegacyUpdate.Action, _ json: String, _ old: String) {
        #expect(throws: ItemError.validation("Type mismatch for attribute to update")) {
            try result(action, json, old)
        }
    }

    @Test(
        arguments: [
            (.put, nil, "Only DELETE action is allowed when no attribute value is specified"),
            (.add, nil, "Only DELETE action is allowed when no attribute value is specified"),
            (.add, #"{"S":"1"}"#, "ADD action is not supported for the type S"),
            (.add, #"{"B":"AQ=="}"#, "ADD action is not supported for the type B"),
            (.add, #"{"BOOL":true}"#, "ADD action is not supported for the type BOOL"),
            (.add, #"{"NULL":true}"#, "ADD action is not supported for the type NULL"),
            (.add, #"{"M":{}}"#, "ADD action is not supported for the type M"),
            (.delete, #"{"S":"1"}"#, "DELETE action with value is not supported for the type S"),
            (.delete, #"{"N":"1"}"#, "DELETE action with value is not supported for the type N"),
            (.delete, #"{"L":[]}"#, "DELETE action with value is not supported for the type L"),
            (.delete, #"{"M":{}}"#, "DELETE action with value is not supported for the type M"),
        ] as [(LegacyUpdate.Action, String?, String)])
    func refusesActionsThatDoNotTakeTheValue(
        _ action: LegacyUpdate.Action, _ json: String?, _ error: String
    ) {
        #expect(throws: ItemError.validation("One or more parameter values were invalid: \(error)")) {
            try update(action, json)
        }
    }

    @Test func refusesToChangeTheKey() throws {
        let update = try UpdateExpression.attributeUpdates([
            "a": LegacyUpdate(.put, .null), "pk": LegacyUpdate(.delete),
        ])
        let error = ItemError.validation(
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"
        )
        #expect(throws: error) { try update.checkKeys(schema) }
        #expect(throws: error) { try update.apply(to: nil, key: key, schema: schema) }
    }

    /// Removing alone makes no item; no update at all does.
    @Test(
        arguments: [
            ([:], true), (["a": LegacyUpdate(.delete)], false),
            (["a": LegacyUpdate(.delete, .stringSet(["x"]))], false),
            (["a": LegacyUpdate(.put, .null)], true), (["a": LegacyUpdate(.add, .number(1))], true),
            (["a": LegacyUpdate(.add, .list([]))], true),
            (["a": LegacyUpdate(.delete), "b": LegacyUpdate(.put, .null)], true),
        ] as [(LegacyEntries<LegacyUpdate>, Bool)])
    func saysWhetherItMakesAnItem(_ updates: LegacyEntries<LegacyUpdate>, _ expected: Bool) throws {
        #expect(try UpdateExpression.attributeUpdates(updates).createsItem == expected)
    }

    @Test func namesWhatItTouches() throws {
        let update = try UpdateExpression.attributeUpdates([
            "b.c": LegacyUpdate(.put, .bool(true)), "a": LegacyUpdate(.delete),
        ])
        #expect(update.attributeNames == ["a", "b.c"])
        let after = try update.apply(to: key.with(["a": .null]), key: key, schema: schema)
        #expect(after.touched == [DocumentPath("a"), DocumentPath("b.c")])
        #expect(DocumentPath.select(after.touched, from: after.item) == ["b.c": .bool(true)])
    }

    /// As many attributes as an item can hold: neither the update nor its answer may cost their square.
    @Test func changesManyAttributesAtOnce() throws {
        let names = (0..<60_000).map { "\($0)" }
        let update = try UpdateExpression.attributeUpdates(
            LegacyEntries(names.reversed().map { ($0, LegacyUpdate(.put, .null)) }))
        let after = try update.apply(to: nil, key: key, schema: schema)
        #expect(after.item.attributes.count == 60_001)
        #expect(DocumentPath.select(after.touched, from: after.item).attributes.count == 60_000)
    }
}

extension Item {
    /// The item with further attributes.
    fileprivate func with(_ other: Item) -> Item {
        var item = self
        for (name, value) in other.attributes { item[name] = value }
        return item
    }
}
