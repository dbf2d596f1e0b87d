import Base
import Migrations
import Registry
import Workflows

/// Each run comes to its end: done, taken back, or waiting for somebody, who is played here.
extension Inspection {
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
                case .paused: try server.engine.resume(record.id, actor: .system)
                case .failed(let reason):
                    retries[record.id, default: 0] += 1
                    guard isForPeople(reason), retries[record.id, default: 0] <= Inspection.retriesMax else {
                        let step = record.step?.name ?? "its end"
                        return world.find(.run, "\(record.kind) failed at \(step): \(reason)")
                    }
                    if record.kind == PoolMergeWorkflow.runKind {
                        world.say("somebody takes \(record.id) back: \(reason)")
                        try server.engine.cancel(record.id, actor: .system)
                        break
                    }
                    world.say("somebody has \(record.id) try again: \(reason)")
                    try server.engine.retry(record.id, actor: .system)
                case .pending, .running, .waiting, .undoing, .undone, .completed: continue
                }
                server.wake()
            }
            baton.pause(milliseconds: 250)
        }
        world.find(.run, "runs do not come to their end")
    }

    /// Whether it is a reason for which a run may wait for somebody.
    private func isForPeople(_ reason: String) -> Bool {
        world.hasDiskFaults
            || ["never fitted its budget", "tenants stay", "cannot be emptied"].contains {
                reason.contains($0)
            }
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
