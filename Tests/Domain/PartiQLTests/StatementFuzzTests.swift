import Base
import Items
import PartiQL
import Testing

/// Seeded: a failure's seed stays the same from run to run.
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
    private func read(_ text: String) throws -> Bool {
        do throws(ItemError) {
            let statement = try PartiQLStatement.parse(text, parameters: [.string("p"), .number(1)])
            switch statement {
            case .select(let select), .exists(let select): _ = try select.plan(for: composite)
            case .insert(let insert): _ = try insert.condition(for: composite)
            case .update(let update): _ = try update.target(of: composite)
            case .delete(let delete): _ = try delete.target(of: composite)
            }
            return true
        } catch {
            guard case .validation(let text) = error else { throw error }
            #expect(!text.isEmpty)
            return false
        }
    }

    @Test func randomBytesNeverCrash() throws {
        let random = SeededRandom(seed: 51)
        for _ in 0..<4000 {
            let bytes = (0..<Int(random.next() % 60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = try read(String(decoding: bytes, as: UTF8.self))
            let printable = bytes.map { 0x20 + $0 % 0x5F }
            _ = try read("SELECT * FROM Music WHERE " + String(decoding: printable, as: UTF8.self))
        }
    }

    @Test func mutatedStatementsNeverCrash() throws {
        let random = SeededRandom(seed: 52)
        var (readCount, refusedCount) = (0, 0)
        let inserts = Array("'\"()[]{}<>?,.:;*-+/ \nae01=".utf8)
        for _ in 0..<8000 {
            var bytes = Array(Self.statements[Int(random.next() % UInt64(Self.statements.count))].utf8)
            for _ in 0...Int(random.next() % 4) where !bytes.isEmpty {
                let index = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[index] = inserts[Int(random.next() % UInt64(inserts.count))]
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(inserts[Int(random.next() % UInt64(inserts.count))], at: index)
                default:
                    let other = Array(
                        Self.statements[Int(random.next() % UInt64(Self.statements.count))].utf8)
                    bytes.replaceSubrange(index..., with: other[min(index, other.count)...])
                }
            }
            if try read(String(decoding: bytes, as: UTF8.self)) { readCount += 1 } else { refusedCount += 1 }
        }
        #expect(readCount > 200 && refusedCount > 2000)
    }

    @Test func randomWordsNeverCrash() throws {
        let random = SeededRandom(seed: 53)
        let words = [
            "SELECT", "*", "FROM", "Music", "WHERE", "UPDATE", "SET", "REMOVE", "DELETE", "INSERT", "INTO",
            "VALUE", "RETURNING", "ALL", "OLD", "pk", "sk", "a", "'x'", "1", "-", "+", "?", "NULL", "MISSING",
            "IS", "NOT", "AND", "OR", "IN", "BETWEEN", "(", ")", "[", "]", "{", "}", "<<", ">>", ",", ".",
            ":",
            "=", "<", "size", "contains", "set_add", "list_append", "EXISTS", "ORDER", "BY", "DESC", "LIMIT",
        ]
        for _ in 0..<8000 {
            let beginning = [
                "SELECT * FROM Music WHERE", "UPDATE Music SET a =", "INSERT INTO Music VALUE", "",
            ]
            let text = (0..<Int(random.next() % 14)).map { _ in
                words[Int(random.next() % UInt64(words.count))]
            }
            _ = try read(
                beginning[Int(random.next() % 4)] + " " + text.joined(separator: " "))
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
                #expect(try !read(text))
            }
        }
    }

    @Test(arguments: [" OR a=1", " AND a=1", "+1"])
    func longChainsNeverCrash(_ link: String) throws {
        let chain = String(repeating: link, count: 8100 / link.utf8.count)
        #expect(try !read("SELECT * FROM Music WHERE a=1\(chain)"))
        #expect(try !read("UPDATE Music SET a = 1\(chain)"))
        let allowed = String(repeating: " OR a=1", count: 149)
        #expect(try read("SELECT * FROM Music WHERE a=1\(allowed)"))
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
    @Test func plansFindExactlyTheItemsThatMatch() throws {
        let random = SeededRandom(seed: 54)
        var items: [Item] = []
        for pk in 0..<4 {
            for sk in 0..<4 {
                items.append([
                    "pk": .string("\(pk)"), "sk": .string("\(sk)"), "n": .string("\((pk + sk) % 4)"),
                ])
            }
        }
        var (scanCount, keyCount) = (0, 0)
        for _ in 0..<6000 {
            let text = condition(random, depth: 4)
            let select = try selectWhere(text)
            let plan: PartiQLPlan
            do throws(ItemError) { plan = try select.plan(for: composite) } catch { continue }
            if case .scan = plan.access { scanCount += 1 } else { keyCount += 1 }
            let whole = try #require(select.filter)
            for item in items {
                let count = try readCount(plan, item)
                let isFound = try count > 0 && plan.filter?.matches(item) != false
                #expect(try isFound == whole.matches(item), "\(text): \(item)")
                #expect(count <= 1, "\(text): \(item)")
            }
        }
        #expect(scanCount > 1000 && keyCount > 300)
    }
}
