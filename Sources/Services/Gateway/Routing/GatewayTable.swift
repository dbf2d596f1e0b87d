import Base
import Items
import Tables
import Tenancy

/// A table as a session sees it: a tenant's logical table with whose keys are whose, or an operator's physical one.
public final class GatewayTable: Sendable {
    /// What a table is to a session.
    enum Place: Sendable {
        /// A logical table; where its items are depends on the tenant.
        case logical(Logical)
        /// A physical table of a store.
        case physical(Physical)
    }

    struct Logical: Sendable {
        /// Its place among the deployment's tables, from 0.
        let number: Int
        /// Whose the partition keys are.
        let ownedKeys: OwnedKeys
        /// Whose the partition keys of each index are, in the order of `schema.indexes`.
        let indexOwnedKeys: [OwnedKeys]
    }

    struct Physical: Sendable {
        let store: StoreID
        let engine: any TableEngine
        /// Whether it holds tenants' items: operators may look at them, one by one in the audit log, and change nothing.
        let isProvisioned: Bool
        /// The provisioned table that an operator's own one was restored from: the operator may change the copy, and each look at
        /// it is in the audit log as one at the items it was made of.
        var copiedFrom: TableOptions.Origin?
    }

    /// The name that the session uses.
    public let name: TableName
    /// Its shape, under that name.
    public let schema: TableSchema
    private let nameBytes: [UInt8]
    let place: Place

    /// A physical table.
    init(_ schema: TableSchema, _ physical: Physical) {
        name = schema.name
        nameBytes = Array(schema.name.text.utf8)
        self.schema = schema
        place = .physical(physical)
    }

    /// Whether it holds tenants' items and the session is an operator's.
    var isProvisioned: Bool {
        if case .physical(let physical) = place { physical.isProvisioned } else { false }
    }

    /// The provisioned table that it is a copy of, where it is one.
    var copiedFrom: TableOptions.Origin? {
        if case .physical(let physical) = place { physical.copiedFrom } else { nil }
    }

    /// Whether it holds tenants' items, its own or copies, and the session is an operator's.
    var isRecorded: Bool {
        guard case .physical(let physical) = place else { return false }
        return physical.isProvisioned || physical.copiedFrom != nil
    }

    /// The store that a physical table is in.
    /// - Precondition: it is one.
    var store: StoreID {
        guard case .physical(let physical) = place else {
            preconditionFailure("`\(name)` is no physical table")
        }
        return physical.store
    }

    /// Whose a partition key of a logical table is, or of an index of it; nil where the patterns know no owner.
    func owner(of partition: [UInt8], index: GatewayIndex? = nil) -> KeyOwner? {
        guard case .logical(let logical) = place else { return nil }
        if let index { return logical.indexOwnedKeys[index.number].owner(of: partition) }
        return logical.ownedKeys.owner(of: partition)
    }

    /// The tags that an operator's table has, `aws:ResourceTag/…` to policies.
    var tags: [String: String] {
        guard case .physical(let physical) = place, let keeper = physical.engine as? any TableKeeper else {
            return [:]
        }
        return keeper.record(of: name)?.options.tags ?? [:]
    }

    /// A logical table's place among the deployment's tables; nil for a physical table.
    var number: Int? { if case .logical(let logical) = place { logical.number } else { nil } }

    init(_ table: LogicalTable, number: Int) {
        name = table.name
        nameBytes = Array(table.name.text.utf8)
        place = .logical(
            Logical(
                number: number, ownedKeys: table.ownedKeys, indexOwnedKeys: table.indexes.map(\.ownedKeys)))
        schema = TableSchema(
            name: table.name, key: table.key,
            indexes: table.indexes.map { index in
                let projection: IndexSchema.Projection =
                    switch index.projection {
                    case .all: .all
                    case .keysOnly: .keysOnly
                    case .include(let names): .include(names)
                    }
                return IndexSchema(
                    name: index.name, key: index.key, projection: projection,
                    kind: index.kind == .local ? .local : .global)
            })
    }

    /// Whether these bytes are its name.
    func hasName(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.isSame(as: nameBytes) }

    /// The index of that name, with its place among the table's indexes, or nil.
    func index(named name: String) -> GatewayIndex? {
        schema.indexes.firstIndex { ByteOrder.areEqual($0.name, name) }.map {
            GatewayIndex(number: $0, schema: schema.indexes[$0])
        }
    }
}

/// An index of a logical table.
struct GatewayIndex: Sendable {
    let number: Int
    let schema: IndexSchema
}

/// The logical tables of a deployment, by name.
public struct GatewayTables: Sendable {
    /// In the order of their names.
    public let all: [GatewayTable]
    private let byName: [String: GatewayTable]
    /// What the names of physical tables begin with, in every store that there can be.
    private let physicalNames: [String]

    /// The tables of a catalog.
    public init(_ catalog: Catalog) {
        all = catalog.tables.sorted { $0.name < $1.name }.enumerated().map {
            GatewayTable($0.element, number: $0.offset)
        }
        byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name.text, $0) })
        physicalNames = catalog.tables.flatMap { table in
            catalog.tiers.map { PhysicalNames.poolTable(table.name, tier: $0.name, pool: 1).text }
        }
    }

    /// What the name of a table that holds tenants' items begins with, where `name` is such a one or could become one.
    func physicalName(like name: TableName) -> String? {
        physicalNames.first { name.text == $0 || name.text.hasPrefix($0 + "-") }
    }

    /// The table that a physical one of that name belongs to, as such names are made; nil where there is none.
    func logical(ofPhysical name: TableName) -> GatewayTable? {
        all.filter { name.text.hasPrefix($0.name.text + "-") }.max {
            $0.name.text.utf8.count < $1.name.text.utf8.count
        }
    }

    /// The table of that name, or nil.
    public subscript(name: String) -> GatewayTable? { byName[name] }
}
