import Base
import Registry
import Tables
import Tenancy
import Workflows

/// The change of hands: fence, drain, final pass, one compare-and-set. Forward it is the switch, backward the roll-back.
extension Move {
    /// How a change of hands went.
    enum Passage {
        /// The placement names the other side.
        case switched
        /// The log was too long, or the final pass too slow: the old side is in charge, try again.
        case notYet(afterMilliseconds: Int)
        /// The sides differ; the old side is in charge.
        case differing([DifferingKey])
    }

    /// Moves the placement to the other side, or leaves it where it is with nobody waiting.
    func passage(_ direction: Direction) throws -> Passage {
        let mover = try mover(direction)
        var state = try handOver(direction)
        let ends = ends(direction)
        if let epoch = state.epoch, try placement().store == ends.to.store {
            // A commit that failed may have been made all the same, and its charge have been taken back: the placement says so.
            if try mover.to.resident(route.tenant)?.state == standing(direction) {
                let rest = Mover.Rest(through: state.sequence)
                try takeCharge(rest, [], mover, direction, epoch: epoch).wait()
            }
            try remember(state, direction)
            try settleSides(direction, mover: mover, epoch: epoch)
            return .switched
        }
        try prepareDestination(direction, mover: mover)
        // Before the last entries are applied: what takes time here leaves more of them.
        try takeTokensAlong(mover, state: &state)
        for store in [mover.from, mover.to] { try store.prepareForHaste() }
        if let differing = try converge(mover, state: &state, direction: direction) { return differing }

        state.historyFrom = try pastReach(of: mover.from, ends.from)
        state.fences += 1
        let charge = try charge(direction, mover)
        let switching = try orNoFence(direction) {
            try prepareSwitch(direction, state, epoch: fenceEpoch(over: charge) + 1)
        }
        #if MUTANTS
            let early = Mutant.isOn(.positionBeforeFence) ? try mover.rest(after: state.sequence) : nil
        #endif
        let begunAt = context.clock.monotonicNanoseconds()
        let epoch = try raiseFenceOrNone(direction, mover, over: charge)
        let budget = Double(rates?.writePauseMaxMilliseconds ?? 250)
        #if MUTANTS
            var fence = Fence(epoch: epoch, begunAt: begunAt, budget: budget, clock: context.clock)
            fence.early = early
        #else
            let fence = Fence(epoch: epoch, begunAt: begunAt, budget: budget, clock: context.clock)
        #endif
        do {
            return try finalPass(direction, switching, mover: mover, state: &state, fence: fence)
        } catch {
            // Whatever went wrong, nobody waits for it: unless the switch is made, the fence comes down.
            guard try placement().store == ends.from.store else { throw error }
            let failure = error
            // Where it was about to be switched, the other side takes writes already: first it stops.
            do { try prepareDestination(direction, mover: mover) } catch {
                // The next try does this again; nobody was ever routed there, nor can be by this epoch, and nobody waits for it.
                try lowerFence(mover, epoch: fence.epoch + 1)
                throw failure
            }
            try lowerFence(mover, epoch: fence.epoch)
            throw failure
        }
    }

    /// A fence that stands.
    private struct Fence {
        let epoch: Int64
        /// When its commit was asked for: from there on somebody may have waited.
        let begunAt: UInt64
        let raisedAt: UInt64
        /// How long it may stand, in milliseconds.
        let budget: Double
        let clock: any Clock
        #if MUTANTS
            var early: Mover.Rest?
        #endif

        init(epoch: Int64, begunAt: UInt64, budget: Double, clock: any Clock) {
            self.epoch = epoch
            self.begunAt = begunAt
            self.budget = budget
            self.clock = clock
            raisedAt = clock.monotonicNanoseconds()
        }

        /// Whether it has stood for as long as it may.
        var isOverdue: Bool { Double(clock.monotonicNanoseconds() - raisedAt) / 1_000_000 >= budget }

        /// How long a write may have waited, in milliseconds: its own commit counts too.
        var pause: Double { Double(clock.monotonicNanoseconds() - begunAt) / 1_000_000 }
    }

    /// Applies the rest of the log behind the fence and switches, within the budget.
    ///
    /// Two commits are all that writes wait for: the other side gets the rest, the tokens and the charge of the tenant in one, the
    /// registry the new placement. What can be done without anybody waiting comes before or after.
    private func finalPass(
        _ direction: Direction, _ switching: Switching, mover: Mover, state: inout HandOver, fence: Fence
    ) throws -> Passage {
        while !fence.isOverdue {
            // INVARIANT (the log ends at the fence): where a look behind it finds less than it may, that was the end.
            let rest = try rest(mover, after: state.sequence, fence)
            guard rest.isEnd else {
                let caught = try mover.catchUp(after: state.sequence, isVerifying: true)
                state.sequence = caught.through
                state.applied += caught.applied
                guard caught.differing.isEmpty else {
                    return try giveBack(caught.differing, direction, mover, state, fence)
                }
                continue
            }
            let epoch = fence.epoch + 1
            #if MUTANTS
                if Mutant.isOn(.cleanUpBeforeSwitch), direction == .forward {
                    try mover.from.setResident(
                        route.tenant, to: Resident(epoch: epoch, state: .kept(context.run)))
                    _ = try removeSlice(from: mover.from, phase: "clean up", total: nil)
                }
            #endif
            let tokens = try spentTokens(mover, since: state.tokensFrom)
            // Looking at the log and at the tokens takes its time too.
            guard !fence.isOverdue else { break }
            do {
                try switchOver(rest, tokens, direction, switching, mover: mover, state: &state, fence: fence)
            } catch NotSwitched.differing(let differing) {
                return try giveBack(differing, direction, mover, state, fence)
            } catch NotSwitched.late {
                // Nothing is routed there yet.
                try prepareDestination(direction, mover: mover)
                break
            }
            #if MUTANTS
                if Mutant.isOn(.switchBeforeTarget) {
                    try mover.to.setResident(
                        route.tenant,
                        to: Resident(epoch: epoch, state: .active, isCaptured: direction == .forward))
                }
            #endif
            state.writePauseMilliseconds = fence.pause
            try remember(state, direction)
            try settleSides(direction, mover: mover, epoch: epoch)
            return .switched
        }
        try lowerFence(mover, epoch: fence.epoch)
        try remember(state, direction)
        return .notYet(afterMilliseconds: min(100 * state.fences, 2000))
    }

    /// Lets the other side take charge, and switches when it has.
    /// - Throws: `NotSwitched`: the other side is in charge then, and the placement does not say so. It may also be, or still be about
    ///   to be, where anything else is thrown: whoever takes its charge back comes behind what was begun.
    private func switchOver(
        _ rest: Mover.Rest, _ tokens: [SpentToken], _ direction: Direction, _ switching: Switching,
        mover: Mover, state: inout HandOver, fence: Fence
    ) throws {
        let switchedAt = context.clock.now()
        let taking = try takeCharge(rest, tokens, mover, direction, epoch: switching.epoch)
        var isTaken = false
        // The placement is encoded while the other side commits.
        try commit(switching, direction, at: switchedAt) {
            guard !isTaken else { return }
            try taking.wait()
            isTaken = true
            let differing = try mover.differing(from: rest)
            guard differing.isEmpty else { throw NotSwitched.differing(differing) }
            state.sequence = rest.through
            state.applied += rest.entries
            guard !fence.isOverdue else { throw NotSwitched.late }
        }
        state.switchedAt = switchedAt
        state.epoch = switching.epoch
    }

    /// Why the placement stays as it is although the other side has taken charge.
    private enum NotSwitched: Error {
        case differing([DifferingKey])
        /// The fence has stood too long.
        case late
    }

    private func rest(_ mover: Mover, after sequence: Int64, _ fence: Fence) throws -> Mover.Rest {
        #if MUTANTS
            if let early = fence.early { return early }
            if Mutant.isOn(.finalPassSkipped) { return Mover.Rest(through: sequence) }
        #endif
        return try mover.rest(after: sequence)
    }

    /// Ends a pass whose sides differ: the old side goes on, and the other one is no longer in charge.
    private func giveBack(
        _ differing: [DifferingKey], _ direction: Direction, _ mover: Mover, _ state: HandOver, _ fence: Fence
    ) throws -> Passage {
        try prepareDestination(direction, mover: mover)
        try lowerFence(mover, epoch: fence.epoch)
        try remember(state, direction)
        return .differing(differing)
    }

    /// Begins to give the other side the rest, and with it the tenant's writes, of which none is routed there yet.
    private func takeCharge(
        _ rest: Mover.Rest, _ tokens: [SpentToken], _ mover: Mover, _ direction: Direction, epoch: Int64
    ) throws -> PendingApply {
        #if MUTANTS
            var charge = Resident(epoch: epoch, state: .active, isCaptured: direction == .forward)
            if Mutant.isOn(.switchBeforeTarget) {
                try mover.to.apply(rest.moved, for: route.tenant, run: context.run)
                try mover.to.adopt(tokens, of: route.tenant)
                return PendingApply {}
            }
            if Mutant.isOn(.reverseCaptureMissing) { charge.isCaptured = false }
        #else
            let charge = Resident(epoch: epoch, state: .active, isCaptured: direction == .forward)
        #endif
        return mover.to.beginTakeOver(
            rest.moved, tokens, of: route.tenant, run: context.run, as: charge)
    }

    /// The two ends in the order of the direction.
    func ends(_ direction: Direction) -> (from: MoveRoute.End, to: MoveRoute.End) {
        switch direction {
        case .forward: (route.source, route.target)
        case .backward: (route.target, route.source)
        }
    }

    /// What the side that is only taken care of by this run is called there.
    private func standing(_ direction: Direction) -> Resident.State {
        switch direction {
        case .forward: .arriving(context.run)
        case .backward: .kept(context.run)
        }
    }

    /// After a crash between the last two commits the other side is already active, though no request was ever routed
    /// there: it is taken back, so that the final pass can be made again, or the move be taken back.
    func prepareDestination(_ direction: Direction, mover: Mover) throws {
        guard let resident = try mover.to.resident(route.tenant) else {
            throw MoveFault.standing(mover.to.id, "the tenant is not known there")
        }
        if resident.state == standing(direction) { return }
        try mover.to.takeBackCharge(of: route.tenant, at: resident.epoch, to: standing(direction))
    }

    /// Applies the log until little of it is left, and as little as comes while it is applied; nil where it has.
    private func converge(_ mover: Mover, state: inout HandOver, direction: Direction) throws -> Passage? {
        var before = Int.max
        for _ in 0..<Limits.catchUpRoundsMax {
            let caught = try mover.catchUp(after: state.sequence, isVerifying: true)
            state.sequence = caught.through
            state.applied += caught.applied
            guard caught.differing.isEmpty else { return .differing(caught.differing) }
            let isLess = caught.applied > Limits.fenceLagGood && caught.applied <= before / 2
            if caught.applied <= Limits.fenceLagMax, !isLess { return nil }
            before = caught.applied
        }
        var pace = try pace()
        pace.notePassInVain()
        let differing = try catchUp(
            mover, state: &state, pace: &pace, direction: direction, isVerifying: true)
        guard differing.isEmpty else { return .differing(differing) }
        try remember(state, direction)
        try context.set(pace, for: MoveMemory.pace)
        tellStandstill(pace)
        context.progress = RunProgress(phase: "catch up", done: state.applied, text: "lag \(pace.lag)")
        return .notYet(afterMilliseconds: 0)
    }

    /// What of the switch is known before the fence, so that nobody waits for it; where a record changes meanwhile the commit is refused.
    private struct Switching {
        /// The placement as it was.
        let placement: PlacementRecord
        /// The epoch of the new one.
        let epoch: Int64
        /// The tenant's new tier, the audit entry and the event.
        let prepared: PreparedTransaction
        /// What the run remembers from the switch on. Where a crash comes right behind that, the entries behind the fence do not count as
        /// applied, and the time is the placement's.
        let memory: PreparedValue
    }

    private func prepareSwitch(_ direction: Direction, _ state: HandOver, epoch: Int64) throws -> Switching {
        let ends = ends(direction)
        let placement = try placement()
        guard placement.store == ends.from.store else {
            throw MoveFault.standing(ends.from.store, "the placement names `\(placement.store)`")
        }
        // A receipt that is not there now does not come with the switch. The way back before the clean-up is compared key by key as it is
        // kept, from the day it was the side in charge.
        guard try direction == .backward || isVerified(.forward) else {
            throw MoveFault.standing(ends.to.store, "nobody has compared it with the side in charge")
        }
        var tenant = try tenant()
        let before = Self.place(tenant.tier, placement.store, placement.epoch)
        tenant.tier = ends.to.tier
        let note = AuditNote(
            actor: context.actor, action: direction.action, subject: tenant.id.text, tenant: tenant.id,
            detail: [
                "run": context.run.text, "from": ends.from.store.text, "to": ends.to.store.text,
                "tier": ends.to.tier.text,
            ],
            before: before, after: Self.place(ends.to.tier, ends.to.store, epoch))
        var switched = state
        (switched.epoch, switched.switchedAt) = (epoch, nil)
        return Switching(
            placement: placement, epoch: epoch,
            prepared: try environment.registry.prepared(
                RegistryTransaction(
                    [.replace(tenant)], audit: [note], events: announcements(direction))),
            memory: try context.prepared(switched, for: direction.memory))
    }

    /// The switch: placement, tier, audit entry, event and this run's memory are one commit, which is made unless `condition` throws.
    private func commit(
        _ switching: Switching, _ direction: Direction, at time: Timestamp, after condition: () throws -> Void
    ) throws {
        let to = ends(direction).to
        var placement = switching.placement
        placement.move(
            to: to.store, tables: to.tables, isDedicated: to.isDedicated, epoch: switching.epoch,
            at: time)
        try context.checkpoint(
            with: RegistryTransaction([.replace(placement)]), prepared: switching.prepared,
            remembering: switching.memory, after: condition)
    }

    /// Where a tenant is, as the audit says it.
    private static func place(_ tier: TierName, _ store: StoreID, _ epoch: Int64) -> [String: String] {
        ["tier": tier.text, "store": store.text, "epoch": String(epoch)]
    }

    /// Gives the side that was left its new standing: kept for an undo, or about to be cleaned.
    private func settleSides(_ direction: Direction, mover: Mover, epoch: Int64) throws {
        let left: Resident.State =
            switch direction {
            case .forward: .kept(context.run)
            case .backward: .arriving(context.run)
            }
        try mover.from.setResident(route.tenant, to: Resident(epoch: epoch, state: left))
        try mover.from.discardChanges(of: route.tenant, through: .max)
        #if MUTANTS
            try announceLate(direction)
        #endif
    }
}

extension MovableStore {
    /// Takes no writes of the tenant any more where the placement was about to name this store, and does not.
    func takeBackCharge(
        of tenant: TenantID, at epoch: Int64, to standing: Resident.State
    ) throws(TableError) {
        try setResident(tenant, to: Resident(epoch: epoch, state: standing))
        try discardChanges(of: tenant, through: .max)
    }
}
