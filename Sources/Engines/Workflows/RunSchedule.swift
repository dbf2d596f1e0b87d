import Base

/// Which runs are due, whose turn it is, and when the others will be.
///
/// Time is the monotonic clock's, in nanoseconds: a wall clock that is set back or forth changes no wait.
struct RunSchedule: Sendable {
    /// What a thread may do.
    enum Next {
        /// Carry out this run, then say `release`. `wait` is how much is left of the wait it is in, in nanoseconds: not 0 where
        /// somebody wants something of it meanwhile.
        case run(RunID, wait: UInt64)
        /// Nothing is due until then, or until something is enqueued.
        case idle(until: UInt64?)
        /// Go home.
        case stopped
    }

    private var ready = FairQueue()
    private(set) var slots: RunSlots
    private var waits = WaitHeap()
    private var claims: [RunID: RunClaim] = [:]
    /// Runs with a thread, and whether each was enqueued meanwhile.
    private var executing: [RunID: Bool] = [:]
    var isStopped = false

    init(slots: RunSlots) { self.slots = slots }

    /// The run is due now, whatever it waited for.
    mutating func enqueue(_ run: RunID, _ claim: RunClaim) {
        claims[run] = claim
        if executing[run] != nil {
            executing[run] = true
            return
        }
        if claim.needsSlot {
            guard slots.request(run, claim) else { return }
        } else {
            slots.stopWaiting(run)
        }
        ready.append(run, lane: claim.tenant)
    }

    /// The run is due then, unless it is due already or waits for its turn.
    mutating func enqueue(_ run: RunID, _ claim: RunClaim, at due: UInt64) {
        guard !ready.contains(run), !slots.isWaiting(run) else { return }
        claims[run] = claim
        waits.add(run, due: due)
    }

    /// What to do now; a run that is handed out is with its thread until `release`.
    mutating func next(at now: UInt64) -> Next {
        if isStopped { return .stopped }
        while let run = waits.popFirst(at: now) {
            if let claim = claims[run] { enqueue(run, claim) }
        }
        guard let run = ready.popFirst() else { return .idle(until: waits.firstDue) }
        executing[run] = false
        let due = waits.due(of: run) ?? 0
        return .run(run, wait: due > now ? due - now : 0)
    }

    /// The run's thread is done with it; whether another run can go on now, or this one is due again.
    mutating func release(_ run: RunID) -> Bool {
        let isDueAgain = executing.removeValue(forKey: run) == true
        if isDueAgain, let claim = claims[run] { enqueue(run, claim) }
        return isDueAgain
    }

    /// The run has nothing more to do unless somebody asks; how many others can go on now.
    mutating func forget(_ run: RunID) -> Int {
        if executing[run] != true { claims[run] = nil }
        waits.remove(run)
        slots.stopWaiting(run)
        return giveUpSlot(of: run)
    }

    /// The run had a slot when the process ended.
    mutating func holdSlot(_ run: RunID, _ claim: RunClaim) { slots.hold(run, claim) }

    /// The run goes on, if at all, without a slot; how many others can go on now.
    mutating func giveUpSlot(of run: RunID) -> Int {
        let granted = slots.giveUp(run)
        for next in granted { ready.append(next, lane: claims[next]?.tenant) }
        return granted.count
    }

    /// Whether the run is due, will be, or is with a thread.
    func holds(_ run: RunID) -> Bool {
        ready.contains(run) || waits.due(of: run) != nil || slots.isWaiting(run) || executing[run] != nil
    }

    /// What the run last asked for.
    func claim(of run: RunID) -> RunClaim? { claims[run] }

    func isExecuting(_ run: RunID) -> Bool { executing[run] != nil }

    func turn(of run: RunID) -> RunTurn? { slots.turn(of: run, tenant: claims[run]?.tenant) }
}

/// Runs by the moment they wait for.
struct WaitHeap: Sendable {
    private struct Entry: Sendable {
        let due: UInt64
        let number: Int
        let run: RunID
    }

    /// A binary heap by due time. Entries whose number is not in `current` are void.
    private var heap: [Entry] = []
    private var current: [RunID: (number: Int, due: UInt64)] = [:]
    private var count = 0

    /// When the first is due.
    var firstDue: UInt64? { heap.first?.due }

    /// When the run is due, or nil where it does not wait.
    func due(of run: RunID) -> UInt64? { current[run]?.due }

    /// The run waits until then, and for nothing else.
    mutating func add(_ run: RunID, due: UInt64) {
        count += 1
        current[run] = (count, due)
        heap.append(Entry(due: due, number: count, run: run))
        siftUp()
    }

    mutating func remove(_ run: RunID) {
        current[run] = nil
        dropVoid()
    }

    /// Takes out the first that is due by `now`.
    mutating func popFirst(at now: UInt64) -> RunID? {
        dropVoid()
        guard let first = heap.first, first.due <= now else { return nil }
        removeFirst()
        current[first.run] = nil
        dropVoid()
        return first.run
    }

    private mutating func dropVoid() {
        while let first = heap.first, current[first.run]?.number != first.number { removeFirst() }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].due, heap[left].number) < (heap[right].due, heap[right].number)
    }

    private mutating func siftUp() {
        var index = heap.count - 1
        while index > 0, isBefore(index, (index - 1) / 2) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
