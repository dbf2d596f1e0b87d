import Base

extension WorkflowEngine {
    /// Whether the engine will get on with the run by itself: it is due, waits for its time, or is with a thread. False for runs
    /// that came to their end, failed or are paused, and for those that nobody has handed to this engine.
    public func isInCharge(of run: RunID) -> Bool { queue.holds(run) }

    /// Takes up a run that is recorded as under way but that the engine does not know of; harmless for any other.
    public func takeUp(_ run: RunID) {
        // Whether it needs a slot shows when its record is read.
        queue.enqueue(run, RunClaim(kind: "", tenant: nil, needsSlot: false))
    }
}
