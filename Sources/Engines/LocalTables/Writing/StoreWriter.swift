import Base
import SQLite
import Synchronization
import Tables

/// The one writer of a store: requests queue up while a commit is under way and share the next one.
///
/// INVARIANT (group commit): a completion is called only after the transaction that holds its writes has been synced, or
/// has been rolled back as a whole. A refusal waits too: it may rest on a write of the same group.
final class StoreWriter: Sendable {
    typealias Completion = @Sendable (Result<[WriteOutcome], TableError>) -> Void

    /// Something to do on the writer's connection inside the group's transaction.
    enum Job: Sendable {
        case write(PreparedWrite, Completion)
        case control(@Sendable (WriterSession) throws(TableError) -> Void, @Sendable (TableError?) -> Void)
    }

    /// A wish that the rest of the log be copied.
    private struct LogCopy {
        /// Whether whoever has it keeps others from copying meanwhile.
        let isAlone: Bool
        let done: @Sendable (Result<Void, TableError>) -> Void
    }

    private struct Queue {
        var jobs: [Job] = []
        /// Who waits for the rest of the log to be copied.
        var logCopies: [LogCopy] = []
        var isDraining = false
        var isClosed = false

        /// Takes out what comes next; nil where nothing does, and the draining ends.
        mutating func next() -> (jobs: [Job], logCopies: [LogCopy])? {
            let count = min(jobs.count, Limits.groupRequestsMax)
            if count == 0, logCopies.isEmpty {
                isDraining = false
                return nil
            }
            defer {
                if count == jobs.count { jobs = [] } else { jobs.removeFirst(count) }
                logCopies = []
            }
            return (count == jobs.count ? jobs : Array(jobs[..<count]), logCopies)
        }
    }

    private let id: StoreID
    private let path: String
    private let files: any StoreFiles
    private let queue = Mutex(Queue())
    private let thread: TaskQueue
    /// Nil once the file has been let go of.
    private let session: Mutex<WriterSession?>
    private let readers: ReaderPool
    private let copier: LogCopier
    private let health: StoreHealth
    private let clock: any Clock
    /// How long writes waited for their commits of late.
    let delays = CommitDelays()
    /// What the writes have changed and nobody has taken yet.
    let untaken: UntakenTallies

    init(
        id: StoreID, path: String, session: sending WriterSession, readers: ReaderPool, health: StoreHealth,
        surroundings: StoreSurroundings, untaken: UntakenTallies
    ) {
        clock = surroundings.clock
        files = surroundings.files
        self.untaken = untaken
        self.id = id
        self.path = path
        self.health = health
        self.readers = readers
        self.session = Mutex(session)
        copier = LogCopier(
            id: id, path: path, files: files, health: health, pagesMin: surroundings.logPagesCopied)
        thread = TaskQueue(label: "homeroom.store.\(id)")
    }

    /// Queues a job. Its completion is always called. Of writes only so many wait; what else is to be done, the lowering of a fence
    /// among it, always finds its place: who asks for that waits for it, so there are few.
    func submit(_ job: Job) {
        let verdict = queue.withLock { queue -> (refusal: TableError?, mustStart: Bool) in
            if queue.isClosed { return (.noSuchStore(id), false) }
            if case .write = job, queue.jobs.count >= Limits.queuedRequestsMax {
                return (.overloaded(id), false)
            }
            queue.jobs.append(job)
            defer { queue.isDraining = true }
            return (nil, !queue.isDraining)
        }
        if let refusal = verdict.refusal { job.complete(.failure(refusal)) }
        if verdict.mustStart { thread.async { self.drain() } }
    }

    /// Does something in a transaction of the writer and waits until it is durable.
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable (WriterSession) throws(TableError) -> Value
    ) throws(TableError) -> Value {
        try begin(body).result()
    }

    /// Queues something to do in a transaction of the writer; what it answers can be waited for.
    func begin<Value: Sendable>(
        _ body: @escaping @Sendable (WriterSession) throws(TableError) -> Value
    ) -> Waiting.Begun<Value, TableError> {
        let answer = Answer<Value>()
        return Waiting.begin { (done: @escaping @Sendable (Result<Value, TableError>) -> Void) in
            submit(
                .control(
                    { session throws(TableError) in answer.set(try body(session)) },
                    { failure in done(answer.result(failure)) }))
        }
    }

    /// Writes the file anew without what is left in its unused parts; writes wait meanwhile. False where its log could not be
    /// emptied, since somebody reads.
    func rewriteFile() throws(TableError) -> Bool {
        try withLogAlone { session throws(SQLiteError) in try session.rewriteFile() }
    }

    /// Copies the log into the file and empties it. False where somebody reads.
    func emptyLog() throws(TableError) -> Bool {
        try withLogAlone { session throws(SQLiteError) in try session.connection.checkpoint() }
    }

    private func withLogAlone(
        _ body: (WriterSession) throws(SQLiteError) -> Bool
    ) throws(TableError) -> Bool {
        try copier.excluding { () throws(TableError) in
            try session.withLock { session throws(TableError) in
                guard let session else { throw .noSuchStore(id) }
                guard health.writing == .allowed else {
                    throw .storage("nothing is written to it any more")
                }
                guard health.mayCopyLog else { throw health.keptLog }
                do throws(SQLiteError) { return try body(session) } catch {
                    health.noteFailedCopy(error)
                    throw .storage("\(error)")
                }
            }
        }
    }

    /// Copies the log into the file, beside the writer and the rest between two groups: so that none of the next ones waits for that.
    /// Waits until it is done.
    func copyLog() throws(TableError) {
        try copier.copy { () throws(TableError) in
            try Waiting.forResult { (done: @escaping @Sendable (Result<Void, TableError>) -> Void) in
                copyRestOfLog(LogCopy(isAlone: true, done: done))
            }
        }
    }

    private func copyRestOfLog(_ wish: LogCopy) {
        let verdict = queue.withLock { queue -> (isClosed: Bool, mustStart: Bool) in
            if queue.isClosed { return (true, false) }
            queue.logCopies.append(wish)
            defer { queue.isDraining = true }
            return (false, !queue.isDraining)
        }
        if verdict.isClosed { wish.done(.failure(.noSuchStore(id))) }
        if verdict.mustStart { thread.async { self.drain() } }
    }

    /// Items a second that each tenant has written of late.
    func writeRates() -> [TenantID: Double] {
        session.withLock { $0?.rates.perSecond(now: clock.monotonicNanoseconds()) ?? [:] }
    }

    /// Does it for those who wait for it.
    private func copyRestOfLog(for waiting: [LogCopy]) {
        guard !waiting.isEmpty else { return }
        let result = Result { () throws(TableError) in
            if waiting.contains(where: \.isAlone) { return try copyRestOfLog() }
            try copier.unlessCopying { () throws(TableError) in try copyRestOfLog() }
        }
        for wish in waiting { wish.done(result) }
    }

    private func copyRestOfLog() throws(TableError) {
        try session.withLock { session throws(TableError) in
            guard let session, health.mayCopyLog else { return }
            do throws(SQLiteError) { try session.connection.copyLog() } catch {
                health.noteFailedCopy(error)
                throw .storage("\(error)")
            }
        }
    }

    /// Takes no more jobs and waits until those that wait are done.
    func finish() {
        queue.withLock { $0.isClosed = true }
        thread.sync { drain() }
        copier.close()
    }

    /// Copies the log into the file and closes it. Where that cannot be, the log stays beside the file and the next opening reads it:
    /// nothing is lost. Once all jobs are done.
    func letGoOfFile() {
        session.withLock { held in
            guard let session = held else { return }
            held = nil
            if health.writing != .refused { session.settleDoubt() }
            if health.mayCopyLog {
                do throws(SQLiteError) { _ = try session.connection.checkpoint() } catch {
                    health.noteFailedCopy(error)
                }
            }
            if health.writing == .refused || health.isLogKept { session.leaveAsItIs() }
        }
    }

    /// Lets the log be copied while writes go on, and then what they have added meanwhile.
    private func copyLogBeside() {
        copier.copyBeside { [weak self] in
            // What does not come of it the health has been told.
            self?.copyRestOfLog(LogCopy(isAlone: false) { _ in })
        }
    }

    private func drain() {
        // A write may have come when the group before its own, or a copy of the log, had just begun, so it may have waited for both.
        var before: UInt64 = 0
        while true {
            let next = queue.withLock { $0.next() }
            guard let next else { return }
            let begun = clock.monotonicNanoseconds()
            copyRestOfLog(for: next.logCopies)
            let jobs = next.jobs
            if jobs.isEmpty {
                before = clock.monotonicNanoseconds() - begun
                continue
            }
            readers.writingBegins()
            let copies = copier.copies
            let (results, logPages) = session.withLock { held in
                guard var session = held else {
                    preconditionFailure("the file was let go of before all jobs were done")
                }
                session.rates.roll(now: begun)
                session.connection.logPages = nil
                let results = commit(jobs, &session)
                held = session
                untaken.add(session.tallies.takeGroup())
                return (results, session.connection.logPages)
            }
            let spent = clock.monotonicNanoseconds() - begun
            readers.writingEnds()
            if jobs.contains(where: \.isWrite) { delays.note(nanoseconds: before + spent) }
            before = spent
            for (job, result) in zip(jobs, results) { job.complete(result) }
            if let logPages, copier.logHasGrown(to: logPages, since: copies, now: begun) { copyLogBeside() }
        }
    }
}

/// What becomes of a store whose file fails.
extension StoreWriter {
    /// Commits a group where the file lets itself be written.
    private func commit(
        _ jobs: [Job], _ session: inout WriterSession
    ) -> [Result<[WriteOutcome], TableError>] {
        do throws(TableError) {
            switch health.writing {
            case .allowed: break
            case .afterReopening:
                let generation = session.tables.generation
                session = try WriterSession(
                    path: path, files: files, mayCreate: false, health: health, clock: session.clock)
                // Generations go on: else no reader would learn of a new table, and a write might pass for one of newer tables.
                session.tables.generation = generation + 1
                session.isInDoubt = true
                readers.discard()
                copier.reopen()
            case .refused: throw .storage("nothing is written to it any more")
            }
        } catch {
            return [Result<[WriteOutcome], TableError>](
                repeating: .failure(health.described(error, by: .writer)), count: jobs.count)
        }
        let results = session.commitGroup(jobs)
        var isCommitted = true
        let described = results.map { result -> Result<[WriteOutcome], TableError> in
            guard case .failure(let error) = result, case .storage = error else { return result }
            isCommitted = false
            return .failure(health.described(error, by: .writer))
        }
        if isCommitted { health.noteCommit() }
        return described
    }
}

extension StoreWriter.Job {
    /// Whether somebody's request waits for it.
    var isWrite: Bool {
        switch self {
        case .write: true
        case .control: false
        }
    }

    func complete(_ result: Result<[WriteOutcome], TableError>) {
        switch self {
        case .write(_, let completion): completion(result)
        case .control(_, let completion):
            switch result {
            case .success: completion(nil)
            case .failure(let error): completion(error)
            }
        }
    }
}

/// What a control job found, carried from the transaction to its completion.
private final class Answer<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func set(_ found: Value) { value.withLock { $0 = found } }

    func result(_ failure: TableError?) -> Result<Value, TableError> {
        if let failure { return .failure(failure) }
        guard let found = value.withLock({ $0 }) else { return .failure(.storage("a job did not run")) }
        return .success(found)
    }
}
