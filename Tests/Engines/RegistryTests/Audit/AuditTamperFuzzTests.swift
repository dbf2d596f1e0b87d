import Base
import Items
import Registry
import SQLite
import TestKit
import Testing

/// One tampering of a random kind at a random place of a random audit: always found, and nothing is named that was not touched.
@Suite struct AuditTamperFuzzTests {
    /// An entry, as a fault names it.
    struct Named: Hashable {
        let kind: AuditKind
        let number: Int64
    }

    /// What may be said of a tampering, and what must be.
    struct Expected {
        /// Every fault must name one of these.
        var allowed: Set<Named> = []
        /// One fault at least must name one of these.
        var named: Set<Named> = []
        var how = ""

        init(_ how: String, _ kind: AuditKind, _ named: [Int64], also: [Int64] = []) {
            self.how = how
            self.named = Set(named.map { Named(kind: kind, number: $0) })
            allowed = self.named.union(also.map { Named(kind: kind, number: $0) })
        }

        func check(_ faults: [AuditFault]) throws {
            let found = Set(faults.map { Named(kind: $0.kind, number: $0.number) })
            try #require(!faults.isEmpty, "\(how): nothing is found")
            try #require(found.isSubset(of: allowed), "\(how): \(faults) name others than \(allowed)")
            try #require(!found.isDisjoint(with: named), "\(how): \(faults) name none of \(named)")
        }
    }

    /// A random audit: some of each kind, and at times a beginning that was cut.
    private func world(_ random: SeededRandom) throws -> AuditWorld {
        let world = try AuditWorld()
        let kinds = AuditKind.allCases
        if random.oneIn(3) {
            for _ in 0..<1 + random.below(6) { try write(random.pick(kinds), random, to: world) }
            world.clock.advance(byMilliseconds: 20 * 86_400_000)
            try world.registry.trimAudit(
                AuditRetention(activityDays: 10, accessDays: 10, denialDays: 10))
        }
        for _ in 0..<3 + random.below(6) { try write(random.pick(kinds), random, to: world) }
        return world
    }

    private func write(_ kind: AuditKind, _ random: SeededRandom, to world: AuditWorld) throws {
        world.clock.advance(byMilliseconds: Int64(random.below(2000)))
        let notes = try (0...random.below(3)).map { _ in
            AuditNote(
                actor: .credential("k\(random.below(3))"), action: "a.\(random.below(3))",
                subject: "s\(random.next())", tenant: random.oneIn(2) ? try tenantID(random.below(3)) : nil,
                detail: ["n": "\(random.next())"], kind: kind)
        }
        try world.registry.transact(RegistryTransaction([], audit: notes))
    }

    /// The chain that is tampered with: its kind, the numbers that it has.
    private struct Target {
        let kind: AuditKind
        let numbers: [Int64]
        /// Whether its beginning was cut.
        let isCut: Bool

        var last: Int64 { numbers[numbers.count - 1] }

        /// What is named where an entry of these is not where it belongs: without an anchor the loss of the first shows at the
        /// first that is left.
        func gone(_ gone: [Int64]) -> [Int64] {
            guard !isCut, gone.contains(numbers[0]), let left = numbers.first(where: { !gone.contains($0) })
            else { return gone }
            return gone + [left]
        }
    }

    private func target(_ world: AuditWorld, _ random: SeededRandom) throws -> Target? {
        let chains = try world.registry.verifyAudit().chains.filter { $0.entries > 0 }
        guard !chains.isEmpty else { return nil }
        let chain = random.pick(chains)
        let first = chain.cutThrough + 1
        return Target(
            kind: chain.kind, numbers: Array(first..<first + chain.entries), isCut: chain.cutThrough > 0)
    }

    // MARK: Fields

    /// The text with one of its fields changed, and what may be said of it.
    private func changed(
        _ text: String, _ number: Int64, of target: Target, _ random: SeededRandom, isRow: Bool
    ) -> (text: String, expected: Expected) {
        let found = field(text, number, of: target, random, isRow: isRow)
        // What the retention says of itself does not have every field.
        guard found.text == text else { return found }
        return (Self.renamed(text), Expected("entry \(number) renamed", target.kind, [number]))
    }

    /// The text with another action.
    private static func renamed(_ text: String) -> String {
        text.replacing("\"action\":\"", with: "\"action\":\"z")
    }

    private func field(
        _ text: String, _ number: Int64, of target: Target, _ random: SeededRandom, isRow: Bool
    ) -> (text: String, expected: Expected) {
        let kind = target.kind
        let plain = Expected("entry \(number) changed", kind, [number])
        switch random.below(isRow ? 8 : 9) {
        case 0: return (text.replacing("\"subject\":\"s", with: "\"subject\":\"z"), plain)
        case 1: return (text.replacing("\"action\":\"a.", with: "\"action\":\"b."), plain)
        case 2: return (text.replacing("credential:k", with: "credential:j"), plain)
        case 3: return (text.replacing("\"outcome\":\"done\"", with: "\"outcome\":\"failed\""), plain)
        case 4: return (text.replacing("\"n\":\"", with: "\"n\":\"1"), plain)
        case 5: return (text.replacing("\"time\":", with: "\"time\":1"), plain)
        case 6:
            let start = text.firstRange(of: "\"previous\":\"")?.upperBound ?? text.endIndex
            let end = text[start...].firstIndex(of: "\"") ?? text.endIndex
            let digest = String(repeating: random.pick(["0", "a"]), count: 64)
            return (text.replacingCharacters(start..<end, with: digest), plain)
        case 7:
            let other = number + Int64(1 + random.below(9)) * (random.oneIn(2) || number < 10 ? 1 : -1)
            return (
                text.replacing("\"number\":\(number),", with: "\"number\":\(other),"),
                Expected(
                    "entry \(number) says it is \(other)", kind, [number, other], also: target.gone([number]))
            )
        default:
            let another = random.pick(AuditKind.allCases.filter { $0 != kind })
            var expected = Expected(
                "entry \(number) says it is of \(another)", kind, [number], also: target.gone([number]))
            expected.allowed.insert(Named(kind: another, number: number))
            expected.named.insert(Named(kind: another, number: number))
            return (
                text.replacing("\"kind\":\"\(kind.rawValue)\"", with: "\"kind\":\"\(another.rawValue)\""),
                expected
            )
        }
    }

    // MARK: Exports

    private func tampered(
        _ lines: [[UInt8]], _ target: Target, _ foreign: [[UInt8]], _ random: SeededRandom
    ) throws -> (lines: [[UInt8]], expected: Expected) {
        var lines = lines
        let kind = target.kind
        let own = lines.indices.filter {
            lines[$0].starts(with: Array("{\"kind\":\"\(kind.rawValue)\"".utf8))
        }
        try #require(own.count == target.numbers.count)
        let place = random.below(own.count)
        let number = target.numbers[place]
        switch random.below(8) {
        case 0:
            lines.remove(at: own[place])
            return (lines, Expected("entry \(number) dropped", kind, target.gone([number])))
        case 1:
            let text = String(decoding: lines[own[place]].dropLast(), as: UTF8.self)
            let (changed, expected) = changed(text, number, of: target, random, isRow: false)
            lines[own[place]] = Array((changed + "\n").utf8)
            return (lines, expected)
        case 2 where own.count > 1:
            let other = (place + 1 + random.below(own.count - 1)) % own.count
            lines.swapAt(own[place], own[other])
            return (lines, Expected("two swapped", kind, [number, target.numbers[other]]))
        case 3:
            lines.insert(lines[own[place]], at: own[0] + random.below(own.count + 1))
            return (lines, Expected("entry \(number) twice", kind, [number]))
        case 4:
            let first = target.numbers[place]
            lines.removeSubrange(own[place]...own[own.count - 1])
            return (lines, Expected("the tail cut from \(first) on", kind, [first]))
        case 5:
            // The file ends early: what else was to come has no end either.
            var expected = Expected("the file cut at \(number)", kind, [number - 1])
            for other in AuditKind.allCases where other != kind {
                expected.allowed.insert(Named(kind: other, number: 0))
            }
            return (Array(lines[..<own[place]]), expected)
        case 6:
            return splice(lines, own, target, foreign, random)
        default:
            return rehash(lines, own, place, target)
        }
    }

    /// A block that stands elsewhere, or an entry of another audit in the place of one.
    private func splice(
        _ lines: [[UInt8]], _ own: [Int], _ target: Target, _ foreign: [[UInt8]], _ random: SeededRandom
    ) -> (lines: [[UInt8]], expected: Expected) {
        var lines = lines
        let begin = random.below(own.count)
        let prefix = Array("{\"kind\":\"\(target.kind.rawValue)\",\"number\":\(target.numbers[begin]),".utf8)
        if let other = foreign.first(where: { $0.starts(with: prefix) }) {
            lines[own[begin]] = other
            let number = target.numbers[begin]
            return (lines, Expected("entry \(number) of another audit", target.kind, [number]))
        }
        let end = begin + random.below(own.count - begin)
        let block = Array(lines[own[begin]...own[end]])
        lines.removeSubrange(own[begin]...own[end])
        let rest = own.count - block.count
        guard rest > 0 else {
            return (lines, Expected("all entries dropped", target.kind, [target.numbers[0]]))
        }
        var to = random.below(rest + 1)
        if to == begin { to = (to + 1) % (rest + 1) }
        lines.insert(contentsOf: block, at: own[0] + to)
        let touched = target.numbers[min(begin, to)..<max(end + 1, min(own.count, to + block.count))]
        return (lines, Expected("a block moved", target.kind, Array(touched)))
    }

    /// An entry changed and its new digest written into its successor; without one the last entry is changed.
    private func rehash(
        _ lines: [[UInt8]], _ own: [Int], _ place: Int, _ target: Target
    ) -> (lines: [[UInt8]], expected: Expected) {
        var lines = lines
        let old = String(decoding: lines[own[place]].dropLast(), as: UTF8.self)
        let new = Self.renamed(old)
        lines[own[place]] = Array((new + "\n").utf8)
        let number = target.numbers[place]
        guard place + 1 < own.count else {
            return (lines, Expected("the last entry changed", target.kind, [number]))
        }
        let next = String(decoding: lines[own[place + 1]].dropLast(), as: UTF8.self)
        lines[own[place + 1]] = Array(
            (next.replacing(AuditSamples.digest(old), with: AuditSamples.digest(new)) + "\n").utf8)
        // The two agree with one another now; that the second was changed shows at its own successor.
        return (lines, Expected("entry \(number) hashed anew", target.kind, [number + 1]))
    }

    private func faults(_ lines: [[UInt8]]) throws -> [AuditFault] {
        var verifier = AuditChainVerifier()
        for line in lines { try verifier.take(line: line) }
        return verifier.finish().faults
    }

    @Test func fuzzedTamperingWithAnExportIsFoundAtItsPlace() throws {
        try Fuzzer("tampering with an export of the audit", rounds: 40).run { random in
            let world = try world(random)
            let lines = try world.export()
            try #require(try faults(lines) == [])
            let foreign = random.oneIn(2) ? try self.world(random).export() : []
            guard let target = try target(world, random) else { return }
            for _ in 0..<20 {
                let (tampered, expected) = try tampered(lines, target, foreign, random)
                try #require(tampered != lines, "\(expected.how): nothing was done")
                try expected.check(try faults(tampered))
            }
        }
    }

    // MARK: The registry

    private func partition(_ kind: AuditKind) -> String {
        kind == .activity ? "audit" : "audit.\(kind.rawValue)"
    }

    private func tamper(
        _ connection: Connection, _ target: Target, _ stamps: [RecordStamp], _ random: SeededRandom
    ) throws -> Expected {
        let place = random.below(target.numbers.count)
        let number = target.numbers[place]
        let partition = partition(target.kind)
        switch random.below(6) {
        case 0:
            try connection.remove(number, in: partition)
            return Expected("row \(number) dropped", target.kind, target.gone([number]))
        case 1:
            var expected: Expected?
            try connection.rewrite(number, in: partition) { text in
                let (changed, said) = changed(text, number, of: target, random, isRow: true)
                expected = said
                return changed
            }
            return try #require(expected)
        case 2 where target.numbers.count > 1:
            let other = target.numbers[
                (place + 1 + random.below(target.numbers.count - 1)) % target.numbers.count]
            let (one, two) = (
                try connection.row(number, in: partition), try connection.row(other, in: partition)
            )
            var (left, right) = (one.item, two.item)
            left["body"] = two.item["body"]
            right["body"] = one.item["body"]
            try connection.store(left, at: one.id)
            try connection.store(right, at: two.id)
            return Expected("rows \(number) and \(other) swapped", target.kind, [number, other])
        case 3:
            var item = try connection.row(number, in: partition).item
            let beside = random.pick(stamps)
            item["sk"] = .string(
                RecordStamp(time: beside.time, sequence: beside.sequence + 1_000_000).shortText)
            try connection.insert(item)
            return Expected("row \(number) twice", target.kind, [number])
        case 4:
            for number in target.numbers[place...] { try connection.remove(number, in: partition) }
            return Expected("the rows cut from \(number) on", target.kind, [number])
        default:
            var digests = ("", "")
            try connection.rewrite(number, in: partition) { text in
                let new = Self.renamed(text)
                digests = (AuditSamples.digest(text), AuditSamples.digest(new))
                return new
            }
            guard number < target.last else {
                return Expected("the last row changed", target.kind, [number])
            }
            try connection.rewrite(number + 1, in: partition) {
                $0.replacing(digests.0, with: digests.1)
            }
            // The first one's index still finds it by what it said before.
            return Expected("row \(number) hashed anew", target.kind, [number + 1], also: [number])
        }
    }

    @Test func fuzzedTamperingWithTheRegistryIsFoundAtItsPlace() throws {
        try Fuzzer("tampering with the audit's rows", rounds: 60).run { random in
            let world = try world(random)
            try world.tamper()
            try #require(try world.faults() == [])
            try #require(try world.exportFaults() == [])
            guard let target = try target(world, random) else { return }
            let stamps = try target.numbers.map { try world.stamp($0, target.kind) }
            var expected: Expected?
            try world.tamper { expected = try tamper($0, target, stamps, random) }
            let known = try #require(expected)
            try known.check(try world.faults())
            // The same rows as an export that is verified elsewhere.
            try known.check(try world.exportFaults())
        }
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
