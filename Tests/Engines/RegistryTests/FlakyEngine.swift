import Base
import Synchronization
import Tables

/// A table engine of which one write fails, though it may have been written.
final class FlakyEngine: TableEngine {
    private let base: any TableEngine
    private let fatalWrite: Int
    private let isWritten: Bool
    private let writes = Mutex(0)

    init(_ base: any TableEngine, failingAt fatalWrite: Int, isWritten: Bool) {
        self.base = base
        self.fatalWrite = fatalWrite
        self.isWritten = isWritten
    }

    var id: StoreID { base.id }

    func schema(of table: TableName) -> TableSchema? { base.schema(of: table) }

    func schemas() -> [TableSchema] { base.schemas() }

    func get(_ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void) {
        base.get(operation, completion: completion)
    }

    func read(_ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void)
    {
        base.read(operation, completion: completion)
    }

    func write(
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
