import Base
import Tables

extension Registry {
    /// The table's name.
    public static let tableName: TableName = {
        guard let name = TableName("homeroom-registry") else { preconditionFailure("a valid name") }
        return name
    }()

    /// The table that the engine must hold.
    public static let schema = RegistryTable.schema

    /// The record with this id, or nil.
    public func read<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, _ id: Record.ID
    ) throws(RegistryError) -> Record? {
        try RegistryTable.read(type, at: Record.key(of: id), in: engine)
    }

    /// The record with this id.
    /// - Throws: `.notFound` where there is none.
    public func require<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, _ id: Record.ID
    ) throws(RegistryError) -> Record {
        guard let record = try read(type, id) else { throw .notFound(Record.key(of: id)) }
        return record
    }

    /// Records of a kind in the order of their sort keys (or against it), behind `after`, those whose sort
    /// key begins with `prefix`: a page of at most `limit` (and `Limits.registryPageRecordsMax`, and
    /// DynamoDB's megabyte).
    public func list<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, prefix: String = "", after: String? = nil, limit: Int = 100,
        isForward: Bool = true
    ) throws(RegistryError) -> RegistryPage<Record> {
        try RegistryTable.list(
            type, prefix: prefix, after: after, limit: limit, isForward: isForward, in: engine)
    }

    /// Hands all records of a kind, in order, to `body`, page by page: those changed meanwhile as they were
    /// or as they are.
    public func forEach<Record: RegistryRecord>(
        _ type: Record.Type = Record.self, prefix: String = "", _ body: (Record) throws(RegistryError) -> Void
    ) throws(RegistryError) {
        var after: String?
        repeat {
            let page = try list(type, prefix: prefix, after: after, limit: Limits.registryPageRecordsMax)
            for record in page.records { try body(record) }
            after = page.next
        } while after != nil
    }
}
