import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Removes what the tenant left behind, sees that nothing is left, and writes the receipt.
struct CleanUpStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "clean up"
    let isPointOfNoReturn = true

    func perform(_ context: RunContext) throws -> StepResult {
        guard let route = try context.value(for: MoveMemory.route, as: MoveRoute.self) else {
            throw MoveFault.notPlanned
        }
        if try environment.stores.list().contains(route.source.store) {
            let move = try Move(context, environment)
            guard try move.placement().store == route.target.store else {
                return .fail(reason: "the placement does not name the target; nothing was removed")
            }
            let confirmation = try move.verification(.backward)
            // A run that an earlier version has brought here has no receipt of the comparison.
            guard try confirmation.isComplete && (confirmation.receipt == nil || move.isVerified(.backward))
            else {
                return .fail(reason: "nobody has compared the sides after the switch; nothing was removed")
            }
            // Both done while the source was kept, unless somebody has skipped that.
            try move.lowerFenceIfRaised(.backward)
            if let unfinished = try move.takePastAlong(.forward) { return unfinished }
            if let result = try removeItems(move) { return result }
            try move.source.removeResident(route.tenant)
            if route.source.isDedicated { try environment.stores.remove(route.source.store) }
        }
        try endCapture(route)
        let counted = try countJournal(context, route)
        if counted.next != nil { return .again(afterMilliseconds: 0) }
        try context.set(try search(route, counted), for: MoveMemory.remains)
        guard try environment.registry.read(MoveReceipt.self, context.run) == nil else { return .done }
        try environment.placements.release(route.source.store) { release in
            var transaction = release
            try Receipts(environment: environment).add(.moved, of: context, route: route, to: &transaction)
            try context.checkpoint(with: transaction)
        }
        return .done
    }

    /// A slice of the removal; nil where all is gone. A dedicated store goes as a file.
    private func removeItems(_ move: Move) throws -> StepResult? {
        let context = move.context
        if try context.value(for: MoveMemory.cleanedItems, as: Int.self) == nil {
            // Counted before the first is removed, so that the receipt is right whatever happens meanwhile.
            try context.set(try move.extent().items, for: MoveMemory.cleanedItems)
            try context.checkpoint()
        }
        if move.route.source.isDedicated { return nil }
        let total = try context.value(for: MoveMemory.cleanedItems, as: Int.self)
        return try move.removeSlice(from: move.source, phase: name, total: total)
    }

    private func endCapture(_ route: MoveRoute) throws {
        let target = try environment.stores.store(route.target.store)
        if var resident = try target.resident(route.tenant), resident.isCaptured {
            resident.isCaptured = false
            try target.setResident(route.tenant, to: resident)
        }
        // Also where nothing is captured any more: a crash may have come between the two commits.
        try target.discardChanges(of: route.tenant, through: .max)
    }

    /// Goes on counting what the journal of the store that the tenant has left has of it: a slice, since it looks at all tenants' entries.
    private func countJournal(_ context: RunContext, _ route: MoveRoute) throws -> JournalCount {
        guard try environment.stores.list().contains(route.source.store) else { return JournalCount() }
        let store = try environment.stores.store(route.source.store)
        var counted =
            try context.value(for: MoveMemory.journal, as: JournalCount.self) ?? JournalCount(next: 0)
        let pace = try context.value(for: MoveMemory.pace, as: Pace.self)
        let begun = context.clock.monotonicNanoseconds()
        repeat {
            guard let after = counted.next else { break }
            counted.add(try context.sip(pace) { (try store.journalCount(of: route.tenant, after: after), 0) })
        } while (context.clock.monotonicNanoseconds() - begun) / 1_000_000 < Limits.moveSliceMilliseconds
            && !context.isInterrupted
        try context.set(counted, for: MoveMemory.journal)
        if counted.next != nil {
            context.progress = RunProgress(
                phase: name, done: counted.entries,
                text: "earlier changes that streams and restores still show")
        }
        return counted
    }

    /// Looks in every store that other tenants share or that bears the tenant's name: nothing is left there but what streams and
    /// restores show for a while, which it answers: of the journal of the store that was left what was counted, of another store the
    /// receipts of earlier moves tell.
    private func search(_ route: MoveRoute, _ counted: JournalCount) throws -> [MoveRemainder] {
        let tenant = try environment.registry.require(TenantRecord.self, route.tenant)
        let existing = Set(try environment.stores.list())
        var searched: [StoreID] = []
        var recorded: Set<StoreID> = []
        try environment.registry.forEach(StoreRecord.self) { record in
            recorded.insert(record.id)
            guard existing.contains(record.id) else { return }
            if case .dedicated(let owner) = record.kind, owner != route.tenant { return }
            searched.append(record.id)
        }
        // A file of the tenant's own that nobody has on record: of a run whose undo was skipped.
        searched += existing.subtracting(recorded).filter {
            PhysicalNames.isTenantStore($0, of: route.tenant)
        }
        var remains: [MoveRemainder] = []
        for id in searched where id != route.target.store {
            let store = try environment.stores.store(id)
            try assertAbsent(tenant, in: store)
            let found = try store.leftovers(
                of: tenant.id, in: environment.ownedRanges(of: tenant, in: store), countsJournal: false)
            if let strays = found.strays { throw MoveFault.standing(id, "\(strays) are left") }
            guard id == route.source.store, let newest = counted.newestAt else { continue }
            let hours = store.records().compactMap { $0.options.recovery?.hours }.max() ?? 0
            remains.append(
                MoveRemainder(
                    store: id, journalEntries: counted.entries,
                    until: newest.advanced(
                        bySeconds: max(TableLimits.streamRetentionSeconds, Int64(hours) * 3600))))
        }
        return remains
    }

    private func assertAbsent(_ tenant: TenantRecord, in store: any MovableStore) throws {
        guard try store.resident(tenant.id) == nil else {
            throw MoveFault.standing(store.id, "the tenant is still known there")
        }
        let keys = environment.catalog.tables.map {
            ($0.key, $0.ownedKeys.spans(tenant: tenant.id, schools: tenant.schools.map(\.id)))
        }
        for schema in store.schemas() {
            for (key, spans) in keys where key == schema.key {
                for span in spans {
                    let left = try store.extent(
                        of: KeyRange(table: schema.name, lower: span.lower, upper: span.upper))
                    guard left.items == 0 else {
                        throw MoveFault.standing(store.id, "\(left.items) items are left in `\(schema.name)`")
                    }
                }
            }
        }
    }
}

extension MoveMemory {
    /// How far the journal of the store that was left has been counted.
    fileprivate static let journal = "journal"
}
