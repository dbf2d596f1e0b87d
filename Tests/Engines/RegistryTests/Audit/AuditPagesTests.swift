import Base
import Registry
import TestKit
import Testing

/// An export that is fetched page by page while the retention cuts the chain's beginning.
@Suite struct AuditPagesTests {
    private static let retention = AuditRetention(activityDays: 10, accessDays: 10, denialDays: 10)
    private static let day: Int64 = 86_400_000
    let world: AuditWorld

    init() throws { world = try AuditWorld() }

    /// An export of a chain in pages; `between` is called before each but the first.
    private func pages(
        _ kind: AuditKind, _ span: AuditExportSpan = AuditExportSpan(), limit: Int,
        between: (Int) throws -> Void = { _ in }
    ) throws -> [AuditExportLine] {
        var lines: [AuditExportLine] = []
        var after: String?
        var count = 0
        repeat {
            if count > 0 { try between(count) }
            count += 1
            let page = try world.registry.exportAuditPage(kind, span, after: after, limit: limit)
            lines += page.lines
            after = page.next
            try #require(count < 100, "the export has no end")
        } while after != nil
        return lines
    }

    private func verdict(_ lines: [AuditExportLine]) -> AuditVerdict {
        var verifier = AuditChainVerifier()
        for line in lines { verifier.take(line) }
        return verifier.finish()
    }

    /// Twelve old entries and eight that are to stay, all in one chain.
    private func fill() throws {
        try world.write(12, .denial)
        world.clock.advance(byMilliseconds: 5 * Self.day)
        try world.write(8, .denial)
        world.clock.advance(byMilliseconds: 6 * Self.day)
    }

    @Test(arguments: 1...7, 1...4) func aCutBetweenTwoPagesIsNotMissing(limit: Int, page: Int) throws {
        try fill()
        let lines = try pages(.denial, limit: limit) { count in
            guard count == page else { return }
            let removed = try world.registry.trimAudit(Self.retention)
            #expect(removed == [.denial: 12])
        }
        let verdict = verdict(lines)
        #expect(verdict.faults == [])
        let chain = try #require(verdict.chains.first)
        #expect(chain.head?.number == 20)
        let read = limit * page
        if read < 12 {
            #expect((chain.cutThrough, chain.entries) == (12, 8))
            #expect(chain.entriesCutMeanwhile == Int64(read))
        } else {
            // What was cut had been read.
            #expect((chain.cutThrough, chain.entries, chain.entriesCutMeanwhile) == (0, 20, 0))
        }
    }

    @Test(arguments: 1...7) func cutsBetweenAllPagesAreNotMissing(limit: Int) throws {
        // An entry a day, of which the oldest goes before each page.
        for _ in 0..<20 {
            world.clock.advance(byMilliseconds: Self.day)
            try world.write(1, .access)
        }
        world.clock.setWall(byMilliseconds: -Self.day * 8)
        var verifier = AuditChainVerifier()
        for line in try pages(
            .access, limit: limit,
            between: { _ in
                world.clock.advance(byMilliseconds: Self.day * 3)
                try world.registry.trimAudit(Self.retention)
            })
        { verifier.take(line) }
        let verdict = verifier.finish()
        #expect(verdict.faults == [])
        #expect(verdict.chains.first?.head?.number == 20)
    }

    @Test func allThatIsLeftIsCutBetweenTwoPages() throws {
        try world.write(6, .access)
        for span in [AuditExportSpan(), AuditExportSpan(to: world.clock.now().advanced(bySeconds: 1))] {
            let world = try AuditWorld()
            try world.write(6, .access)
            var verifier = AuditChainVerifier()
            let first = try world.registry.exportAuditPage(.access, span, limit: 4)
            world.clock.advance(byMilliseconds: 30 * Self.day)
            #expect(try world.registry.trimAudit(Self.retention) == [.access: 6])
            let second = try world.registry.exportAuditPage(.access, span, after: first.next, limit: 4)
            #expect(second.next == nil)
            for line in first.lines + second.lines { verifier.take(line) }
            let verdict = verifier.finish()
            #expect(verdict.faults == [])
            #expect(verdict.chains.first?.cutThrough == 6 && verdict.chains.first?.entries == 0)
        }
    }

    @Test func aPartFromAMomentOnGoesOnBehindACut() throws {
        try fill()
        let from = try world.stamp(4, .denial).time
        let lines = try pages(.denial, AuditExportSpan(from: from), limit: 3) { count in
            if count == 1 { try world.registry.trimAudit(Self.retention) }
        }
        let verdict = verdict(lines)
        #expect(verdict.faults == [])
        #expect(verdict.chains.first?.cutThrough == 12 && verdict.chains.first?.entries == 8)
    }

    /// What nobody has noted as cut is missing, also where it is what the next page would begin with.
    @Test func whatGoesBetweenTwoPagesWithoutACutIsMissing() throws {
        try fill()
        let first = try world.registry.exportAuditPage(.denial, limit: 5)
        try world.tamper { connection in
            for number in [5, 6, 7] as [Int64] { try connection.remove(number, in: "audit.denial") }
        }
        var lines = first.lines
        lines += try world.registry.exportAuditPage(.denial, after: first.next, limit: 100).lines
        let stamp = try #require(RecordStamp(shortText: first.next ?? ""))
        #expect(
            verdict(lines).faults == [
                AuditFault(.denial, .missing(through: 7), number: 6, stamp: stamp)
            ])
    }

    @Test func whatGoesBehindACutIsMissingToo() throws {
        try fill()
        let first = try world.registry.exportAuditPage(.denial, limit: 5)
        try world.registry.trimAudit(Self.retention)
        try world.tamper { try $0.remove(13, in: "audit.denial") }
        let rest = try world.registry.exportAuditPage(.denial, after: first.next, limit: 100)
        #expect(!verdict(first.lines + rest.lines).isSound)
    }

    // MARK: Anchors within a chain

    private func anchor(_ number: Int64, _ digest: String) -> AuditExportLine {
        .anchor(
            AuditAnchor(
                kind: .denial, number: number, digest: digest, time: Timestamp(milliseconds: 1),
                cutBy: .system, cutAt: Timestamp(milliseconds: 2)))
    }

    /// Whatever an anchor hides does not count as read: only what is behind it is vouched for.
    @Test func whatIsBeforeAnAnchorIsNotVouchedFor() throws {
        try world.write(9, .denial)
        var lines = try pages(.denial, limit: 100)
        let digest = AuditSamples.digest(try world.texts(.denial)[5])
        lines.removeSubrange(3..<6)
        lines.insert(anchor(6, digest), at: 3)
        let chain = try #require(verdict(lines).chains.first)
        #expect((chain.cutThrough, chain.entries, chain.entriesCutMeanwhile) == (6, 3, 3))
        // One that the entry behind it does not name is found.
        lines[3] = anchor(6, String(repeating: "0", count: 64))
        #expect(
            verdict(lines).faults == [
                AuditFault(.denial, .wrongAnchor, number: 7, stamp: try world.stamp(7, .denial))
            ])
    }

    @Test func anAnchorThatGoesBackIsFound() throws {
        try world.write(9, .denial)
        let whole = try pages(.denial, limit: 100)
        let digest = AuditSamples.digest(try world.texts(.denial)[1])
        var back = whole
        back.insert(anchor(2, digest), at: 6)
        #expect(verdict(back).faults.map(\.problem) == [.wrongAnchor])
        var late = whole
        late.append(anchor(9, digest))
        #expect(verdict(late).faults.map(\.problem) == [.wrongAnchor])
        // What was changed before an anchor is told all the same.
        var changed = whole
        changed[6] = anchor(7, AuditSamples.digest(try world.texts(.denial)[6]))
        changed.remove(at: 2)
        #expect(verdict(changed).faults.map(\.problem) == [.missing(through: 3)])
    }
}
