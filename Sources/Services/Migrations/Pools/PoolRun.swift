import Base
import FoundationEssentials
import Registry
import Synchronization
import Tables
import Tenancy
import Workflows

/// The engine that the moves of a pool's tenants are started with: it must know the workflows before it is made, so it is attached
/// afterwards, before any run goes on.
public final class PoolEngine: Sendable {
    private struct Held: Sendable {
        weak var engine: WorkflowEngine?
    }

    private let held = Mutex(Held())

    /// None yet.
    public init() {}

    /// Attaches the engine.
    public func attach(_ engine: WorkflowEngine) { held.withLock { $0.engine = engine } }

    func get() throws -> WorkflowEngine {
        guard let engine = held.withLock({ $0.engine }) else { throw WorkflowError.stopped }
        return engine
    }
}

/// How a tenant's move ended, as its pool's run sees it.
enum PoolMoveEnd: Hashable, Codable {
    case moved
    case stays(reason: String)
}

/// What a run over a pool leaves: who went where, and who did not.
struct PoolResult: Hashable, Codable {
    let pool: String
    let moved: Int
    let stayed: Int
    let items: Int
    let bytes: Int
    /// The pool that each is in now, by tenant.
    let tenants: [String: String]
    /// Why each stays, by tenant.
    let stays: [String: String]
}

/// A run over a pool as its steps see it: the plan, and the ordinary moves that it is made of.
struct PoolRun {
    static let planMemory = "plan"
    static let endsMemory = "ends"
    static let attemptsMemory = "attempts"

    let environment: MoveEnvironment
    let engine: WorkflowEngine
    let run: RunID
    let moves: [PoolMove]
    /// How often each tenant's move was given up and begun anew, by tenant.
    let attempts: [String: Int]

    /// Nil where nothing is planned.
    init?(_ record: RunRecord, environment: MoveEnvironment, engine: WorkflowEngine) throws {
        guard let moves: [PoolMove] = try Self.value(Self.planMemory, of: record) else { return nil }
        self.environment = environment
        self.engine = engine
        self.moves = moves
        run = record.id
        attempts = try Self.value(Self.attemptsMemory, of: record) ?? [:]
    }

    /// What the run was started with; nil where it is of another kind.
    static func input(of run: RunRecord) throws -> PoolInput? {
        guard [PoolRebalanceWorkflow.runKind, PoolMergeWorkflow.runKind].contains(run.kind) else {
            return nil
        }
        return try JSONDecoder().decode(PoolInput.self, from: Data(run.input.utf8))
    }

    private static func value<Value: Decodable>(_ name: String, of record: RunRecord) throws -> Value? {
        guard let text = record.values[name] else { return nil }
        return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    /// Who asks in the name of the run.
    var actor: AuditActor { AuditActor("run:\(run)") }

    private func key(_ move: PoolMove) -> String {
        "pool/\(run)/\(move.tenant)/\(attempts[move.tenant.text] ?? 0)"
    }

    /// The tenant's move as it is now; nil where it was not begun.
    func child(_ move: PoolMove) throws -> RunRecord? {
        guard let entry = try environment.registry.read(IdempotencyRecord.self, key(move)) else { return nil }
        return try engine.get(entry.run)
    }

    /// Begins the tenant's move.
    /// - Throws: `MoveError` where it is refused, `WorkflowError.locked` while another run changes the tenant's place.
    func begin(_ move: PoolMove, undoWindowSeconds: Int?, actor: AuditActor) throws {
        let record = try environment.registry.require(TenantRecord.self, move.tenant)
        let input = MoveInput(
            tenant: move.tenant, tier: record.tier, undoWindowSeconds: undoWindowSeconds, pool: move.pool)
        try MovePlanner(environment: environment).check(input)
        try engine.start(
            kind: MoveWorkflow.runKind, input: input, tenant: move.tenant, idempotencyKey: key(move),
            actor: actor)
    }

    /// Whether the move is held since this run is, and by nobody else.
    func isHeldByUs(_ child: RunRecord) -> Bool {
        child.requests?.elements.last { $0.what == "pause" }?.actor == actor
    }

    /// Holds all moves that are under way.
    func holdAll() throws {
        for move in moves {
            guard let child = try child(move), !child.state.isSettled, child.wanted == .none else { continue }
            try ignoringEnd { try engine.pause(child.id, actor: actor) }
        }
    }

    /// Lets a move go on that this run holds.
    func letGo(_ child: RunRecord) throws { try ignoringEnd { try engine.resume(child.id, actor: actor) } }

    /// Takes a move back; false where it cannot be taken back any more.
    func takeBack(_ child: RunRecord) throws -> Bool {
        do { try engine.cancel(child.id, actor: actor) } catch WorkflowError.pastReturn {
            return false
        } catch WorkflowError.finished { return true }
        return true
    }

    /// Gives a move the rate that somebody asked of the whole.
    func throttle(_ child: RunRecord, to rate: Int?) throws {
        guard child.itemsPerSecondMax != rate else { return }
        try ignoringEnd { try engine.throttle(child.id, itemsPerSecond: rate, actor: actor) }
    }

    /// It may have come to its end, or have been paused or failed, since it was looked at.
    private func ignoringEnd(_ body: () throws -> Void) throws {
        do { try body() } catch let error as WorkflowError {
            switch error {
            case .finished, .notApplicable: return
            default: throw error
            }
        }
    }

    /// What the run leaves.
    func result(pool: StoreID, _ ends: [String: PoolMoveEnd]) -> PoolResult {
        var extent = Extent()
        var tenants: [String: String] = [:]
        var stays: [String: String] = [:]
        for move in moves {
            switch ends[move.tenant.text] {
            case .moved:
                tenants[move.tenant.text] = move.pool.text
                extent.items += move.extent.items
                extent.bytes += move.extent.bytes
            case .stays(let reason): stays[move.tenant.text] = reason.shortened(toScalars: 100)
            case nil: stays[move.tenant.text] = "its move was not begun"
            }
        }
        return PoolResult(
            pool: pool.text, moved: tenants.count, stayed: stays.count, items: extent.items,
            bytes: extent.bytes, tenants: tenants, stays: stays)
    }
}
