import Base
import Items
import Registry
import Tables
import Tenancy

// Whose the items of each store are.
extension Reconciler {
    /// Goes from owner to owner in each table: one look at a key for each, however many items it has.
    func checkItems(
        _ ground: Ground, _ residents: Residents, _ scrutiny: Scrutiny, _ findings: inout Findings,
        _ watch: ReconcileWatch
    ) throws {
        // In their order, so that a look that was cut short sees what the one before has seen.
        let records = ground.stores.values.filter { residents.readable.contains($0.id) }.sorted {
            $0.id < $1.id
        }
        watch.begin(.tables, of: records.count * catalog.tables.count)
        for record in records {
            try watch.goOn()
            let names = ground.tables(of: record, catalog)
            do throws(TableError) {
                let store = try stores.store(record.id)
                for table in catalog.tables {
                    defer { watch.advance() }
                    guard let name = names[table.name.text],
                        let schema = store.schema(of: name), schema.key == table.key
                    else { continue }
                    var walk = OwnerWalk(
                        table: table, name: name, store: store, scrutiny: scrutiny,
                        nobody: TenantID(random: random), watch: watch)
                    try walk.run()
                    if walk.isCut { findings.leave("\(name)@\(record.id)") }
                    note(walk, ground, residents, &findings)
                }
            } catch {
                switch error {
                // Gone with the run whose it was.
                case .noSuchStore, .noSuchTable: continue
                default: throw error
                }
            }
        }
    }

    private func note(
        _ walk: OwnerWalk, _ ground: Ground, _ residents: Residents, _ findings: inout Findings
    ) {
        let store = walk.store.id
        for (owner, held) in walk.owners {
            let tenant: TenantID? =
                switch owner {
                case .tenant(let tenant): ground.tenants[tenant] == nil ? nil : tenant
                case .school(let school): ground.schools[school]
                }
            // Whom the store knows is looked at among its residents.
            if let tenant,
                ground.placements[tenant]?.store == store || residents.stores[tenant]?[store] != nil
            {
                continue
            }
            noteStray(owner, tenant, held, walk, ground, &findings)
        }
        guard walk.unownedKeys > 0 else { return }
        let subject = "\(walk.name)@\(store)"
        let problem =
            "\(walk.unownedKeys) keys of table `\(walk.name)` in store `\(store)` are of no owner's form"
        let remedy = Finding.Remedy.removal("remove their items")
        let finding = Finding(kind: .itemsUnowned, subject: subject, problem: problem, remedy: remedy)
        let (table, name) = (walk.table, walk.name)
        let nobody = walk.nobody
        findings.note(.itemsUnowned, subject, problem, remedy) { fixer in
            let store = try fixer.stores.store(store)
            try fixer.commit([], fixer.note(finding))
            var walk = OwnerWalk(
                table: table, name: name, store: store, scrutiny: .deep, nobody: nobody,
                watch: ReconcileWatch())
            let removal = Removal(fixer: fixer, finding: finding)
            try walk.run { key in
                try removal.remove(
                    KeyRange(table: name, lower: key, upper: key + [0]), of: nobody, from: store)
            }
            return walk.unownedKeys > 0
        }
    }

    private func noteStray(
        _ owner: KeyOwner, _ tenant: TenantID?, _ held: OwnerWalk.Held, _ walk: OwnerWalk, _ ground: Ground,
        _ findings: inout Findings
    ) {
        let (store, name) = (walk.store.id, walk.name)
        let who =
            switch owner {
            case .tenant(let id): "tenant `\(id)`"
            case .school(let id): "school `\(id)`"
            }
        let why =
            tenant.map { id in
                ground.placements[id].map { "tenant `\(id)` is placed in `\($0.store)`" }
                    ?? "tenant `\(id)` has no place"
            } ?? "which is not there"
        let count = held.items.map { "\($0) items" } ?? "items"
        let text =
            switch owner {
            case .tenant(let id): id.text
            case .school(let id): id.text
            }
        let subject = "\(text)@\(name)"
        let problem = "table `\(name)` of store `\(store)` holds \(count) of \(who), \(why)"
        let remedy = Finding.Remedy.removal("remove them from `\(name)`")
        let finding = Finding(kind: .itemsStray, subject: subject, problem: problem, remedy: remedy)
        let nobody = walk.nobody
        findings.note(.itemsStray, subject, problem, of: tenant.map { [$0] } ?? [], remedy) { fixer in
            let remove: () throws -> Bool = {
                let store = try fixer.stores.store(store)
                if let tenant {
                    let home = try fixer.registry.read(PlacementRecord.self, tenant)?.store
                    guard home != store.id, try store.resident(tenant) == nil else {
                        throw ReconcileError.inUse("store `\(store.id)`")
                    }
                }
                try fixer.commit([], fixer.note(finding, tenant: tenant))
                try Removal(fixer: fixer, finding: finding).remove(
                    KeyRange(table: name, lower: held.span.lower, upper: held.span.upper),
                    of: tenant ?? nobody, from: store)
                return true
            }
            guard let tenant else { return try remove() }
            return try fixer.holding(tenant, remove)
        }
    }
}

/// Goes through a table's partition keys from owner to owner.
struct OwnerWalk {
    /// What an owner has there.
    struct Held {
        let span: KeySpan
        /// How many items; nil where they were not counted.
        let items: Int?
    }

    let table: LogicalTable
    let name: TableName
    let store: any MovableStore
    let scrutiny: Scrutiny
    /// An id that no tenant has.
    let nobody: TenantID
    /// Whether no more is to be looked at; asked between two owners.
    let watch: ReconcileWatch
    /// Whether it ended before all was looked at.
    private(set) var isCut = false
    private(set) var owners: [KeyOwner: Held] = [:]
    private(set) var unownedKeys = 0

    init(
        table: LogicalTable, name: TableName, store: any MovableStore, scrutiny: Scrutiny,
        nobody: TenantID, watch: ReconcileWatch
    ) {
        self.table = table
        self.name = name
        self.store = store
        self.scrutiny = scrutiny
        self.nobody = nobody
        self.watch = watch
    }

    /// Goes through it; `onUnowned` is told each partition key that is of no owner's form.
    mutating func run() throws(TableError) { try walk { _ throws(TableError) in } }

    /// The same, telling `onUnowned` of each partition key that is of no owner's form.
    mutating func run(_ onUnowned: ([UInt8]) throws -> Void) throws {
        var trouble: (any Error)?
        try walk { key throws(TableError) in
            guard trouble == nil else { return }
            do { try onUnowned(key) } catch { trouble = error }
        }
        if let trouble { throw trouble }
    }

    private mutating func walk(_ onUnowned: ([UInt8]) throws(TableError) -> Void) throws(TableError) {
        var lower: [UInt8] = []
        let isLimited = scrutiny < .deep
        while true {
            let range = KeyRange(table: name, lower: lower, upper: nil)
            guard let row = try store.rows(in: range, after: nil, itemsMax: 1, bytesMax: 1).first else {
                return
            }
            isCut =
                watch.isOver || watch.isStopped
                || isLimited
                    && (owners.count >= Limits.reconcileOwnersMax
                        || unownedKeys >= Limits.reconcileUnownedKeysMax)
            if isCut { return }
            watch.noteOwner()
            let key = row.key.partition
            guard let owner = table.ownedKeys.owner(of: key), let span = span(of: owner, around: key) else {
                unownedKeys += 1
                try onUnowned(key)
                lower = key + [0]
                continue
            }
            let items =
                scrutiny == .deep
                ? try store.extent(of: KeyRange(table: name, lower: span.lower, upper: span.upper)).items
                : nil
            owners[owner] = Held(span: span, items: items)
            guard let next = span.upper else { return }
            lower = next
        }
    }

    private func span(of owner: KeyOwner, around key: [UInt8]) -> KeySpan? {
        let spans =
            switch owner {
            case .tenant(let tenant): table.ownedKeys.spans(tenant: tenant, schools: [])
            case .school(let school): table.ownedKeys.spans(tenant: nobody, schools: [school])
            }
        return spans.first { span in
            !key.lexicographicallyPrecedes(span.lower)
                && (span.upper.map { key.lexicographicallyPrecedes($0) } ?? true)
        }
    }
}
