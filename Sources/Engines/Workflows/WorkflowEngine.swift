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
    let queue = RunQueue()
    private let report: @Sendable (RunID, String) -> Void
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
        threads count: Int = Limits.workflowThreads, onBoundary: BoundaryHook? = nil,
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
        }
        self.registry = registry
        self.workflows = byKind
        self.clock = clock
        self.random = random
        self.report = report
        let queue = queue
        executor = RunExecutor(
            workflows: byKind, clock: clock, random: random, onBoundary: onBoundary,
            isStopping: { queue.isStopped })
        let workers = (0..<count).map { _ in WorkerThread { self.work() } }
        threads.withLock { $0 = workers }
    }

    // MARK: Threads

    /// Takes up all runs that were under way when the process ended; how many have not come to their end,
    /// those that failed or are paused included. Once, at start.
    @discardableResult
    public func resumeAll() throws -> Int {
        var count = 0
        try registry.forEach(OpenRun.self) { open in
            queue.enqueue(open.id)
            count += 1
        }
        return count
    }

    /// Interrupts long steps, waits for the others and leaves every run so that `resumeAll` goes on with it.
    /// Not from a step.
    public func stop() {
        let workers = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        queue.stop(threads: workers.count)
        for worker in workers { worker.join() }
        for semaphore in waiters.withLock({ $0.values.flatMap { $0 } }) { semaphore.signal() }
    }

    /// Carries out all that is due, on this thread; answers when the next waiting run is due, or nil.
    /// - Throws: what the boundary hook threw: the engine then counts as killed, and as stopped;
    ///   `WorkflowError.stopped`.
    @discardableResult
    public func runUntilIdle() throws -> Timestamp? {
        while true {
            switch queue.next(at: clock.now()) {
            case .run(let run):
                do { try carryOut(run) } catch {
                    queue.stop(threads: 0)
                    throw error.cause
                }
            case .idle(let until): return until
            case .stopped: throw WorkflowError.stopped
            }
        }
    }

    private func work() {
        while true {
            switch queue.next(at: clock.now()) {
            case .run(let run):
                do { try carryOut(run) } catch { preconditionFailure("no boundary hook on threads") }
            case .idle(let until):
                queue.sleep(milliseconds: until.map { $0.milliseconds(since: clock.now()) })
            case .stopped: return
            }
        }
    }

    private func carryOut(_ run: RunID) throws(RunExecutor.Killed) {
        defer {
            live.withLock { $0[run] = nil }
            queue.release(run)
            for semaphore in waiters.withLock({ $0[run] ?? [] }) { semaphore.signal() }
        }
        do {
            let live = LiveRun(try registry.require(RunRecord.self, run))
            self.live.withLock { $0[run] = live }
            let session = RunSession(live.snapshot, registry: registry, live: live)
            switch try executor.execute(session) {
            case .settled, .stopped: break
            case .yielded: queue.enqueue(run)
            case .waiting(let until): queue.enqueue(run, at: until)
            }
        } catch let killed as RunExecutor.Killed { throw killed } catch {
            // How the run stands is read anew when the registry works again.
            report(run, "taken up again later: \(error)")
            let delay = Limits.workflowTroubleDelayMilliseconds
            queue.enqueue(run, at: clock.now().advanced(byMilliseconds: Int64(delay)))
        }
    }

    // MARK: Looking

    /// The run as it is now, with the progress of a step under way.
    /// - Throws: `WorkflowError.noSuchRun`, `RegistryError`.
    public func get(_ run: RunID) throws -> RunRecord {
        if let live = live(run) { return live.snapshot }
        guard let record = try registry.read(RunRecord.self, run) else { throw WorkflowError.noSuchRun(run) }
        return record
    }

    /// Runs, newest first: all, or those of one tenant.
    /// - Parameter after: the `next` of the page before.
    public func list(
        tenant: TenantID? = nil, after: String? = nil, limit: Int = 100
    ) throws -> RegistryPage<RunRecord> {
        guard let tenant else {
            var page = try registry.list(RunRecord.self, after: after, limit: limit, isForward: false)
            page.records = page.records.map { live($0.id)?.snapshot ?? $0 }
            return page
        }
        let page = try registry.list(
            TenantRun.self, prefix: TenantRun.prefix(of: tenant), after: after, limit: limit, isForward: false
        )
        return RegistryPage(records: try page.records.map { try get($0.id.run) }, next: page.next)
    }

    /// Waits until the run is settled (completed, undone, failed or paused), at most so long; the run as it
    /// is then.
    public func wait(for run: RunID, timeoutMilliseconds: Int) throws -> RunRecord {
        let semaphore = DispatchSemaphore(value: 0)
        waiters.withLock { $0[run, default: []].append(semaphore) }
        defer {
            waiters.withLock { waiters in
                waiters[run]?.removeAll { $0 === semaphore }
                if waiters[run]?.isEmpty == true { waiters[run] = nil }
            }
        }
        let deadline = DispatchTime.now() + .milliseconds(timeoutMilliseconds)
        while true {
            let record = try get(run)
            if record.state.isSettled && record.wanted == .none { return record }
            if semaphore.wait(timeout: deadline) == .timedOut || queue.isStopped { return try get(run) }
        }
    }

    /// The run in the hands of a thread, or nil.
    func live(_ run: RunID) -> LiveRun? { live.withLock { $0[run] } }
}
