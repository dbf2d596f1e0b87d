import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Makes the target's tables, sees that nothing of the tenant is there, and turns the source's change log on.
struct ProvisionStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "provision"

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        let placement = try move.placement()
        guard placement.store == move.route.source.store else {
            return .fail(reason: "the tenant is no longer in store `\(move.route.source.store)`")
        }
        let schemas = environment.catalog.tables.compactMap { table in
            move.route.target.tables[table.name.text].map { table.schema(named: $0) }
        }
        let target = try environment.stores.create(move.route.target.store, tables: schemas)
        try environment.placements.apply(to: target, tables: move.route.target.tables)
        switch try target.resident(move.route.tenant)?.state {
        case .active, .fenced:
            return .fail(reason: "store `\(target.id)` already serves the tenant; nothing was changed there")
        case .arriving(let run) where run != context.run, .kept(let run) where run != context.run:
            // The tenant's lock lets one move at a time run, so that run has ended and left this behind.
            if let unfinished = try move.removeSlice(from: target, phase: name, total: nil) {
                return unfinished
            }
        case .arriving, .kept, nil: break
        }
        try target.setResident(
            move.route.tenant, to: Resident(epoch: placement.epoch, state: .arriving(context.run)))
        if try context.value(for: MoveMemory.copy, as: RangeCursor.self) == nil,
            let unfinished = try move.removeSlice(from: target, phase: name, total: nil)
        {
            return unfinished
        }

        guard let resident = try move.source.resident(move.route.tenant), resident.state == .active else {
            return .fail(reason: "store `\(move.source.id)` does not serve the tenant now")
        }
        #if MUTANTS
            if Mutant.isOn(.captureLate) { return .done }
        #endif
        if !resident.isCaptured {
            try move.source.discardChanges(of: move.route.tenant, through: .max)
            try move.source.setResident(
                move.route.tenant, to: Resident(epoch: resident.epoch, state: .active, isCaptured: true))
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        if var resident = try move.source.resident(move.route.tenant), resident.isCaptured {
            resident.isCaptured = false
            try move.source.setResident(move.route.tenant, to: resident)
        }
        // Also where nothing is captured any more: a crash may have come between the two commits.
        try move.source.discardChanges(of: move.route.tenant, through: .max)
        guard try environment.stores.list().contains(move.route.target.store) else { return .done }
        let target = try move.target()
        switch try target.resident(move.route.tenant)?.state {
        case .active, .fenced:
            return .fail(reason: "store `\(target.id)` serves the tenant; its items there are not touched")
        // A store of its own goes as a file.
        case .arriving where !move.route.target.isDedicated, .kept where !move.route.target.isDedicated:
            let copied = try context.value(for: MoveMemory.copy, as: RangeCursor.self)?.items
            if let unfinished = try move.removeSlice(from: target, phase: name, total: copied) {
                return unfinished
            }
        case .arriving, .kept, nil: break
        }
        if move.route.target.isDedicated, let unfinished = try move.stayForStreams(target) {
            return unfinished
        }
        #if MUTANTS
            if Mutant.isOn(.undoLeavesResident), !move.route.target.isDedicated { return .done }
        #endif
        try target.removeResident(move.route.tenant)
        if move.route.target.isDedicated { try environment.stores.remove(target.id) }
        return .done
    }
}
