import Base
import Crypto
import Registry
import RunTestKit
import Synchronization
import TestKit
import Testing
import Tokens

@testable import Audits

/// Heads that are signed and kept, and what becomes of them.
@Suite struct SealedHeadTests {
    private let folder: RegistryFolder
    private let registry: Registry
    private let ring: SigningKeyRing
    private let carried = Carried()

    private final class Carried: Sendable {
        private let heads = Mutex<[SealedHead]>([])
        var all: [SealedHead] { heads.withLock { $0 } }
        func take(_ head: SealedHead) { heads.withLock { $0.append(head) } }
    }

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
        ring = SigningKeyRing(.generate(now: folder.clock.now()))
    }

    private func say(_ action: String, kind: AuditKind = .activity) throws {
        try registry.transact(
            RegistryTransaction(
                [], audit: [AuditNote(actor: .system, action: action, subject: "s", kind: kind)]))
    }

    private var sealer: HeadSealer {
        HeadSealer(registry: registry, sign: ring.signStatement, clock: folder.clock) { [carried] in
            carried.take($0)
        }
    }

    private func records(_ kind: AuditKind = .activity) throws -> [AuditHeadRecord] {
        try registry.list(AuditHeadRecord.self, prefix: AuditHeadRecord.prefix(of: kind)).records
    }

    @Test func aChainIsSealedOnceWhereItHasGrown() throws {
        try sealer.round()
        #expect(carried.all.isEmpty)
        try say("one")
        try sealer.round()
        try sealer.round()
        let head = try #require(carried.all.first)
        #expect(carried.all.count == 1)
        #expect(head.head == (try registry.auditHeads()).first { $0.kind == .activity })
        try say("two")
        try say("looked", kind: .access)
        try sealer.round()
        #expect(carried.all.map(\.head.kind) == [.activity, .activity, .access])
        #expect(try records().map(\.statement) == carried.all.prefix(2).map(\.statement).suffix(1))
        let read = try SealedHead(verifying: head.statement, keys: ring.keySet)
        #expect(read == head && read.signedAt == folder.clock.now())
    }

    @Test func sealingMakesNoEntry() throws {
        try say("one")
        for _ in 0..<5 { try sealer.round() }
        #expect(try registry.auditHeads().map(\.number) == [1, 0, 0])
    }

    @Test func otherStatementsAreNoHeads() throws {
        let other = ring.signStatement("homeroom-receipt+jws", Array("{}".utf8))
        #expect(throws: TokenError.header(name: "typ")) {
            try SealedHead(verifying: other.text, keys: ring.keySet)
        }
        let incomplete = ring.signStatement(SealedHead.type, Array(#"{"kind":"activity","number":1}"#.utf8))
        #expect(throws: TokenError.claim(name: "number", expected: "the end of a chain")) {
            try SealedHead(verifying: incomplete.text, keys: ring.keySet)
        }
        let stranger = SigningKeyRing(.generate(now: folder.clock.now()))
        try say("one")
        try sealer.round()
        #expect(throws: TokenError.unknownKey) {
            try SealedHead(verifying: carried.all[0].statement, keys: stranger.keySet)
        }
    }

    // MARK: History

    private static let now = Timestamp(milliseconds: 1_767_225_600_000)

    @Test func ofTheLastTwoDaysTheFirstOfEachHourIsKept() {
        let times = (0..<180).map { Self.now.advanced(bySeconds: Int64($0) * 60) }
        let surplus = HeadHistory.surplus(times, now: times.last ?? Self.now)
        // 0:00, 1:00, 2:00 and the newest.
        #expect(Set(times.indices).subtracting(surplus) == [0, 60, 120, 179])
    }

    @Test func ofEarlierDaysTheFirstOfEachDayIsKept() {
        let times = (0..<240).map { Self.now.advanced(bySeconds: Int64($0) * 3600) }
        let later = (times.last ?? Self.now).advanced(bySeconds: 30 * 86_400)
        let kept = Set(times.indices).subtracting(HeadHistory.surplus(times, now: later))
        #expect(kept == Set([0, 24, 48, 72, 96, 120, 144, 168, 192, 216, 239]))
    }

    @Test(arguments: [1, 2, 5]) func theOldestGoWhereThereAreTooMany(max: Int) {
        let times = (0..<10).map { Self.now.advanced(bySeconds: Int64($0) * 86_400) }
        let later = Self.now.advanced(bySeconds: 90 * 86_400)
        #expect(HeadHistory.surplus(times, now: later, max: max) == Array(0..<(10 - max)))
        #expect(HeadHistory.surplus([], now: later).isEmpty)
        #expect(HeadHistory.surplus([Self.now], now: later).isEmpty)
    }

    @Test func surplusHeadsGoFromTheRegistry() throws {
        for number in 0..<70 {
            try say("entry \(number)")
            try sealer.round()
            folder.clock.advance(byMilliseconds: 60_000)
        }
        let numbers = try records().map(\.id.number)
        #expect(numbers.count <= 4 && numbers.last == 70 && numbers.first == 1)
        #expect(carried.all.count == 70)
    }
}
