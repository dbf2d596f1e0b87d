import Base
import Registry
import Synchronization
import Tables

/// The physical tables that operators see: their own in the store `main`, and those that hold tenants' items. The registry's
/// are not among them.
public final class OperatorTables: Sendable {
    /// The store of the tables that operators make.
    public static let store: StoreID = {
        guard let id = StoreID("main") else { preconditionFailure("a valid name") }
        return id
    }()

    /// Where a table is that holds tenants' items, and which logical table that is.
    private struct Provisioned {
        let store: StoreID
        let logical: String
    }

    let stores: any StoreProvider
    private let directory: Directory
    /// Where each provisioned table is, and of which state of the directory that was read.
    private let provisioned = Mutex<(tables: [TableName: Provisioned], generation: Int)>(([:], -1))
    private let generation = Atomic<Int>(0)

    init(stores: any StoreProvider, directory: Directory) {
        self.stores = stores
        self.directory = directory
        directory.onChange { [weak self] _ in
            self?.generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        }
    }

    /// The table of that name, or nil.
    /// - Throws: `fault` where its store cannot be opened.
    func table(named name: String) throws(GatewayError) -> GatewayTable? {
        guard let name = TableName(name), !name.isRestoring else { return nil }
        if let own = try table(name, in: Self.store, isProvisioned: false) { return own }
        guard let store = provisionedTables()[name]?.store else { return nil }
        return try table(name, in: store, isProvisioned: true)
    }

    /// The logical table whose tenants' items a physical one holds; nil of operators' own.
    func logicalName(of table: TableName) -> String? { provisionedTables()[table]?.logical }

    /// All tables, by name.
    /// - Throws: `fault` where a store cannot be opened.
    func all() throws(GatewayError) -> [GatewayTable] {
        var found: [GatewayTable] = []
        if let main = try engine(Self.store) {
            found += main.schemas().filter { !$0.name.isRestoring }.map {
                Self.table($0, in: Self.store, main, isProvisioned: false)
            }
        }
        for (name, place) in provisionedTables() {
            if let table = try table(name, in: place.store, isProvisioned: true) { found.append(table) }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// The store of operators' own tables, made if need be.
    func keeper() throws(GatewayError) -> any TableKeeper {
        do throws(TableError) { return try stores.create(Self.store, tables: []) } catch {
            throw Gateway.error(error)
        }
    }

    private func table(
        _ name: TableName, in store: StoreID, isProvisioned: Bool
    ) throws(GatewayError) -> GatewayTable? {
        guard let engine = try engine(store), let schema = engine.schema(of: name) else { return nil }
        return Self.table(schema, in: store, engine, isProvisioned: isProvisioned)
    }

    private static func table(
        _ schema: TableSchema, in store: StoreID, _ engine: any MovableStore, isProvisioned: Bool
    ) -> GatewayTable {
        let record = isProvisioned ? nil : engine.record(of: schema.name)
        return GatewayTable(
            schema,
            .init(
                store: store, engine: engine, isProvisioned: isProvisioned,
                copiedFrom: record?.options.copiedFrom))
    }

    private func engine(_ store: StoreID) throws(GatewayError) -> (any MovableStore)? {
        do throws(TableError) { return try stores.store(store) } catch {
            if case .noSuchStore = error { return nil }
            throw Gateway.error(error)
        }
    }

    private func provisionedTables() -> [TableName: Provisioned] {
        let generation = generation.load(ordering: .acquiring)
        let known = provisioned.withLock { $0 }
        if known.generation == generation { return known.tables }
        var found: [TableName: Provisioned] = [:]
        for entry in directory.entries() {
            guard let placement = entry.placement else { continue }
            for (logical, table) in placement.tables {
                found[table] = Provisioned(store: placement.store, logical: logical)
            }
        }
        provisioned.withLock { $0 = (found, generation) }
        return found
    }
}
