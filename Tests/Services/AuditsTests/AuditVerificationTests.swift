import Base
import Registry
import RunTestKit
import TestKit
import Testing
import Tokens

@testable import Audits

/// Exports, whole and not, with heads and without.
@Suite struct AuditVerificationTests {
    private let folder: RegistryFolder
    private let registry: Registry
    private let ring: SigningKeyRing

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
        ring = SigningKeyRing(.generate(now: folder.clock.now()))
        for number in 1...12 {
            folder.clock.advance(byMilliseconds: 1000)
            let kind: AuditKind = number % 4 == 0 ? .access : .activity
            try registry.transact(
                RegistryTransaction(
                    [],
                    audit: [
                        AuditNote(
                            actor: .credential("k"), action: "a.\(number)", subject: "s",
                            detail: ["n": "\(number)"], kind: kind)
                    ]))
        }
    }

    /// The lines of an export, in pages of two.
    private func lines(
        _ kinds: [AuditKind] = [.activity, .access], _ span: AuditExportSpan = AuditExportSpan()
    ) throws -> [[UInt8]] {
        var lines = [AuditExportLine.begin(kinds: kinds, time: folder.clock.now()).bytes]
        if let to = span.to {
            lines.append(Array("{\"period\":{\"to\":\(to.milliseconds)}}\n".utf8))
        }
        for kind in kinds {
            var after: String?
            repeat {
                let page = try registry.exportAuditPage(kind, span, after: after, limit: 2)
                lines += page.lines.map(\.bytes)
                after = page.next
            } while after != nil
        }
        return lines
    }

    private func report(
        _ lines: [[UInt8]], heads: [String] = [], keys: JSONWebKeySet? = nil
    ) throws -> AuditVerification.Report {
        var verification = AuditVerification(keys: keys ?? ring.keySet)
        for head in heads { verification.expect(statement: head, source: "here") }
        for line in lines { try verification.take(line: line) }
        return verification.finish()
    }

    private func sealed() throws -> [SealedHead] {
        try registry.auditHeads().filter { $0.number > 0 }.map {
            SealedHead($0, at: folder.clock.now(), sign: ring.signStatement)
        }
    }

    @Test func pagesMakeTheSameLinesAsOneGo() throws {
        var whole: [[UInt8]] = []
        try registry.exportAudit([.activity, .access]) { whole.append($0.bytes) }
        #expect(try lines() == whole)
    }

    @Test func aWholeExportIsSound() throws {
        let heads = try sealed()
        let report = try report(try lines(), heads: heads.map(\.statement))
        #expect(report.isSound, "\(report)")
        #expect(report.headsCompared == 2 && report.headsBeyond == 0)
        #expect(report.verdict.chains.map(\.entries) == [9, 3])
    }

    @Test func eachMissingChangedOrReorderedLineIsFound() throws {
        let all = try lines([.activity])
        let entries = all.indices.filter { all[$0].starts(with: Array(#"{"kind""#.utf8)) }
        for place in entries {
            var without = all
            without.remove(at: place)
            #expect(try !report(without).isSound, "without line \(place)")
            var changed = all
            changed[place] = Array(
                String(decoding: all[place], as: UTF8.self).replacing(#""k""#, with: #""j""#)
                    .replacing("credential:k", with: "credential:j").utf8)
            #expect(try !report(changed).isSound, "line \(place) changed")
            guard place + 1 < all.count else { continue }
            var swapped = all
            swapped.swapAt(place, place + 1)
            #expect(try !report(swapped).isSound, "line \(place) swapped")
        }
    }

    @Test func anExportWhoseEndWasCutIsFoundByAHead() throws {
        let all = try lines([.activity])
        // The last entry goes, and the end is told to be the one before.
        let middle = try registry.exportAuditPage(.activity, after: nil, limit: 8)
        #expect(middle.next != nil)
        var span = AuditExportSpan()
        span.to = folder.clock.now().advanced(byMilliseconds: -1500)
        var cut = try lines([.activity], span)
        cut.remove(at: 1)
        #expect(cut.count < all.count)
        #expect(try report(cut).isSound)
        let heads = try sealed().filter { $0.head.kind == .activity }.map(\.statement)
        let found = try report(cut, heads: heads)
        #expect(!found.isSound && !found.verdict.isSound)
    }

    @Test func ofAPeriodLaterHeadsAreNotExpected() throws {
        let to = folder.clock.now().advanced(byMilliseconds: -4500)
        for span in [AuditExportSpan(to: to), AuditExportSpan(from: to)] {
            let report = try report(try lines([.activity], span), heads: try sealed().map(\.statement))
            #expect(report.isSound, "\(span): \(report)")
            #expect(report.verdict.chains[0].entries < 9)
        }
        for span in [
            AuditExportSpan(to: Timestamp(milliseconds: 1)),
            AuditExportSpan(from: folder.clock.now().advanced(bySeconds: 1)),
        ] {
            let report = try report(try lines([.activity], span))
            #expect(report.isSound && report.verdict.chains[0].entries == 0, "\(span): \(report)")
        }
    }

    @Test func aHeadOfAnotherHistoryIsFound() throws {
        let head = try #require(try registry.auditHeads().first)
        let other = SealedHead(
            AuditHead(
                kind: head.kind, number: 5, digest: String(repeating: "0", count: 64), time: head.time),
            at: folder.clock.now(), sign: ring.signStatement)
        let found = try report(try lines(), heads: [other.statement])
        #expect(found.verdict.faults.map(\.problem) == [.wrongHead])
        #expect(found.verdict.faults.map(\.number) == [5])
    }

    @Test func forgedHeadsAreFindingsAndThoseWithoutKeysAreCounted() throws {
        let stranger = SigningKeyRing(.generate(now: folder.clock.now()))
        let heads = try sealed()
        let forged = SealedHead(heads[0].head, at: folder.clock.now(), sign: stranger.signStatement)
        let found = try report(try lines(), heads: [forged.statement, "a.b.c"])
        #expect(!found.isSound && found.verdict.isSound && found.problemCount == 2)
        var verification = AuditVerification(keys: nil)
        verification.expect(statement: heads[0].statement, source: "here")
        for line in try lines() { try verification.take(line: line) }
        let uncompared = verification.finish()
        #expect(uncompared.isSound && uncompared.headsWithoutKeys == 1 && uncompared.headsCompared == 0)
    }

    @Test func twoHeadsOfOneEntryThatDifferAreFound() throws {
        let heads = try sealed()
        let head = heads[0].head
        let other = SealedHead(
            AuditHead(
                kind: head.kind, number: head.number, digest: String(repeating: "1", count: 64),
                time: head.time), at: folder.clock.now(), sign: ring.signStatement)
        let found = try report(try lines(), heads: [heads[0].statement, other.statement])
        #expect(found.problemCount == 1)
    }

    @Test func whatIsNoExportCannotBeVerified() {
        #expect(throws: AuditExportError.notALine) { try report([Array("nothing\n".utf8)]) }
        #expect(throws: AuditExportError.notALine) { try report(Array(try lines().dropFirst())) }
        #expect(throws: AuditExportError.otherFormat(2)) {
            try report([Array(#"{"export":{"format":2,"kinds":["activity"],"time":1}}"#.utf8)])
        }
    }

    @Test func aLineThatIsNoneIsAFinding() throws {
        var all = try lines()
        all.insert(Array("gossip\n".utf8), at: 3)
        #expect(try !report(all).isSound)
    }

    @Test func aCutChainVerifiesFromItsAnchor() throws {
        let heads = try sealed().map(\.statement)
        folder.clock.advance(byMilliseconds: 3 * 86_400_000)
        try registry.transact(
            RegistryTransaction([], audit: [AuditNote(actor: .system, action: "later", subject: "s")]))
        try registry.trimAudit(AuditRetention(activityDays: 2, accessDays: 1000, denialDays: 1000))
        let found = try report(try lines(), heads: heads)
        #expect(found.isSound, "\(found)")
        #expect(found.headsBeyond == 1 && found.headsCompared == 1)
        #expect(found.verdict.chains[0].cutThrough == 9)
    }

    @Test func fuzzedExportsNeverPassAndNeverStop() throws {
        let all = try lines([.activity])
        try Fuzzer("audit exports", rounds: 300).run { random in
            var changed = all
            // An entry: not the first line, and not the last, whose time no digest covers.
            let place = 1 + Int(random.bytes(1)[0]) % (all.count - 2)
            let offset = Int(random.bytes(1)[0]) % (changed[place].count - 1)
            let byte = random.bytes(1)[0]
            guard changed[place][offset] != byte, byte != 0x0A else { return }
            changed[place][offset] = byte
            let report = try report(changed)
            try #require(!report.isSound, "line \(place), byte \(offset)")
        }
    }
}
