import Base
import Items
import Synchronization
import Tables

/// The control plane's records, in one table of a table engine. All concurrency is the table's: conditional writes and
/// transactions.
///
/// Calls wait for the table, so they belong on threads that may wait.
public final class Registry: Sendable {
    /// The table's name.
    public static let tableName: TableName = {
        guard let name = TableName("homeroom-registry") else { preconditionFailure("a valid name") }
        return name
    }()

    /// The table that the engine must hold.
    public static var schema: TableSchema { preconditionFailure("skeleton") }

    /// The registry in `engine`, which holds the table `schema`. Reads the newest audit entry and event, to go on
    /// counting behind them.
    public init(engine: any TableEngine, clock: any Clock) throws(RegistryError) {
        preconditionFailure("skeleton")
    }

    /// The record with this id, or nil.
    public func read<Record: RegistryRecord>(_ type: Record.Type = Record.self, _ id: Record.ID)
        throws(RegistryError) -> Record?
    {
        preconditionFailure("skeleton")
    }

    /// The record with this id.
    /// - Throws: `.notFound` where there is none.
    public func require<Record: RegistryRecord>(_ type: Record.Type = Record.self, _ id: Record.ID)
        throws(RegistryError) -> Record
    {
        guard let record = try read(type, id) else { throw .notFound(Record.key(of: id)) }
        return record
    }

    /// Records of a kind in the order of their sort keys (or against it), behind `after`, those whose sort key begins with
    /// `prefix`: a page of at most `limit`.
    public func list<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, prefix: String = "", after: String? = nil, limit: Int = 100,
        isForward: Bool = true
    ) throws(RegistryError) -> RegistryPage<Record> {
        preconditionFailure("skeleton")
    }

    /// Hands all records of a kind to `body`, page by page.
    public func forEach<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, _ body: (Record) throws -> Void
    ) throws {
        preconditionFailure("skeleton")
    }

    /// Commits the changes, their audit entries and their events, or nothing. The directory shows the changes when this
    /// returns.
    /// - Throws: `.conflict` where a condition did not hold.
    @discardableResult
    public func transact(_ transaction: RegistryTransaction) throws(RegistryError) -> RegistryCommit {
        preconditionFailure("skeleton")
    }

    /// Reads a record, lets `mutate` change it and add to the transaction, commits; from the beginning again where
    /// somebody else was first, at most `Limits.registryUpdateAttemptsMax` times. `mutate` may run several times and
    /// must not write to the registry itself. Where it leaves the record as it was and adds nothing, nothing is written.
    /// - Throws: `RegistryError.notFound`, `.conflict` after the last attempt, and what `mutate` throws.
    @discardableResult
    public func update<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, _ id: Record.ID,
        _ mutate: (inout Record, inout RegistryTransaction) throws -> Void
    ) throws -> Record {
        preconditionFailure("skeleton")
    }
}
