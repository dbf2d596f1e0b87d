import Base
import Items
import PartiQL
import TestKit
import Testing

/// Statements that nobody writes, and conditions of every shape.
@Suite struct StatementFuzzTests {
    private static let statements = [
        "SELECT * FROM \"Music\".\"idx\" WHERE pk = 'a' AND (sk > '1' OR begins_with(n, ?)) ORDER BY sk DESC",
        "SELECT a.b[0], c FROM Music WHERE pk IN ['a', 'b'] AND NOT (n BETWEEN 1 AND -2.5e3)",
        "INSERT INTO \"Music\" VALUE {'pk': 'x', 'm': {'l': [1, null, true]}, 's': <<'a', 'b'>>, 'p': ?}",
        "UPDATE Music SET a = a + 1 SET b.c = list_append(b, [?]) REMOVE d[0] WHERE pk = 'a' RETURNING ALL NEW *",
        "UPDATE Music SET s = set_add(s, <<1, 2>>), t = 'it''s' WHERE pk = 'a' AND sk = '1' -- note",
        "DELETE FROM Music WHERE pk = 'a' AND sk = '1' AND x IS NOT MISSING RETURNING ALL OLD *",
        "FROM Music WHERE pk = 'a' SET c = size(a) /* note */",
        "EXISTS(SELECT * FROM Music WHERE pk = 'a' AND attribute_type(a, 'S'))",
    ]

    /// Reads and plans; what it refuses it says in words.
    private func read(_ text: String) throws -> Fuzzer.Outcome {
        do throws(ItemError) {
            let statement = try PartiQLStatement.parse(text, parameters: [.string("p"), .number(1)])
            switch statement {
            case .select(let select), .exists(let select): _ = try select.plan(for: composite)
            case .insert(let insert): _ = try insert.condition(for: composite)
            case .update(let update): _ = try update.target(of: composite)
            case .delete(let delete): _ = try delete.target(of: composite)
            }
            return .accepted
        } catch {
            guard case .validation(let text) = error else { throw error }
            try #require(!text.isEmpty)
            return .refused
        }
    }

    @Test func fuzzedBytesNeverCrash() throws {
        try Fuzzer("statements of any bytes", rounds: 4000).runParser { random in
            let bytes = (0..<random.below(60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = try read(String(decoding: bytes, as: UTF8.self))
            let printable = bytes.map { 0x20 + $0 % 0x5F }
            return try read("SELECT * FROM Music WHERE " + String(decoding: printable, as: UTF8.self))
        }
    }

    @Test func fuzzedStatementsNeverCrash() throws {
        let pieces = "'\"()[]{}<>?,.:;*-+/ \nae01=".map { String($0) } + Self.statements
        try Fuzzer("statements", rounds: 8000, accepting: 0.02...0.75).runParser { random in
            let bytes = Array(random.pick(Self.statements).utf8)
            return try read(
                String(decoding: bytes.mutated(random, changesMax: 4, pieces: pieces), as: UTF8.self))
        }
    }

    @Test func fuzzedWordsNeverCrash() throws {
        let words = [
            "SELECT", "*", "FROM", "Music", "WHERE", "UPDATE", "SET", "REMOVE", "DELETE", "INSERT", "INTO",
            "VALUE", "RETURNING", "ALL", "OLD", "pk", "sk", "a", "'x'", "1", "-", "+", "?", "NULL", "MISSING",
            "IS", "NOT", "AND", "OR", "IN", "BETWEEN", "(", ")", "[", "]", "{", "}", "<<", ">>", ",", ".",
            ":",
            "=", "<", "size", "contains", "set_add", "list_append", "EXISTS", "ORDER", "BY", "DESC", "LIMIT",
        ]
        let beginnings = ["SELECT * FROM Music WHERE", "UPDATE Music SET a =", "INSERT INTO Music VALUE", ""]
        try Fuzzer("statements of words", rounds: 8000).runParser { random in
            let text = (0..<random.below(14)).map { _ in random.pick(words) }
            return try read(random.pick(beginnings) + " " + text.joined(separator: " "))
        }
    }

    @Test(arguments: ["(", "[", "{'a':", "<<", "NOT ", "-", "size(", "a[", "- -", "a IN ("])
    func deepNestingNeverCrashes(_ opening: String) throws {
        for count in [2, 100, 127, 128, 129, 300, 8000 / opening.utf8.count] {
            let nested = String(repeating: opening, count: count)
            for text in [
                "SELECT * FROM Music WHERE a = \(nested)", "SELECT * FROM Music WHERE \(nested)",
                "INSERT INTO Music VALUE {'a': \(nested)", "UPDATE Music SET a = \(nested)",
            ] where text.utf16.count <= Limits.statementUnitsMax {
                #expect(try read(text) == .refused)
            }
        }
    }

    @Test(arguments: [" OR a=1", " AND a=1", "+1"])
    func longChainsNeverCrash(_ link: String) throws {
        let chain = String(repeating: link, count: 8100 / link.utf8.count)
        #expect(try read("SELECT * FROM Music WHERE a=1\(chain)") == .refused)
        #expect(try read("UPDATE Music SET a = 1\(chain)") == .refused)
        let allowed = String(repeating: " OR a=1", count: 149)
        #expect(try read("SELECT * FROM Music WHERE a=1\(allowed)") == .accepted)
    }

    // MARK: Plans

    /// A random condition over keys and other attributes.
    private func condition(_ random: SeededRandom, depth: Int) -> String {
        func value() -> String { "'\(random.next() % 4)'" }
        func attribute() -> String { ["pk", "pk", "sk", "sk", "n"][Int(random.next() % 5)] }
        if depth > 0, random.next() % 3 != 0 {
            switch random.next() % 5 {
            case 0, 1:
                return "(\(condition(random, depth: depth - 1))) AND (\(condition(random, depth: depth - 1)))"
            case 2, 3:
                return "(\(condition(random, depth: depth - 1))) OR (\(condition(random, depth: depth - 1)))"
            default: return "NOT (\(condition(random, depth: depth - 1)))"
            }
        }
        let name = attribute()
        switch random.next() % 10 {
        case 0, 1, 2: return "\(name) = \(value())"
        case 3: return "\(name) IN [\(value()), \(value())]"
        case 4: return "\(name) <> \(value())"
        case 5: return "\(name) > \(value())"
        case 6: return "\(value()) > \(name)"
        case 7: return "\(name) BETWEEN '1' AND '\(1 + random.next() % 3)'"
        case 8: return "begins_with(\(name), \(value()))"
        default: return "\(name) = \(name == "n" ? "sk" : "n")"
        }
    }

    /// Whether a plan reads an item, and how often.
    private func readCount(_ plan: PartiQLPlan, _ item: Item) throws -> Int {
        switch plan.access {
        case .scan: return 1
        case .items(let keys): return keys.count { $0["pk"] == item["pk"] && $0["sk"] == item["sk"] }
        case .ranges(let conditions):
            let key = try composite.key(ofItem: item)
            return try conditions.count { condition in
                let (_, partition, sort) = try condition.resolve(schema: composite)
                return partition == key.partition && sort?.contains(key.sort) != false
            }
        }
    }

    /// INVARIANT under test: whatever is read and passes the plan's filter is what the WHERE clause takes, no
    /// item more and none less, and none is read twice.
    @Test func fuzzedPlansFindExactlyTheItemsThatMatch() throws {
        var items: [Item] = []
        for pk in 0..<4 {
            for sk in 0..<4 {
                items.append([
                    "pk": .string("\(pk)"), "sk": .string("\(sk)"), "n": .string("\((pk + sk) % 4)"),
                ])
            }
        }
        // Accepted are those that need no scan.
        try Fuzzer("plans of statements", rounds: 6000, accepting: 0.04...0.8).runParser { random in
            let text = condition(random, depth: 4)
            let select = try selectWhere(text)
            let plan: PartiQLPlan
            do throws(ItemError) { plan = try select.plan(for: composite) } catch { return .refused }
            let whole = try #require(select.filter)
            for item in items {
                let count = try readCount(plan, item)
                let isFound = try count > 0 && plan.filter?.matches(item) != false
                try #require(try isFound == whole.matches(item), "\(text): \(item)")
                try #require(count <= 1, "\(text): \(item)")
            }
            if case .scan = plan.access { return .refused }
            return .accepted
        }
    }
}
