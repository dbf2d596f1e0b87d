import Dispatch
import Synchronization

/// A fixed number of threads that carry out jobs which may wait, from one bounded queue in the order they came.
public final class WorkerPool: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var first = 0
        var isStopped = false
    }

    private let queueMax: Int
    private let state = Mutex(State())
    private let tickets = DispatchSemaphore(value: 0)
    private let ended = DispatchGroup()
    private let threads: Int

    /// Starts the threads.
    /// - Parameter queueMax: how many jobs may wait for a thread.
    public init(label: String, threads: Int, queueMax: Int) {
        precondition(threads > 0 && queueMax > 0, "a pool has threads and room")
        self.threads = threads
        self.queueMax = queueMax
        // A serial queue is a thread of its own for as long as its block runs.
        for number in 1...threads {
            DispatchQueue(label: "\(label)-\(number)").async(group: ended) { [self] in work() }
        }
    }

    /// Puts a job into the queue; false, and nothing done, where it is full or the pool has stopped.
    public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.jobs.count - state.first < queueMax else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { tickets.signal() }
        return isTaken
    }

    /// How many jobs wait for a thread.
    public var waiting: Int { state.withLock { $0.jobs.count - $0.first } }

    /// Takes no more jobs, finishes those it has and ends the threads. A second call does nothing more. Not from a job.
    public func stop() {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        if isFirst { for _ in 0..<threads { tickets.signal() } }
        ended.wait()
    }

    private func work() {
        while true {
            tickets.wait()
            // INVARIANT (a ticket a job): there are as many tickets as jobs, and one more for each thread once stopped, so
            // a ticket without a job means the end.
            guard let job = next() else { return }
            job()
        }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard state.first < state.jobs.count else { return nil }
            let job = state.jobs[state.first]
            state.first += 1
            if state.first > 1024 || state.first == state.jobs.count {
                state.jobs.removeFirst(state.first)
                state.first = 0
            }
            return job
        }
    }
}
