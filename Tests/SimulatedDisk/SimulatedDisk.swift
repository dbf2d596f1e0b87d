import Base
import Synchronization

/// A disk in memory that forgets what was not synced, for processes that live one after the other.
///
///     let disk = SimulatedDisk()
///     let process = disk.start()
///     let stores = try LocalStores(folder: "/stores", surroundings: StoreSurroundings(files: process))
///     …
///     disk.crash(seed: 7)                 // whatever the process does from here on fails
///     let next = disk.start()             // finds what the disk kept
///
/// Contents and names have two states, the one that processes see and the one that a crash leaves. A file's sync makes its bytes
/// (and the name it was made under) durable, a folder's sync the names in it. What was not synced a crash keeps, loses or, for a
/// write, tears between sectors of 512 bytes, each by the seed and in any subset. Folders are durable when they are made.
///
/// Given the same operations, seeds and faults, the same is left. All methods may be called from any thread, from `onOperation` too.
public final class SimulatedDisk: Sendable {
    /// Called before an operation is carried out, on the thread that asks for it, without any lock: it may crash the disk, plan
    /// faults or throw the operation's own.
    public typealias Hook = @Sendable (DiskOperation) throws(DiskFault) -> Void

    let state = Mutex(DiskState())
    private let watcher = Mutex<Watcher?>(nil)
    private let hasHook = Atomic<Bool>(false)

    // A function by itself would be wrapped once more each time that it is taken out of the lock.
    private struct Watcher { let hook: Hook }

    /// An empty disk.
    public init() {}

    // MARK: Processes

    /// A process that uses the disk.
    /// - Parameters:
    ///   - clock: the time that SQLite is told.
    ///   - seed: of the random bytes that SQLite is given.
    ///   - sleep: how SQLite waits for a lock, in microseconds; by default the thread really does.
    public func start(
        clock: any Clock = SystemClock(), seed: UInt64 = 0,
        sleep: @escaping @Sendable (Int) -> Void = SimulatedProcess.sleep
    ) -> SimulatedProcess {
        let id = state.withLock { state in
            let id = state.newID()
            state.living.insert(id)
            return id
        }
        return SimulatedProcess(id: id, disk: self, clock: clock, seed: seed, sleep: sleep)
    }

    /// The power fails: all processes end, and of what was not synced the seed says what is left.
    @discardableResult
    public func crash(seed: UInt64) -> CrashOutcome {
        state.withLock { state in
            var dice = Dice(seed: seed)
            return state.crash(&dice)
        }
    }

    /// All processes are killed; what they wrote is there, synced or not.
    public func kill() { state.withLock { $0.end() } }

    // MARK: Faults

    /// Lets operations of a kind fail: `count` of them (nil for all), after as many as `after` that go well.
    /// - Parameters:
    ///   - pathEnding: counts and fails only operations on paths that end so.
    ///   - seed: after a sync that fails: which of the writes lie on the disk all the same; no later sync brings the others there.
    public func fail(
        _ kind: DiskOperation.Kind, with fault: DiskFault, after: Int = 0, count: Int? = 1,
        pathEnding: String = "", seed: UInt64 = 0
    ) {
        let planned = PlannedFault(
            kind: kind, after: after, count: count, fault: fault, seed: seed, pathEnding: pathEnding)
        state.withLock { $0.faults.append(planned) }
    }

    /// Forgets all faults that are planned.
    public func heal() { state.withLock { $0.faults = [] } }

    /// Calls `hook` before each operation from now on; nil for none.
    public func onOperation(_ hook: Hook?) {
        watcher.withLock { $0 = hook.map { Watcher(hook: $0) } }
        hasHook.store(hook != nil, ordering: .releasing)
    }

    // MARK: Looking

    /// How many operations there were, reads included.
    public var operations: Int { state.withLock { $0.operations } }

    /// How many operations of the kind there were.
    public func count(of kind: DiskOperation.Kind) -> Int { state.withLock { $0.counts[kind.rawValue] } }

    /// How often a connection that does not write has begun to copy a log.
    public var copiesBesideWriters: Int { state.withLock { $0.copiesBesideWriters } }

    /// And how often one of which all was copied: before 3.51.3 SQLite may lose commits
    /// then. Source: sqlite.org/wal.html#walresetbug.
    public var copiesOfCopiedLogs: Int { state.withLock { $0.copiesOfCopiedLogs } }

    /// The paths of all files, in order.
    public var paths: [String] { state.withLock { $0.names.keys.sorted() } }

    /// The bytes of the file as processes see them; nil where there is none.
    public func bytes(at path: String) -> [UInt8]? {
        state.withLock { state in state.names[path].flatMap { state.files[$0]?.bytes } }
    }

    /// How many changes of the file's bytes a crash may take back.
    public func unsyncedChanges(at path: String) -> Int {
        state.withLock { state in state.names[path].flatMap { state.files[$0]?.unsynced.count } ?? 0 }
    }

    // MARK: Operations

    /// Carries out an operation of a process, unless it is to fail.
    func perform<Value: Sendable>(
        _ kind: DiskOperation.Kind, _ path: String, by process: Int,
        onFault: (inout DiskState, PlannedFault) -> Void = { _, _ in },
        _ body: (inout DiskState) throws(DiskFault) -> Value
    ) throws(DiskFault) -> Value {
        if hasHook.load(ordering: .acquiring), let watcher = watcher.withLock({ $0 }) {
            try watcher.hook(
                DiskOperation(kind: kind, path: path, number: state.withLock { $0.operations + 1 }))
        }
        return try state.withLock { (state) throws(DiskFault) in
            guard state.living.contains(process) else { throw .processEnded }
            state.operations += 1
            state.counts[kind.rawValue] += 1
            if !state.faults.isEmpty, let planned = state.takeFault(kind, path) {
                onFault(&state, planned)
                throw planned.fault
            }
            return try body(&state)
        }
    }

    /// A look at the disk by a process, which counts for nothing.
    func look<Value: Sendable>(
        by process: Int, _ body: (inout DiskState) throws(DiskFault) -> Value
    ) throws(DiskFault) -> Value {
        try state.withLock { (state) throws(DiskFault) in
            guard state.living.contains(process) else { throw .processEnded }
            return try body(&state)
        }
    }
}
