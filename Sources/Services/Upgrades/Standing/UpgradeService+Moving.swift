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
        var change = change
        let (old, new) = (change.record.tier, change.tenant.tier)
        if old != new {
            change.news += try newsOfArrival(change.record, in: new)
            change.record.attempts += 1
            let plans = [old, new].map { catalog.tier(named: $0)?.upgrade }
            change.record.standing.moved(from: plans[0], to: plans[1], at: now)
            change.record.tier = new
            return change
        }
        guard case .moving(let text, _) = change.record.standing.stage, let run = RunID(text) else {
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
        case .undone: return failed(change, found.reasonOfReturn ?? "it was taken back", now)
        // It has ended and the tenant is where it was: it was moved back by hand.
        case .completed: return failed(change, "the tenant was moved back", now)
        case .pending, .running, .waiting, .paused, .undoing: return change
        }
    }

    /// Nothing where others have moved it.
    private func newsOfArrival(_ record: UpgradeRecord, in new: TierName) throws -> [UpgradeNews] {
        if case .moving(let run, _) = record.standing.stage {
            return [.upgraded(from: record.tier, to: new, run: run)]
        }
        // The process ended between the start of the run and its record.
        guard let started = try registry.read(IdempotencyRecord.self, record.attempt) else { return [] }
        return [
            .begun(started.run, new, why: why(record)),
            .upgraded(from: record.tier, to: new, run: started.run.text),
        ]
    }

    private func failed(_ change: Change, _ reason: String, _ now: Timestamp) -> Change {
        var change = change
        change.record.standing.failed(reason, at: now)
        change.record.attempts += 1
        change.news.append(.failed(reason, next: change.record.standing.coolsUntil))
        return change
    }

    // MARK: Moves that begin

    /// Begins what may begin, those that have waited longest first.
    func begin(
        _ entries: [TenantEntry], _ state: inout State, _ now: Timestamp, _ isStopping: () -> Bool
    ) throws {
        for entry in entries { state.hindrances[entry.record.id] = nil }
        let ready = entries.compactMap { entry -> Ready? in
            let tenant = entry.record
            guard tenant.state == .active, let record = state.records[tenant.id],
                let since = record.standing.stage.waitsSince
            else { return nil }
            let plan = catalog.tier(named: tenant.tier)?.upgrade
            guard record.standing.step(by: plan, calendar: calendar(of: tenant), at: now) == .begin,
                let target = record.standing.target(by: plan)
            else { return nil }
            return Ready(tenant: tenant, target: target, since: since)
        }
        var trouble: (any Error)?
        for next in ready.sorted(by: { ($0.since, $0.tenant.id) < ($1.since, $1.tenant.id) }) {
            if isStopping() { return }
            if let hindrance = hindrance(of: next, state, now) {
                state.hindrances[next.tenant.id] = hindrance
                continue
            }
            do { try begin(next, &state, now) } catch { trouble = error }
        }
        if let trouble { throw trouble }
    }

    /// A tenant whose move may begin.
    struct Ready {
        let tenant: TenantRecord
        let target: TierName
        let since: Timestamp
    }

    private func hindrance(of next: Ready, _ state: State, _ now: Timestamp) -> String? {
        let limits = catalog.maintenance
        let moving = state.records.values.count { $0.standing.isMoving }
        if moving >= limits.movesAtOnce {
            return "\(moving) moves are under way, as many as the catalog has at once"
        }
        // Whoever says `now` has looked.
        if case .agreed(_, _, isNow: true)? = state.records[next.tenant.id]?.standing.stage { return nil }
        let dayAgo = now.advanced(bySeconds: -86_400)
        let begun = state.records.values.count { $0.begunAt.map { $0 > dayAgo } ?? false }
        return begun < limits.movesPerNight
            ? nil : "\(begun) moves have begun within a day, as many as the catalog has a night"
    }

    private func begin(_ next: Ready, _ state: inout State, _ now: Timestamp) throws {
        guard let record = state.records[next.tenant.id] else { return }
        var change = Change(record: record, tenant: next.tenant)
        do {
            let run = try moves.start(
                MoveInput(tenant: next.tenant.id, tier: next.target), actor: actor(of: record),
                idempotencyKey: record.attempt)
            change.news.append(.begun(run, next.target, why: why(record)))
            change.record.standing.begin(run: run.text)
            change.record.begunAt = now
        } catch WorkflowError.locked(let run, _) {
            state.hindrances[next.tenant.id] = "run `\(run)` is changing its place"
            return
        } catch let error as MoveError {
            change = failed(change, error.description, now)
        } catch WorkflowError.keyReused {
            // What was wished for has changed since the attempt of that number began.
            change = failed(change, "another tier was wished for meanwhile", now)
        }
        try save([change], in: &state)
    }

    /// Who is behind a move.
    private func actor(of record: UpgradeRecord) -> AuditActor {
        if case .agreed(_, let person, _) = record.standing.stage { AuditActor(person) } else { .system }
    }

    private func why(_ record: UpgradeRecord) -> String {
        if let order = record.standing.order { return "asked for by \(order.by): \(order.reason)" }
        let rules = record.standing.rules.filter(\.value.holds).keys.sorted()
        return rules.isEmpty ? "approved by \(actor(of: record))" : rules.joined(separator: ", ")
    }
}

extension UpgradeStanding.Stage {
    /// Since when it waits to be moved; nil where it does not.
    fileprivate var waitsSince: Timestamp? {
        switch self {
        case .outgrown(let since), .agreed(let since, _, _): since
        case .fits, .moving: nil
        }
    }
}

extension RunRecord {
    /// Why it was taken back, where it says so.
    fileprivate var reasonOfReturn: String? {
        if case .backward(let reason) = direction { reason } else { nil }
    }
}
