import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Decides the route and takes a place at the target.
struct PlanStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "plan"

    func perform(_ context: RunContext) throws -> StepResult {
        if try context.value(for: MoveMemory.route, as: MoveRoute.self) != nil { return .done }
        let decision: MovePlanner.Decision
        do { decision = try MovePlanner(environment: environment).decide(try context.input()) } catch
            let error as MoveError
        { return .fail(reason: error.description) }
        try context.set(decision.route, for: MoveMemory.route)
        try context.set(context.clock.now(), for: MoveMemory.startedAt)
        // The place and the memory of it are one commit: no place is lost, none is taken twice.
        context.stage(RegistryTransaction([decision.reservation]))
        context.progress = RunProgress(phase: "plan", text: decision.route.summary)
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let route = try context.value(for: MoveMemory.route, as: MoveRoute.self) else { return .done }
        var transaction = RegistryTransaction()
        if let release = try Places(registry: environment.registry).release(route.target.store) {
            transaction.changes.append(release)
        }
        let outcome: MoveReceipt.Outcome =
            try context.value(for: MoveMemory.backward, as: HandOver.self)?.epoch == nil
            ? .cancelled : .rolledBack
        try Receipts(environment: environment).add(outcome, of: context, route: route, to: &transaction)
        try context.set(nil as MoveRoute?, for: MoveMemory.route)
        context.stage(transaction)
        return .done
    }
}

extension MoveRoute {
    /// From where to where, for people.
    var summary: String {
        "\(source.tier) (\(source.store)) to \(target.tier) (\(target.store))"
    }
}
