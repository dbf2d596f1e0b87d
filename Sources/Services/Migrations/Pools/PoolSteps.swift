import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Decides which tenants go where, once.
struct PoolPlanStep: WorkflowStep {
    let environment: MoveEnvironment
    let name = "plan"
    let mayBeSkipped = false

    func perform(_ context: RunContext) throws -> StepResult {
        if context.record.values[PoolRun.planMemory] != nil { return .done }
        let plan: PoolPlan
        do {
            plan = try PoolPlanner(environment: environment).plan(try context.input(), of: context.run)
        } catch let error as PoolError { return .fail(reason: error.description) }
        try context.set(plan.moves, for: PoolRun.planMemory)
        context.progress = RunProgress(phase: name, done: 0, total: plan.extent.items)
        return .done
    }
}

/// Begins an ordinary move for each tenant, a few at a time, and waits until each has come to its end.
struct PoolMoveStep: WorkflowStep {
    let environment: MoveEnvironment
    let engine: PoolEngine
    /// Whether the run stops where a tenant stays.
    let mustMoveAll: Bool
    let name = "move"
    /// It mostly waits, for days where moves can be taken back; its moves have slots of their own.
    let holdsSlot = false
    /// Moves that nobody waits for would go on without the run.
    let mayBeSkipped = false

    /// What one look at all moves has found.
    private struct Look {
        var waiting: [PoolMove] = []
        var underWay = 0
        var kept = 0
        var items = 0
        /// Moves that get on only when somebody does something.
        var needing: [String] = []
        var blocked = 0
    }

    func perform(_ context: RunContext) throws -> StepResult {
        guard let run = try PoolRun(context.record, environment: environment, engine: engine.get()) else {
            return .fail(reason: "nothing was planned")
        }
        let input: PoolInput = try context.input()
        var ends = try context.value(for: PoolRun.endsMemory, as: [String: PoolMoveEnd].self) ?? [:]
        var look = Look()
        for move in run.moves { try self.look(at: move, run, context, &ends, &look) }
        try beginMoves(run, input, context, &ends, &look)
        try context.set(ends, for: PoolRun.endsMemory)
        show(look, run, ends, context)
        guard ends.count == run.moves.count else { return .again(afterMilliseconds: wait(look, context)) }
        try context.setResult(run.result(pool: input.pool, ends))
        let stays = run.moves.filter { ends[$0.tenant.text] != .moved }
        guard mustMoveAll, !stays.isEmpty else { return .done }
        return try .fail(reason: giveUp(stays, ends, run, context))
    }

    private func look(
        at move: PoolMove, _ run: PoolRun, _ context: RunContext, _ ends: inout [String: PoolMoveEnd],
        _ look: inout Look
    ) throws {
        let tenant = move.tenant.text
        if ends[tenant] != nil {
            look.items += move.extent.items
            return
        }
        guard let child = try run.child(move) else { return look.waiting.append(move) }
        try run.throttle(child, to: context.itemsPerSecondMax)
        look.items += min(move.extent.items, child.copiedItems ?? move.extent.items)
        switch child.state {
        case .completed: ends[tenant] = .moved
        case .undone: ends[tenant] = .stays(reason: child.backReason)
        case .paused:
            if run.isHeldByUs(child) {
                try run.letGo(child)
            } else {
                look.needing.append("`\(child.id)` is held")
            }
            look.underWay += 1
        case .failed(let reason):
            look.needing.append("`\(child.id)` failed: \(reason)")
            look.underWay += 1
        case .pending, .running, .waiting, .undoing:
            if child.stuck != nil { look.needing.append("`\(child.id)` is stuck") }
            if child.isKept { look.kept += 1 } else { look.underWay += 1 }
        }
    }

    private func beginMoves(
        _ run: PoolRun, _ input: PoolInput, _ context: RunContext, _ ends: inout [String: PoolMoveEnd],
        _ look: inout Look
    ) throws {
        for move in look.waiting where look.underWay < Limits.movesAtOnceMax && !context.isInterrupted {
            do {
                try run.begin(move, undoWindowSeconds: input.undoWindowSeconds, actor: context.actor)
                look.underWay += 1
            } catch let error as MoveError {
                ends[move.tenant.text] = .stays(reason: error.description)
            } catch WorkflowError.locked(let other, _) {
                look.needing.append("tenant `\(move.tenant)` waits for run `\(other)`")
                look.blocked += 1
            }
        }
    }

    private func show(
        _ look: Look, _ run: PoolRun, _ ends: [String: PoolMoveEnd], _ context: RunContext
    ) {
        let stayed = ends.values.count { $0 != .moved }
        var parts = ["\(ends.count - stayed + look.kept) of \(run.moves.count) tenants moved"]
        if look.underWay > 0 { parts.append("\(look.underWay) under way") }
        if look.kept > 0 { parts.append("\(look.kept) can still be taken back") }
        if stayed > 0 { parts.append("\(stayed) stay") }
        parts += look.needing.prefix(Limits.poolTroublesShownMax).map { $0.shortened(toScalars: 200) }
        context.progress = RunProgress(
            phase: name, done: look.items, total: run.moves.reduce(0) { $0 + $1.extent.items },
            text: parts.joined(separator: "; "))
        let rest = look.underWay + look.kept + look.blocked
        if !look.needing.isEmpty, look.needing.count >= rest {
            context.standstill = look.needing.joined(separator: "; ")
        }
    }

    /// A wait of a second or more is a sign of life: not where each move waits for somebody.
    private func wait(_ look: Look, _ context: RunContext) -> Int {
        guard context.standstill == nil else { return Limits.poolLookMilliseconds }
        return look.underWay + look.blocked > 0 || look.kept == 0
            ? Limits.poolLookMilliseconds : Limits.keepPollMillisecondsMax
    }

    /// Those that stay are begun anew when somebody has the run try again.
    private func giveUp(
        _ stays: [PoolMove], _ ends: [String: PoolMoveEnd], _ run: PoolRun, _ context: RunContext
    ) throws -> String {
        var attempts = run.attempts
        var others = ends
        for move in stays {
            attempts[move.tenant.text, default: 0] += 1
            others[move.tenant.text] = nil
        }
        try context.set(attempts, for: PoolRun.attemptsMemory)
        try context.set(others, for: PoolRun.endsMemory)
        let shown = stays.prefix(Limits.poolTroublesShownMax).map { move -> String in
            guard case .stays(let reason) = ends[move.tenant.text] else { return "\(move.tenant)" }
            return "`\(move.tenant)`: \(reason.shortened(toScalars: 200))"
        }
        return "\(stays.count) tenants stay: \(shown.joined(separator: "; ")); "
            + "`homeroom run retry \(context.run)` tries them again, `homeroom run cancel \(context.run)` takes all back"
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let run = try PoolRun(context.record, environment: environment, engine: engine.get()) else {
            return .done
        }
        var ends: [String: PoolMoveEnd] = [:]
        var open = 0
        var moved = 0
        for move in run.moves {
            guard let child = try run.child(move) else { continue }
            switch child.state {
            case .completed:
                moved += 1
                ends[move.tenant.text] = .moved
            case .undone: ends[move.tenant.text] = .stays(reason: "taken back")
            case .failed(let reason):
                if case .forward = child.direction, try run.takeBack(child) {
                    open += 1
                } else {
                    return .fail(
                        reason: "move `\(child.id)` of tenant `\(move.tenant)` has failed: \(reason); "
                            + "see to it, then `homeroom run retry \(context.run)`")
                }
            case .paused, .pending, .running, .waiting, .undoing:
                if child.state == .paused, run.isHeldByUs(child) { try run.letGo(child) }
                _ = try run.takeBack(child)
                open += 1
            }
        }
        context.progress = RunProgress(
            phase: name, done: run.moves.count - open, total: run.moves.count,
            text: "\(open) moves are being taken back; \(moved) tenants have moved for good")
        guard open == 0 else { return .again(afterMilliseconds: Limits.poolLookMilliseconds) }
        let input: PoolInput = try context.input()
        try context.setResult(run.result(pool: input.pool, ends))
        return .done
    }
}

/// Sees that each move of the plan has come to its end.
struct PoolCheckStep: WorkflowStep {
    let environment: MoveEnvironment
    let engine: PoolEngine
    let name = "check"

    func perform(_ context: RunContext) throws -> StepResult {
        guard let run = try PoolRun(context.record, environment: environment, engine: engine.get()),
            let ends = try context.value(for: PoolRun.endsMemory, as: [String: PoolMoveEnd].self)
        else { return .fail(reason: "nobody has moved the tenants") }
        for move in run.moves {
            guard ends[move.tenant.text] != nil, try run.child(move)?.state.isFinal ?? true else {
                return .fail(reason: "the move of tenant `\(move.tenant)` has not ended")
            }
        }
        return .done
    }
}

extension RunRecord {
    /// Items that a move has copied; nil where it is behind its copy.
    fileprivate var copiedItems: Int? {
        switch step?.name {
        case "plan", "provision": 0
        case "copy": progress?.phase == "copy" ? progress?.done : 0
        default: nil
        }
    }

    /// Whether a move is behind its switch and only waits for its window to end, or cleans up.
    fileprivate var isKept: Bool {
        guard case .forward = direction else { return false }
        return step?.name == "keep"
    }

    /// Why a move went back.
    fileprivate var backReason: String {
        if case .backward(let reason) = direction { return reason }
        return "its move was taken back"
    }
}
