import Base
import Registry
import Tables
import Tenancy

/// With which catalog a server begins.
public struct CatalogBeginning: Sendable {
    /// What is in force.
    public let catalog: Catalog
    /// Its digest.
    public let digest: String
    /// What there is to say of it at the start, a sentence each.
    public let remarks: [String]
}

extension CatalogDesk {
    /// Finds the catalog in force, at the first start that of the file; puts in force what was accepted, if nothing speaks against it
    /// (any more). Before anybody is served.
    /// - Parameters:
    ///   - bytes: what is in the file that the server was started with, at `path`.
    ///   - accepts: whether the file's catalog is to be put in force where it is another one.
    /// - Throws: `CatalogDeskError`; what the registry throws.
    public func begin(
        with bytes: [UInt8], path: String, accepts: Bool, onFailure: (StoreID, any Error) -> Void
    ) throws -> CatalogBeginning {
        guard try inForce() != nil else {
            let catalog = try CatalogDesk.parsed(bytes, file: path)
            let digest = CatalogDesk.digest(bytes)
            try registry.transact(
                RegistryTransaction(
                    [
                        .insert(
                            CatalogRecord(
                                digest: digest, content: String(decoding: bytes, as: UTF8.self),
                                isApplied: true))
                    ],
                    audit: [
                        AuditNote(
                            actor: .system, action: "catalog.in-force", subject: "catalog",
                            after: ["digest": digest])
                    ]))
            return CatalogBeginning(catalog: catalog, digest: digest, remarks: [])
        }
        if accepts { _ = try stage(bytes, file: path, actor: .system) }
        var remarks: [String] = []
        if let remark = try putNextInForce() { remarks.append(remark) }
        guard let (record, catalog) = try inForce() else { throw CatalogDeskError.nothingInForce }
        if !record.isApplied { try giveTables(catalog, onFailure: onFailure) }
        if record.next == nil, CatalogDesk.digest(bytes) != record.digest {
            remarks.append(
                "\(path) differs from the catalog in force, which stays: `homeroom catalog plan \(path)` shows what it would mean, "
                    + "`homeroom catalog apply \(path)` puts it in force at the next start.")
        }
        return CatalogBeginning(catalog: catalog, digest: record.digest, remarks: remarks)
    }

    /// Puts what was accepted in force, or says what it waits for.
    private func putNextInForce() throws -> String? {
        guard let (record, old) = try inForce(), let next = record.next else { return nil }
        let bytes = Array(next.content.utf8)
        let plan = try plan(
            try CatalogDesk.parsed(bytes, file: "the accepted catalog"), next.digest, record, old)
        // What was accepted may no longer be right: items have come to a table that goes, a tenant to a tier.
        guard !plan.change.isRefused else {
            return "The accepted catalog cannot be put in force any more. "
                + CatalogDeskError.refused(plan).description
        }
        guard plan.waitsFor.isEmpty else {
            let runs = plan.waitsFor.prefix(3).map(\.text).joined(separator: ", ")
            return
                "The accepted catalog changes tables and waits for \(plan.waitsFor.count) runs under way (\(runs)): start again "
                + "when they have ended."
        }
        var now = record
        now.number += 1
        now.digest = next.digest
        now.content = next.content
        now.isApplied = false
        now.next = nil
        try registry.transact(
            RegistryTransaction(
                [.replace(now)],
                audit: [
                    AuditNote(
                        actor: next.actor, action: "catalog.in-force", subject: "catalog",
                        before: ["digest": record.digest], after: ["digest": next.digest])
                ]))
        return "Another catalog is in force from now on: \(next.digest.prefix(12))."
    }

    /// Gives the stores of all tenants the tables and indexes of the catalog, and takes away those that it no longer has: only
    /// tables without items. A store that cannot be opened keeps what it has; the next start tries again.
    private func giveTables(_ catalog: Catalog, onFailure: (StoreID, any Error) -> Void) throws {
        var byStore: [StoreID: [PlacementRecord]] = [:]
        try registry.forEach(PlacementRecord.self) { byStore[$0.store, default: []].append($0) }
        var failures = 0
        for (id, placements) in byStore.sorted(by: { $0.key < $1.key }) {
            guard let record = try registry.read(StoreRecord.self, id) else { continue }
            do { try giveTables(catalog, to: record, placements) } catch {
                failures += 1
                onFailure(id, error)
            }
        }
        guard failures == 0 else { return }
        try registry.update(CatalogRecord.self, CatalogRecord.theID) { record, _ in record.isApplied = true }
    }

    private func giveTables(
        _ catalog: Catalog, to record: StoreRecord, _ placements: [PlacementRecord]
    ) throws {
        let store = try stores.store(record.id)
        var names: [String: TableName] = [:]
        for table in catalog.tables {
            let wanted = table.schema(named: record.physicalName(of: table.name))
            names[table.name.text] = wanted.name
            guard let found = store.schema(of: wanted.name) else {
                try store.create(wanted)
                continue
            }
            for index in wanted.indexes where found.index(named: index.name) == nil {
                try store.addIndex(index, to: wanted.name)
            }
            for index in found.indexes where wanted.index(named: index.name) == nil {
                try store.removeIndex(index.name, of: wanted.name)
            }
        }
        let dropped = Set(placements.flatMap(\.tables.values)).subtracting(names.values)
        for placement in placements where placement.tables != names {
            try registry.update(PlacementRecord.self, placement.tenant) { placement, _ in
                placement.tables = names
            }
        }
        // Asked again here: the plan has seen that there was nothing in it.
        for table in dropped where store.schema(of: table) != nil {
            let range = KeyRange(table: table, lower: [], upper: nil)
            guard try store.rows(in: range, after: nil, itemsMax: 1, bytesMax: 1).isEmpty else { continue }
            try store.delete(table)
        }
    }
}
