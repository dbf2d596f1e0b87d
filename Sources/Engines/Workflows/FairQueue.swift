import Base

/// Runs in lanes, one a tenant: the lanes take turns, and in each the first goes first. So a tenant with a hundred runs makes
/// another's only run wait for one of them. Runs of no tenant share a lane.
struct FairQueue: Sendable {
    private var lanes: [TenantID?: FIFO<RunID>] = [:]
    /// The lanes that are not empty, in the order of their turns.
    private var turns = FIFO<TenantID?>()
    private var laneOf: [RunID: TenantID?] = [:]

    var count: Int { laneOf.count }
    var isEmpty: Bool { laneOf.isEmpty }

    func contains(_ run: RunID) -> Bool { laneOf[run] != nil }

    /// Adds the run at the end of its lane, unless it is in the queue.
    mutating func append(_ run: RunID, lane: TenantID?) {
        guard !contains(run) else { return }
        laneOf.updateValue(lane, forKey: run)
        if lanes[lane] == nil { turns.append(lane) }
        lanes[lane, default: FIFO()].append(run)
    }

    /// Takes the next run of the first lane that `isOpen`; the lane goes to the end. Lanes that are not open keep their turn:
    /// costs as many looks as there are closed lanes before it.
    mutating func popFirst(where isOpen: (TenantID?) -> Bool = { _ in true }) -> RunID? {
        var passed: [TenantID?] = []
        var taken: RunID?
        var left: TenantID??
        while taken == nil, let lane = turns.popFirst() {
            guard isOpen(lane) else {
                passed.append(lane)
                continue
            }
            taken = lanes[lane]?.popFirst()
            if lanes[lane]?.isEmpty == true { lanes[lane] = nil } else { left = .some(lane) }
        }
        if !passed.isEmpty {
            let later = turns.all
            turns = FIFO()
            for lane in passed + later { turns.append(lane) }
        }
        if let left { turns.append(left) }
        if let taken { laneOf[taken] = nil }
        return taken
    }

    /// Takes the run out, wherever it is; whether it was there.
    @discardableResult
    mutating func remove(_ run: RunID) -> Bool {
        guard let lane = laneOf.removeValue(forKey: run) else { return false }
        lanes[lane]?.removeAll { $0 == run }
        if lanes[lane]?.isEmpty == true {
            lanes[lane] = nil
            turns.removeAll { $0 == lane }
        }
        return true
    }

    /// How many go before the run if all lanes stay open; nil where it is not in the queue.
    func countBefore(_ run: RunID) -> Int? {
        guard let lane = laneOf[run], let own = lanes[lane], let index = own.all.firstIndex(of: run) else {
            return nil
        }
        let rounds = index - own.all.startIndex
        var count = rounds
        var isBefore = true
        for other in turns.all {
            if other == lane {
                isBefore = false
            } else {
                count += min(lanes[other]?.count ?? 0, rounds + (isBefore ? 1 : 0))
            }
        }
        return count
    }
}
