import Base
import Registry
import RunTestKit
import Testing
import Workflows

@Suite struct RunListTests {
    let kit: RunKit

    init() throws { kit = try RunKit() }

    @Test func filtersByKindStateTenantAndTime() throws {
        let fails = AnyWorkflow(
            kind: "bad", onFailure: .stop, steps: [ScriptedStep { _ in .fail(reason: "no") }])
        let engine = kit.engine([AnyWorkflow(steps: [ScriptedStep()]), fails])
        var runs: [RunID] = []
        for number in 0..<6 {
            kit.clock.advance(byMilliseconds: 1000)
            runs.append(
                try engine.start(
                    kind: number % 2 == 0 ? "any" : "bad", input: number, tenant: kit.tenant(number % 3)))
        }
        try kit.drive(engine)
        func found(_ filter: RunFilter) throws -> [RunID] { try engine.list(filter).records.map(\.id) }
        #expect(try found(RunFilter()) == runs.reversed())
        #expect(try found(RunFilter(kind: "bad")) == [runs[5], runs[3], runs[1]])
        #expect(try found(RunFilter(state: "failed")) == [runs[5], runs[3], runs[1]])
        #expect(try found(RunFilter(state: "completed")) == [runs[4], runs[2], runs[0]])
        #expect(try found(RunFilter(tenant: kit.tenant(0))) == [runs[3], runs[0]])
        #expect(try found(RunFilter(tenant: kit.tenant(0), state: "failed")) == [runs[3]])
        #expect(try found(RunFilter(isStuck: true)) == [])
        let since = kit.clock.now().advanced(byMilliseconds: -1000)
        #expect(try found(RunFilter(since: since)) == [runs[5], runs[4]])
        #expect(try found(RunFilter(kind: "any", since: since)) == [runs[4]])
    }

    @Test func givesPagesOfWhatItFinds() throws {
        let engine = kit.engine([
            AnyWorkflow(steps: [ScriptedStep()]), AnyWorkflow(kind: "b", steps: [ScriptedStep()]),
        ])
        var wanted: [RunID] = []
        for number in 0..<20 {
            let run = try engine.start(
                kind: number % 4 == 0 ? "b" : "any", input: number, tenant: kit.tenant(1))
            if number % 4 == 0 { wanted.append(run) }
        }
        for filter in [
            RunFilter(kind: "b"), RunFilter(tenant: kit.tenant(1), kind: "b"),
            RunFilter(kind: "b", state: "pending"),
        ] {
            var found: [RunID] = []
            var after: String?
            repeat {
                let page = try engine.list(filter, after: after, limit: 2)
                #expect(page.records.count <= 2)
                found += page.records.map(\.id)
                after = page.next
            } while after != nil
            #expect(found == wanted.reversed())
        }
    }

    @Test func prunesSoManyARoundAndGoesOnThere() throws {
        let engine = kit.engine([
            AnyWorkflow(steps: [ScriptedStep()]),
            AnyWorkflow(kind: "held", steps: [ScriptedStep { _ in .again(afterMilliseconds: 3_600_000) }]),
        ])
        let held = try engine.start(kind: "held", input: 0)
        for number in 0..<(Limits.runsPrunedMax + 10) {
            try engine.start(kind: "any", input: number, idempotencyKey: "k\(number)")
        }
        _ = try engine.runUntilIdle()
        #expect(try engine.prune(olderThanSeconds: 60) == 0)
        kit.clock.advance(byMilliseconds: 60_001 + Int64(Limits.runsPrunedMax) + 10)
        let young = try engine.start(kind: "any", input: -1)
        _ = try engine.runUntilIdle()
        // The first that it looks at is held.
        #expect(try engine.prune(olderThanSeconds: 60) == Limits.runsPrunedMax - 1)
        #expect(try engine.prune(olderThanSeconds: 60) == 11)
        #expect(try engine.prune(olderThanSeconds: 60) == 0)
        #expect(try engine.list().records.map(\.id) == [young, held])
        #expect(try kit.registry.list(IdempotencyRecord.self).records.isEmpty)
        #expect(try kit.registry.list(OutboxEvent.self).records.count > 0)
    }

    @Test func countsWhatRunsHaveComeTo() throws {
        let bad = AnyWorkflow(
            kind: "bad", onFailure: .stop,
            steps: [ScriptedStep(name: "b", retry: RetryPolicy(attemptsMax: 3)) { _ in throw Trouble() }])
        let good = AnyWorkflow(
            steps: [
                ScriptedStep { [kit] _ in
                    kit.clock.advance(byMilliseconds: 500)
                    return .done
                }
            ])
        let engine = kit.engine([good, bad])
        for number in 0..<2 { try engine.start(kind: "any", input: number) }
        try engine.start(kind: "bad", input: 0)
        #expect(
            engine.figures().open == [
                .init(kind: "any", name: "pending"): 2, .init(kind: "bad", name: "pending"): 1,
            ])
        try kit.drive(engine)
        let figures = engine.figures()
        #expect(figures.open == [.init(kind: "bad", name: "failed"): 1])
        #expect(figures.ended.keys.sorted() == [.init(kind: "any", name: "completed")])
        #expect(figures.ended.values.first?.count == 2)
        #expect((figures.ended.values.first?.milliseconds ?? 0) >= 1500)
        #expect(figures.retries == [.init(kind: "bad", name: "b"): 2])
        #expect(figures.failures == [.init(kind: "bad", name: "b"): 1])
        #expect(figures.oldestWaitingMilliseconds == 0)
        // After a restart those that have not ended are there again.
        let next = kit.engine([good, bad])
        try next.resumeAll()
        #expect(next.figures().open == [.init(kind: "bad", name: "failed"): 1])
    }
}
