import Base
import Synchronization
import Tables

/// A table engine that dies at the Nth write, as a process does that is killed: from then on every call
/// fails.
public final class MortalEngine: TableEngine {
    /// Whether the write at which it dies reaches the disk, unacknowledged, or not.
    public enum Death: Sendable, CaseIterable {
        case beforeWrite
        case afterWrite
    }

    private struct State {
        var writes = 0
        var isDead = false
        var fatalWrite: Int?
    }

    private let base: any TableEngine
    private let death: Death
    private let recovers: Bool
    private let state: Mutex<State>

    /// An engine over `base` that dies at write number `fatalWrite`, counted from 1; never where that is nil.
    /// - Parameter recovers: that write alone fails, as on a disk that was full for a moment.
    public init(
        _ base: any TableEngine, dyingAt fatalWrite: Int? = nil, _ death: Death = .beforeWrite,
        recovers: Bool = false
    ) {
        self.base = base
        state = Mutex(State(fatalWrite: fatalWrite))
        self.death = death
        self.recovers = recovers
    }

    /// Whether it has died.
    public var isDead: Bool { state.withLock { $0.isDead } }

    /// Dies now: of something else than a write of its own.
    public func kill() { state.withLock { $0.isDead = true } }

    /// Dies at this write, counted from 1 now.
    public func arm(atWrite number: Int) {
        state.withLock { $0.fatalWrite = $0.writes + number }
    }

    /// Lives again, as a disk does that was full.
    public func revive() { state.withLock { $0.isDead = false } }

    /// How many writes it was asked for.
    public var writeCount: Int { state.withLock { $0.writes } }

    /// The store beneath.
    public var id: StoreID { base.id }

    /// As the store beneath.
    public func schema(of table: TableName) -> TableSchema? { base.schema(of: table) }

    /// As the store beneath.
    public func schemas() -> [TableSchema] { base.schemas() }

    /// As the store beneath, unless it is dead.
    public func get(
        _ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void
    ) {
        if isDead { return completion(.failure(Self.dead)) }
        base.get(operation, completion: completion)
    }

    /// As the store beneath, unless it is dead.
    public func getTogether(
        _ operations: [GetItem], completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void
    ) {
        if isDead { return completion(.failure(Self.dead)) }
        base.getTogether(operations, completion: completion)
    }

    /// As the store beneath, unless it is dead.
    public func read(
        _ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void
    ) {
        if isDead { return completion(.failure(Self.dead)) }
        base.read(operation, completion: completion)
    }

    /// As the store beneath, unless it is dead or dies of this.
    public func write(
        _ request: WriteRequest, completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void
    ) {
        let (isDying, wasDead) = state.withLock { state in
            let wasDead = state.isDead
            if !wasDead { state.writes += 1 }
            let isDying = !wasDead && state.writes == state.fatalWrite
            if isDying, !recovers { state.isDead = true }
            return (isDying, wasDead)
        }
        if wasDead || (isDying && death == .beforeWrite) { return completion(.failure(Self.dead)) }
        guard isDying else { return base.write(request, completion: completion) }
        base.write(request) { _ in completion(.failure(Self.dead)) }
    }

    private static let dead = TableError.storage("killed by the test")
}
