import Base
import FoundationEssentials
import Registry
import Tables
import Tenancy
import Workflows

/// Waits until the streams of the pool that was emptied show nothing more of who was in it: whoever reads them finds the changes there,
/// for a day.
struct PoolDrainStep: WorkflowStep {
    let environment: MoveEnvironment
    let engine: PoolEngine
    let name = "drain"
    let holdsSlot = false

    func perform(_ context: RunContext) throws -> StepResult {
        guard let run = try PoolRun(context.record, environment: environment, engine: engine.get()) else {
            return .fail(reason: "nothing was planned")
        }
        let input: PoolInput = try context.input()
        guard try environment.stores.list().contains(input.pool) else { return .done }
        // Also those that had left before.
        var tenants = Set(run.moves.map(\.tenant))
        try environment.registry.forEach(PlacementRecord.self) { placement in
            let stays = placement.earlier ?? []
            if stays.contains(where: { $0.store == input.pool }) { tenants.insert(placement.tenant) }
        }
        guard let table = try environment.stores.store(input.pool).streamShowing(changesOf: tenants) else {
            return .done
        }
        context.progress = RunProgress(
            phase: name, text: "the stream of `\(table)` still shows changes; they are kept for a day")
        return .again(afterMilliseconds: Limits.poolDrainMilliseconds)
    }
}

/// Removes the pool that was emptied, once nothing is found in it.
struct PoolRemoveStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "remove"
    let isPointOfNoReturn = true
    let mayBeSkipped = false

    func perform(_ context: RunContext) throws -> StepResult {
        let input: PoolInput = try context.input()
        guard let record = try environment.registry.read(StoreRecord.self, input.pool) else {
            return try environment.stores.list().contains(input.pool)
                ? .fail(reason: "pool `\(input.pool)` has a file and no record; nothing was removed") : .done
        }
        guard record.closedBy == context.run else {
            return .fail(reason: "pool `\(input.pool)` is not this run's; nothing was removed")
        }
        if let left = try PoolLeftovers(environment: environment).find(in: record) {
            return .fail(
                reason: "\(left); nothing was removed; `homeroom reconcile` tells more, then retry the run")
        }
        if try environment.stores.list().contains(input.pool) { try environment.stores.remove(input.pool) }
        let into = input.into?.text ?? ""
        try context.checkpoint(
            with: RegistryTransaction(
                [.delete(record)],
                audit: [
                    AuditNote(
                        actor: context.actor, action: "pool.removed", subject: input.pool.text,
                        detail: ["run": context.run.text, "into": into],
                        before: ["tier": record.tier.text, "tenants": String(record.occupants)], after: [:])
                ],
                events: [
                    Announcement(
                        type: "pool.removed",
                        payload:
                            "{\"pool\":\"\(input.pool)\",\"into\":\"\(into)\",\"run\":\"\(context.run)\"}"
                    )
                ]))
        return .done
    }
}

/// Sees that nothing is left of the pool that was removed.
struct PoolSearchStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "search"

    func perform(_ context: RunContext) throws -> StepResult {
        let input: PoolInput = try context.input()
        let registry = environment.registry
        guard try registry.read(StoreRecord.self, input.pool) == nil else {
            return .fail(reason: "pool `\(input.pool)` is still recorded")
        }
        guard try !environment.stores.list().contains(input.pool) else {
            return .fail(reason: "the file of pool `\(input.pool)` is still there")
        }
        var left: [TenantID] = []
        try registry.forEach(PlacementRecord.self) { if $0.store == input.pool { left.append($0.tenant) } }
        guard left.isEmpty else {
            return .fail(reason: "\(left.count) tenants are still placed in pool `\(input.pool)`")
        }
        return .done
    }
}

/// What is left in a pool that should be empty.
struct PoolLeftovers {
    let environment: MoveEnvironment

    /// In words, or nil where nothing is.
    func find(in record: StoreRecord) throws -> String? {
        let pool = record.id
        guard record.occupants == 0 else {
            return "\(record.occupants) places of pool `\(pool)` are still taken"
        }
        var placed = 0
        try environment.registry.forEach(PlacementRecord.self) { if $0.store == pool { placed += 1 } }
        guard placed == 0 else { return "\(placed) tenants are still placed in pool `\(pool)`" }
        guard try environment.stores.list().contains(pool) else { return nil }
        let store = try environment.stores.store(pool)
        let residents = try store.residents()
        guard residents.isEmpty else { return "pool `\(pool)` still knows \(residents.count) tenants" }
        for schema in store.schemas() {
            let items = try store.extent(of: KeyRange(table: schema.name, lower: [], upper: nil)).items
            guard items == 0 else { return "\(items) items are left in `\(schema.name)`" }
        }
        return nil
    }
}
