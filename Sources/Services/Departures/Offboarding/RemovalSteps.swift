import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Removes the items, with their entries in indexes; a dedicated store goes as a file. From here on there is no way back.
struct RemoveItemsStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "remove items"
    let isPointOfNoReturn = true

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        guard let count = try context.value(for: OffboardMemory.count, as: ItemCount.self), count.isComplete,
            try leaving.departure().isClosed == true
        else { return .fail(reason: "the tenant is not sealed and counted; nothing was removed") }
        let placement = try leaving.placement()
        if placement.isDedicated {
            try environment.stores.remove(placement.store)
            guard try !environment.stores.list().contains(placement.store) else {
                throw DepartureFault("store `\(placement.store)` is still there")
            }
        }
        let slice = Slice(context)
        for store in try environment.storesOf(leaving.tenant.id) {
            for (_, range) in environment.ranges(of: leaving.tenant, in: store) {
                while true {
                    if slice.isOver {
                        context.progress = RunProgress(phase: name, total: count.items)
                        return slice.again
                    }
                    let removed = try store.removeRows(
                        in: range, itemsMax: Limits.departureChunkItemsMax, for: leaving.tenant.id)
                    if removed == 0 { break }
                }
                let left = try store.extent(of: range).items
                guard left == 0 else {
                    throw DepartureFault("\(left) items are left in `\(range.table)` of `\(store.id)`")
                }
            }
        }
        return .done
    }
}

/// Removes what stores remember beside items: records of streams and of the past, change logs, tokens, the tenant's standing.
struct RemoveHistoryStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "remove history"

    private struct Cursor: Codable {
        var store = ""
        var sequence: Int64 = 0
        var finished: Set<String> = []
    }

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        let tenant = leaving.tenant.id
        var cursor = try context.value(for: OffboardMemory.journal, as: Cursor.self) ?? Cursor()
        let slice = Slice(context)
        for store in try environment.storesOf(tenant) where !cursor.finished.contains(store.id.text) {
            if cursor.store != store.id.text {
                cursor = Cursor(store: store.id.text, finished: cursor.finished)
            }
            while true {
                if slice.isOver {
                    try context.set(cursor, for: OffboardMemory.journal)
                    return slice.again
                }
                let swept = try store.removeJournal(
                    of: tenant, after: cursor.sequence, entriesMax: Limits.departureJournalEntriesMax,
                    matching: nil)
                try leaving.note(swept.removed, of: "journal entries")
                guard let next = swept.next else { break }
                cursor.sequence = next
            }
            let traces = try store.traces(of: tenant)
            try leaving.note(traces.tokens, of: "transaction tokens")
            try leaving.note(traces.changes, of: "change log entries")
            try store.removeResident(tenant)
            let left = try store.traces(of: tenant)
            guard left.isEmpty else { throw DepartureFault("\(left.count) traces are left in `\(store.id)`") }
            cursor.finished.insert(store.id.text)
        }
        try context.set(cursor, for: OffboardMemory.journal)
        return .done
    }
}

/// Removes backups, images and exports, but for the one that the tenant takes along.
struct RemoveCopiesStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "remove copies"

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        let export = try keptExport(context)
        var remainders: [RemovalReceipt.Remainder] = []
        for hoard in environment.hoards {
            let removed = try hoard.remove(of: leaving.tenant, except: export?.folder)
            try leaving.note(removed, of: hoard.name)
            for holding in try hoard.holdings(of: leaving.tenant) where holding.name != export?.folder {
                guard holding.isShared else {
                    throw DepartureFault("\(hoard.name): `\(holding.name)` is still there")
                }
                remainders.append(holding.remainder)
            }
        }
        if let export {
            remainders.append(
                RemovalReceipt.Remainder(
                    what: "export", name: export.folder, until: export.keptUntil,
                    remedy: "it is removed then"))
        }
        try context.set(remainders, for: OffboardMemory.remainders)
        return .done
    }

    /// What the tenant takes along, with the day that it goes: counted from the removal, which nobody can take back any more.
    private func keptExport(_ context: RunContext) throws -> ArchivedExport? {
        guard var export = try context.value(for: OffboardMemory.export, as: ArchivedExport.self) else {
            return nil
        }
        let input: OffboardInput = try context.input()
        let days = input.exportDays ?? Limits.departureExportDaysStandard
        let until = export.keptUntil ?? context.clock.now().advanced(bySeconds: Int64(days) * 86_400)
        export.keptUntil = until
        // The run remembers it before the hold says so: what is repeated says the same day.
        try context.set(export, for: OffboardMemory.export)
        try context.checkpoint()
        try environment.archive.keep(input.tenant, for: context.run, until: until)
        return export
    }
}

extension Holding {
    var remainder: RemovalReceipt.Remainder {
        RemovalReceipt.Remainder(what: what, name: name, until: expiresAt, remedy: remedy)
    }
}
