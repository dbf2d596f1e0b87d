import Base
import Migrations
import Registry
import Workflows

/// Each run comes to its end: done, taken back, or waiting for somebody, who is played here.
extension Inspection {
    /// Who looks after what waits.
    private static let onDuty = AuditActor("operator:on-duty")

    /// How often somebody tries a run again before giving up on it.
    private static let retriesMax = 20

    /// Lets runs that are held go on, and waits until all have come to their end.
    func settleRuns(_ server: Server) throws {
        var retries: [RunID: Int] = [:]
        for _ in 0..<2000 {
            var marks: [RunID] = []
            try server.registry.forEach(OpenRun.self) { marks.append($0.id) }
            let open = try marks.compactMap { try server.registry.read(RunRecord.self, $0) }
            if open.isEmpty { return try checkEnds(server) }
            for record in open {
                switch record.state {
                // Somebody has taken it back: it goes on by itself.
                case .paused where record.wanted != .none: continue
                case .paused:
                    checkHolder(record)
                    try server.engine.resume(record.id, actor: Inspection.onDuty)
                case .failed(let reason):
                    retries[record.id, default: 0] += 1
                    checkAsker(record)
                    guard isForPeople(record, reason), retries[record.id, default: 0] <= Inspection.retriesMax
                    else {
                        let step = record.step?.name ?? "its end"
                        return world.find(.run, "\(record.kind) failed at \(step): \(reason)")
                    }
                    if record.kind == PoolMergeWorkflow.runKind || record.step?.name == "plan" {
                        world.say("somebody takes \(record.id) back: \(reason)")
                        try server.engine.cancel(record.id, actor: Inspection.onDuty)
                        break
                    }
                    world.say("somebody has \(record.id) try again: \(reason)")
                    try server.engine.retry(record.id, actor: Inspection.onDuty)
                case .pending, .running, .waiting, .undoing, .undone, .completed: continue
                }
                server.wake()
            }
            baton.pause(milliseconds: 250)
        }
        world.find(.run, "runs do not come to their end")
    }

    /// A run that is held says who holds it.
    private func checkHolder(_ record: RunRecord) {
        let last = record.requests?.elements.last { $0.what == "pause" }
        guard last == nil || last?.actor == .system else { return }
        world.find(.run, "\(record.kind) is held, and nobody is named who holds it")
    }

    /// A run that has failed says whose it is, and why.
    private func checkAsker(_ record: RunRecord) {
        guard record.kind == MoveWorkflow.runKind || Inspection.poolKinds.contains(record.kind) else {
            return
        }
        if record.actor == .system { world.find(.run, "\(record.kind) waits for nobody by name") }
    }

    private static let poolKinds = [PoolRebalanceWorkflow.runKind, PoolMergeWorkflow.runKind]

    /// Whether it is a reason for which a run of its kind may wait for somebody.
    private func isForPeople(_ record: RunRecord, _ reason: String) -> Bool {
        if world.hasDiskFaults { return true }
        if record.kind == MoveWorkflow.runKind {
            return reason.contains("the last writes never fitted its budget")
                || world.isSpoiled(record.tenant) && reason.contains("items differ between source and target")
        }
        // What could not be foreseen when it was asked for: the other pool has filled up, or is busy.
        return Inspection.poolKinds.contains(record.kind)
            && (record.step?.name == "plan" || reason.contains(" tenants stay: "))
    }

    /// Nothing is under way that no mark says, and whoever was taken back says why.
    private func checkEnds(_ server: Server) throws {
        try server.registry.forEach(RunRecord.self) { record in
            if !record.state.isFinal { world.find(.run, "\(record.kind) is \(record.state), and not marked") }
            if record.stuck != nil { world.find(.run, "\(record.kind) has ended, and is said to be stuck") }
            guard record.state == .undone else { return }
            if case .backward(let reason) = record.direction, !reason.isEmpty { return }
            world.find(.run, "\(record.kind) was taken back, and nobody can say why")
        }
        try server.registry.forEach(StoreRecord.self) { record in
            guard let run = record.closedBy else { return }
            world.find(.leftover, "pool `\(record.id)` is closed by \(run), which has ended")
        }
    }
}
