import Base
import FoundationEssentials
import Registry
import Tables
import Tenancy
import Workflows

/// The run that spreads the tenants of a pool over the others of its tier, each by an ordinary move.
///
/// plan → move → check. The pool takes no newcomers from the run's start to its end. Taking the run back takes each move back that can
/// be; the result says which could not.
public struct PoolRebalanceWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "pool-rebalance"

    /// The kind of its runs.
    public let kind = runKind
    /// Handed on to its moves.
    public let isThrottled = true
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]
    private let hold: PoolHold

    /// The workflow over these stores and records.
    public init(environment: MoveEnvironment, engine: PoolEngine) {
        steps = [
            PoolPlanStep(environment: environment),
            PoolMoveStep(environment: environment, engine: engine, mustMoveAll: false),
            PoolCheckStep(environment: environment, engine: engine),
        ]
        hold = PoolHold(environment: environment, engine: engine)
    }

    /// The pool is closed with the start of the run.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction { try hold.starting(run) }

    /// The pool is open again with the end of the run.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction { try hold.ending(run) }

    /// The moves are held with it.
    public func held(_ run: RunRecord) throws { try hold.held(run) }
}

/// The run that moves all tenants of a pool into another, each by an ordinary move, and removes the pool.
///
/// plan → move → drain → remove → search. Where a tenant stays the run stops, and the pool remains.
public struct PoolMergeWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "pool-merge"

    /// The kind of its runs.
    public let kind = runKind
    /// Handed on to its moves.
    public let isThrottled = true
    /// Whoever looks into it decides whether to try again or to take all back.
    public let onFailure = FailurePolicy.stop
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]
    private let hold: PoolHold

    /// The workflow over these stores and records.
    public init(environment: MoveEnvironment, engine: PoolEngine) {
        steps = [
            PoolPlanStep(environment: environment),
            PoolMoveStep(environment: environment, engine: engine, mustMoveAll: true),
            PoolDrainStep(environment: environment, engine: engine),
            PoolRemoveStep(environment: environment),
            PoolSearchStep(environment: environment),
        ]
        hold = PoolHold(environment: environment, engine: engine)
    }

    /// The pool is closed with the start of the run.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction { try hold.starting(run) }

    /// The pool is open again with the end of the run, where it is still there.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction { try hold.ending(run) }

    /// The moves are held with it.
    public func held(_ run: RunRecord) throws { try hold.held(run) }
}

/// A pool that a run has closed to newcomers: taken with the run's start, given back with its end.
struct PoolHold {
    let environment: MoveEnvironment
    let engine: PoolEngine

    func starting(_ run: RunRecord) throws -> RegistryTransaction {
        guard let input = try PoolRun.input(of: run) else { return RegistryTransaction() }
        guard var record = try environment.registry.read(StoreRecord.self, input.pool) else {
            throw PoolError.noSuchPool(input.pool)
        }
        if let other = record.closedBy { throw PoolError.busy(input.pool, by: other) }
        record.closedBy = run.id
        var transaction = RegistryTransaction([.replace(record)])
        if let into = input.into {
            guard let other = try environment.registry.read(StoreRecord.self, into) else {
                throw PoolError.noSuchPool(into)
            }
            if let by = other.closedBy { throw PoolError.busy(into, by: by) }
            transaction.changes.append(.check(other))
        }
        say("pool.closed", run, record, into: input.into, to: &transaction, isClosed: true)
        return transaction
    }

    func ending(_ run: RunRecord) throws -> RegistryTransaction {
        guard let input = try PoolRun.input(of: run),
            var record = try environment.registry.read(StoreRecord.self, input.pool),
            record.closedBy == run.id
        else { return RegistryTransaction() }
        record.closedBy = nil
        var transaction = RegistryTransaction([.replace(record)])
        say("pool.opened", run, record, into: input.into, to: &transaction, isClosed: false)
        return transaction
    }

    func held(_ run: RunRecord) throws {
        try PoolRun(run, environment: environment, engine: engine.get())?.holdAll()
    }

    private func say(
        _ action: String, _ run: RunRecord, _ record: StoreRecord, into: StoreID?,
        to transaction: inout RegistryTransaction, isClosed: Bool
    ) {
        let state = { ["state": $0 ? "closed" : "open"] }
        transaction.audit.append(
            AuditNote(
                actor: run.actor, action: action, subject: record.id.text,
                detail: ["run": run.id.text, "kind": run.kind, "tenants": String(record.occupants)]
                    .merging(into.map { ["into": $0.text] } ?? [:]) { $1 },
                before: state(!isClosed), after: state(isClosed)))
        transaction.events.append(
            Announcement(
                type: action,
                payload: "{\"kind\":\"\(run.kind)\",\"pool\":\"\(record.id)\",\"run\":\"\(run.id)\"}"))
    }
}
