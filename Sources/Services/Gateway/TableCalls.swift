import Base
import Items
import Tables

/// What is said of a table: as it is, or as it was when a change of it was asked for.
public struct TableDescription: Sendable {
    /// Where a table is between its creation and its deletion.
    public enum Status: String, Sendable {
        case active = "ACTIVE"
        case creating = "CREATING"
        case updating = "UPDATING"
        case deleting = "DELETING"
    }

    /// The table, under the name that the session uses.
    public var record: TableRecord
    /// Where it is.
    public var status: Status
    /// The global indexes that are being made.
    public var builds: [IndexBuild] = []
    /// The global index that was removed just now.
    public var removedIndex: IndexSchema?
    /// How much it holds.
    public var sizes = TableSizes()

    /// The status of one of its global indexes.
    public func status(of index: IndexSchema) -> Status {
        if index.name == removedIndex?.name { return .deleting }
        if status == .creating || builds.contains(where: { $0.index == index.name }) { return .creating }
        return status == .deleting ? .deleting : .active
    }

    init(_ record: TableRecord, _ status: Status) {
        self.record = record
        self.status = status
    }
}

/// An index as a request names it: its attributes' kinds are told apart from it.
public struct IndexDefinition: Sendable {
    /// The index's name.
    public var name: String
    /// The names of its partition key attributes.
    public var partitions: [String]
    /// The names of its sort key attributes.
    public var sorts: [String]
    /// What it holds.
    public var projection: IndexSchema.Projection
    /// What it orders.
    public var kind: IndexSchema.Kind
    /// Its throughput, where the request gives one.
    public var throughput: TableOptions.Throughput?

    /// An index.
    public init(
        name: String, partitions: [String], sorts: [String], projection: IndexSchema.Projection,
        kind: IndexSchema.Kind = .global, throughput: TableOptions.Throughput? = nil
    ) {
        self.name = name
        self.partitions = partitions
        self.sorts = sorts
        self.projection = projection
        self.kind = kind
        self.throughput = throughput
    }

    /// The index's shape, or nil where an attribute's kind is not told.
    public func schema(_ kinds: [ExactText: KeyType]) -> IndexSchema? {
        let partitions = self.partitions.compactMap { KeyAttribute(named: $0, kinds) }
        let sorts = self.sorts.compactMap { KeyAttribute(named: $0, kinds) }
        guard partitions.count == self.partitions.count, sorts.count == self.sorts.count else { return nil }
        return IndexSchema(
            name: name, key: KeySchema(partitions: partitions, sorts: sorts), projection: projection,
            kind: kind)
    }
}

extension KeyAttribute {
    fileprivate init?(named name: String, _ kinds: [ExactText: KeyType]) {
        guard let type = kinds[ExactText(name)] else { return nil }
        self.init(name: name, type: type)
    }
}

/// What CreateTable asks for.
public struct TableDefinition: Sendable {
    /// The shape.
    public var schema: TableSchema
    /// The options; a stream's start is noted when it begins.
    public var options: TableOptions

    /// A table.
    public init(schema: TableSchema, options: TableOptions) {
        self.schema = schema
        self.options = options
    }
}

/// What UpdateTable asks for.
public struct TableChange: Sendable {
    /// How a table is billed.
    public enum Billing: Hashable, Sendable {
        case byRequest
        case provisioned
    }

    /// What becomes of the stream.
    public enum StreamChange: Hashable, Sendable {
        case on(TableOptions.Stream.ViewType)
        case off
    }

    /// What becomes of the encryption.
    public enum EncryptionChange: Hashable, Sendable {
        case on(TableOptions.Encryption)
        case off
    }

    /// How it is to be billed.
    public var billing: Billing?
    /// Its throughput.
    public var throughput: TableOptions.Throughput?
    /// The throughput of indexes, by name.
    public var indexThroughput: [(index: String, throughput: TableOptions.Throughput)] = []
    /// The index to make.
    public var addedIndex: IndexDefinition?
    /// The kinds of attributes that are told with it.
    public var kinds: [ExactText: KeyType] = [:]
    /// The index to remove.
    public var removedIndex: String?
    /// What becomes of the stream.
    public var stream: StreamChange?
    /// What becomes of the encryption.
    public var encryption: EncryptionChange?
    /// Whether it is to be kept from deletion.
    public var isDeletionProtected: Bool?
    /// Its class.
    public var tableClass: String?
    /// The most that is wanted of it.
    public var onDemandMax: TableOptions.OnDemandMax?
    /// What it is to be ready for at once.
    public var warmThroughput: TableOptions.Throughput?

    /// No change.
    public init() {}
}
