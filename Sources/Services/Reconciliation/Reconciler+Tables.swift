import Base
import Registry
import Tables
import Tenancy

// The tables of each store beside the catalog.
extension Reconciler {
    /// Tables, keys, indexes and options of every store that tenants are placed in; strange tables of every store.
    func checkTables(
        _ ground: Ground, _ residents: Residents, _ findings: inout Findings, _ watch: ReconcileWatch
    ) throws {
        let options = try LogicalOptions.all(registry)
        var placed: Set<StoreID> = []
        for placement in ground.placements.values { placed.insert(placement.store) }
        for record in ground.stores.values where residents.readable.contains(record.id) {
            try watch.goOn()
            // A run that is just making or emptying the store is at its tables.
            guard !ground.storesOfRuns.contains(record.id) else { continue }
            let store: any MovableStore
            do throws(TableError) { store = try stores.store(record.id) } catch {
                if case .noSuchStore = error { continue }
                throw error
            }
            let names = ground.tables(of: record, catalog)
            checkStrange(in: store, names, &findings)
            guard placed.contains(record.id) else { continue }
            for table in catalog.tables {
                guard let name = names[table.name.text] else { continue }
                check(table.schema(named: name), in: store, names, options[table.name], &findings)
            }
        }
    }

    private func checkStrange(
        in store: any MovableStore, _ names: [String: TableName], _ findings: inout Findings
    ) {
        let known = Set(names.values)
        let id = store.id
        for schema in store.schemas() where !known.contains(schema.name) {
            let subject = "\(schema.name)@\(id)"
            let problem = "store `\(id)` has a table `\(schema.name)`, which is not the catalog's"
            let remedy = Finding.Remedy.removal("delete the table with all that is in it")
            let finding = Finding(kind: .tableStray, subject: subject, problem: problem, remedy: remedy)
            findings.note(.tableStray, subject, problem, remedy) { fixer in
                let store = try fixer.stores.store(id)
                guard store.schema(of: schema.name) != nil else { return false }
                try fixer.commit([], fixer.note(finding))
                try store.delete(schema.name)
                return true
            }
        }
    }

    private func check(
        _ wanted: TableSchema, in store: any MovableStore, _ names: [String: TableName],
        _ options: LogicalOptions?, _ findings: inout Findings
    ) {
        let id = store.id
        let subject = "\(wanted.name)@\(id)"
        guard let found = store.record(of: wanted.name) else {
            note(
                .tableMissing, subject, "store `\(id)` has no table `\(wanted.name)`", "make it, empty", id,
                &findings
            ) { store, fixer in
                try store.create(wanted)
                try fixer.placements.apply(to: store, tables: names)
            }
            return
        }
        guard found.schema.key == wanted.key else {
            findings.note(
                .tableDiffers, subject,
                "table `\(wanted.name)` of store `\(id)` has another key than the catalog's",
                .byHand("serve with the catalog that the table was made by"))
            return
        }
        for index in wanted.indexes {
            checkIndex(index, of: found.schema, in: id, &findings)
        }
        for index in found.schema.indexes where wanted.index(named: index.name) == nil {
            noteStrange(index.name, of: wanted.name, in: id, &findings)
        }
        if let options, !options.holds(for: found.options) {
            note(
                .optionsDiffer, subject,
                "stream or time to live of table `\(wanted.name)` are not the catalog's",
                "set them", id, &findings
            ) { store, fixer in try fixer.placements.apply(to: store, tables: names) }
        }
    }

    private func checkIndex(
        _ index: IndexSchema, of table: TableSchema, in id: StoreID, _ findings: inout Findings
    ) {
        let subject = "\(table.name).\(index.name)@\(id)"
        guard let found = table.index(named: index.name) else {
            note(
                .indexMissing, subject, "table `\(table.name)` of store `\(id)` has no index `\(index.name)`",
                "make it; its entries are made in the background", id, &findings
            ) { store, _ in try store.addIndex(index, to: table.name) }
            return
        }
        guard found != index else { return }
        findings.note(
            .tableDiffers, subject,
            "index `\(index.name)` of table `\(table.name)` in store `\(id)` is not the catalog's",
            .byHand("serve with the catalog that the index was made by"))
    }

    private func noteStrange(
        _ index: String, of table: TableName, in id: StoreID, _ findings: inout Findings
    ) {
        let subject = "\(table).\(index)@\(id)"
        let problem = "table `\(table)` of store `\(id)` has an index `\(index)`, which is not the catalog's"
        let remedy = Finding.Remedy.removal("remove the index")
        let finding = Finding(kind: .indexStray, subject: subject, problem: problem, remedy: remedy)
        findings.note(.indexStray, subject, problem, remedy) { fixer in
            let store = try fixer.stores.store(id)
            guard store.schema(of: table)?.index(named: index) != nil else { return false }
            try fixer.commit([], fixer.note(finding))
            try store.removeIndex(index, of: table)
            return true
        }
    }

    private func note(
        _ kind: FindingKind, _ subject: String, _ problem: String, _ remedy: String, _ id: StoreID,
        _ findings: inout Findings, _ fix: @escaping @Sendable (any MovableStore, Fixer) throws -> Void
    ) {
        let finding = Finding(kind: kind, subject: subject, problem: problem, remedy: .repair(remedy))
        findings.note(kind, subject, problem, finding.remedy) { fixer in
            let store = try fixer.stores.store(id)
            try fixer.commit([], fixer.note(finding))
            try fix(store, fixer)
            return true
        }
    }
}

extension LogicalOptions {
    /// What is recorded for all logical tables.
    static func all(_ registry: Registry) throws -> [TableName: LogicalOptions] {
        var found: [TableName: LogicalOptions] = [:]
        try registry.forEach(LogicalOptions.self) { found[$0.id] = $0 }
        return found
    }

    /// Whether a physical table has these options.
    func holds(for options: TableOptions) -> Bool {
        options.stream?.viewType == stream?.viewType && options.stream?.startedAt == stream?.startedAt
            && options.timeToLiveAttribute == timeToLiveAttribute
    }
}
