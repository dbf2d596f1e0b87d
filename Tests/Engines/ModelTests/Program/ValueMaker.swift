import Base
import TestKit

/// Values from a small stock that is rich in borders: canonically equal texts, bytes beyond 0x7F, numbers at their limits.
struct ValueMaker {
    let random: SeededRandom

    /// The attributes that are no keys of tables or indexes.
    static let names: [Text] = ["a", "b", "n", "l", "m", "t", "Ä.", "A\u{308}."]
    private static let innerNames: [Text] = ["x", "y", "b"]
    private static let texts: [Text] = [
        "a", "ab", "b", "B", "é", "e\u{301}", "z😀", "\u{FFFF}", "\u{0}", "a/\"\\",
    ]
    private static let numbers = [
        "0", "1", "-1", "2", "3", "10", "0.5", "-0.5", "1.5", "100", "99", "-12.25", "1e20", "-1e20",
        "99999999999999999999999999999999999999", "1e125", "9e125", "-9e125", "1e-130", "-1e-130", "1e-38",
    ]
    private static let binaries: [[UInt8]] = [
        [0], [0, 1], [0x7F], [0x80], [0xFF], [0xFF, 0xFF], [1, 2, 3],
    ]

    private func number() -> ExactDecimal {
        // Small whole numbers meet more often than the others.
        let text =
            random.oneIn(2) ? "\(random.below(5) - 1)" : random.pick(ValueMaker.numbers)
        return ExactDecimal(text) ?? .zero
    }

    /// A key attribute's value: of a partition key nearly always the same, of a sort key often one of three.
    func key(_ attribute: ModelKeyAttribute, isPartition: Bool = false) -> ModelValue {
        let few = random.oneIn(isPartition ? 8 : 3) ? Int.max : isPartition ? 1 : 3
        return switch attribute.type {
        case .number:
            .number(few < 4 ? "\(random.below(few))" : random.pick(ValueMaker.numbers))
        case .binary: .binary(random.pick(Array(ValueMaker.binaries.prefix(few))))
        default: .string(random.pick(Array(ValueMaker.texts.prefix(few))))
        }
    }

    /// A key attribute's value near the limits of partition and sort keys.
    func longKey(_ attribute: ModelKeyAttribute) -> ModelValue {
        let count = random.pick([1024, 1025, 2048, 2049])
        return switch attribute.type {
        case .number: key(attribute)
        case .binary: .binary([UInt8](repeating: 0xFF, count: count))
        default: .string(Text(String(repeating: "k", count: count)))
        }
    }

    /// Any value at all.
    func any(level: Int = 0) -> ModelValue {
        switch random.below(level < 3 ? 14 : 11) {
        case 0...2: return .number(number())
        case 3, 4: return .string(random.oneIn(8) ? "" : random.pick(ValueMaker.texts))
        case 5: return random.oneIn(6) ? .binary([]) : .binary(random.pick(ValueMaker.binaries))
        case 6: return .bool(random.oneIn(2))
        case 7: return .null
        case 8...10: return set()
        case 11, 12: return .list((0..<random.below(4)).map { _ in any(level: level + 1) })
        default:
            var map: ModelItem = [:]
            for _ in 0..<random.below(4) {
                map[random.pick(ValueMaker.innerNames)] = any(level: level + 1)
            }
            return .map(map)
        }
    }

    /// A set of one to four members, most often of few strings, so that sets have members in common.
    func set() -> ModelValue {
        let count = 1 + random.below(random.oneIn(3) ? 4 : 2)
        return switch random.below(8) {
        case 0: .numbers(Set((0..<count).map { _ in number() }))
        case 1: .binaries(Set((0..<count).map { _ in random.pick(ValueMaker.binaries) }))
        case 2: .strings(Set((0..<count).map { _ in random.pick(ValueMaker.texts) }))
        default: .strings(Set((0..<count).map { _ in random.pick(Array(ValueMaker.texts.prefix(3))) }))
        }
    }

    /// A number, as a value.
    func numeric() -> ModelValue { .number(number()) }

    /// A value of the kind that the attribute mostly has, so that operations on it mostly succeed.
    func value(of name: Text) -> ModelValue {
        guard !random.oneIn(10) else { return any() }
        switch name {
        case "n": return numeric()
        case "l": return .list((0..<random.below(6)).map { _ in any(level: 2) })
        case "m":
            var map: ModelItem = [:]
            for inner in ValueMaker.innerNames where !random.oneIn(3) { map[inner] = any(level: 1) }
            return .map(map)
        case "t": return set()
        default: return any()
        }
    }

    /// Some attributes of an item.
    func attributes() -> ModelItem {
        var item: ModelItem = [:]
        for name in ValueMaker.names where !random.oneIn(name == "l" || name == "m" ? 5 : 2) {
            item[name] = value(of: name)
        }
        return item
    }

    /// A path that leads somewhere more often than not.
    func path(_ names: [Text]) -> ModelPath {
        let attribute = random.pick(names)
        var path = ModelPath(attribute)
        switch attribute {
        case "l" where !random.oneIn(3):
            path.steps.append(.index(random.below(5)))
            if random.oneIn(4) { path.steps.append(.name(random.pick(ValueMaker.innerNames))) }
        case "m" where !random.oneIn(3):
            path.steps.append(.name(random.pick(ValueMaker.innerNames)))
            if random.oneIn(4) { path.steps.append(.index(random.below(3))) }
        default:
            if random.oneIn(30) { path.steps.append(.name("x")) }
            if random.oneIn(30) { path.steps.append(.index(random.below(3))) }
        }
        return path
    }
}
