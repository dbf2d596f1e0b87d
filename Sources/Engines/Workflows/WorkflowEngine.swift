import Base
import Dispatch
import Registry
import Synchronization

/// Carries out runs, each step of each recorded, on threads of its own.
///
/// What a run does is recorded in one commit a step: the end of one and the beginning of the next share it,
/// and the start of the run is the record of its first step. Made once a process; `stop` before it is let go.
public final class WorkflowEngine: Sendable {
    let registry: Registry
    let workflows: [String: any Workflow]
    let clock: any Clock
    let random: any RandomSource
    let queue: RunQueue
    let watch: RunWatch
    let tally: RunTally
    let ids: RunIDSource
    let pruning = Mutex(PruningCursor())
    let report: @Sendable (RunID, String) -> Void
    private let threadCount: Int
    private let executor: RunExecutor
    private let live = Mutex<[RunID: LiveRun]>([:])
    private let waiters = Mutex<[RunID: [DispatchSemaphore]]>([:])
    private let threads = Mutex<[WorkerThread]>([])

    /// An engine of these workflows over the registry. With `threads` 0 runs get on only in `runUntilIdle`.
    /// - Parameter onBoundary: for tests with `threads` 0: called at each boundary, may kill the engine by
    ///   throwing.
    /// - Parameter report: told what no run's record shows, for the log.
    public init(
        registry: Registry, workflows: [any Workflow], clock: any Clock, random: any RandomSource,
        threads count: Int = Limits.workflowThreads, runsOfTenantMax: Int = Limits.runsOfTenantMax,
        onBoundary: BoundaryHook? = nil,
        report: @escaping @Sendable (RunID, String) -> Void = { _, _ in }
    ) {
        let byKind = Dictionary(
            workflows.map { ($0.kind, $0) },
            uniquingKeysWith: { _, _ in
                preconditionFailure("two workflows of one kind")
            })
        precondition(onBoundary == nil || count == 0, "a boundary hook goes with `runUntilIdle`")
        for workflow in workflows {
            precondition(!workflow.steps.isEmpty, "`\(workflow.kind)` has no steps")
            precondition(
                Set(workflow.steps.map(\.name)).count == workflow.steps.count,
                "`\(workflow.kind)` has two steps of one name")
            precondition(workflow.version > 0, "`\(workflow.kind)`: versions count from 1")
        }
        self.registry = registry
        self.workflows = byKind
        self.clock = clock
        self.random = random
        self.report = report
        threadCount = count
        watch = RunWatch(clock: clock)
        tally = RunTally(clock: clock)
        ids = RunIDSource(registry: registry, random: random)
        let slots = RunSlots(
            maxOfKind: byKind.mapValues(\.concurrencyMax), maxOfTenant: runsOfTenantMax)
        let queue = RunQueue(slots: slots, clock: clock)
        self.queue = queue
        executor = RunExecutor(
            workflows: byKind, clock: clock, random: random, onBoundary: onBoundary, tally: tally,
            isStopping: { queue.isStopped }, hasSlot: queue.hasSlot)
        let workers = (0..<count).map { _ in WorkerThread { self.work() } }
        threads.withLock { $0 = workers }
    }

    // MARK: Threads

    /// Takes up all runs that were under way when the process ended; how many have not come to their end,
    /// those that failed or are paused included. Once, at start.
    @discardableResult
    public func resumeAll() throws -> Int {
        var count = 0
        try registry.forEach(OpenRun.self) { (open) throws(RegistryError) in
            count += 1
            guard let record = try registry.read(RunRecord.self, open.id) else { return }
            takeUp(record)
        }
        return count
    }

    /// Lets the run go on as it stands in the registry.
    func takeUp(_ record: RunRecord) {
        tally.note(record, isDue: !record.state.isSettled)
        if let stall = record.stuck {
            watch.begin(record.id, stuckAfterSeconds: Limits.runStuckAfterSeconds)
            watch.mark(record.id, stall)
        }
        guard !record.state.isSettled || record.wanted != .none else {
            // What goes on with a run that is held may have been started since by nobody, or be held no more.
            if record.state == .paused { takeUp(record.id) }
            return
        }
        let claim = claim(of: record)
        let left = record.waitMilliseconds ?? 0
        if case .waiting(let until) = record.state, record.wanted == .none {
            #if MUTANTS
                if Mutant.isOn(.waitForgotten) { return }
            #endif
            // A clock that was set back since makes the wait no longer than it was asked for.
            let wait = max(0, until.milliseconds(since: clock.now()))
            let bounded = record.waitMilliseconds == nil ? wait : min(wait, left)
            if claim.needsSlot, bounded <= Limits.runSlotWaitMilliseconds { queue.holdSlot(record.id, claim) }
            queue.enqueue(record.id, claim, afterMilliseconds: bounded)
            // Another version's lock is taken now, not at the end of the wait, which goes on.
            if executor.isOfAnotherVersion(record) { takeUp(record.id) }
            return
        }
        if claim.needsSlot, record.state != .pending { queue.holdSlot(record.id, claim) }
        queue.enqueue(record.id, claim)
    }

    /// What the run asks of the queue when it is due.
    func claim(of record: RunRecord) -> RunClaim {
        RunClaim(kind: record.kind, tenant: record.tenant, needsSlot: executor.needsSlot(record))
    }

    /// Interrupts long steps, waits for the others and leaves every run so that `resumeAll` goes on with it.
    /// A step that hangs is left behind after so long. Not from a step.
    public func stop(timeoutSeconds: Int = Limits.workflowStopSeconds) {
        // No thread is started any more when they are counted.
        queue.stop(threads: 0)
        let workers = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        queue.stop(threads: workers.count)
        let deadline = DispatchTime.now() + .seconds(timeoutSeconds)
        for worker in workers where !worker.join(until: deadline) {
            for (run, _) in live.withLock({ $0 }) { report(run, "left behind in a step that does not end") }
        }
        for semaphore in waiters.withLock({ $0.values.flatMap { $0 } }) { semaphore.signal() }
    }

    /// Carries out all that is due, on this thread; answers when the next waiting run is due, or nil.
    /// - Throws: what the boundary hook threw: the engine then counts as killed, and as stopped;
    ///   `WorkflowError.stopped`.
    @discardableResult
    public func runUntilIdle() throws -> Timestamp? {
        while true {
            switch queue.next() {
            case .run(let run, let wait):
                do { try carryOut(run, wait: wait) } catch {
                    queue.stop(threads: 0)
                    throw error.cause
                }
            case .idle(let until):
                return until.map { due in
                    let now = clock.monotonicNanoseconds()
                    let left = due > now ? WorkflowEngine.milliseconds(of: due - now) : 0
                    return clock.now().advanced(byMilliseconds: left)
                }
            case .stopped: throw WorkflowError.stopped
            }
        }
    }

    private func work() {
        while true {
            switch queue.next() {
            case .run(let run, let wait):
                do { try carryOut(run, wait: wait) } catch {
                    preconditionFailure("no boundary hook on threads")
                }
            case .idle(let until): queue.sleep(until: until)
            case .stopped: return
            }
        }
    }

    /// Rounded up, so that a wait is over when it is said to be.
    private static func milliseconds(of nanoseconds: UInt64) -> Int64 {
        Int64(nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0))
    }

    private func carryOut(_ run: RunID, wait: UInt64) throws(RunExecutor.Killed) {
        defer {
            live.withLock { $0[run] = nil }
            queue.release(run)
            for semaphore in waiters.withLock({ $0[run] ?? [] }) { semaphore.signal() }
        }
        do {
            let live = LiveRun(try registry.require(RunRecord.self, run))
            self.live.withLock { $0[run] = live }
            let session = RunSession(live.snapshot, registry: registry, live: live, watch: watch)
            let outcome = try executor.execute(session, wait: WorkflowEngine.milliseconds(of: wait))
            if session.record.state == .paused, let workflow = workflows[session.record.kind] {
                try workflow.held(session.record)
            }
            settle(session.record, outcome)
        } catch let killed as RunExecutor.Killed { throw killed } catch {
            // How the run stands is read anew when the registry works again.
            report(run, "taken up again later: \(error)")
            let delay = Limits.workflowTroubleDelayMilliseconds
            queue.retake(run, afterMilliseconds: Int64(delay))
        }
    }

    /// What comes next for a run that leaves its thread.
    private func settle(_ record: RunRecord, _ outcome: RunExecutor.Outcome) {
        let run = record.id
        let claim = claim(of: record)
        switch outcome {
        case .settled:
            tally.note(record, isDue: false)
            watch.end(run)
            queue.forget(run)
        case .stopped: break
        case .yielded:
            tally.note(record, isDue: true)
            if !claim.needsSlot { queue.giveUpSlot(of: run) }
            queue.enqueue(run, claim)
        case .turn:
            tally.note(record, isDue: true)
            watch.end(run)
            queue.enqueue(run, claim)
        case .waiting(let milliseconds):
            tally.note(record, isDue: false)
            if !claim.needsSlot || milliseconds > Limits.runSlotWaitMilliseconds {
                queue.giveUpSlot(of: run)
            }
            queue.enqueue(run, claim, afterMilliseconds: milliseconds)
        }
    }

    /// Starts a thread in place of one that hangs, as long as there are not too many.
    func replaceHangingThreads(_ count: Int) {
        threads.withLock { threads in
            guard threadCount > 0, !queue.isStopped else { return }
            let wanted = threadCount + min(count, Limits.workflowThreadsSpare)
            while threads.count < wanted { threads.append(WorkerThread { self.work() }) }
        }
    }

    /// The run in the hands of a thread, or nil.
    func live(_ run: RunID) -> LiveRun? { live.withLock { $0[run] } }

    /// Says when the run leaves its thread, until `stopListening`.
    func listen(to run: RunID) -> DispatchSemaphore {
        let semaphore = DispatchSemaphore(value: 0)
        waiters.withLock { $0[run, default: []].append(semaphore) }
        return semaphore
    }

    /// Says no more.
    func stopListening(_ semaphore: DispatchSemaphore, to run: RunID) {
        waiters.withLock { waiters in
            waiters[run]?.removeAll { $0 === semaphore }
            if waiters[run]?.isEmpty == true { waiters[run] = nil }
        }
    }
}
