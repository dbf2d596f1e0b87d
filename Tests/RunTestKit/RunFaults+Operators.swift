import Base
import Registry
import Workflows

/// What somebody does about a run, and what a step does that lies.
extension RunFaults {
    /// A step that did nothing cannot succeed: the run is undone or stops, or somebody has done the step's part after all.
    func withoutEffect(step: String) throws {
        let world = try makeWorld()
        let (registry, engine) = try process(world, fault: (step, .skipsEffect))
        let run = try world.start(engine)
        try drive(engine, world)
        do { try check(run, engine, world, registry, mayComplete: true, mayUndo: true) } catch {
            guard world.unnoticed[step] == nil else { return }
            throw error
        }
        guard world.unnoticed[step] == nil else {
            throw Failure(
                description: "it is in `unnoticed`, yet it was noticed or is not missed: strike it off")
        }
    }

    /// The step fails in place and an operator has it skipped; or it may not be skipped, and the run is taken back.
    func skipped(step: String) throws {
        let world = try makeWorld()
        let (registry, engine) = try process(
            world, change: { FaultyWorkflow($0, step: step, fault: .failsBefore, stops: true) })
        let run = try world.start(engine)
        try drive(engine, world)
        let failed = try engine.get(run)
        guard case .failed = failed.state, failed.step?.name == step else {
            throw Failure(description: "it is \(failed.state) at \(failed.step?.name ?? "its end")")
        }
        let actor = AuditActor("person:operator")
        do { try engine.skip(run, reason: "by the test", actor: actor) } catch let error as WorkflowError {
            guard error == .notSkippable(run, step: step) else { throw error }
            return try takeBack(run, engine, world, registry)
        }
        try drive(engine, world)
        let skipped = try engine.get(run)
        guard skipped.steps.first(where: { $0.name == step })?.skipped?.actor == actor else {
            throw Failure(description: "the step does not say that it was skipped")
        }
        switch skipped.state {
        case .completed:
            // Whoever has it skipped answers for what is missing.
            let open = try registry.list(OpenRun.self).records.count
            guard open == 0 else { throw Failure(description: "left behind: \(open) marks of open runs") }
        case .undone: try world.checkUndone(skipped, registry: registry)
        case .failed: try takeBack(run, engine, world, registry)
        case .pending, .running, .waiting, .paused, .undoing:
            throw Failure(description: "it is \(skipped.state)")
        }
    }

    private func takeBack(
        _ run: RunID, _ engine: WorkflowEngine, _ world: any RunWorld, _ registry: Registry
    ) throws {
        do { try engine.cancel(run, actor: .system) } catch WorkflowError.pastReturn { return }
        try drive(engine, world)
        try check(run, engine, world, registry, mayComplete: false, mayUndo: true)
    }

    /// No run of its kind may go on: it waits, and gets on in the next process; or it is cancelled while it waits.
    func waitingForTurn(isCancelled: Bool) throws {
        let world = try makeWorld()
        let (registry, engine) = try process(
            world, change: { FaultyWorkflow($0, concurrencyMax: 0) })
        let run = try world.start(engine)
        try drive(engine, world)
        guard try engine.get(run).state == .pending, engine.turn(of: run)?.runsBefore == 0 else {
            throw Failure(description: "it does not wait for its turn: \(try engine.get(run).state)")
        }
        if isCancelled {
            try engine.cancel(run, actor: .system)
            try drive(engine, world)
            return try check(run, engine, world, registry, mayComplete: false, mayUndo: true)
        }
        let (later, next) = try process(world)
        try next.resumeAll()
        try drive(next, world)
        try check(run, next, world, later, mayComplete: true, mayUndo: false)
    }
}
