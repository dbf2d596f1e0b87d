import Base
import Crypto
import Items
import Registry
import SQLite
import Testing

/// Whatever is done to the file behind the registry's back shows, and where.
@Suite struct AuditTamperTests {
    let world: AuditWorld

    init() throws {
        world = try AuditWorld()
        try world.write(10)
        try world.write(4, .denial)
    }

    private func fault(_ problem: AuditFault.Problem, _ number: Int64, _ kind: AuditKind = .activity) throws
        -> AuditFault
    {
        AuditFault(kind, problem, number: number, stamp: try world.stamp(number, kind))
    }

    @Test func soundChainsAreSound() throws {
        let verdict = try world.registry.verifyAudit()
        #expect(verdict.isSound)
        #expect(verdict.chains.map(\.entries) == [10, 0, 4])
        #expect(verdict.chains.map { $0.head?.number } == [10, 0, 4])
        #expect(try world.exportFaults() == [])
    }

    @Test(arguments: [1, 5, 9] as [Int64]) func findsAChangedByte(number: Int64) throws {
        try world.tamper {
            try $0.rewrite(number) { $0.replacing(#""subject":"s"#, with: #""subject":"z"#) }
        }
        #expect(try world.faults() == [try fault(.changed, number)])
        #expect(try world.exportFaults() == [try fault(.changed, number)])
    }

    @Test func findsTheLastEntryChanged() throws {
        try world.tamper { try $0.rewrite(10) { $0.replacing("s9", with: "s8") } }
        #expect(try world.faults() == [try fault(.wrongHead, 10)])
        #expect(try world.exportFaults() == [try fault(.wrongHead, 10)])
    }

    @Test(arguments: [2, 5, 10] as [Int64]) func findsAnotherPredecessor(number: Int64) throws {
        let digest = AuditSamples.digest(try world.texts()[Int(number) - 2])
        try world.tamper {
            try $0.rewrite(number) { $0.replacing(digest, with: String(repeating: "0", count: 64)) }
        }
        #expect(try world.exportFaults() == [try fault(.changed, number)])
    }

    @Test func findsAMissingEntry() throws {
        let before = try world.stamp(4)
        try world.tamper { try $0.remove(5) }
        let missing = AuditFault(.activity, .missing(through: 5), number: 5, stamp: before)
        #expect(try world.faults() == [missing])
        #expect(try world.exportFaults() == [missing])
    }

    @Test func findsSeveralMissingEntries() throws {
        let stamps = [try world.stamp(3), try world.stamp(7)]
        try world.tamper { for number in [4, 5, 8] as [Int64] { try $0.remove(number) } }
        #expect(
            try world.faults() == [
                AuditFault(.activity, .missing(through: 5), number: 4, stamp: stamps[0]),
                AuditFault(.activity, .missing(through: 8), number: 8, stamp: stamps[1]),
            ])
    }

    @Test func findsACutBeginningWithoutAnchor() throws {
        try world.tamper { for number in [1, 2, 3] as [Int64] { try $0.remove(number) } }
        #expect(try world.faults() == [try fault(.noAnchor, 4)])
        #expect(try world.exportFaults() == [try fault(.noAnchor, 4)])
    }

    @Test func findsACutEnd() throws {
        let before = try world.stamp(8)
        try world.tamper { for number in [9, 10] as [Int64] { try $0.remove(number) } }
        let missing = AuditFault(.activity, .missing(through: 10), number: 9, stamp: before)
        #expect(try world.faults() == [missing])
        #expect(try world.exportFaults() == [missing])
    }

    @Test func findsAHeadSetBack() throws {
        let digest = AuditSamples.digest(try world.texts()[6])
        try world.tamper {
            try $0.change("ledger") { item in item["activity"] = .string("7 7000 \(digest)") }
        }
        #expect(try world.faults() == [try fault(.wrongHead, 10)])
    }

    @Test func writesNothingOverWhatIsThereWhereTheHeadWasSetBack() throws {
        let texts = try world.texts()
        try world.tamper {
            try $0.change("ledger") { item in
                item["activity"] = .string("7 7000 \(AuditSamples.digest(texts[6]))")
                item["sequence"] = .number(Number(7))
            }
        }
        try world.write(1)
        #expect(Array(try world.texts().prefix(10)) == texts)
        #expect(try !world.registry.verifyAudit().isSound)
    }

    @Test func findsAnEndThatWasCutTogetherWithTheHeadByAHeadThatIsKnown() throws {
        let known = try #require(try world.registry.auditHeads().first)
        let digest = AuditSamples.digest(try world.texts()[7])
        try world.tamper {
            for number in [9, 10] as [Int64] { try $0.remove(number) }
            try $0.change("ledger") { item in item["activity"] = .string("8 8000 \(digest)") }
        }
        #expect(try world.faults() == [])
        #expect(
            try world.registry.verifyAudit(expecting: [known]).faults == [
                AuditFault(.activity, .wrongHead, number: 10, stamp: nil)
            ])
    }

    @Test func findsTwoRowsSwapped() throws {
        let stamps = [try world.stamp(5), try world.stamp(6)]
        try world.tamper { connection in
            let (first, second) = (try connection.row(5), try connection.row(6))
            var (left, right) = (first.item, second.item)
            left["body"] = second.item["body"]
            right["body"] = first.item["body"]
            try connection.store(left, at: first.id)
            try connection.store(right, at: second.id)
        }
        let found = Set(try world.faults().filter { $0.problem != .misfiled })
        #expect(
            found == [
                AuditFault(.activity, .reordered, number: 5, stamp: stamps[0]),
                AuditFault(.activity, .reordered, number: 6, stamp: stamps[1]),
            ])
    }

    @Test func findsTwoLinesSwapped() throws {
        var lines = try world.export([.activity])
        lines.swapAt(5, 6)
        var verifier = AuditChainVerifier()
        for line in lines { try verifier.take(line: line) }
        #expect(verifier.finish().faults == [try fault(.reordered, 6)])
    }

    @Test(arguments: [true, false]) func findsAForgedRow(isBefore: Bool) throws {
        let stamp = try world.stamp(6)
        let shift: Int64 = isBefore ? -1 : 1
        let forged = RecordStamp(
            time: stamp.time.advanced(byMilliseconds: shift), sequence: stamp.sequence)
        try world.tamper { connection in
            var item = try connection.row(6).item
            let text = try #require(item["body"]?.string)
            item["body"] = .string(
                text.replacing("s5", with: "s55")
                    .replacing(
                        "\"time\":\(stamp.time.milliseconds)", with: "\"time\":\(forged.time.milliseconds)"))
            item["sk"] = .string(forged.shortText)
            try connection.insert(item)
        }
        let inserted = AuditFault(.activity, .inserted, number: 6, stamp: forged)
        #expect(try world.faults() == [inserted])
        #expect(try world.exportFaults() == [inserted])
    }

    @Test func findsAForgedRowWithANumberOfItsOwn() throws {
        let stamp = try world.stamp(6)
        let forged = RecordStamp(time: stamp.time.advanced(byMilliseconds: 1), sequence: stamp.sequence)
        try world.tamper { connection in
            var item = try connection.row(6).item
            let text = try #require(item["body"]?.string)
            item["body"] = .string(
                text.replacing("\"number\":6", with: "\"number\":60")
                    .replacing(
                        "\"time\":\(stamp.time.milliseconds)", with: "\"time\":\(forged.time.milliseconds)"))
            item["sk"] = .string(forged.shortText)
            try connection.insert(item)
        }
        #expect(try world.faults() == [AuditFault(.activity, .inserted, number: 60, stamp: forged)])
    }

    @Test func findsARowThatIsFoundBySomethingElse() throws {
        try world.tamper { connection in
            var (row, item) = try connection.row(3)
            item["tenant"] = .string(try tenantID(9).text)
            try connection.store(item, at: row)
            (row, item) = try connection.row(2, in: "audit.denial")
            item["actor"] = nil
            try connection.store(item, at: row)
        }
        #expect(try world.faults() == [try fault(.misfiled, 3), try fault(.misfiled, 2, .denial)])
    }

    @Test func findsAnEntryOfAnotherKindsChain() throws {
        try world.tamper { try $0.rewrite(2, in: "audit.denial") { $0.replacing("denial", with: "access") } }
        let faults = try world.faults()
        #expect(
            faults.contains { $0.kind == .denial && $0.problem == .missing(through: 2) && $0.number == 2 })
    }

    @Test func findsTextThatIsNoEntry() throws {
        let stamp = try world.stamp(5)
        try world.tamper { try $0.rewrite(5) { _ in "{}" } }
        let faults = try world.registry.verifyAudit().faults
        #expect(faults.contains(AuditFault(.activity, .malformed, number: 0, stamp: stamp)))
        #expect(faults.contains { $0.problem == .missing(through: 5) })
    }

    @Test func eachChainIsItsOwn() throws {
        try world.tamper { try $0.remove(2, in: "audit.denial") }
        #expect(try world.faults().map(\.kind) == [.denial])
        #expect(try world.registry.verifyAudit([.activity, .access]).isSound)
    }

    @Test func everyChangeOfOneByteIsFound() throws {
        let text = try world.texts()[4]
        let lines = try world.export([.activity])
        let place = try #require(lines.firstIndex { $0.dropLast().elementsEqual(text.utf8) })
        for byte in text.utf8.indices {
            var changed = lines
            let offset = text.utf8.distance(from: text.utf8.startIndex, to: byte)
            changed[place][offset] ^= 1
            var verifier = AuditChainVerifier()
            do { for line in changed { try verifier.take(line: line) } } catch { continue }
            #expect(!verifier.finish().isSound, "byte \(offset)")
        }
    }
}

enum AuditSamples {
    /// The digest of an entry's text, as its docstring says it is made.
    static func digest(_ text: String) -> String { SHA256.hash(text).hex }
}
