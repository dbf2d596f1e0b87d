import Base
import Synchronization
import Tables

/// A table engine of which one write fails, though it may have been written.
public final class FlakyEngine: TableEngine {
    private let base: any TableEngine
    private let fatalWrite: Int
    private let isWritten: Bool
    private let writes = Mutex(0)

    /// An engine over `base` whose write number `fatalWrite`, counted from 1, fails after or before it is written.
    public init(_ base: any TableEngine, failingAt fatalWrite: Int, isWritten: Bool) {
        self.base = base
        self.fatalWrite = fatalWrite
        self.isWritten = isWritten
    }

    /// The store beneath.
    public var id: StoreID { base.id }

    /// As the store beneath.
    public func schema(of table: TableName) -> TableSchema? { base.schema(of: table) }

    /// As the store beneath.
    public func schemas() -> [TableSchema] { base.schemas() }

    /// As the store beneath.
    public func get(
        _ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void
    ) {
        base.get(operation, completion: completion)
    }

    /// As the store beneath.
    public func getTogether(
        _ operations: [GetItem], completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void
    ) {
        base.getTogether(operations, completion: completion)
    }

    /// As the store beneath.
    public func read(
        _ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void
    ) {
        base.read(operation, completion: completion)
    }

    /// As the store beneath, but for the one that fails.
    public func write(
        _ request: WriteRequest, completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void
    ) {
        let number = writes.withLock { writes in
            writes += 1
            return writes
        }
        guard number == fatalWrite else { return base.write(request, completion: completion) }
        guard isWritten else { return completion(.failure(.storage("by the test"))) }
        base.write(request) { _ in completion(.failure(.storage("by the test"))) }
    }
}
