import Base
import Registry
import RunTestKit
import TestKit
import Testing

@testable import Workflows

@Suite struct TurnTests {
    let kit: RunKit
    /// The runs whose step was called, in order, by number.
    private let begun = Shared<[Int]>([])
    private let isOpen = Shared(false)

    init() throws { kit = try RunKit() }

    /// A workflow whose step holds its slot, asking every second, until the gate is open.
    private func gated(kind: String = "any", max: Int = 8, holdsSlot: Bool = true) -> AnyWorkflow {
        let (begun, isOpen) = (begun, isOpen)
        return AnyWorkflow(
            kind: kind, concurrencyMax: max,
            steps: [
                ScriptedStep(holdsSlot: holdsSlot) { context in
                    let number: Int = try context.input()
                    begun.change { if !$0.contains(number) { $0.append(number) } }
                    return isOpen.value ? .done : .again(afterMilliseconds: 1000)
                }
            ])
    }

    @Test func letsSoManyOfAKindGoOnAtOnceAndTheOthersInTheirOrder() throws {
        let engine = kit.engine([gated(max: 2)])
        let runs = try (0..<5).map { try engine.start(kind: "any", input: $0, tenant: kit.tenant($0)) }
        try kit.drive(engine, roundsMax: 3)
        #expect(begun.value == [0, 1])
        #expect(try engine.get(runs[2]).state == .pending)
        for (run, before) in zip(runs, [nil, nil, 0, 1, 2] as [Int?]) {
            #expect(
                engine.turn(of: run) == before.map { RunTurn(runsBefore: $0, limit: .kind("any", max: 2)) })
        }
        #expect(engine.figures().waitingForTurn == ["any": 3])
        #expect(engine.figures().oldestWaitingMilliseconds == 3000)
        isOpen.value = true
        try kit.drive(engine)
        #expect(begun.value == [0, 1, 2, 3, 4])
        #expect(try runs.allSatisfy { try engine.get($0).state == .completed })
        #expect(engine.figures().waitingForTurn.isEmpty)
    }

    @Test func aTenantWithAHundredRunsDoesNotStarveAnother() throws {
        let engine = kit.engine([gated(max: 3)], ofTenantMax: 2)
        for number in 0..<100 { try engine.start(kind: "any", input: number, tenant: kit.tenant(1)) }
        let late = try engine.start(kind: "any", input: 100, tenant: kit.tenant(2))
        let later = try engine.start(kind: "any", input: 101, tenant: kit.tenant(3))
        try kit.drive(engine, roundsMax: 3)
        // Two of the first tenant; the third slot is the second tenant's.
        #expect(begun.value.sorted() == [0, 1, 100])
        #expect(engine.turn(of: late) == nil)
        #expect(engine.turn(of: later)?.limit == .kind("any", max: 3))
        isOpen.value = true
        try kit.drive(engine)
        let order = begun.value
        #expect(order.count == 102)
        #expect(try #require(order.firstIndex(of: 101)) < 6)
    }

    @Test func aTenantsLimitHoldsOverAllKinds() throws {
        let engine = kit.engine([gated(), gated(kind: "other")], ofTenantMax: 2)
        try engine.start(kind: "any", input: 0, tenant: kit.tenant(1))
        try engine.start(kind: "other", input: 1, tenant: kit.tenant(1))
        let waiting = try engine.start(kind: "other", input: 2, tenant: kit.tenant(1))
        try engine.start(kind: "any", input: 3)
        try kit.drive(engine, roundsMax: 3)
        #expect(begun.value.sorted() == [0, 1, 3])
        #expect(engine.turn(of: waiting) == RunTurn(runsBefore: 0, limit: .tenant(max: 2)))
        isOpen.value = true
        try kit.drive(engine)
        #expect(begun.value.count == 4 && begun.value.last == 2)
    }

    @Test(arguments: [true, false]) func aStepThatWaitsForDaysHoldsNoSlot(byItsWait: Bool) throws {
        let begun = begun
        let grace = AnyWorkflow(
            concurrencyMax: 1,
            steps: [
                ScriptedStep(name: "grace", holdsSlot: byItsWait) { context in
                    let number: Int = try context.input()
                    begun.change { if !$0.contains(number) { $0.append(number) } }
                    return .again(afterMilliseconds: byItsWait ? 60_001 : 1000)
                }, ScriptedStep(name: "after"),
            ])
        let engine = kit.engine([grace])
        for number in 0..<3 { try engine.start(kind: "any", input: number, tenant: kit.tenant(number)) }
        try kit.drive(engine, roundsMax: 3)
        #expect(begun.value == [0, 1, 2])
    }

    @Test func aWaitOfAMinuteKeepsTheSlot() throws {
        let begun = begun
        let brief = AnyWorkflow(
            concurrencyMax: 1,
            steps: [
                ScriptedStep { context in
                    let number: Int = try context.input()
                    begun.change { if !$0.contains(number) { $0.append(number) } }
                    return .again(afterMilliseconds: 60_000)
                }
            ])
        let engine = kit.engine([brief])
        for number in 0..<2 { try engine.start(kind: "any", input: number) }
        try kit.drive(engine, roundsMax: 5)
        #expect(begun.value == [0])
    }

    @Test(arguments: ["pause", "cancel"]) func aRunThatWaitsForItsTurnObeysAtOnce(wish: String) throws {
        let engine = kit.engine([gated(max: 1)])
        try engine.start(kind: "any", input: 0)
        let run = try engine.start(kind: "any", input: 1)
        _ = try engine.runUntilIdle()
        if wish == "pause" {
            try engine.pause(run, actor: kit.actor)
        } else {
            try engine.cancel(run, actor: kit.actor)
        }
        _ = try engine.runUntilIdle()
        #expect(try engine.get(run).state == (wish == "pause" ? .paused : .undone))
        #expect(engine.turn(of: run) == nil)
        guard wish == "pause" else { return }
        try engine.resume(run, actor: kit.actor)
        _ = try engine.runUntilIdle()
        #expect(engine.turn(of: run) == RunTurn(runsBefore: 0, limit: .kind("any", max: 1)))
        isOpen.value = true
        try kit.drive(engine)
        #expect(try engine.get(run).state == .completed)
    }

    @Test func failedAndPausedRunsHoldNoSlot() throws {
        let steps = [ScriptedStep { _ in .fail(reason: "no") }]
        let engine = kit.engine([AnyWorkflow(onFailure: .stop, concurrencyMax: 1, steps: steps)])
        let runs = try (0..<3).map { try engine.start(kind: "any", input: $0) }
        try kit.drive(engine)
        #expect(try runs.allSatisfy { try engine.get($0).state == .failed(reason: "no") })
    }

    @Test func afterARestartThoseUnderWayGoOnAndTheOthersWaitInTheirOrder() throws {
        let first = kit.engine([gated(max: 2)])
        let runs = try (0..<5).map { try first.start(kind: "any", input: $0, tenant: kit.tenant($0)) }
        try kit.drive(first, roundsMax: 2)
        #expect(begun.value == [0, 1])
        first.stop()
        begun.value = []
        let second = kit.engine([gated(max: 2)])
        #expect(try second.resumeAll() == 5)
        try kit.drive(second, roundsMax: 3)
        #expect(begun.value == [0, 1])
        #expect(second.turn(of: runs[2])?.runsBefore == 0)
        #expect(second.turn(of: runs[4])?.runsBefore == 2)
        isOpen.value = true
        try kit.drive(second)
        #expect(begun.value == [0, 1, 2, 3, 4])
    }

    @Test func goingBackNeedsNoTurn() throws {
        let isFull = Shared(false)
        let workflow = AnyWorkflow(
            concurrencyMax: 1,
            steps: [
                ScriptedStep(name: "keep", holdsSlot: false) { context in
                    let number: Int = try context.input()
                    return number == 0 ? .again(afterMilliseconds: 5000) : .done
                },
                ScriptedStep(name: "work") { _ in
                    isFull.value = true
                    return .again(afterMilliseconds: 1000)
                },
            ])
        let engine = kit.engine([workflow])
        let kept = try engine.start(kind: "any", input: 0)
        try engine.start(kind: "any", input: 1)
        try kit.drive(engine, roundsMax: 2)
        #expect(isFull.value)
        try engine.cancel(kept, actor: kit.actor)
        _ = try engine.runUntilIdle()
        #expect(try engine.get(kept).state == .undone)
    }
}
