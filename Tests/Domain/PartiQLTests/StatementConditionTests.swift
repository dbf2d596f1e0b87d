import Items
import PartiQL
import Testing

/// Which items a WHERE clause takes, and what SELECT shows of them.
@Suite struct StatementConditionTests {
    private static let json = """
        {"pk":{"S":"p"},"n":{"N":"30"},"s":{"S":"str"},"nul":{"NULL":true},"flag":{"BOOL":true},"bin":{"B":"AQI="},
        "l":{"L":[{"N":"1"},{"S":"two"}]},"m":{"M":{"sub":{"S":"x"},"k":{"L":[{"N":"1"},{"S":"y"}]}}},
        "ss":{"SS":["a","b","c"]},"ns":{"NS":["1","2"]},"a b":{"N":"1"}}
        """

    @Test(arguments: [
        ("n > 20", true), ("n < 20", false), ("20 < n", true), ("n = 3.0E1", true), ("n <> 30", false),
        ("n != 31", true), ("n >= 30 AND n <= 30", true), ("n = '30'", false), ("n < '5'", false),
        ("none = 1", false), ("none <> 1", true), ("NOT none = 1", true), ("none < 1", false),
        ("n BETWEEN 1 AND 30", true), ("n NOT BETWEEN 1 AND 30", false), ("n BETWEEN 31 AND 40", false),
        ("s IN ['a', 'str']", true), ("s NOT IN ['a', 'str']", false), ("s IN (1, 2)", false),
        ("n = 30 OR s = 'no' AND s = 'no'", true), ("(n = 30 OR s = 'no') AND s = 'no'", false),
        ("NOT n = 30 OR s = 'str'", true), ("NOT (n = 30 OR s = 'str')", false),
        ("s = 'str' and not n = 1", true), ("TRUE = flag", true), ("flag = false", false),
        ("nul = NULL", true), ("nul IS NULL", true), ("s IS NULL", false), ("none IS NULL", false),
        ("s IS NOT NULL", true), ("none IS MISSING", true), ("s IS MISSING", false),
        ("none IS NOT MISSING", false), ("m.none IS MISSING", true), ("m.sub IS NOT MISSING", true),
        ("flag IS BOOL", true), ("flag IS BOOLEAN", true), ("s IS STRING", true), ("n IS NUMERIC", true),
        ("bin IS BLOB", true), ("m IS STRUCT", true), ("m IS TUPLE", true), ("l IS LIST", true),
        ("s IS BOOL", false), ("'x' IS STRING", true), ("'x' IS MISSING", false),
        ("attribute_exists(ss)", true), ("ATTRIBUTE_EXISTS(none)", false),
        ("NOT attribute_exists(none)", true), ("attribute_not_exists(none)", true),
        ("(attribute_exists(none) OR attribute_exists(ss))", true), ("attribute_exists(ss) = true", true),
        ("attribute_exists(ss) <> true", false), ("false = attribute_exists(none)", true),
        ("attribute_exists(\"ss\")", true), ("attribute_exists(m.sub)", true),
        ("attribute_type(ss, 'SS')", true), ("attribute_type(ss, 'S')", false),
        ("begins_with(s, 'st')", true), ("NOT begins_with(\"s\", 'tr')", true),
        ("begins_with(n, 'x')", false),
        ("contains(s, 'tr')", true), ("contains(ss, 'b')", true), ("CONTAINS(l, 1)", true),
        ("contains(ns, 3)", false), ("size(s) = 3", true), ("size(s) > size(l)", true),
        ("size(m) = 4", false),
        ("l[1] = 'two'", true), ("m.k[1] = 'y'", true), ("m['sub'] = 'x'", true),
        ("\"m\".\"sub\" = 'x'", true),
        ("\"m.sub\" = 'x'", false), ("\"a b\" = 1", true), ("l = [1, 'two']", true),
        ("l = ['two', 1]", false),
        ("m = {'k': [1, 'y'], 'sub': 'x'}", true), ("ss = <<'c', 'a', 'b'>>", true), ("ss = <<'c'>>", false),
        ("ns = <<2, 1.0>>", true), ("s = 'it''s'", false), ("s = '?'", false), ("n = +30", true),
        ("n = -30", false), ("n = .3e2", true), ("n -- why\n = /* so */ 30", true),
    ])
    func takesItems(_ condition: String, _ isTaken: Bool) throws {
        let filter = try #require(try selectWhere(condition).filter)
        #expect(try filter.matches(try item(Self.json)) == isTaken)
    }

    @Test func fillsInParameters() throws {
        let filter = try #require(
            try selectWhere(
                "s = ? AND ss = ? AND n BETWEEN ? AND ? AND l = [?, 'two'] AND '?' <> s",
                [.string("str"), .stringSet(["c", "b", "a"]), .number(1), .number(30), .number(1), .null]
            ).filter)
        #expect(try filter.matches(try item(Self.json)))
    }

    @Test(arguments: [
        ("s, n", #"{"s":{"S":"str"},"n":{"N":"30"}}"#),
        ("m.sub", #"{"sub":{"S":"x"}}"#),
        ("m.k[1], l[0], m['k']", #"{"k[1]":{"S":"y"},"l[0]":{"N":"1"},"k":{"L":[{"N":"1"},{"S":"y"}]}}"#),
        ("none, \"m.sub\", \"a b\"", #"{"a b":{"N":"1"}}"#),
    ])
    func showsColumns(_ columns: String, _ expected: String) throws {
        let projection = try #require(try select("SELECT \(columns) FROM Music").projection)
        #expect(projection.project(try item(Self.json)) == (try item(expected)))
    }

    @Test func namesTheAttributesThatPoliciesAskAbout() throws {
        let select = try select(
            "SELECT m.k[1], s FROM Music WHERE size(l[0]) > 1 AND NOT contains(ss, x.y) AND z IN [q, 1]")
        #expect(select.projection?.attributeNames == ["m", "s"])
        #expect(select.filter?.attributeNames == ["l", "ss", "x", "z", "q"])
        #expect(try PartiQLTests.select("SELECT * FROM Music").projection == nil)
    }

    @Test(arguments: [
        "SELECT * FROM Music", "select * from \"Music\";", "-- a note\nSELECT * FROM Music -- another",
        "SELECT*FROM\"Music\"WHERE\"pk\"='a'", "SELECT\t*\r\nFROM Music /* note * / */ WHERE pk = 'a'",
        "SELECT * FROM Music WHERE ((((pk = 'a'))))", "SELECT pk FROM Music WHERE pk = $1",
    ])
    func readsWhatIsWrittenOtherwise(_ text: String) throws {
        let statement = try PartiQLStatement.parse(text)
        #expect(statement.table == "Music")
        #expect(statement.isRead)
    }

    @Test func checksPathsIntoKeys() throws {
        let filter = try #require(try selectWhere("pk.x = 1").filter)
        #expect(
            throws: ItemError.validation(
                "Key attributes must be scalars; list random access "
                    + "'[]' and map lookup '.' are not allowed: Key: pk")
        ) { try filter.checkKeyAccess(simple) }
    }
}
