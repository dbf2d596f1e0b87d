import Base
import Migrations
import Registry
import Tenancy
import Tiering
import Workflows

extension UpgradeService {
    // MARK: Moves that are under way

    /// What has become of the tenant's move, and of moves that others made.
    func followed(_ change: Change, _ now: Timestamp) throws -> Change {
        if change.record.tier != change.tenant.tier { return try arrived(change, now) }
        guard case .moving(let text, _, _) = change.record.standing.stage, let run = RunID(text) else {
            return change
        }
        let found: RunRecord
        do { found = try engine.get(run) } catch WorkflowError.noSuchRun {
            return failed(change, "the run that moved it is not known any more", now)
        }
        switch found.state {
        case .failed(let reason):
            // Nobody is there to look at it: the tenant stays where it was, and the next night tries again.
            do { try engine.cancel(run, actor: .system) } catch WorkflowError.finished {}
            return failed(change, reason, now)
        case .undone: return returned(change, found, now)
        // It has ended and the tenant is where it was: it was moved back by hand.
        case .completed: return failed(change, "the tenant was moved back", now)
        case .pending, .running, .waiting, .paused, .undoing: return change
        }
    }

    /// The tenant is in another tier than before: by its own move, back again because that was taken back, or by somebody's hand.
    private func arrived(_ change: Change, _ now: Timestamp) throws -> Change {
        var change = change
        let (record, new) = (change.record, change.tenant.tier)
        let plans = [record.tier, new].map { catalog.tier(named: $0)?.upgrade }
        change.record.standing.moved(from: plans[0], to: plans[1], at: now)
        change.record.tier = new
        change.record.arrival = nil
        if let run = try runOfAttempt(record) {
            if !record.standing.isMoving { change.news.append(.begun(run, new, why: why(record))) }
            change.news.append(.upgraded(from: record.tier, to: new, run: run.text))
            change.record.arrival = UpgradeRecord.Arrival(
                run: run.text, from: record.tier, standing: record.standing)
            change.record.attempts += 1
        } else if let arrival = record.arrival, arrival.from == new, let run = RunID(arrival.run) {
            let found: RunRecord
            do { found = try engine.get(run) } catch WorkflowError.noSuchRun { return change }
            guard found.reasonOfReturn != nil else { return change }
            change.record.standing.resume(arrival.standing)
            return returned(change, found, now)
        }
        return change
    }

    /// The run of the attempt that is under way, also where the process ended between its start and the record; nil where there is none.
    private func runOfAttempt(_ record: UpgradeRecord) throws -> RunID? {
        if case .moving(let run, _, _) = record.standing.stage { return RunID(run) }
        return try registry.read(IdempotencyRecord.self, record.attempt)?.run
    }

    /// The run was taken back: by somebody who decided so, or by itself, which is a failure.
    private func returned(_ change: Change, _ run: RunRecord, _ now: Timestamp) -> Change {
        let reason = run.reasonOfReturn ?? "it was taken back"
        guard let person = run.whoCancelled else { return failed(change, reason, now) }
        var change = change
        change.news.append(.takenBack(by: person, run: run.id))
        change.record.standing.takenBack(by: catalog.tier(named: change.tenant.tier)?.upgrade, at: now)
        change.record.attempts += 1
        return change
    }

    private func failed(_ change: Change, _ reason: String, _ now: Timestamp) -> Change {
        var change = change
        change.record.standing.failed(reason, at: now)
        change.record.attempts += 1
        change.news.append(.failed(reason, next: change.record.standing.coolsUntil))
        return change
    }

    // MARK: Moves that begin

    /// What the catalog's limits leave at a moment.
    struct Room {
        let limits: Maintenance
        var moving: Int
        var begun: Int

        init(_ limits: Maintenance, _ state: State, _ now: Timestamp) {
            self.limits = limits
            let dayAgo = now.advanced(bySeconds: -86_400)
            moving = state.records.values.count { $0.standing.isMoving }
            begun = state.records.values.count { $0.begunAt.map { $0 > dayAgo } ?? false }
        }

        /// Why no other move begins now; nil where one may. Whoever says `now` has looked at the night himself.
        func hindrance(isNow: Bool) -> String? {
            if moving >= limits.movesAtOnce {
                return "\(moving) moves are under way, as many as the catalog has at once"
            }
            return isNow || begun < limits.movesPerNight
                ? nil : "\(begun) moves have begun within a day, as many as the catalog has a night"
        }
    }

    /// Begins what may begin, those that have waited longest first.
    func begin(
        _ entries: [TenantEntry], _ state: inout State, _ now: Timestamp, _ isStopping: () -> Bool
    ) throws {
        for entry in entries { state.hindrances[entry.record.id] = nil }
        var room = Room(catalog.maintenance, state, now)
        var trouble: (any Error)?
        for next in ready(entries, state, now) {
            if isStopping() { return }
            if let text = room.hindrance(isNow: next.isNow) {
                state.hindrances[next.tenant.id] = Hindrance(text: text, isOfLimits: true)
                continue
            }
            do {
                guard try begin(next, &state, now) else { continue }
                room.moving += 1
                room.begun += 1
            } catch {
                state.hindrances[next.tenant.id] = Hindrance(
                    text: "it could not be begun: \(error)", isOfLimits: false)
                trouble = error
            }
        }
        if let trouble { throw trouble }
    }

    /// A tenant whose move may begin.
    private struct Ready {
        let tenant: TenantRecord
        let target: TierName
        let since: Timestamp
        let isNow: Bool
    }

    private func ready(_ entries: [TenantEntry], _ state: State, _ now: Timestamp) -> [Ready] {
        let found = entries.compactMap { entry -> Ready? in
            let tenant = entry.record
            guard tenant.state == .active, let standing = state.records[tenant.id]?.standing,
                let since = standing.waitsSince
            else { return nil }
            let plan = catalog.tier(named: tenant.tier)?.upgrade
            guard step(standing, of: tenant, by: plan, at: now) == .begin,
                let target = standing.target(by: plan)
            else { return nil }
            return Ready(tenant: tenant, target: target, since: since, isNow: standing.isAgreedForNow)
        }
        return found.sorted { ($0.since, $0.tenant.id) < ($1.since, $1.tenant.id) }
    }

    /// Whether it has begun.
    private func begin(_ next: Ready, _ state: inout State, _ now: Timestamp) throws -> Bool {
        guard let record = state.records[next.tenant.id] else { return false }
        if let run = try holder(of: next.tenant.id, but: record.attempt) {
            state.hindrances[next.tenant.id] = Hindrance(
                text:
                    "run `\(run)` holds its place until it ends; `homeroom run show \(run)` says what it waits for",
                isOfLimits: false)
            return false
        }
        var change = Change(record: record, tenant: next.tenant)
        let why = why(record)
        do {
            let run = try moves.start(
                MoveInput(tenant: next.tenant.id, tier: next.target), actor: actor(of: record), why: why,
                idempotencyKey: record.attempt)
            change.news.append(.begun(run, next.target, why: why))
            change.record.standing.begin(run: run.text, to: next.target)
            change.record.begunAt = now
        } catch let error as MoveError {
            change = failed(change, error.description, now)
        } catch WorkflowError.keyReused {
            // What was wished for has changed since the attempt of that number began.
            change = failed(change, "another tier was wished for meanwhile", now)
        }
        try save([change], in: &state)
        return change.record.standing.isMoving
    }

    /// The run that changes the tenant's place; nil where there is none, or only the one that this attempt has started. Looked up before
    /// a move is planned, which counts all items.
    private func holder(of tenant: TenantID, but attempt: String) throws -> RunID? {
        let lock = RunLock.ID(tenant: tenant, name: MoveWorkflow.placeLock)
        guard let held = try registry.read(RunLock.self, lock) else { return nil }
        return try registry.read(IdempotencyRecord.self, attempt)?.run == held.run ? nil : held.run
    }

    /// Who is behind a move.
    private func actor(of record: UpgradeRecord) -> AuditActor {
        if case .agreed(_, let person, _, _) = record.standing.stage { AuditActor(person) } else { .system }
    }

    private func why(_ record: UpgradeRecord) -> String {
        if let order = record.standing.order { return "asked for by \(order.by): \(order.reason)" }
        let rules = record.standing.rules.filter(\.value.holds).keys.sorted()
        return rules.isEmpty ? "approved by \(actor(of: record))" : rules.joined(separator: ", ")
    }
}

extension UpgradeStanding {
    /// Since when it waits to be moved; nil where it does not.
    var waitsSince: Timestamp? {
        switch stage {
        case .outgrown(let since), .agreed(let since, _, _, _): since
        case .fits: order?.at
        case .moving: nil
        }
    }

    fileprivate var isAgreedForNow: Bool {
        if case .agreed(_, _, _, isNow: true) = stage { true } else { false }
    }
}

extension RunRecord {
    /// Why it goes back, or went; nil where it does not.
    fileprivate var reasonOfReturn: String? {
        if case .backward(let reason) = direction { reason } else { nil }
    }

    /// The person who took it back; nil where it goes back by itself.
    fileprivate var whoCancelled: AuditActor? {
        requests?.elements.last { $0.what == "cancel" && $0.actor != .system }?.actor
    }
}
