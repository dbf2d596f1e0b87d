import Base
import FoundationEssentials
import Registry
import Tables
import Tenancy
import Workflows

/// Gives the school to the other tenant: one commit of both records. Whoever writes for the school from then on writes at the
/// target, so the way back from here is another move.
struct SwitchSchoolStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "switch"
    let isPointOfNoReturn = true

    func perform(_ context: RunContext) throws -> StepResult {
        // Set in the commit that switches, and only there.
        if try context.value(for: SchoolMemory.switchedAt, as: Timestamp.self) != nil { return .done }
        let move = try SchoolMove.planned(context, environment)
        let route = move.route
        let registry = environment.registry
        var (from, to) = (
            try registry.require(TenantRecord.self, route.source.tenant),
            try registry.require(TenantRecord.self, route.target.tenant)
        )
        if to.schools.contains(where: { $0.id == route.school }) { return .done }
        // By the verification's own record, not by the order of the steps.
        let verification = try context.value(for: SchoolMemory.verification, as: Verification.self)
        guard verification?.isComplete == true else {
            return .back(toStep: "verify", reason: "the target is not verified")
        }
        guard let index = from.schools.firstIndex(where: { $0.id == route.school }),
            from.schools[index].state == .moving(context.run)
        else { throw MoveFault.standing(route.source.store, "the school is not frozen by this run") }
        // Schools may have come to the target since the plan. Whoever raises the limit, or takes a school away, lets the run go on.
        do {
            try SchoolMovePlanner(environment: environment, clock: context.clock).checkLimit(of: to)
        } catch let error as SchoolMoveError { return .fail(reason: error.description) }
        var school = from.schools.remove(at: index)
        school.state = route.state
        to.schools.append(school)
        let now = context.clock.now()
        let oldest = now.advanced(bySeconds: -Limits.formerSchoolSeconds)
        from.formerSchools = Array(
            (from.formerSchools.filter { $0.leftAt > oldest && $0.id != school.id }
                + [FormerSchool(id: school.id, leftAt: now)]).suffix(Limits.formerSchoolsMax))
        to.formerSchools.removeAll { $0.id == school.id }
        try context.set(now, for: SchoolMemory.switchedAt)
        if route.isInOneStore {
            let own = try move.items.extent(move.items.owned(at: route.source), in: try move.source())
            try context.set(own, for: SchoolMemory.handedOver)
        }
        let detail = [
            "run": context.run.text, "from": from.id.text, "to": to.id.text, "name": route.name,
        ]
        context.stage(
            // The old owner first: at no moment do both have it.
            RegistryTransaction(
                [.replace(from), .replace(to)],
                audit: [from.id, to.id].map {
                    AuditNote(
                        actor: context.actor, action: "school.moved", subject: school.id.text, tenant: $0,
                        detail: detail, before: ["tenant": from.id.text], after: ["tenant": to.id.text])
                },
                events: [from.id, to.id].map {
                    route.announcement("school.moved", of: $0, run: context.run)
                }))
        return .done
    }
}

/// Removes what the school had with the old tenant.
///
/// INVARIANT (nothing is lost): what is removed here is with the new tenant, by the tenants' own records. The items are counted
/// before the first of them goes, and the number is recorded before too: however often the step is repeated, it counts once.
struct RemoveSchoolStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "remove"

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try SchoolMove.planned(context, environment)
        let route = move.route
        let owner = try environment.registry.require(TenantRecord.self, route.target.tenant)
        guard owner.schools.contains(where: { $0.id == route.school }) else {
            throw MoveFault.standing(route.source.store, "the school is still with the tenant that it leaves")
        }
        try handOver(move)
        if try context.value(for: SchoolMemory.removed, as: Int.self) == nil {
            try context.set(
                try move.items.extent(move.walks, in: try move.source()).items, for: SchoolMemory.removed)
            try context.checkpoint()
        }
        return try move.removeSlice(move.walks, at: route.source, phase: name)
    }

    /// Has what stays where it is, in a pool of both, counted as the new tenant's.
    ///
    /// INVARIANT (nothing twice): recorded before it is told. A crash in between leaves it to the next count of all items.
    private func handOver(_ move: SchoolMove) throws {
        let context = move.context
        guard let own = try context.value(for: SchoolMemory.handedOver, as: Extent.self) else { return }
        context.removeValue(for: SchoolMemory.handedOver)
        try context.checkpoint()
        guard let keeper = try move.source() as? any TallyKeeper else { return }
        try keeper.handOver(own, from: move.route.source.tenant, to: move.route.target.tenant)
    }
}

/// Looks for what is left at every place where the school was, and writes the receipt.
struct SearchSchoolStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "search"

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try SchoolMove.planned(context, environment)
        let route = move.route
        let registry = environment.registry
        // Set in the commit that records the receipt, and only there.
        if context.record.result != nil { return .done }
        let left = try registry.require(PlacementRecord.self, route.source.tenant)
        let places =
            [route.source]
            + (left.earlier ?? []).map {
                SchoolRoute.End(tenant: route.source.tenant, store: $0.store, tables: $0.tables)
            }
        let known = Set(try environment.stores.list())
        for place in places where known.contains(place.store) {
            let store = try environment.stores.store(place.store)
            let isTarget = place.store == route.target.store
            let walks = (isTarget ? [] : move.items.owned(at: place)) + move.items.hanging(at: place)
            let found = try move.items.extent(
                walks.filter { store.schema(of: $0.range.table) != nil }, in: store)
            guard found.items == 0 else {
                throw MoveFault.standing(place.store, "\(found.items) items of the school are left")
            }
        }
        let head = try registry.read(SchoolReceiptHead.self, SchoolReceiptHead.only)
        let receipt = try SchoolMoveReceipt(of: move, following: head, sign: environment.sign)
        try context.setResult(receipt)
        let note = AuditNote(
            actor: context.actor, action: "school.move.receipt", subject: route.school.text,
            tenant: route.target.tenant, detail: ["run": context.run.text, "receipt": receipt.digest])
        context.stage(
            RegistryTransaction(
                [.insert(receipt), SchoolReceiptHead.change(from: head, to: receipt)], audit: [note]))
        return .done
    }
}

extension SchoolRoute {
    private struct Payload: Encodable {
        let from: TenantID
        let run: RunID
        let school: SchoolID
        let to: TenantID
    }

    /// An event about the school, in the order of one of the tenants.
    func announcement(_ type: String, of tenant: TenantID, run: RunID) -> Announcement {
        let payload = Payload(from: source.tenant, run: run, school: school, to: target.tenant)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Announcement(
                type: type, tenant: tenant,
                payload: String(decoding: try encoder.encode(payload), as: UTF8.self))
        } catch { preconditionFailure("an event does not encode: \(error)") }
    }
}
