import Base
import Items
import TestKit
import Testing

@Suite struct ItemsFuzzTests {
    @Test func fuzzedItemsSurviveTheirImage() throws {
        try Fuzzer("item images", rounds: 500).run { random in
            let item = randomItem(random)
            let image = item.encoded()
            let read = try Item(decoding: image)
            try #require(read == item)
            try #require(read.hashValue == item.hashValue)
            try #require(read.encoded() == image)
            try #require(read.sizeBytes == item.sizeBytes)
        }
    }

    @Test func fuzzedImagesNeverCrash() throws {
        let pieces = [
            #"{"S":"#, #"{"N":"1"}"#, #"{"M":{"#, #"{"L":["#, "null", "1e400", #"\ud800"#, #""BOOL":"#,
        ]
        try Fuzzer("mutated item images", rounds: 3000, accepting: 0.02...0.6).runParser { random in
            let image = randomItem(random).encoded().mutated(random, changesMax: 3, pieces: pieces)
            let item: Item
            do throws(ItemError) { item = try Item(decoding: image) } catch {
                try #require(!error.text.isEmpty)
                return .refused
            }
            try #require(try Item(decoding: item.encoded()) == item)
            return .accepted
        }
    }

    @Test func fuzzedWordsNeverCrashTheExpressionParsers() throws {
        let words = [
            "a", "b", "#a", "#dot", "#zz", ":a", ":one", ":ss", ":list", ":zz", "name", "=", "<>", "<", "<=",
            ">", ">=", "(", ")", ",", ".", "[", "]", "0", "1", "+", "-", "AND", "OR", "NOT", "BETWEEN", "IN",
            "SET", "REMOVE", "ADD", "DELETE", "size", "contains", "begins_with", "attribute_exists",
            "attribute_type", "if_not_exists", "list_append", "é", "'", "\u{0}", "99999999999999999999",
        ]
        let item = try item(ConditionExpressionTests.json)
        let attributes = try sharedAttributes()
        try Fuzzer("expressions of random words", rounds: 5000, accepting: 0.002...0.5).runParser { random in
            let text = (0...random.below(9)).map { _ in random.pick(words) }
                .joined(separator: random.oneIn(4) ? "" : " ")
            return try parse(text, item, attributes) > 0 ? .accepted : .refused
        }
    }

    @Test func fuzzedExpressionsNeverCrash() throws {
        let valid = [
            "a = :a AND (n BETWEEN :one AND :ten OR NOT begins_with(txt, :b)) AND size(items2[2].deep) IN (:one, :two)",
            "attribute_exists(a) OR contains(dict.x, :a) AND attribute_type(#dot, :S) OR a <> b",
            "SET dict.x = if_not_exists(dict.x, :one) + :two, items2[5] = :a REMOVE #dot, name2 ADD ns :ns DELETE ss :ss",
            "SET items2 = list_append(items2, :list), n = n - (:one + :two) REMOVE items2[0], dict.y",
            "a, dict.x, items2[0], items2[2].deep, #dot", "pk = :a AND sk BETWEEN :a AND :b",
            "pk = :a AND begins_with(sk, :b)",
        ].map { Array($0.utf8) }
        let item = try item(ConditionExpressionTests.json)
        let attributes = try sharedAttributes()
        let pieces = [" AND ", " OR ", "NOT ", "(", ")", "[0]", ".x", ":one", "#a", "size(", ", "]
        try Fuzzer("mutated expressions", rounds: 4000, accepting: 0.05...0.9).runParser { random in
            let original = random.pick(valid)
            let bytes = random.oneIn(6) ? original : original.mutated(random, changesMax: 2, pieces: pieces)
            return try parse(String(decoding: bytes, as: UTF8.self), item, attributes) > 0
                ? .accepted : .refused
        }
    }

    /// How many kinds of expression the text is; each that it is also runs.
    private func parse(_ text: String, _ item: Item, _ shared: ExpressionAttributes) throws -> Int {
        let schema = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
        let longer = KeySchema(
            partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .string))
        var attributes = shared
        var count = 0
        func attempt(_ body: () throws -> Void) throws {
            do {
                try body()
                count += 1
            } catch let error as ItemError { try #require(!error.text.isEmpty) }
        }
        try attempt {
            _ = try ConditionExpression.parse(text, kind: .filter, &attributes).matches(item)
        }
        try attempt {
            let condition = try KeyConditionExpression.parse(text, &attributes)
            try attempt { _ = try condition.resolve(schema: schema) }
            try attempt { _ = try condition.resolve(schema: longer) }
        }
        try attempt {
            let projected = try ProjectionExpression.parse(text, &attributes).project(item)
            try #require(projected.sizeBytes <= item.sizeBytes)
        }
        try attempt {
            let update = try UpdateExpression.parse(text, &attributes)
            let new = try update.apply(to: item, key: item, schema: schema).item
            try #require(try Item(decoding: new.encoded()) == new)
        }
        return count
    }

    private func randomItem(_ random: SeededRandom) -> Item {
        var item = Item()
        for _ in 0..<Int(random.next() % 7) {
            item.attributes[randomName(random)] = randomValue(random, level: 0)
        }
        return item
    }

    private func randomValue(_ random: SeededRandom, level: Int) -> AttributeValue {
        let count = Int(random.next() % 4)
        switch random.next() % (level < 4 ? 10 : 8) {
        case 0: return .string(randomText(random))
        case 1: return .number(randomNumber(random))
        case 2: return .binary(random.bytes(count * 3))
        case 3: return .bool(random.next() % 2 == 0)
        case 4: return .null
        case 5: return .stringSet(MemberSet((0...count).map { _ in randomText(random) }))
        case 6: return .numberSet(MemberSet((0...count).map { _ in randomNumber(random) }))
        case 7: return .binarySet(MemberSet((0...count).map { _ in random.bytes(count) }))
        case 8: return .list((0..<count).map { _ in randomValue(random, level: level + 1) })
        default:
            var map = AttributeMap()
            for _ in 0..<count { map[randomName(random)] = randomValue(random, level: level + 1) }
            return .map(map)
        }
    }

    private func randomNumber(_ random: SeededRandom) -> Number {
        Number(Int(truncatingIfNeeded: random.next()) >> Int(random.next() % 64))
    }

    private func randomName(_ random: SeededRandom) -> String {
        let name = randomText(random)
        return name.isEmpty ? "n" : name
    }

    private func randomText(_ random: SeededRandom) -> String {
        let parts = [
            "a", "Zoë", "\"", "\\", "\n", "\u{0}", "😀", "e\u{301}", "\u{E9}", "pk", "long enough for words",
            "/",
        ]
        return (0..<Int(random.next() % 4)).map { _ in parts[Int(random.next() % UInt64(parts.count))] }
            .joined()
    }
}
