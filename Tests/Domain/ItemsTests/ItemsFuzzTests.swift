import Base
import Items
import Testing

/// Seeded: a failure's seed stays the same from run to run.
@Suite struct ItemsFuzzTests {
    @Test func randomItemsSurviveTheirImage() throws {
        let random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let item = randomItem(random)
            let image = item.encoded()
            let read = try Item(decoding: image)
            #expect(read == item)
            #expect(read.hashValue == item.hashValue)
            #expect(read.encoded() == image)
            #expect(read.sizeBytes == item.sizeBytes)
        }
    }

    @Test func mutatedImagesNeverCrash() {
        let random = SeededRandom(seed: 12)
        var (readCount, refusedCount) = (0, 0)
        for _ in 0..<3000 {
            var image = randomItem(random).encoded()
            for _ in 0...Int(random.next() % 3) where !image.isEmpty {
                let index = Int(random.next() % UInt64(image.count))
                switch random.next() % 4 {
                case 0: image[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: image.remove(at: index)
                case 2: image.insert(image[Int(random.next() % UInt64(image.count))], at: index)
                default: image.removeLast(min(image.count, Int(random.next() % 8)))
                }
            }
            do throws(ItemError) {
                let item = try Item(decoding: image)
                #expect(try Item(decoding: item.encoded()) == item)
                readCount += 1
            } catch {
                #expect(!error.text.isEmpty)
                refusedCount += 1
            }
        }
        #expect(readCount > 150 && refusedCount > 600)
    }

    @Test func randomExpressionsNeverCrash() throws {
        let random = SeededRandom(seed: 13)
        let words = [
            "a", "b", "#a", "#dot", "#zz", ":a", ":one", ":ss", ":list", ":zz", "name", "=", "<>", "<", "<=",
            ">", ">=", "(", ")",
            ",", ".", "[", "]", "0", "1", "+", "-", "AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE",
            "ADD", "DELETE", "size",
            "contains", "begins_with", "attribute_exists", "attribute_type", "if_not_exists", "list_append",
            "é", "'", "\u{0}",
        ]
        let schema = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
        let item = try item(ConditionExpressionTests.json)
        var parsedCount = 0
        for _ in 0..<5000 {
            let count = 1 + Int(random.next() % 9)
            let text = (0..<count).map { _ in words[Int(random.next() % UInt64(words.count))] }
                .joined(separator: random.next() % 4 == 0 ? "" : " ")
            parsedCount += try parse(text, item, schema)
        }
        #expect(parsedCount > 50)
    }

    @Test func mutatedExpressionsNeverCrash() throws {
        let random = SeededRandom(seed: 14)
        let valid = [
            "a = :a AND (n BETWEEN :one AND :ten OR NOT begins_with(txt, :b)) AND size(items2[2].deep) IN (:one, :two)",
            "SET dict.x = if_not_exists(dict.x, :one) + :two, items2[5] = :a REMOVE #dot, name2 ADD ns :ns DELETE ss :ss",
            "a, dict.x, items2[0], items2[2].deep, #dot", "pk = :a AND sk BETWEEN :a AND :b",
        ].map { Array($0.utf8) }
        let schema = KeySchema(partition: KeyAttribute(name: "pk", type: .string))
        let item = try item(ConditionExpressionTests.json)
        var parsedCount = 0
        for round in 0..<4000 {
            var bytes = valid[round % valid.count]
            for _ in 0..<Int(random.next() % 3) {
                let index = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[index] = bytes[Int(random.next() % UInt64(bytes.count))]
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8(truncatingIfNeeded: random.next() % 128), at: index)
                }
            }
            parsedCount += try parse(String(decoding: bytes, as: UTF8.self), item, schema)
        }
        #expect(parsedCount > 1000)
    }

    /// How many kinds of expression the text is; each that it is also runs.
    private func parse(_ text: String, _ item: Item, _ schema: KeySchema) throws -> Int {
        var count = 0
        var attributes = try sharedAttributes()
        do throws(ItemError) {
            _ = try ConditionExpression.parse(text, kind: .filter, &attributes).matches(item)
            count += 1
        } catch { #expect(!error.text.isEmpty) }
        do throws(ItemError) {
            _ = try KeyConditionExpression.parse(text, &attributes).resolve(schema: schema)
            count += 1
        } catch { #expect(!error.text.isEmpty) }
        do throws(ItemError) {
            let projected = try ProjectionExpression.parse(text, &attributes).project(item)
            #expect(projected.sizeBytes <= item.sizeBytes)
            count += 1
        } catch { #expect(!error.text.isEmpty) }
        do throws(ItemError) {
            let new = try UpdateExpression.parse(text, &attributes).apply(to: item, key: item, schema: schema)
                .item
            #expect(try Item(decoding: new.encoded()) == new)
            count += 1
        } catch { #expect(!error.text.isEmpty) }
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
