import Base
import FoundationEssentials
import Registry
import RunTestKit
import Testing

@testable import Workflows

@Suite struct RunHistoryTests {
    let kit: RunKit

    init() throws { kit = try RunKit() }

    @Test func keepsEachAttemptWithItsTimesAndError() throws {
        let calls = Shared(0)
        let step = ScriptedStep(retry: RetryPolicy(firstDelayMilliseconds: 1000)) { [kit] _ in
            calls.change { $0 += 1 }
            kit.clock.advance(byMilliseconds: 100)
            switch calls.value {
            case 1: throw Trouble()
            case 2...3: return .again(afterMilliseconds: 50)
            default: return .done
            }
        }
        let engine = kit.engine([AnyWorkflow(steps: [step])])
        let begun = kit.clock.now()
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine)
        let history = try #require(try engine.get(run).steps[0].history)
        #expect(history.dropped == 0)
        #expect(history.elements.map(\.outcome) == [.error, .done])
        #expect(history.elements.map(\.error) == ["Trouble()", nil])
        #expect(history.elements[0].startedAt == begun)
        #expect(history.elements[0].endedAt == begun.advanced(byMilliseconds: 100))
        // Three calls, two of which wanted another, are one attempt.
        let second = history.elements[1]
        #expect(second.startedAt > history.elements[0].endedAt)
        #expect(second.endedAt.milliseconds(since: second.startedAt) == 400)
        #expect(history.elements.allSatisfy { !$0.isUndo })
    }

    @Test func keepsTheNewestAndCountsTheOthers() throws {
        let error = String(repeating: "e", count: 2000)
        struct Long: Error, CustomStringConvertible {
            let description: String
        }
        let step = ScriptedStep(retry: RetryPolicy(attemptsMax: 12)) { _ in throw Long(description: error) }
        let engine = kit.engine([AnyWorkflow(onFailure: .stop, steps: [step])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine)
        let history = try #require(try engine.get(run).steps[0].history)
        #expect(history.elements.count == Limits.stepAttemptsKept)
        #expect(history.dropped == 12 - Limits.stepAttemptsKept)
        #expect(history.elements.last?.outcome == .failed)
        #expect(
            history.elements.allSatisfy { $0.error == error.prefix(Limits.stepAttemptErrorBytesMax) + "…" })
    }

    @Test func tellsUndosApart() throws {
        let engine = kit.engine([
            AnyWorkflow(steps: [ScriptedStep(), ScriptedStep(name: "bad") { _ in .fail(reason: "no") }])
        ])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine)
        let steps = try engine.get(run).steps
        #expect(steps[0].history?.elements.map(\.isUndo) == [false, true])
        #expect(steps[1].history?.elements.map(\.outcome) == [.failed, .done])
    }

    @Test func keepsWhoAskedWhatAndWhen() throws {
        let engine = kit.engine([AnyWorkflow(steps: [ScriptedStep { _ in .again(afterMilliseconds: 1000) }])])
        let run = try engine.start(kind: "any", input: 1)
        _ = try engine.runUntilIdle()
        for _ in 0..<15 {
            kit.clock.advance(byMilliseconds: 1)
            try engine.pause(run, actor: kit.actor)
            try engine.resume(run, actor: kit.actor)
        }
        let requests = try #require(try engine.get(run).requests)
        #expect(requests.elements.count == Limits.runRequestsMax)
        #expect(requests.dropped == 30 - Limits.runRequestsMax)
        let last = RunRequest(time: kit.clock.now(), actor: kit.actor, what: "resume")
        #expect(requests.elements.last == last)
    }

    @Test func readsARunOfTheVersionBefore() throws {
        let text = """
            {"id":"r06gz1q8f3a4c5e7","kind":"any","actor":"system","input":"1","createdAt":5,"state":{"running":{}},
            "direction":{"forward":{}},"wanted":"none","stepIndex":0,"returns":0,"values":{},"notes":[],"version":3,
            "steps":[{"name":"step","state":"running","attempts":1,"lastError":"no","startedAt":5}],
            "progress":{"phase":"step","done":1}}
            """
        let record = try JSONDecoder().decode(RunRecord.self, from: Data(text.utf8))
        #expect(record.definition == nil)
        #expect(record.stuck == nil)
        #expect(record.steps[0].history == nil)
        #expect(record.progress == RunProgress(phase: "step", done: 1))
    }

    @Test func aTooLongReasonAndFullHistoriesFitIntoARecord() {
        let attempts = Limits.stepAttemptsKept * Limits.stepAttemptErrorBytesMax * 20
        let all =
            Limits.runInputBytesMax + Limits.runValuesBytesMax + Limits.runRequestsMax
            * Limits.skipReasonBytesMax
            + attempts
        #expect(all < Limits.registryRecordBytesMax)
    }
}

@Suite struct RunProgressTests {
    let kit: RunKit

    init() throws { kit = try RunKit() }

    @Test func rateAndTimeLeftComeOfWhatStepsTell() throws {
        var meter = ProgressMeter()
        func at(_ second: UInt64, _ done: Int, phase: String = "copy", total: Int? = 1000) -> RunProgress {
            meter.measured(RunProgress(phase: phase, done: done, total: total), at: second * 1_000_000_000)
        }
        #expect(at(1, 0).ratePerSecond == nil)
        #expect(at(2, 100).ratePerSecond == 100)
        #expect(at(2, 100).secondsLeft == 9)
        #expect(at(12, 100).secondsLeft.map { Int(($0 * 1000).rounded()) } == 99_000)
        #expect(at(12, 100, total: nil).secondsLeft == nil)
        // Another phase, and one that begins anew, have nothing to go by.
        #expect(at(13, 100, phase: "verify").ratePerSecond == nil)
        #expect(at(14, 200, phase: "verify").ratePerSecond == 100)
        #expect(at(15, 10, phase: "verify").ratePerSecond == nil)
    }

    @Test func theRateIsOfLate() {
        var meter = ProgressMeter()
        var done = 0
        for second in 0..<100 as Range<UInt64> {
            done += second < 50 ? 1000 : 10
            _ = meter.measured(RunProgress(phase: "p", done: done), at: second * 1_000_000_000)
        }
        let last = meter.measured(RunProgress(phase: "p", done: done), at: 99_000_000_000)
        #expect(last.ratePerSecond == 10)
    }

    @Test func isShownWhileTheRunIsUnderWay() throws {
        let step = ScriptedStep { context in
            let done = (context.progress?.done ?? -100) + 100
            context.progress = RunProgress(phase: "step", done: done, total: 1000)
            return done < 1000 ? .again(afterMilliseconds: 1000) : .done
        }
        let engine = kit.engine([AnyWorkflow(steps: [step])])
        let run = try engine.start(kind: "any", input: 1)
        try kit.drive(engine, roundsMax: 4)
        let progress = try #require(try engine.get(run).progress)
        #expect(progress.done == 300)
        #expect(progress.ratePerSecond == 100)
        #expect(progress.secondsLeft == 7)
        try kit.drive(engine)
        #expect(try engine.get(run).progress == nil)
    }
}
