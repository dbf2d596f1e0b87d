import Base
import Items
import Registry
import RunTestKit
import Tables
import Testing

/// What is old goes, and the chain stays one that can be verified.
@Suite struct AuditTrimTests {
    private static let day: Int64 = 86_400_000
    let world: AuditWorld

    init() throws { world = try AuditWorld() }

    private func texts(_ kind: AuditKind) throws -> [String] { try world.texts(kind) }

    @Test func cutsEachKindAtItsOwnAge() throws {
        try world.write(100)
        try world.write(100, .denial)
        let cut = try texts(.denial)[99]
        world.clock.advance(byMilliseconds: 91 * Self.day)
        try world.write(5, .denial)
        #expect(try world.registry.trimAudit(AuditRetention(), by: .credential("k1")) == [.denial: 100])
        let anchor = try #require(try world.registry.auditAnchor(.denial))
        #expect((anchor.number, anchor.digest) == (100, AuditSamples.digest(cut)))
        #expect((anchor.cutBy, anchor.cutAt) == (.credential("k1"), world.clock.now()))
        #expect(try world.registry.auditAnchor(.activity) == nil)
        let verdict = try world.registry.verifyAudit()
        #expect(verdict.isSound)
        #expect(verdict.chains.map(\.entries) == [101, 0, 5])
        #expect(verdict.chains.map(\.cutThrough) == [0, 0, 100])
        #expect(try world.exportFaults() == [])
        let told = try #require(try world.registry.audit(AuditQuery()).entries.first)
        #expect((told.action, told.subject) == ("audit.trimmed", "denial"))
        #expect(told.detail == ["first": "1", "last": "100", "digest": anchor.digest])
        #expect(try world.registry.trimAudit(AuditRetention()) == [:])
        #expect(try world.registry.verifyAudit().chains.map(\.entries) == [101, 0, 5])
    }

    @Test func aChainOfWhichAllGoesGoesOn() throws {
        try world.write(3, .access)
        world.clock.advance(byMilliseconds: 3000 * Self.day)
        #expect(try world.registry.trimAudit(AuditRetention()) == [.access: 3])
        #expect(try world.faults() == [])
        try world.tamper()
        try world.write(1, .access)
        #expect(try world.registry.auditHeads().first { $0.kind == .access }?.number == 4)
        #expect(try world.faults() == [])
        #expect(try world.exportFaults() == [])
    }

    @Test func aCutThatNobodyNotedIsFound() throws {
        try world.write(10)
        let digest = AuditSamples.digest(try texts(.activity)[5])
        world.clock.advance(byMilliseconds: 800 * Self.day)
        try world.write(5)
        try world.registry.trimAudit(AuditRetention())
        #expect(try world.faults() == [])
        let stamp = try world.stamp(11)
        // Cut further by hand, and the anchor left as it was; then cut less, as a rolled back anchor says.
        try world.tamper { try $0.remove(11) }
        #expect(
            try world.faults() == [AuditFault(.activity, .missing(through: 11), number: 11, stamp: nil)])
        try world.tamper {
            try $0.change("audit-anchor") { item in
                let body = try #require(item["body"]?.string)
                item["body"] = .string(body.replacing("\"number\":10", with: "\"number\":6"))
            }
        }
        #expect(
            try world.faults().first == AuditFault(.activity, .missing(through: 11), number: 7, stamp: nil))
        #expect(stamp.sequence == 11 && digest.count == 64)
    }

    @Test func anotherDigestInTheAnchorIsFound() throws {
        try world.write(10)
        world.clock.advance(byMilliseconds: 800 * Self.day)
        try world.write(5)
        try world.registry.trimAudit(AuditRetention())
        let anchor = try #require(try world.registry.auditAnchor(.activity))
        try world.tamper {
            try $0.change("audit-anchor") { item in
                item["body"] = .string(
                    try #require(item["body"]?.string).replacing(
                        anchor.digest, with: String(repeating: "a", count: 64)))
            }
        }
        #expect(
            try world.faults() == [
                AuditFault(.activity, .wrongAnchor, number: 11, stamp: try world.stamp(11))
            ])
    }

    @Test func aChainThatIsNotSoundIsNotCut() throws {
        try world.write(10)
        world.clock.advance(byMilliseconds: 800 * Self.day)
        try world.tamper { try $0.remove(5) }
        let key = RegistryKey(partition: "audit", sort: try world.stamp(6).shortText)
        do {
            try world.registry.trimAudit(AuditRetention())
            Issue.record("it was cut")
        } catch {
            guard case .damaged(let found, _) = error else { throw error }
            #expect(found == key)
        }
        #expect(try texts(.activity).count == 9)
    }

    @Test(arguments: MortalEngine.Death.allCases)
    func whereverItDiesTheRestIsTiedToTheAnchor(death: MortalEngine.Death) throws {
        try world.write(250)
        world.clock.advance(byMilliseconds: 800 * Self.day)
        for write in 1...4 {
            let engine = MortalEngine(world.store, dyingAt: write, death)
            let dying = try Registry(engine: engine, clock: world.clock)
            do { try dying.trimAudit(AuditRetention()) } catch {
                guard case .table = error else { throw error }
            }
            #expect(try world.faults() == [])
        }
        try world.registry.trimAudit(AuditRetention())
        #expect(try world.faults() == [])
        let told = try world.registry.audit(AuditQuery()).entries.filter { $0.action == "audit.trimmed" }
        #expect(told.map { $0.detail["first"] }.last == "1")
        #expect(told.map { $0.detail["last"] }.first == "250")
    }
}
