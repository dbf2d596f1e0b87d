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
            // Done while the source was kept, unless somebody has skipped that.
            if let unfinished = try move.takePastAlong(.forward) { return unfinished }
            if let result = try removeItems(move) { return result }
            try move.source.removeResident(route.tenant)
            if route.source.isDedicated { try environment.stores.remove(route.source.store) }
        }
        try endCapture(route)
        try context.set(try search(route), for: MoveMemory.remains)
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
        let begun = context.clock.monotonicNanoseconds()
        let slice = UInt64(Limits.moveSliceMilliseconds) * 1_000_000
        let pace = try move.pacedByStores()
        try context.set(pace, for: MoveMemory.pace)
        var allowance = move.allowance(pace)
        // INVARIANT (each call gets on): ranges that are empty already cost a look and no commit, and whatever a commit takes, each call
        // makes one before it looks at the time. Else a slow disk, or many schools, would keep it at the first ranges for ever.
        var hasRemoved = false
        // Counted as they go: to count those that are left would read all of them in each call.
        var gone = try context.value(for: MoveMemory.removedItems, as: Int.self) ?? 0
        for range in try move.ranges() {
            while try !move.source.rows(in: range.source, after: nil, itemsMax: 1, bytesMax: 1).isEmpty {
                let isInTime =
                    allowance.items > 0 && context.clock.monotonicNanoseconds() - begun < slice
                guard isInTime || !hasRemoved, !context.isInterrupted else {
                    let total = try context.value(for: MoveMemory.cleanedItems, as: Int.self)
                    try context.set(gone, for: MoveMemory.removedItems)
                    context.progress = RunProgress(
                        phase: name, done: min(gone, total ?? gone), total: total, pace: move.limit(pace))
                    let elapsed = Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000)
                    return .again(
                        afterMilliseconds: max(
                            Int(Limits.moveSliceMilliseconds) / 2,
                            allowance.wait(afterMilliseconds: elapsed)))
                }
                let removed = try move.source.removeRows(
                    in: range.source, itemsMax: min(max(1, allowance.items), Limits.moveChunkItemsMax),
                    for: move.route.tenant)
                allowance.spend(removed)
                gone += removed
                hasRemoved = true
            }
        }
        let isForgotten = try move.removePast(from: move.source) {
            context.clock.monotonicNanoseconds() - begun < slice && !context.isInterrupted
        }
        return isForgotten ? nil : .again(afterMilliseconds: 0)
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

    /// Looks in every store that other tenants share or that bears the tenant's name: nothing is left there but what streams and
    /// restores show for a while, which it answers.
    private func search(_ route: MoveRoute) throws -> [MoveRemainder] {
        let tenant = try environment.registry.require(TenantRecord.self, route.tenant)
        let existing = Set(try environment.stores.list())
        var records: [StoreRecord] = []
        var remains: [MoveRemainder] = []
        try environment.registry.forEach(StoreRecord.self) { records.append($0) }
        for record in records where record.id != route.target.store && existing.contains(record.id) {
            if case .dedicated(let owner) = record.kind, owner != route.tenant { continue }
            let store = try environment.stores.store(record.id)
            try assertAbsent(tenant, in: store)
            let remainder = try assertForgotten(
                tenant, in: store, isSource: record.id == route.source.store)
            if let remainder { remains.append(remainder) }
        }
        return remains
    }

    /// No index, end of life, change log or token is the tenant's. What the journal of the store that it left has is answered; of
    /// another store the receipts of earlier moves tell.
    private func assertForgotten(
        _ tenant: TenantRecord, in store: any MovableStore, isSource: Bool
    ) throws -> MoveRemainder? {
        let found = try store.leftovers(
            of: tenant.id, in: environment.ownedRanges(of: tenant, in: store), countsJournal: isSource)
        if let strays = found.strays { throw MoveFault.standing(store.id, "\(strays) are left") }
        guard let newest = found.journalAt else { return nil }
        let hours = store.records().compactMap { $0.options.recovery?.hours }.max() ?? 0
        return MoveRemainder(
            store: store.id, journalEntries: found.journalEntries,
            until: newest.advanced(
                bySeconds: max(TableLimits.streamRetentionSeconds, Int64(hours) * 3600)))
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
