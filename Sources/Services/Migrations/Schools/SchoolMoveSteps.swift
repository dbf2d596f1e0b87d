import Base
import Crypto
import Items
import Registry
import Tables
import Tenancy
import Workflows

/// Decides the route, and counts.
struct PlanSchoolStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "plan"

    func perform(_ context: RunContext) throws -> StepResult {
        if try context.value(for: SchoolMemory.route, as: SchoolRoute.self) != nil { return .done }
        let planner = SchoolMovePlanner(environment: environment, clock: context.clock)
        do {
            let route = try planner.decide(try context.input())
            try context.set(try planner.plan(route), for: SchoolMemory.plan)
            try context.set(route, for: SchoolMemory.route)
        } catch let error as SchoolMoveError { return .fail(reason: error.description) }
        return .done
    }
}

/// Refuses the school's writes from now on, those on their way included; reads go on.
///
/// INVARIANT (late writers): the tenant's epoch is raised behind the commit that freezes the school. A write that was routed
/// before is turned away by the store's own commit and routed anew, by the record that freezes the school.
struct FreezeSchoolStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "freeze"

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try SchoolMove.planned(context, environment)
        let route = move.route
        let frozen = try setState(.moving(context.run), of: move, "school.frozen") { $0 == route.state }
        guard frozen == .moving(context.run) else {
            return .fail(reason: "the school is no longer as it was when the move was planned")
        }
        if try context.value(for: SchoolMemory.epoch, as: Int64.self) == nil {
            let store = try move.source()
            guard var resident = try store.resident(route.source.tenant), resident.state == .active else {
                throw MoveFault.standing(route.source.store, "it does not serve the tenant")
            }
            resident.epoch += 1
            try store.setResident(route.source.tenant, to: resident)
            try context.set(resident.epoch, for: SchoolMemory.epoch)
            try context.set(context.clock.now(), for: SchoolMemory.frozenAt)
        }
        try adoptEpoch(move)
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let move = try SchoolMove(context, environment) else { return .done }
        try adoptEpoch(move)
        _ = try setState(move.route.state, of: move, "school.thawed") { $0 == .moving(context.run) }
        return .done
    }

    /// Lets the tenant's other writes go on by the epoch that the store has: also where a crash came between the two.
    private func adoptEpoch(_ move: SchoolMove) throws {
        guard let resident = try move.source().resident(move.route.source.tenant) else { return }
        _ = try environment.registry.update(PlacementRecord.self, move.route.source.tenant) { placement, _ in
            placement.epoch = max(placement.epoch, resident.epoch)
        }
    }

    /// Gives the school another state where it has the old one; the state it has then, or nil where there is none.
    private func setState(
        _ state: SchoolState, of move: SchoolMove, _ action: String, where isOld: (SchoolState) -> Bool
    ) throws -> SchoolState? {
        let (route, context) = (move.route, move.context)
        let record = try environment.registry.update(TenantRecord.self, route.source.tenant) {
            record, transaction in
            guard let index = record.schools.firstIndex(where: { $0.id == route.school }),
                record.schools[index].state != state, isOld(record.schools[index].state)
            else { return }
            let old = record.schools[index].state
            record.schools[index].state = state
            transaction.audit = [
                AuditNote(
                    actor: context.actor, action: action, subject: route.school.text, tenant: record.id,
                    detail: ["run": context.run.text], before: ["state": old.name],
                    after: ["state": state.name])
            ]
            transaction.events = [route.announcement(action, of: record.id, run: context.run)]
        }
        return record.schools.first { $0.id == route.school }?.state
    }
}

/// Brings the items to the target, chunk by chunk. Nothing is written under their keys meanwhile, at either end.
struct CopySchoolStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "copy"

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try SchoolMove.planned(context, environment)
        let source = try move.source()
        let walks = move.walks
        var cursor = try context.value(for: SchoolMemory.copy, as: RangeCursor.self) ?? RangeCursor()
        let begun = context.clock.monotonicNanoseconds()
        while let walk = cursor.next(in: walks) {
            guard !context.isInterrupted, context.isInSlice(since: begun) else {
                try context.set(cursor, for: SchoolMemory.copy)
                context.progress = RunProgress(phase: name, done: cursor.items)
                return .again(afterMilliseconds: 0)
            }
            guard let found = try move.items.rows(walk, in: source, after: cursor.after?.key) else {
                cursor.advance(to: nil, items: 0, bytes: 0)
                continue
            }
            let moved = try found.rows.map { try move.items.rewritten($0, of: walk.table) }
            try move.items.write(
                moved.compactMap { item in
                    item.image.map { ItemWrite(table: item.table, key: item.key, action: .store($0)) }
                }, for: move.route.target)
            cursor.advance(
                to: found.last, items: moved.count, bytes: moved.reduce(0) { $0 + ($1.image?.sizeBytes ?? 0) }
            )
        }
        try context.set(cursor, for: SchoolMemory.copy)
        context.progress = RunProgress(phase: name, done: cursor.items)
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let move = try SchoolMove(context, environment) else { return .done }
        return try move.removeSlice(move.targetWalks, at: move.route.target, phase: name)
    }
}

/// Compares every item with its copy, and the numbers on both sides.
struct VerifySchoolStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "verify"

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try SchoolMove.planned(context, environment)
        let (source, target) = (try move.source(), try move.target())
        let walks = move.walks
        var seen = try context.value(for: SchoolMemory.verification, as: Verification.self) ?? Verification()
        if seen.isComplete { return .done }
        let begun = context.clock.monotonicNanoseconds()
        let hasher = SHA256Hasher()
        while let walk = seen.cursor.next(in: walks) {
            guard !context.isInterrupted, context.isInSlice(since: begun) else {
                try context.set(seen, for: SchoolMemory.verification)
                return .again(afterMilliseconds: 0)
            }
            guard let found = try move.items.rows(walk, in: source, after: seen.cursor.after?.key) else {
                seen.cursor.advance(to: nil, items: 0, bytes: 0)
                continue
            }
            hasher.update(Array(seen.digest.utf8))
            var differing: [DifferingKey] = []
            for row in found.rows {
                let moved = try move.items.rewritten(row, of: walk.table)
                for part in [moved.key.partition, moved.key.sort, moved.image?.bytes ?? []] {
                    hasher.update([0, 8, 16, 24].map { UInt8(truncatingIfNeeded: part.count >> $0) })
                    hasher.update(part)
                }
                let there = try target.get(GetItem(table: moved.table, key: moved.key))?.image
                if there != moved.image {
                    differing.append(DifferingKey(table: moved.table, key: moved.key))
                }
            }
            seen.digest = hasher.finish().hex
            guard differing.isEmpty else {
                return .fail(reason: differenceReport(differing, "the school stays where it is"))
            }
            let bytes = found.rows.reduce(0) { $0 + $1.image.sizeBytes }
            seen.cursor.advance(to: found.last, items: found.rows.count, bytes: bytes)
        }
        let there = try move.items.extent(move.targetWalks, in: target).items
        guard there == seen.cursor.items else {
            return .fail(
                reason:
                    "the target holds \(there) items and the source \(seen.cursor.items); the school stays where it is"
            )
        }
        seen.isComplete = true
        try context.set(seen, for: SchoolMemory.verification)
        // Looked at once more here, where all can still be taken back.
        let to = try environment.registry.require(TenantRecord.self, move.route.target.tenant)
        do {
            try SchoolMovePlanner(environment: environment, clock: context.clock).checkLimit(of: to)
        } catch let error as SchoolMoveError { return .fail(reason: error.description) }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        context.removeValue(for: SchoolMemory.verification)
        return .done
    }
}

extension RunContext {
    /// Whether a step that began then goes on before it records where it is.
    fileprivate func isInSlice(since begun: UInt64) -> Bool {
        clock.monotonicNanoseconds() - begun < UInt64(Limits.moveSliceMilliseconds) * 1_000_000
    }
}
