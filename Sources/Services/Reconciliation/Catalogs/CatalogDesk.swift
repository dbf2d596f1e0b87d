import Base
import Crypto
import Registry
import Tables
import Tenancy

/// Keeps the catalog in force, tells what another one would mean, and puts it in force at the next start.
///
/// Calls wait for the registry and the stores.
public struct CatalogDesk: Sendable {
    let registry: Registry
    let stores: any StoreProvider
    let clock: any Clock

    /// A desk over a registry and the stores that it speaks of.
    public init(registry: Registry, stores: any StoreProvider, clock: any Clock) {
        self.registry = registry
        self.stores = stores
        self.clock = clock
    }

    /// The catalog in force, or nil before the first start.
    /// - Throws: `CatalogDeskError.faulty` where its text cannot be read (any more).
    public func inForce() throws -> (record: CatalogRecord, catalog: Catalog)? {
        guard let record = try registry.read(CatalogRecord.self, CatalogRecord.theID) else { return nil }
        return (record, try CatalogDesk.parsed(Array(record.content.utf8), file: "the catalog in force"))
    }

    /// What the catalog in `bytes` would mean. Changes nothing.
    /// - Throws: `CatalogDeskError`, what registry and stores throw.
    public func plan(_ bytes: [UInt8], file: String) throws -> CatalogPlan {
        guard let (record, old) = try inForce() else { throw CatalogDeskError.nothingInForce }
        return try plan(try CatalogDesk.parsed(bytes, file: file), CatalogDesk.digest(bytes), record, old)
    }

    /// Lets the catalog be put in force at the next start. The same as that in force takes back what was to come.
    /// - Throws: `CatalogDeskError`: `.refused` where it could expose or orphan data; what registry and stores throw.
    public func stage(_ bytes: [UInt8], file: String, actor: AuditActor) throws -> CatalogPlan {
        let plan = try plan(bytes, file: file)
        guard !plan.change.isRefused else { throw CatalogDeskError.refused(plan) }
        let content = String(decoding: bytes, as: UTF8.self)
        let now = clock.now()
        try registry.update(CatalogRecord.self, CatalogRecord.theID) { record, transaction in
            guard record.next?.digest != plan.digest else { return }
            let before = record.next?.digest ?? record.digest
            record.next =
                plan.isInForce
                ? nil : CatalogRecord.Next(digest: plan.digest, content: content, actor: actor, since: now)
            transaction.audit = [
                AuditNote(
                    actor: actor, action: "catalog.accepted", subject: "catalog",
                    before: ["digest": before], after: ["digest": plan.digest])
            ]
        }
        return plan
    }

    func plan(_ catalog: Catalog, _ digest: String, _ record: CatalogRecord, _ old: Catalog) throws
        -> CatalogPlan
    {
        let questions = CatalogChange.questions(from: old, to: catalog)
        let change = CatalogChange(from: old, to: catalog, facts: try facts(about: questions, old))
        let touchesTables = old.tables != catalog.tables
        return CatalogPlan(
            digest: digest, digestInForce: record.digest, change: change,
            waitsFor: touchesTables ? try openRuns() : [])
    }

    /// SHA-256 in hexadecimal.
    static func digest(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(bytes).bytes) }

    static func parsed(_ bytes: [UInt8], file: String) throws(CatalogDeskError) -> Catalog {
        guard bytes.count <= Limits.catalogBytesMax else { throw .tooLarge(bytes: bytes.count) }
        do throws(CatalogError) { return try Catalog(parsing: bytes, file: file) } catch {
            throw .faulty("\(error)")
        }
    }

    private func openRuns() throws -> [RunID] {
        var runs: [RunID] = []
        try registry.forEach(OpenRun.self) { runs.append($0.id) }
        return runs
    }

    private func facts(about tables: [TableName], _ catalog: Catalog) throws -> CatalogFacts {
        var facts = CatalogFacts()
        var placements: [TenantID: PlacementRecord] = [:]
        try registry.forEach(PlacementRecord.self) { placements[$0.tenant] = $0 }
        try registry.forEach(TenantRecord.self) { tenant in
            if case .gone = tenant.state { return }
            facts.tenants.append(
                CatalogFacts.Tenant(
                    id: tenant.id, tier: tenant.tier, schools: tenant.schools.count,
                    isDedicated: placements[tenant.id]?.isDedicated))
        }
        var records: [StoreRecord] = []
        try registry.forEach(StoreRecord.self) { record in
            records.append(record)
            if case .pooled = record.kind { facts.pools[record.tier, default: []].append(record.occupants) }
        }
        guard !tables.isEmpty else { return facts }
        let files = Set(try stores.list())
        for record in records where files.contains(record.id) && facts.tablesWithItems.count < tables.count {
            let store = try stores.store(record.id)
            for table in tables where !facts.tablesWithItems.contains(table) {
                let name = record.physicalName(of: table)
                guard store.schema(of: name) != nil else { continue }
                let range = KeyRange(table: name, lower: [], upper: nil)
                if try !store.rows(in: range, after: nil, itemsMax: 1, bytesMax: 1).isEmpty {
                    facts.tablesWithItems.insert(table)
                }
            }
        }
        return facts
    }
}

extension StoreRecord {
    /// What a logical table is called in this store.
    func physicalName(of table: TableName) -> TableName {
        switch kind {
        case .pooled(let number): PhysicalNames.poolTable(table, tier: tier, pool: number)
        case .dedicated(let tenant): PhysicalNames.tenantTable(table, tier: tier, tenant: tenant)
        }
    }
}
