import Items
import PartiQL
import Testing

/// Which keys a SELECT names, by the key of what it reads.
@Suite struct StatementPlanTests {
    @Test(arguments: [
        // Whole keys.
        ("pk = 'a' AND sk = '1'", "items a/1"),
        ("'1' = sk AND 'a' = pk", "items a/1"),
        ("pk = 'a' AND sk IN ['2', '1', '2']", "items a/1 a/2"),
        ("pk IN ['b', 'a', 'b'] AND sk = '1'", "items b/1 a/1"),
        ("(pk = 'a' AND sk = '1') OR (pk = 'b' AND sk = '2')", "items a/1 b/2 filter"),
        ("pk = 'a' AND (sk = '1' OR sk = '2')", "items a/1 a/2 filter"),
        ("pk = 'a' AND sk = '1' AND n = 1", "items a/1 filter"),
        // Ranges.
        ("pk = 'a'", "ranges a"),
        ("pk = 'a' AND n = 1", "ranges a filter"),
        ("pk = 'a' AND sk > '1'", "ranges a(1,"),
        ("pk = 'a' AND '1' > sk", "ranges a,1)"),
        ("pk = 'a' AND sk <= '1'", "ranges a,1]"),
        ("pk = 'a' AND sk BETWEEN '1' AND '3'", "ranges a[1,3]"),
        ("pk = 'a' AND begins_with(sk, 'x')", "ranges a[x,y)"),
        ("pk = 'a' AND sk > '1' AND sk <= '3'", "ranges a[1,3] filter"),
        ("pk = 'a' AND sk > '3' AND sk < '1'", "ranges a(3, filter"),
        ("pk = 'a' AND begins_with(sk, 'x') AND sk > 'xm'", "ranges a[x,y) filter"),
        ("pk = 'a' AND sk <> '1'", "ranges a filter"),
        ("pk = 'a' AND NOT sk = '1'", "ranges a filter"),
        ("pk = 'a' AND contains(sk, '1')", "ranges a filter"),
        ("pk = 'a' AND sk = n", "ranges a filter"),
        ("pk IN ['a', 'b']", "ranges a b"),
        ("pk IN ('a', 'b') AND n = 1", "ranges a b filter"),
        ("pk = 'a' OR pk = 'b'", "ranges a b filter"),
        ("pk = 'a' AND sk = '1' OR pk = 'b'", "ranges a[1,1] b filter"),
        ("pk = 'a' AND sk < '1' OR pk = 'a' AND sk > '3'", "ranges a,1) a(3, filter"),
        ("pk = 'a' AND NOT sk = '1' OR pk = 'a' AND sk = '2'", "ranges a filter"),
        ("pk = 'a' OR pk = 'a' AND NOT sk = '1'", "ranges a filter"),
        ("pk = 'a' AND (pk = 'b' OR n = 1)", "ranges a filter"),
        ("pk = 'a' AND (pk = 'b' OR pk = 'c')", "ranges a filter"),
        // Everything.
        ("n = 1", "scan filter"),
        ("sk = '1'", "scan filter"),
        ("pk > 'a'", "scan filter"),
        ("pk <> 'a'", "scan filter"),
        ("pk BETWEEN 'a' AND 'b'", "scan filter"),
        ("begins_with(pk, 'a')", "scan filter"),
        ("pk = 'a' OR n = 1", "scan filter"),
        ("pk = 'a' OR sk = '1'", "scan filter"),
        ("NOT pk = 'a'", "scan filter"),
        ("NOT (NOT pk = 'a')", "scan filter"),
        ("NOT (pk <> 'a')", "scan filter"),
        ("pk = n", "scan filter"),
        ("pk.x = 'a'", "scan filter"),
        ("pk IN ['a', n]", "scan filter"),
        ("PK = 'a'", "scan filter"),
        ("pk IS NOT MISSING", "scan filter"),
    ])
    func findsTheKeys(_ condition: String, _ expected: String) throws {
        #expect(try describe(try selectWhere(condition).plan(for: composite), composite) == expected)
    }

    @Test func readsWithoutAConditionEverything() throws {
        let plan = try select("SELECT a FROM Music").plan(for: composite)
        #expect(try describe(plan, composite) == "scan")
    }

    @Test func knowsOtherSchemas() throws {
        #expect(
            try describe(try selectWhere("pk = 'a' AND sk = '1'").plan(for: simple), simple)
                == "items a filter")
        #expect(try describe(try selectWhere("pk IN ['a','b']").plan(for: simple), simple) == "items a b")
        let numbers = try selectWhere("pk = ? AND sk = 1e0", [.string("a")]).plan(for: numbered)
        #expect(try describe(numbers, numbered) == "items a/1")
        // An index may have several items of one key.
        let index = try select("SELECT * FROM Music.\"by-sk\" WHERE pk = 'a' AND sk = '1'")
        #expect(index.index == "by-sk")
        #expect(try describe(try index.plan(for: composite), composite) == "ranges a[1,1]")
    }

    @Test(arguments: [
        ("pk = 1", "Key attribute's data type should match its data type in table's schema: Key pk"),
        (
            "pk = 'a' AND sk < 1",
            "Key attribute's data type should match its data type in table's schema: Key sk"
        ),
        ("pk = 'a' AND pk = 'b'", "Only single equality condition should be present on hash key pk"),
        (
            "pk IN [\((1...51).map { "'\($0)'" }.joined(separator: ","))]",
            "Too many decomposed read operations for a given query."
        ),
        (
            "pk = 'a' AND sk > '1' OR pk = 'a' AND sk = '2'",
            "Overlapping conditions with range keys are not supported in where clause"
        ),
    ])
    func refusesKeys(_ condition: String, _ text: String) throws {
        let select = try selectWhere(condition)
        #expect(throws: ItemError.validation(text)) { try select.plan(for: composite) }
    }

    // MARK: ORDER BY

    @Test(arguments: [
        ("pk = 'a' ORDER BY sk", "ranges a"),
        ("pk = 'a' ORDER BY sk DESC", "ranges a backward"),
        ("pk = 'a' ORDER BY \"sk\" asc", "ranges a"),
        ("pk IN ['b', 'c', 'a'] ORDER BY pk", "ranges a b c"),
        ("pk IN ['b', 'c', 'a'] ORDER BY pk DESC, sk", "ranges c b a"),
        ("pk = 'a' AND sk IN ['1', '2'] ORDER BY sk DESC", "items a/2 a/1 backward"),
    ])
    func orders(_ clauses: String, _ expected: String) throws {
        #expect(try describe(try selectWhere(clauses).plan(for: composite), composite) == expected)
    }

    @Test(arguments: [
        ("ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."),
        ("WHERE pk = 'o' ORDER BY n", "Attribute n in ORDER BY clause must be part of the primary key"),
        (
            "WHERE pk > 'a' ORDER BY sk",
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
        ),
        (
            "WHERE pk IN ['o', 'p'] ORDER BY sk DESC",
            "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause."
        ),
    ])
    func refusesOrders(_ clauses: String, _ text: String) throws {
        let select = try select("SELECT * FROM Music \(clauses)")
        #expect(throws: ItemError.validation(text)) { try select.plan(for: composite) }
    }

    // MARK: One item

    @Test func knowsAReadOfOneItem() throws {
        let one = try #require(try selectWhere("pk = 'a' AND sk = '1'").singleItem(of: composite))
        #expect(one.key == ["pk": .string("a"), "sk": .string("1")])
        #expect(one.condition == nil)
        let checked = try PartiQLStatement.parse(
            "EXISTS(SELECT * FROM Music WHERE pk = 'a' AND sk = '1' AND n IS MISSING)")
        guard case .exists(let select) = checked else { throw ItemError.validation("not EXISTS") }
        let condition = try #require(try select.singleItem(of: composite)?.condition)
        #expect(condition.attributeNames == ["n"])
        #expect(!checked.isRead)
        for other in ["pk = 'a'", "n = 1", "pk = 'a' AND sk IN ['1', '2']", "pk = 'a' AND sk > '1'"] {
            #expect(try selectWhere(other).singleItem(of: composite) == nil)
        }
        let index = try PartiQLTests.select("SELECT * FROM Music.idx WHERE pk = 'a' AND sk = '1'")
        #expect(try index.singleItem(of: composite) == nil)
    }
}

/// A plan as the tables write it.
func describe(_ plan: PartiQLPlan, _ schema: KeySchema) throws -> String {
    func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }
    func text(_ value: AttributeValue?) -> String { value?.string ?? value?.number?.text ?? "" }
    var words: [String]
    switch plan.access {
    case .scan: words = ["scan"]
    case .items(let keys):
        words =
            ["items"]
            + keys.map { key in schema.attributes.map { text(key[$0.name]) }.joined(separator: "/") }
    case .ranges(let conditions):
        words = ["ranges"]
        for condition in conditions {
            let (partition, _, sort) = try condition.resolve(schema: schema)
            var word = text(partition)
            if let sort {
                if sort.lower != nil { word += (sort.isLowerIncluded ? "[" : "(") + text(sort.lower) }
                word += ","
                if sort.upper != nil { word += text(sort.upper) + (sort.isUpperIncluded ? "]" : ")") }
            }
            words.append(word)
        }
    }
    if plan.filter != nil { words.append("filter") }
    if !plan.isForward { words.append("backward") }
    return words.joined(separator: " ")
}
