import Base
import Migrations
import Registry
import Synchronization
import Tenancy
import Tiering

extension UpgradeService {
    /// Asks for a move to another tier by hand, in place of what was asked before: it waits until somebody agrees.
    /// - Throws: `UpgradeError`; `MoveError` where the move would be refused now.
    @discardableResult
    public func request(
        _ tenant: TenantID, tier: TierName, reason: String, actor: AuditActor
    ) throws -> UpgradeOutlook {
        let reason = try checked(reason)
        // The same door as a move: whatever would refuse that is told now, and not in the night.
        _ = try moves.plan(.init(tenant: tenant, tier: tier))
        return try change(tenant, by: actor) { $0.request(tier, reason: reason, at: $1) }
    }

    /// Asks for a move by hand and agrees to it, in one: it begins in the tenant's next opening, or before this returns where that is now.
    /// Done already, it does nothing.
    /// - Throws: `UpgradeError`; `MoveError` where the move would be refused now.
    @discardableResult
    public func schedule(
        _ tenant: TenantID, tier: TierName, reason: String, actor: AuditActor
    ) throws -> UpgradeOutlook {
        let reason = try checked(reason)
        _ = try moves.plan(.init(tenant: tenant, tier: tier))
        return try change(tenant, by: actor) { change, now in
            if change.record.standing.awaitsWindow(to: tier) { return }
            change.request(tier, reason: reason, at: now)
            change.agree(to: tier, isNow: false, at: now)
        }
    }

    /// Agrees to the move to that tier, which the rules or somebody ask for. It begins in the next window, or before this returns.
    /// - Parameter tier: what whoever agrees was shown.
    /// - Throws: `UpgradeError`, `.otherTier` where it is another tier by now.
    @discardableResult
    public func approve(
        _ tenant: TenantID, to tier: TierName, isNow: Bool, actor: AuditActor
    ) throws -> UpgradeOutlook {
        try change(tenant, by: actor) { change, now in
            let plan = catalog.tier(named: change.tenant.tier)?.upgrade
            guard change.record.standing.isWished, let target = change.record.standing.target(by: plan) else {
                throw UpgradeError.nothingToApprove(tenant)
            }
            guard target == tier else { throw UpgradeError.otherTier(tenant, target, shown: tier) }
            change.agree(to: tier, isNow: isNow, at: now)
        }
    }

    /// Decides against the move: what was asked for is forgotten, and the rules begin anew after the cool-down.
    /// - Throws: `UpgradeError`.
    @discardableResult
    public func refuse(_ tenant: TenantID, reason: String, actor: AuditActor) throws -> UpgradeOutlook {
        let reason = try checked(reason)
        return try change(tenant, by: actor) { change, now in
            let plan = catalog.tier(named: change.tenant.tier)?.upgrade
            guard change.record.standing.isWished else { throw UpgradeError.nothingToRefuse(tenant) }
            change.news.append(.refused(change.record.standing.target(by: plan), reason: reason))
            change.record.standing.refuse(by: plan, at: now)
        }
    }

    private func checked(_ reason: String) throws(UpgradeError) -> String {
        guard (1...Limits.upgradeReasonBytesMax).contains(reason.utf8.count) else { throw .invalidReason }
        return reason
    }

    private func change(
        _ tenant: TenantID, by actor: AuditActor, _ body: (inout Change, Timestamp) throws -> Void
    ) throws -> UpgradeOutlook {
        guard let entry = directory.entry(tenant),
            entry.record.state.name == .active || entry.record.state.name == .suspended
        else { throw UpgradeError.noSuchTenant(tenant) }
        let now = clock.now()
        try state.withLock { state in
            let known = state.records[tenant] ?? UpgradeRecord(id: tenant, tier: entry.record.tier)
            if case .moving(let run, _, _) = known.standing.stage {
                throw UpgradeError.isMoving(tenant, run: run)
            }
            var change = Change(record: known, tenant: entry.record, actor: actor)
            try body(&change, now)
            if !change.news.isEmpty { try save([change], in: &state) }
            // What may begin now does so before anybody looks.
            try begin([entry], &state, now) { false }
        }
        return try explain(tenant)
    }

    // MARK: What people see

    /// How the tenant stands: each rule, its input, and what is still missing.
    /// - Throws: `UpgradeError.noSuchTenant`.
    public func explain(_ tenant: TenantID) throws(UpgradeError) -> UpgradeOutlook {
        guard let entry = directory.entry(tenant), entry.record.state.name != .gone else {
            throw .noSuchTenant(tenant)
        }
        return state.withLock { outlook(of: entry.record, $0, clock.now()) }
    }

    /// All tenants that are on their way, would be, or had room in a smaller tier; those that have waited longest first.
    public func pending() -> [UpgradeOutlook] {
        let entries = directory.entries()
        let now = clock.now()
        return state.withLock { state in
            // Of most there is nothing to say: only of the others is it put in words.
            entries.filter { state.records[$0.record.id]?.standing.isPending ?? false }
                .map { outlook(of: $0.record, state, now) }
                .sorted {
                    ($0.standing.waitsSince ?? now, $0.tenant) < ($1.standing.waitsSince ?? now, $1.tenant)
                }
        }
    }

    private func outlook(of tenant: TenantRecord, _ state: State, _ now: Timestamp) -> UpgradeOutlook {
        let standing = state.records[tenant.id]?.standing ?? UpgradeStanding()
        let tier = catalog.tier(named: tenant.tier)
        let plan = tier?.upgrade
        let next = next(tenant, standing, plan, state.hindrances[tenant.id]?.text, now)
        return UpgradeOutlook(
            tenant: tenant.id, name: tenant.name, tier: tenant.tier, target: standing.target(by: plan),
            mode: plan?.mode, standing: standing,
            rules: (plan?.rules ?? []).map {
                RuleExplanation($0, standing.rules[$0.text] ?? RuleStanding(), at: now)
            }, next: next.text, nextAt: next.at, schools: tenant.schools.count,
            schoolsMax: tier.flatMap { tenant.effective($0, at: now).schoolsMax },
            schoolsGrace: plan?.schoolsGrace ?? 0, blackouts: tenant.blackouts.filter { !$0.isOver(at: now) })
    }

    private func next(
        _ tenant: TenantRecord, _ standing: UpgradeStanding, _ plan: UpgradePlan?, _ hindrance: String?,
        _ now: Timestamp
    ) -> (text: String, at: Timestamp?) {
        if case .moving(let run, _, _) = standing.stage { return ("run `\(run)` moves it", nil) }
        guard tenant.state == .active else {
            return ("nothing while it is \(tenant.state.name.rawValue)", nil)
        }
        switch step(standing, of: tenant, by: plan, at: now) {
        case .nothing:
            if plan == nil { return ("nothing: its tier has no upgrade plan", nil) }
            if case .outgrown = standing.stage {
                return ("it is only recommended; an operator may approve it", nil)
            }
            return ("nothing: no rule holds", nil)
        case .waitForApproval: return ("waits for an operator who approves it", nil)
        case .wait(let moment, let reason): return ("waits: \(reason)", moment)
        case .waitForCalendar:
            return (
                "no window within the next year; look at the catalog's windows and blackouts, and at the tenant's own",
                nil
            )
        case .begin: return (hindrance.map { "waits: \($0)" } ?? "begins at the next look", nil)
        }
    }
}

extension UpgradeService.Change {
    /// Somebody asks for a move to the tier.
    fileprivate mutating func request(_ tier: TierName, reason: String, at now: Timestamp) {
        let order = UpgradeStanding.Order(tier: tier, by: actor.text, at: now, reason: reason)
        record.standing.request(order)
        news.append(.requested(order))
    }

    /// Somebody agrees to the move to the tier.
    fileprivate mutating func agree(to tier: TierName, isNow: Bool, at now: Timestamp) {
        record.standing.agree(by: actor.text, to: tier, isNow: isNow, at: now)
        news.append(.approved(tier, isNow: isNow))
    }
}

extension UpgradeStanding {
    /// Whether somebody has agreed to the move to that tier, for a window to come.
    fileprivate func awaitsWindow(to tier: TierName) -> Bool {
        if case .agreed(_, _, tier, isNow: false) = stage { true } else { false }
    }

    /// Whether there is a move to agree to, or to decide against.
    fileprivate var isWished: Bool {
        switch stage {
        case .outgrown, .agreed: true
        case .fits: order != nil
        case .moving: false
        }
    }
}
