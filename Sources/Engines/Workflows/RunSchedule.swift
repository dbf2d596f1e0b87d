import Base

/// Which runs are due, in the order they became so, and when the others will be.
struct RunSchedule {
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

    private var ready: [RunID] = []
    private var readyStart = 0
    /// Runs in `ready`, so that none is there twice.
    private var isReady: Set<RunID> = []
    /// A binary heap by due time. Entries whose number is not in `waitingNumber` are void.
    private var waiting: [Waiting] = []
    private var waitingNumber: [RunID: Int] = [:]
    private var count = 0
    /// Runs with a thread, and whether each was enqueued meanwhile.
    private var executing: [RunID: Bool] = [:]
    var isStopped = false

    /// The run is due now, whatever it waited for.
    mutating func enqueue(_ run: RunID) {
        waitingNumber[run] = nil
        if executing[run] != nil {
            executing[run] = true
        } else if isReady.insert(run).inserted {
            ready.append(run)
        }
    }

    /// The run is due then, unless it is due already.
    mutating func enqueue(_ run: RunID, at due: Timestamp) {
        guard !isReady.contains(run) else { return }
        count += 1
        waitingNumber[run] = count
        waiting.append(Waiting(due: due, number: count, run: run))
        siftUp()
    }

    /// What to do now; a run that is handed out is with its thread until `release`.
    mutating func next(at now: Timestamp) -> Next {
        if isStopped { return .stopped }
        while let first = waiting.first {
            guard waitingNumber[first.run] == first.number else {
                removeFirst()
                continue
            }
            guard first.due <= now else { break }
            removeFirst()
            enqueue(first.run)
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

    /// The run's thread is done with it; whether it is due again.
    mutating func release(_ run: RunID) -> Bool {
        guard executing.removeValue(forKey: run) == true else { return false }
        enqueue(run)
        return true
    }

    /// Whether the run is due, will be, or is with a thread.
    func holds(_ run: RunID) -> Bool {
        isReady.contains(run) || waitingNumber[run] != nil || executing[run] != nil
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
            for child in [2 * index + 1, 2 * index + 2] where child < waiting.count && isBefore(child, least)
            {
                least = child
            }
            if least == index { return }
            waiting.swapAt(index, least)
            index = least
        }
    }
}
