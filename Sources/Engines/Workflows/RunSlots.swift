import Base

/// How many runs may be under way at once, by kind and by tenant, and who waits for that.
///
/// A run has a slot from its first call until it ends, fails, is held, makes no progress, or waits for longer than
/// `Limits.runSlotWaitMilliseconds`; a step may go without (`WorkflowStep.holdsSlot`). Going back needs none: it frees what the
/// way forward took. Slots are not recorded: after a restart the runs that were in the middle of a step have theirs again, and
/// the others wait in the order of their start.
struct RunSlots: Sendable {
    private let maxOfKind: [String: Int]
    private let maxOfTenant: Int
    private var held: [RunID: RunClaim] = [:]
    private var countOfKind: [String: Int] = [:]
    private var countOfTenant: [TenantID: Int] = [:]
    private var waiting: [String: FairQueue] = [:]
    private var waitingKind: [RunID: String] = [:]

    init(maxOfKind: [String: Int], maxOfTenant: Int) {
        self.maxOfKind = maxOfKind
        self.maxOfTenant = maxOfTenant
    }

    /// How many runs wait, by kind.
    var waitingCounts: [String: Int] { waiting.compactMapValues { $0.isEmpty ? nil : $0.count } }

    func isHeld(by run: RunID) -> Bool { held[run] != nil }

    func isWaiting(_ run: RunID) -> Bool { waitingKind[run] != nil }

    /// Whether the run has a slot now; it waits for one otherwise, behind those that came before it.
    mutating func request(_ run: RunID, _ claim: RunClaim) -> Bool {
        if isHeld(by: run) { return true }
        if waitingKind[run] != nil { return false }
        if waiting[claim.kind]?.isEmpty ?? true, hasRoom(ofKind: claim.kind), hasRoom(of: claim.tenant) {
            hold(run, claim)
            return true
        }
        waiting[claim.kind, default: FairQueue()].append(run, lane: claim.tenant)
        waitingKind[run] = claim.kind
        // Those that wait may all be of tenants at their limit, and this one not.
        guard let next = grant(ofKind: claim.kind) else { return false }
        precondition(next == run, "only this one's arrival has changed anything")
        return true
    }

    /// Gives the run a slot, whatever the limits say: it had one when the process ended.
    mutating func hold(_ run: RunID, _ claim: RunClaim) {
        stopWaiting(run)
        guard held.updateValue(claim, forKey: run) == nil else { return }
        countOfKind[claim.kind, default: 0] += 1
        if let tenant = claim.tenant { countOfTenant[tenant, default: 0] += 1 }
    }

    /// Takes the run's slot away, where it has one; who has one now.
    mutating func giveUp(_ run: RunID) -> [RunID] {
        guard let claim = held.removeValue(forKey: run) else { return [] }
        countOfKind[claim.kind] = countOfKind[claim.kind].flatMap { $0 > 1 ? $0 - 1 : nil }
        if let tenant = claim.tenant {
            countOfTenant[tenant] = countOfTenant[tenant].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        // Room for this kind, and, where the tenant was at its limit, for its runs of others.
        return waiting.keys.sorted().compactMap { grant(ofKind: $0) }
    }

    /// The run no longer waits for its turn.
    mutating func stopWaiting(_ run: RunID) {
        guard let kind = waitingKind.removeValue(forKey: run) else { return }
        waiting[kind]?.remove(run)
    }

    /// How the run waits for its turn, or nil where it does not.
    func turn(of run: RunID, tenant: TenantID?) -> RunTurn? {
        guard let kind = waitingKind[run], let before = waiting[kind]?.countBefore(run) else { return nil }
        let isOfKind = !hasRoom(ofKind: kind)
        return RunTurn(
            runsBefore: before,
            limit: isOfKind || hasRoom(of: tenant)
                ? .kind(kind, max: maxOfKind[kind] ?? .max) : .tenant(max: maxOfTenant))
    }

    /// The next that waits for a run of that kind to end and may go on, with its slot.
    private mutating func grant(ofKind kind: String) -> RunID? {
        guard hasRoom(ofKind: kind), var queue = waiting[kind], !queue.isEmpty else { return nil }
        // The copy in the dictionary would make each change a copy of all.
        waiting[kind] = nil
        var chosen: TenantID?
        let run = queue.popFirst { tenant in
            chosen = tenant
            return hasRoom(of: tenant)
        }
        waiting[kind] = queue
        guard let run else { return nil }
        waitingKind[run] = nil
        hold(run, RunClaim(kind: kind, tenant: chosen, needsSlot: true))
        return run
    }

    private func hasRoom(ofKind kind: String) -> Bool {
        (countOfKind[kind] ?? 0) < (maxOfKind[kind] ?? .max)
    }

    private func hasRoom(of tenant: TenantID?) -> Bool {
        guard let tenant else { return true }
        return (countOfTenant[tenant] ?? 0) < maxOfTenant
    }
}
