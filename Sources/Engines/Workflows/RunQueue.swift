import Base
import Dispatch
import Synchronization

/// Which runs are due, and when the others are. A run is with one thread at a time.
final class RunQueue: Sendable {
    /// What a thread may do.
    enum Next {
        /// Carry out this run, then say `release`.
        case run(RunID)
        /// Nothing is due until then, or until something is enqueued.
        case idle(until: Timestamp?)
        /// Go home.
        case stopped
    }

    private struct Waiting {
        let due: Timestamp
        let number: Int
        let run: RunID
    }

    private struct State {
        var ready: [RunID] = []
        var readyStart = 0
        /// Runs in `ready`, so that none is there twice.
        var isReady: Set<RunID> = []
        /// A binary heap by due time. Entries whose number is not in `waitingNumber` are void.
        var waiting: [Waiting] = []
        var waitingNumber: [RunID: Int] = [:]
        var count = 0
        /// Runs with a thread, and whether each was enqueued meanwhile.
        var executing: [RunID: Bool] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)

    /// The run is due now, whatever it waited for.
    func enqueue(_ run: RunID) {
        state.withLock { $0.makeReady(run) }
        semaphore.signal()
    }

    /// The run is due then, unless it is enqueued earlier.
    func enqueue(_ run: RunID, at due: Timestamp) {
        state.withLock { $0.wait(run, until: due) }
        semaphore.signal()
    }

    /// What to do now.
    func next(at now: Timestamp) -> Next {
        state.withLock { $0.next(at: now) }
    }

    /// The run's thread is done with it.
    func release(_ run: RunID) {
        let isDue = state.withLock { state in
            let wasEnqueued = state.executing.removeValue(forKey: run) ?? false
            if wasEnqueued { state.makeReady(run) }
            return wasEnqueued
        }
        if isDue { semaphore.signal() }
    }

    /// Waits until something is enqueued, or for so long.
    func sleep(milliseconds: Int64?) {
        guard let milliseconds else {
            semaphore.wait()
            return
        }
        _ = semaphore.wait(timeout: .now() + .milliseconds(Int(min(max(0, milliseconds), 3_600_000))))
    }

    /// Hands out no more runs; wakes that many threads.
    func stop(threads: Int) {
        state.withLock { $0.isStopped = true }
        for _ in 0..<threads { semaphore.signal() }
    }

    /// Whether `stop` was called.
    var isStopped: Bool { state.withLock { $0.isStopped } }
}

extension RunQueue.State {
    fileprivate mutating func makeReady(_ run: RunID) {
        waitingNumber[run] = nil
        if executing[run] != nil {
            executing[run] = true
        } else if isReady.insert(run).inserted {
            ready.append(run)
        }
    }

    fileprivate mutating func wait(_ run: RunID, until due: Timestamp) {
        guard !isReady.contains(run) else { return }
        count += 1
        waitingNumber[run] = count
        waiting.append(RunQueue.Waiting(due: due, number: count, run: run))
        siftUp()
    }

    fileprivate mutating func next(at now: Timestamp) -> RunQueue.Next {
        if isStopped { return .stopped }
        while let first = waiting.first {
            guard waitingNumber[first.run] == first.number else {
                removeFirst()
                continue
            }
            guard first.due <= now else { break }
            removeFirst()
            makeReady(first.run)
        }
        guard readyStart < ready.count else { return .idle(until: waiting.first?.due) }
        let run = ready[readyStart]
        readyStart += 1
        if readyStart > 64, readyStart * 2 > ready.count {
            ready.removeFirst(readyStart)
            readyStart = 0
        }
        isReady.remove(run)
        executing[run] = false
        return .run(run)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (waiting[left].due, waiting[left].number) < (waiting[right].due, waiting[right].number)
    }

    private mutating func siftUp() {
        var index = waiting.count - 1
        while index > 0, isBefore(index, (index - 1) / 2) {
            waiting.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func removeFirst() {
        waiting.swapAt(0, waiting.count - 1)
        waiting.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < waiting.count && isBefore(child, least) {
                least = child
            }
            if least == index { return }
            waiting.swapAt(index, least)
            index = least
        }
    }
}
