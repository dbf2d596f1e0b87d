import Base
import Items
import Synchronization
import Tables

/// A table engine that can neither read nor write one record, as where a page of its file is broken.
final class PoisonedEngine: TableEngine {
    private let base: any TableEngine
    private let poisoned = Mutex<EncodedKey?>(nil)

    init(_ base: any TableEngine) { self.base = base }

    /// From now on the record with this key fails; nil for none.
    func poison(_ key: EncodedKey?) { poisoned.withLock { $0 = key } }

    var id: StoreID { base.id }

    func schema(of table: TableName) -> TableSchema? { base.schema(of: table) }

    func schemas() -> [TableSchema] { base.schemas() }

    func get(
        _ operation: GetItem, completion: @escaping @Sendable (Result<ItemRow?, TableError>) -> Void
    ) {
        if isPoisoned(operation.key) { return completion(.failure(Self.broken)) }
        base.get(operation, completion: completion)
    }

    func getTogether(
        _ operations: [GetItem], completion: @escaping @Sendable (Result<[ItemRow?], TableError>) -> Void
    ) {
        if operations.contains(where: { isPoisoned($0.key) }) { return completion(.failure(Self.broken)) }
        base.getTogether(operations, completion: completion)
    }

    func read(
        _ operation: ReadRange, completion: @escaping @Sendable (Result<ReadPage, TableError>) -> Void
    ) {
        base.read(operation, completion: completion)
    }

    func write(
        _ request: WriteRequest, completion: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void
    ) {
        if request.writes.contains(where: { isPoisoned($0.key) }) {
            return completion(.failure(Self.broken))
        }
        base.write(request, completion: completion)
    }

    private func isPoisoned(_ key: EncodedKey) -> Bool { poisoned.withLock { $0 == key } }

    private static let broken = TableError.storage("broken by the test")
}
