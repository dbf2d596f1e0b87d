import Base
import Registry
import Tables
import Workflows

/// Waits for the writes that were under way when the tenant was closed, so that the export has them.
struct CloseStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "close"

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        _ = try leaving.departure()
        try leaving.raiseEpoch(.active)
        return .done
    }
}

/// Takes the tenant's data along.
struct ExportStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "export"

    func perform(_ context: RunContext) throws -> StepResult {
        let input: OffboardInput = try context.input()
        guard input.takesExport else { return .done }
        let archive = environment.archive
        try archive.begin(input.tenant, for: context.run, actor: context.actor)
        switch try archive.standing(of: input.tenant, for: context.run) {
        case .underWay(let progress):
            context.progress = progress ?? RunProgress(phase: name)
            return .again(afterMilliseconds: Limits.exportPollMilliseconds)
        case .failed(let reason):
            return .fail(reason: "the export failed, so nothing is removed: \(reason)")
        case .done(let export):
            try context.set(export, for: OffboardMemory.export)
            return .done
        }
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let input: OffboardInput = try context.input()
        if input.takesExport { try environment.archive.withdraw(input.tenant, for: context.run) }
        return .done
    }
}

/// Lets the time pass in which the tenant can be kept.
struct GraceStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "grace"

    /// How long was waited, by what two clocks agree on: the wall clock may be set forward, and the steady one begins anew with
    /// the machine.
    private struct GraceMark: Codable {
        var wall: Timestamp
        var steadyMilliseconds: Int64
        var waitedMilliseconds: Int64 = 0
    }

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        let until = try leaving.departure().until
        let now = context.clock.now()
        let steady = Int64(context.clock.monotonicNanoseconds() / 1_000_000)
        var mark =
            try context.value(for: OffboardMemory.grace, as: GraceMark.self)
            ?? GraceMark(wall: now, steadyMilliseconds: steady)
        let byWall = max(0, now.milliseconds(since: mark.wall))
        let bySteady = steady - mark.steadyMilliseconds
        mark.waitedMilliseconds += bySteady >= 0 ? min(byWall, bySteady) : byWall
        mark.wall = now
        mark.steadyMilliseconds = steady
        try context.set(mark, for: OffboardMemory.grace)
        // The part of the grace period that the steps before have taken counts as waited.
        let begun = context.record.steps.first { $0.name == name }?.startedAt ?? now
        let wanted = max(0, until.milliseconds(since: begun))
        let left = max(until.milliseconds(since: now), wanted - mark.waitedMilliseconds)
        guard left > 0 else { return .done }
        context.progress = RunProgress(phase: name, text: "can be kept until \(until.iso8601)")
        return .again(afterMilliseconds: Int(min(left, Limits.gracePollMilliseconds)))
    }
}

/// Closes the tenant to readers too, and its store to every writer.
struct SealStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "seal"

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        let input: OffboardInput = try context.input()
        // Asserted here too: behind this comes the removal.
        guard context.clock.now() >= (try leaving.departure().until) else {
            // It was made longer since the step before.
            return .back(toStep: "grace", reason: "the grace period is not over")
        }
        guard
            try !input.takesExport
                || context.value(for: OffboardMemory.export, as: ArchivedExport.self) != nil
        else { return .fail(reason: "there is no export") }
        if input.takesExport {
            // Somebody may have removed it since.
            guard case .done = try environment.archive.standing(of: input.tenant, for: context.run) else {
                return .fail(reason: "the export is not there any more, so nothing is removed")
            }
        }
        if let open = try environment.otherOpenRun(of: leaving.tenant.id, than: context.run) {
            context.progress = RunProgress(
                phase: name, text: "waits for run `\(open)` of the tenant; cancel that if it does not end")
            return .again(afterMilliseconds: Limits.openRunPollMilliseconds)
        }
        try setClosed(true, leaving)
        try leaving.raiseEpoch(.kept(context.run))
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        try leaving.raiseEpoch(.active)
        try setClosed(false, leaving)
        return .done
    }

    private func setClosed(_ isClosed: Bool, _ leaving: Leaving) throws {
        let now = leaving.context.clock.now()
        try environment.registry.update(TenantRecord.self, leaving.tenant.id) { tenant, _ in
            // As it is now: the grace period may have been made longer since.
            guard case .offboarding(var departure) = tenant.state, departure.run == leaving.context.run else {
                throw DepartureFault("tenant `\(tenant.id)` is not leaving by this run")
            }
            guard !isClosed || now >= departure.until else {
                throw DepartureFault("the grace period was made longer")
            }
            departure.isClosed = isClosed ? true : nil
            try tenant.enter(.offboarding(departure))
        }
    }
}

extension DepartureEnvironment {
    /// Another run of the tenant that could still make something, or nil.
    func otherOpenRun(of tenant: TenantID, than own: RunID) throws -> RunID? {
        var open: [RunID] = []
        try registry.forEach(OpenRun.self) { open.append($0.id) }
        for run in open where run != own {
            guard let record = try registry.read(RunRecord.self, run), record.tenant == tenant else {
                continue
            }
            return run
        }
        return nil
    }
}
