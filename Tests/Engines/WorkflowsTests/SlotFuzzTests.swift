import Base
import TestKit
import Testing

@testable import Workflows

@Suite struct SlotFuzzTests {
    private struct Wrong: Error {
        let text: String
    }

    /// Slots, and beside them who has one and who waits.
    private struct Model {
        var slots: RunSlots
        let ofKind: Int
        let ofTenant: Int
        var claims: [RunID: RunClaim] = [:]
        var held: [RunID] = []
        var waiting: [RunID] = []

        mutating func request(_ run: RunID, _ claim: RunClaim) {
            claims[run] = claim
            if slots.request(run, claim) { held.append(run) } else { waiting.append(run) }
        }

        mutating func end(_ index: Int) throws {
            for granted in slots.giveUp(held.remove(at: index)) {
                guard let place = waiting.firstIndex(of: granted) else {
                    throw Wrong(text: "a slot for one that does not wait")
                }
                waiting.remove(at: place)
                held.append(granted)
            }
        }

        mutating func leave(_ index: Int) { slots.stopWaiting(waiting.remove(at: index)) }

        private func hasRoom(_ claim: RunClaim) -> Bool {
            let same = held.compactMap { claims[$0] }
            guard same.count(where: { $0.kind == claim.kind }) < ofKind else { return false }
            return claim.tenant == nil || same.count { $0.tenant == claim.tenant } < ofTenant
        }

        /// The limits hold, and nobody waits who could go on.
        func check() throws {
            let all = held.compactMap { claims[$0] }
            for claim in all {
                let ofThis = all.count { $0.tenant == claim.tenant }
                guard all.count(where: { $0.kind == claim.kind }) <= ofKind,
                    claim.tenant == nil || ofThis <= ofTenant
                else { throw Wrong(text: "too many of \(claim)") }
            }
            for run in waiting {
                guard let claim = claims[run], !hasRoom(claim) else {
                    throw Wrong(text: "\(run) waits in vain")
                }
                guard slots.turn(of: run, tenant: claim.tenant) != nil else { throw Wrong(text: "no turn") }
            }
            guard slots.waitingCounts.values.reduce(0, +) == waiting.count else {
                throw Wrong(text: "counts")
            }
        }
    }

    @Test func fuzzKeepsTheLimitsAndForgetsNobody() throws {
        let tenants = (0..<4).map { TenantID(random: SeededRandom(seed: $0)) }
        try Fuzzer("run slots", rounds: 300).run { seeded in
            var random = seeded
            let (ofKind, ofTenant) = (
                Int.random(in: 1...3, using: &random), Int.random(in: 1...3, using: &random)
            )
            let slots = RunSlots(maxOfKind: ["a": ofKind, "b": ofKind], maxOfTenant: ofTenant)
            var model = Model(slots: slots, ofKind: ofKind, ofTenant: ofTenant)
            for number in 0..<100 as Range<Int64> {
                switch Int.random(in: 0...9, using: &random) {
                case 0...5:
                    let run = RunID.make(at: Timestamp(milliseconds: number), random: random)
                    let claim = RunClaim(
                        kind: Bool.random(using: &random) ? "a" : "b",
                        tenant: Bool.random(using: &random) ? tenants.randomElement(using: &random) : nil,
                        needsSlot: true)
                    model.request(run, claim)
                case 6 where !model.waiting.isEmpty:
                    model.leave(Int.random(in: 0..<model.waiting.count, using: &random))
                default:
                    guard !model.held.isEmpty else { continue }
                    try model.end(Int.random(in: 0..<model.held.count, using: &random))
                }
                try model.check()
            }
            while !model.held.isEmpty {
                try model.end(0)
                try model.check()
            }
            guard model.waiting.isEmpty else { throw Wrong(text: "left over: \(model.waiting)") }
        }
    }
}
