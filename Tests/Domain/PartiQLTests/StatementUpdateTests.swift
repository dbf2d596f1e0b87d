import Items
import PartiQL
import Testing

/// What statements that write do, and to which item.
@Suite struct StatementUpdateTests {
    private static let before = """
        {"pk":{"S":"p"},"n":{"N":"5"},"s":{"S":"str"},"l":{"L":[{"S":"a"}]},"ss":{"SS":["a","b"]},
        "m":{"M":{"x":{"N":"1"}}}}
        """

    @Test(arguments: [
        ("SET n = n + 1", #"{"n":{"N":"6"}}"#),
        ("SET n = n - 0.5", #"{"n":{"N":"4.5"}}"#),
        ("SET n = -3", #"{"n":{"N":"-3"}}"#),
        ("SET n = ?", #"{"n":{"S":"first"}}"#),
        ("SET s = 'it''s'", #"{"s":{"S":"it's"}}"#),
        ("SET n = s, s = n", #"{"n":{"S":"str"},"s":{"N":"5"}}"#),
        ("SET a = 1 SET b = 2 REMOVE s", #"{"a":{"N":"1"},"b":{"N":"2"},"s":null}"#),
        ("SET l = list_append(l, ['b'])", #"{"l":{"L":[{"S":"a"},{"S":"b"}]}}"#),
        ("SET l = LIST_APPEND([1], l)", #"{"l":{"L":[{"N":"1"},{"S":"a"}]}}"#),
        ("SET l[1] = true", #"{"l":{"L":[{"S":"a"},{"BOOL":true}]}}"#),
        ("SET m.y = {'z': [null]}", #"{"m":{"M":{"x":{"N":"1"},"y":{"M":{"z":{"L":[{"NULL":true}]}}}}}}"#),
        ("SET m['y'] = 1", #"{"m":{"M":{"x":{"N":"1"},"y":{"N":"1"}}}}"#),
        ("SET \"select\" = 1", #"{"select":{"N":"1"}}"#),
        ("SET ss = set_add(ss, <<'c'>>)", #"{"ss":{"SS":["a","b","c"]}}"#),
        ("SET ss = SET_DELETE(ss, <<'a'>>)", #"{"ss":{"SS":["b"]}}"#),
        ("SET ss = set_delete(ss, <<'a', 'b'>>)", #"{"ss":null}"#),
        ("SET fresh = set_add(fresh, <<1.0, 2>>)", #"{"fresh":{"NS":["1","2"]}}"#),
        ("REMOVE m.x REMOVE l[0]", #"{"m":{"M":{}},"l":{"L":[]}}"#),
    ])
    func updates(_ changes: String, _ changed: String) throws {
        let update = try update("UPDATE T12 \(changes) WHERE pk = 'p'", [.string("first")])
        let (key, condition) = try update.target(of: simple)
        let old = try item(Self.before)
        #expect(key == ["pk": .string("p")])
        #expect(try condition.matches(old))
        #expect(try !condition.matches(nil))
        var expected = old
        let marked = changed.replacing(":null", with: #":{"S":"gone"}"#)
        for (name, value) in try item(marked).attributes {
            expected[name] = value == .string("gone") ? nil : value
        }
        #expect(try update.update.apply(to: old, key: key, schema: simple).item == expected)
    }

    @Test(arguments: [
        Refusal(
            "t = set_add(ss, <<'x'>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:20:7"),
        Refusal(
            "ss = set_add(<<'a'>>, <<'b'>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:21:7"),
        Refusal(
            "ss = set_add(ss, 'x')",
            "The second argument to SET_ADD must be a value with type SET at 1:29:2"),
        Refusal(
            "ss = set_delete(ss, ['x'])",
            "The second argument to SET_DELETE must be a value with type SET at 1:32:2"),
        Refusal("ss = set_add(ss)", "SET_ADD must have exactly two arguments at 1:21:7"),
        Refusal(
            "ss = set_add(ss, <<'x', 'x'>>)",
            "One or more parameter values were invalid: Input collection [x, x] contains duplicates."),
        Refusal("ss = set_add(ss, <<>>)", "Empty bags are not supported"),
        Refusal("a = if_not_exists(a, 1)", "Unrecognized function: if_not_exists at 1:20:13"),
        Refusal("a = b IS NULL", "IS operator is not supported in update expressions"),
        Refusal("a = b * 2", "Unsupported operator in Update Expression. Operator: *"),
        Refusal("a = b AND c", "Unsupported operator in Update Expression. Operator: AND"),
        Refusal("a = MISSING", "MISSING must be compared using IS operator"),
        Refusal(
            "a = a + 'x'",
            "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
        Refusal(
            "a = list_append(a, 'x')",
            "Incorrect operand type for operator or function; operator or function: list_append, operand type: S"
        ),
        Refusal(
            "a = 1, a.b = 2",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], "
                + "path two: [a, b]"),
        Refusal("'a' = 1", "Unrecognized assignment target: 'a'"),
    ])
    func refusesChanges(_ refusal: Refusal) {
        #expect(throws: ItemError.validation(refusal.text)) {
            try PartiQLStatement.parse("UPDATE T12 SET \(refusal.statement) WHERE pk = 'p'")
        }
    }

    // MARK: Keys of writes

    @Test func takesTheKeyFromTheConjunctsAndLeavesTheRest() throws {
        for text in [
            "UPDATE T12 SET a = 1 WHERE pk = 'p' AND n > 3 AND sk = 's'",
            "UPDATE T12 SET a = 1 WHERE ('p' = pk AND sk = 's') AND n > 3",
            "from T12 where sk = 's' and n > 3 and pk = 'p' set a = 1",
        ] {
            let (key, condition) = try update(text).target(of: composite)
            #expect(key == ["pk": .string("p"), "sk": .string("s")])
            #expect(condition.attributeNames == ["pk", "n"])
            #expect(try condition.matches(["pk": .string("p"), "n": .number(4)]))
            #expect(try !condition.matches(["pk": .string("p"), "n": .number(3)]))
            #expect(try !condition.matches(nil))
        }
    }

    @Test func deletesNothingWithoutFault() throws {
        let plain = try delete("DELETE FROM T12 WHERE pk = 'p' AND sk = 's' RETURNING ALL OLD *")
        #expect(plain.returning == .allOld)
        #expect(try plain.target(of: composite).condition == nil)
        let guarded = try delete("DELETE FROM T12 WHERE pk = 'p' AND sk = 's' AND a = 1")
        let condition = try #require(try guarded.target(of: composite).condition)
        #expect(guarded.returning == nil)
        #expect(try condition.matches(nil))
        #expect(try condition.matches(["pk": .string("p"), "a": .number(1)]))
        #expect(try !condition.matches(["pk": .string("p"), "a": .number(2)]))
    }

    private static let incomplete =
        "Where clause does not contain a mandatory equality on all key attributes"

    @Test(arguments: [
        ("", incomplete),
        ("WHERE a = 'x'", incomplete),
        ("WHERE pk = 'p'", incomplete),
        ("WHERE pk = 'p' AND sk > 's'", incomplete),
        ("WHERE pk IN ['p'] AND sk = 's'", incomplete),
        ("WHERE pk = 'p' OR sk = 's'", incomplete),
        ("WHERE (pk = 'p' AND sk = 's') OR a = 1", incomplete),
        ("WHERE NOT (pk = 'p' AND sk = 's')", incomplete),
        ("WHERE NOT pk = 'p' AND sk = 's'", incomplete),
        ("WHERE pk.x = 'p' AND sk = 's'", incomplete),
        ("WHERE pk = a AND sk = 's'", incomplete),
        (
            "WHERE pk = 'p' AND sk = 's' AND pk = 'q'",
            "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"
        ),
        (
            "WHERE pk = 1 AND sk = 's'",
            "Key attribute's data type should match its data type in table's schema: Key pk"
        ),
    ])
    func refusesWritesOfNoOneItem(_ condition: String, _ text: String) throws {
        let update = try update("UPDATE T12 SET a = 1 \(condition)")
        #expect(throws: ItemError.validation(text)) { try update.target(of: composite) }
        let delete = try delete("DELETE FROM T12 \(condition)")
        #expect(throws: ItemError.validation(text)) { try delete.target(of: composite) }
    }

    @Test func insertsWhatIsNotThere() throws {
        let insert = try insert(
            "INSERT INTO \"T12\" VALUE {'pk': ?, 'sk': 's', 'n': .5e1, 'ss': <<'b','a'>>, 'b': FALSE}",
            [.string("p")])
        let expected = try item(
            #"{"pk":{"S":"p"},"sk":{"S":"s"},"n":{"N":"5"},"ss":{"SS":["a","b"]},"b":{"BOOL":false}}"#)
        #expect(insert.item == expected)
        let condition = try insert.condition(for: composite)
        #expect(try condition.matches(nil))
        #expect(try !condition.matches(expected))
    }

    @Test func refusesInsertsWithoutAKey() throws {
        let insert = try insert("INSERT INTO T12 VALUE {'pk': 'p'}")
        #expect(throws: Never.self) { try insert.condition(for: simple) }
        #expect(throws: ItemError.validation("Key attribute should be present in the item: Key sk")) {
            try insert.condition(for: composite)
        }
        let other = try PartiQLTests.insert("INSERT INTO T12 VALUE {'pk': 1}")
        #expect(
            throws: ItemError.validation(
                "Key attribute's data type should match its data type in table's schema: Key pk")
        ) { try other.condition(for: simple) }
    }

    @Test func saysWhatItReturns() throws {
        for returning in PartiQLReturning.allCases {
            let text = "UPDATE T12 SET a = 1 WHERE pk = 'p' RETURNING \(returning.rawValue) *"
            #expect(try PartiQLStatement.parse(text).returning == returning)
            #expect(try PartiQLStatement.parse(text.lowercased()).returning == returning)
        }
    }

    @Test func namesTheAttributesThatPoliciesAskAbout() throws {
        let update = try update("UPDATE T12 SET a.b = c + 1 REMOVE d WHERE pk = 'p' AND size(e[0]) > 1")
        #expect(update.update.attributeNames == ["a", "c", "d"])
        #expect(try update.target(of: simple).condition.attributeNames == ["pk", "e"])
        let nested = try PartiQLTests.update("UPDATE T12 SET a = sk.x WHERE pk = 'p' AND sk = 's'")
        let key: Item = ["pk": .string("p"), "sk": .string("s")]
        #expect(
            throws: ItemError.validation(
                "Key attributes must be scalars; list random access "
                    + "'[]' and map lookup '.' are not allowed: Key: sk")
        ) { try nested.update.apply(to: key, key: key, schema: composite) }
    }
}
