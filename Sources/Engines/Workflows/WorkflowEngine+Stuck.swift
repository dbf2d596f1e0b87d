import Base
import Registry

extension WorkflowEngine {
    /// Looks which runs make no progress any more: each is marked `stuck` (once, with an audit entry and the event
    /// `run.stuck`), goes on without its slot, and where its thread hangs another is started in its place. Progress takes the
    /// mark away. The runs that were marked. To be called every few seconds, not by the threads that carry out runs.
    ///
    /// A hanging step cannot be ended from outside: its run stays with its thread until the call returns or the process ends.
    /// With more hanging than there are spare threads, the others wait and the metrics show for how long.
    @discardableResult
    public func markStuckRuns() throws -> [RunID] {
        var marked: [RunID] = []
        for overdue in watch.overdue() {
            do {
                if let stall = try markStuck(overdue) {
                    watch.mark(overdue.run, stall)
                    marked.append(overdue.run)
                } else {
                    watch.end(overdue.run)
                }
            } catch RegistryError.notFound { watch.end(overdue.run) }
        }
        let stuck = watch.stuck
        for run in stuck { queue.giveUpSlot(of: run) }
        replaceHangingThreads(stuck.count(where: queue.isExecuting))
        return marked
    }

    /// Marks the run, unless it has nothing to get on with.
    private func markStuck(_ overdue: RunWatch.Overdue) throws -> RunStall? {
        let since = clock.now().advanced(byMilliseconds: -overdue.sinceMilliseconds)
        let isInCall = queue.isExecuting(overdue.run)
        let record = try registry.update(RunRecord.self, overdue.run) { record, transaction in
            guard !record.state.isSettled, record.stuck == nil else { return }
            let step = record.step
            let reason = WorkflowEngine.stallReason(record, isInCall: isInCall, overdue.standstill)
            let stall = RunStall(since: since, step: step?.name ?? "", reason: reason)
            record.stuck = stall
            transaction = RunAnnouncement.of(record, stall)
        }
        return record.stuck
    }

    /// What is seen of a run that makes no progress: the step's own word before anything that is guessed from outside.
    private static func stallReason(_ record: RunRecord, isInCall: Bool, _ standstill: String?) -> String {
        let shown = record.progress?.text.map { "; last shown: \(RunText.cut($0))" } ?? ""
        if isInCall { return "a call of the step has not come back\(shown)" }
        if let error = record.step?.lastError {
            return "it fails again and again: \(RunText.cut(error, to: Limits.stepAttemptErrorBytesMax))"
        }
        return standstill.map { RunText.cut($0) }
            ?? "the step is called again and again, and nothing changes\(shown)"
    }

    /// What runs have come to, for metrics.
    public func figures() -> RunFigures {
        var figures = tally.figures(stuck: watch.stuck)
        figures.waitingForTurn = queue.waitingCounts
        return figures
    }
}
