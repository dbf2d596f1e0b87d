import Base
import Items
import Tables
import Tenancy

/// A logical table as the gateway needs it: its shape, and whose keys are whose.
public final class GatewayTable: Sendable {
    /// The name that the application uses.
    public let name: TableName
    /// Its shape, under that name.
    public let schema: TableSchema
    /// Its place among the deployment's tables, from 0.
    let number: Int
    /// Whose the partition keys are.
    let ownedKeys: OwnedKeys
    /// Whose the partition keys of each index are, in the order of `schema.indexes`.
    let indexOwnedKeys: [OwnedKeys]
    private let nameBytes: [UInt8]

    init(_ table: LogicalTable, number: Int) {
        name = table.name
        nameBytes = Array(table.name.text.utf8)
        self.number = number
        ownedKeys = table.ownedKeys
        indexOwnedKeys = table.indexes.map(\.ownedKeys)
        schema = TableSchema(
            name: table.name, key: table.key,
            indexes: table.indexes.map { index in
                let projection: IndexSchema.Projection =
                    switch index.projection {
                    case .all: .all
                    case .keysOnly: .keysOnly
                    case .include(let names): .include(names)
                    }
                return IndexSchema(name: index.name, key: index.key, projection: projection)
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

    /// The tables of a catalog.
    public init(_ catalog: Catalog) {
        all = catalog.tables.sorted { $0.name < $1.name }.enumerated().map {
            GatewayTable($0.element, number: $0.offset)
        }
        byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name.text, $0) })
    }

    /// The table of that name, or nil.
    public subscript(name: String) -> GatewayTable? { byName[name] }
}
