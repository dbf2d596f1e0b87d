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
        let input: MoveInput = try context.input()
        do { decision = try MovePlanner(environment: environment).decide(input) } catch let error as MoveError
        { return .fail(reason: error.description) }
        do { try take(input, decision, context) } catch let refusal as PoolRefusal {
            return .fail(reason: refusal.description)
        }
        return .done
    }

    private func take(
        _ input: MoveInput, _ decision: MovePlanner.Decision, _ context: RunContext
    ) throws {
        _ = try environment.placements.take(
            for: decision.tenant.id, in: decision.tier, pool: input.pool
        ) { place, transaction in
            let route = decision.route(to: place)
            try context.set(route, for: MoveMemory.route)
            try context.set(context.clock.now(), for: MoveMemory.startedAt)
            context.progress = RunProgress(phase: name, text: route.summary)
            // The place and the memory of it are one commit: no place is lost, none is taken twice.
            try context.checkpoint(with: transaction)
        }
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let route = try context.value(for: MoveMemory.route, as: MoveRoute.self) else { return .done }
        // The receipt commits with the place that is given back: where it is there, so is the other.
        guard try environment.registry.read(MoveReceipt.self, context.run) == nil else { return .done }
        let outcome: MoveReceipt.Outcome =
            try context.value(for: MoveMemory.backward, as: HandOver.self)?.epoch == nil
            ? .cancelled : .rolledBack
        try environment.placements.release(route.target.store) { release in
            var transaction = release
            try Receipts(environment: environment).add(outcome, of: context, route: route, to: &transaction)
            try context.checkpoint(with: transaction)
        }
        return .done
    }
}

extension MoveRoute {
    /// From where to where, for people.
    var summary: String {
        "\(source.tier) (\(source.store)) to \(target.tier) (\(target.store))"
    }
}
