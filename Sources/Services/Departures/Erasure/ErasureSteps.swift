import Archives
import Base
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Counts what is under the keys, and marks them as erased, so that no import that begins from now on brings them back.
struct FindErasedStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "find"

    func perform(_ context: RunContext) throws -> StepResult {
        let plan = try Erasing(context, environment).search.plan()
        try context.set(plan, for: ErasureMemory.plan)
        context.progress = RunProgress(phase: name, done: plan.items)
        try mark(try Erasing(context, environment).search, context)
        return .done
    }

    /// Marks that are there already are those of an earlier erasure, which stay whatever becomes of this one.
    private func mark(_ search: ErasureSearch, _ context: RunContext) throws {
        let marks = search.keys.marks(
            of: search.tenant, catalog: environment.catalog, digests: environment.digests, run: context.run,
            at: context.clock.now())
        var seen: Set<ErasureMark.ID> = []
        let missing = try marks.filter {
            try seen.insert($0.id).inserted && environment.registry.read(ErasureMark.self, $0.id) == nil
        }
        for chunk in missing.chunks(of: Limits.departureRecordsMax) {
            try context.checkpoint(with: RegistryTransaction(chunk.map { .insert($0) }))
        }
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let tenant = try Erasing(context, environment).search.tenant
        try environment.removeMarks(of: tenant, madeBy: context.run) { try context.checkpoint(with: $0) }
        return .done
    }
}

extension DepartureEnvironment {
    /// Removes the marks of the tenant and its schools: all, or those of one erasure.
    func removeMarks(
        of tenant: TenantRecord, madeBy run: RunID? = nil, commit: (RegistryTransaction) throws -> Void
    ) throws {
        var doomed: [ErasureMark] = []
        for owner in names(of: tenant) {
            try registry.forEach(ErasureMark.self, prefix: ErasureMark.prefix(of: owner)) { mark in
                if run == nil || mark.run == run { doomed.append(mark) }
            }
        }
        for chunk in doomed.chunks(of: Limits.departureRecordsMax) {
            try commit(RegistryTransaction(chunk.map { .delete($0) }))
        }
    }
}

/// Removes the items in place, as the tenant itself would: indexes follow.
struct RemoveErasedStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "remove items"
    let isPointOfNoReturn = true

    func perform(_ context: RunContext) throws -> StepResult {
        let erasing = try Erasing(context, environment)
        let search = erasing.search
        guard try context.value(for: ErasureMemory.plan, as: ErasurePlan.self) != nil else {
            return .fail(reason: "nothing was counted yet; nothing was removed")
        }
        let placement = try search.placement()
        let store = try environment.stores.store(placement.store)
        let route = WriteRoute(
            tenant: search.tenant.id, epoch: placement.epoch,
            wall: OwnKeysWall(search.tenant, placement: placement, catalog: environment.catalog))
        let found = try search.items(placement)
        let slice = Slice(context)
        var erased = try context.value(for: ErasureMemory.erased, as: Int.self) ?? 0
        for chunk in found.chunks(of: TableLimits.transactionItemsMax) {
            try store.write(
                WriteRequest(
                    .batch,
                    chunk.map { ItemWrite(table: $0.physical, key: $0.key, action: .delete) }, route: route))
            erased += chunk.count
            try context.set(erased, for: ErasureMemory.erased)
            if slice.isOver { return slice.again }
        }
        // Written again meanwhile: once more. What comes later is found by the check.
        return try search.items(placement).isEmpty ? .done : slice.again
    }
}

/// Removes what streams and the past show of the keys, and recorded decisions that name them.
struct RemoveErasedHistoryStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "remove history"

    func perform(_ context: RunContext) throws -> StepResult {
        let erasing = try Erasing(context, environment)
        let search = erasing.search
        var removed = 0
        for store in try environment.storesOf(search.tenant.id) {
            var after: Int64? = 0
            while let sequence = after {
                let swept = try store.removeJournal(
                    of: search.tenant.id, after: sequence, entriesMax: Limits.departureJournalEntriesMax,
                    matching: search.journalMatch)
                removed += swept.removed
                after = swept.next
            }
        }
        try erasing.note(removed, of: "journal entries")
        if let decisions = environment.decisions {
            environment.flushDecisions()
            try erasing.note(
                try decisions.remove(of: search.tenant.id, matching: search.names), of: "recorded decisions")
        }
        return .done
    }
}

/// Has backups and exports written anew without the items.
struct RewriteCopiesStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "rewrite copies"

    func perform(_ context: RunContext) throws -> StepResult {
        let search = try Erasing(context, environment).search
        // What has read such items before they were removed: a backup, an export, an import. What begins later does not see them.
        if let open = try environment.otherOpenRun(of: search.tenant.id, than: context.run) {
            context.progress = RunProgress(
                phase: name, text: "waits for run `\(open)` of the tenant; cancel that if it does not end")
            return .again(afterMilliseconds: Limits.openRunPollMilliseconds)
        }
        var rewritten = try context.value(for: ErasureMemory.rewritten, as: [Rewriting].self) ?? []
        var remainders: [RemovalReceipt.Remainder] = []
        for hoard in environment.hoards {
            let done = try hoard.rewrite(
                of: search.tenant, without: search.keys, run: context.run)
            rewritten += done.filter { !rewritten.contains($0) }
            // What other tenants' items are in too cannot be written anew for one.
            remainders += try hoard.holdings(of: search.tenant).filter(\.isShared).map(\.remainder)
        }
        try context.set(rewritten, for: ErasureMemory.rewritten)
        try context.set(remainders, for: OffboardMemory.remainders)
        return .done
    }
}

/// Looks again everywhere. What has come back meanwhile begins the removal anew, some times.
struct CheckErasedStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "check"

    func perform(_ context: RunContext) throws -> StepResult {
        let search = try Erasing(context, environment).search
        let items = try search.items(try search.placement()).count
        let journal = try search.journalCount()
        let decisions = try search.decisionCount()
        guard items + journal + decisions > 0 else {
            var result = RemovalReceipt.Search()
            result.stores = try environment.storesOf(search.tenant.id).map(\.id.text)
            result.ranges = search.keys.patterns.count
            result.at = context.clock.now()
            try context.set(result, for: OffboardMemory.search)
            return .done
        }
        let rounds = try context.value(for: ErasureMemory.rounds, as: Int.self) ?? 0
        let found = "\(items) items, \(journal) entries of journals and \(decisions) recorded decisions"
        guard rounds < Limits.erasureRoundsMax else {
            return .fail(
                reason:
                    "somebody writes under the keys again and again (\(found) at last); stop them, then retry the run"
            )
        }
        try context.set(rounds + 1, for: ErasureMemory.rounds)
        return .back(toStep: "remove items", reason: "\(found) have come since")
    }
}

/// Forgets the keys themselves, in the registry too.
struct ForgetKeysStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "forget"

    func perform(_ context: RunContext) throws -> StepResult {
        let input: ErasureInput = try context.input()
        if let order = try environment.registry.read(ErasureOrder.self, input.order) {
            try environment.registry.transact(RegistryTransaction([.delete(order)]))
        }
        guard try environment.registry.read(ErasureOrder.self, input.order) == nil else {
            throw DepartureFault("the keys are still kept")
        }
        for id in environment.otherStores {
            _ = try environment.traceKeeper(id).scrub(bytesMax: Limits.scrubbedBytesMax)
        }
        return .done
    }
}

/// Leaves the receipt: it names no key.
struct FinishErasureStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "finish"
    /// Without it there is no receipt.
    let mayBeSkipped = false

    func perform(_ context: RunContext) throws -> StepResult {
        if try environment.registry.read(RemovalReceipt.self, context.run) != nil { return .done }
        let input: ErasureInput = try context.input()
        guard let plan = try context.value(for: ErasureMemory.plan, as: ErasurePlan.self),
            let search = try context.value(for: OffboardMemory.search, as: RemovalReceipt.Search.self),
            let rewritten = try context.value(for: ErasureMemory.rewritten, as: [Rewriting].self),
            try context.value(for: OffboardMemory.scrubbed, as: [String: Bool].self) != nil
        else { return .fail(reason: "a step before has left nothing; the receipt would not be true") }
        var draft = ReceiptDraft(kind: .erasure, tenant: input.tenant, reason: input.reason)
        draft.tables = plan.tables
        draft.keysDigest = plan.keysDigest
        draft.others = try context.value(for: OffboardMemory.others) ?? [:]
        let erased = try context.value(for: ErasureMemory.erased, as: Int.self) ?? 0
        if erased > plan.items { draft.others["items written meanwhile"] = erased - plan.items }
        draft.rewritten = rewritten
        draft.remainders = try context.value(for: OffboardMemory.remainders) ?? []
        draft.search = search
        let (receipt, changes) = try draft.signed(
            of: context.record, at: context.clock.now(), registry: environment.registry,
            sign: environment.sign)
        try context.setResult(OffboardResult(receipt: receipt.digest, statement: receipt.statement))
        let note = AuditNote(
            actor: context.actor, action: "erasure.done", subject: input.tenant.text, tenant: input.tenant,
            detail: [
                "run": context.run.text, "receipt": receipt.digest, "items": String(erased),
            ])
        try context.checkpoint(
            with: RegistryTransaction(
                changes, audit: [note],
                events: [
                    DepartureEvent.announcement("erasure.done", tenant: input.tenant, run: context.run)
                ]))
        return .done
    }
}
