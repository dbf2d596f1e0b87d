import Base
import Registry
import Upkeep
import Workflows

/// What is done for runs while nobody asks for it.
enum RunsWiring {
    private static let stuckCheckSeconds = 5
    private static let pruningSeconds = 60

    /// Takes up the runs that were under way when the process ended, how many, and begins to look after all.
    static func start(
        _ engine: WorkflowEngine, _ options: ServeOptions, log: Log
    ) throws -> (resumed: Int, chores: Chores) {
        let resumed = try engine.resumeAll()
        return (resumed, chores(engine, keepSeconds: options.keepRunsSeconds, log: log))
    }

    /// Looks for runs that make no progress, and forgets those that ended long ago. A thread of their own, so
    /// that nothing else that takes long keeps the first from seeing what hangs.
    private static func chores(_ engine: WorkflowEngine, keepSeconds: Int64, log: Log) -> Chores {
        let onFailure: @Sendable (String, any Error) -> Void = { name, error in
            log.error("\(name) failed", ["error": "\(error)"])
        }
        let stuck = Chore(name: "the look for stuck runs", everySeconds: stuckCheckSeconds) { _ in
            for run in try engine.markStuckRuns() {
                let trace = try engine.get(run).actor.origin.trace
                log.warning("a run makes no progress", ["run": run.text, "traceId": trace ?? ""])
            }
        }
        let pruning = Chore(name: "the pruning of runs", everySeconds: pruningSeconds) { isStopping in
            let count = try engine.prune(olderThanSeconds: keepSeconds, isStopping: isStopping)
            if count > 0 { log.info("old runs forgotten", ["count": "\(count)"]) }
        }
        return Chores([stuck, pruning], onFailure: onFailure)
    }
}

extension ServeOptions {
    /// `90d`, in seconds: from one day to a hundred years.
    static func keptSeconds(_ text: String, _ name: String) throws(CommandFailure) -> Int64 {
        guard text.hasSuffix("d"), let days = Int64(text.dropLast()), (1...36_500).contains(days) else {
            throw .usage("--\(name): expected a number of days from 1d to 36500d, found `\(text)`")
        }
        return days * 86_400
    }
}
