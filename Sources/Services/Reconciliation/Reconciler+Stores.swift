import Base
import Registry
import Tables
import Tenancy
import Workflows

// Stores' records beside their files and the placements in them.
extension Reconciler {
    /// Records, files and counts.
    func checkStores(_ ground: Ground, _ findings: inout Findings) throws {
        var placed: [StoreID: [TenantID]] = [:]
        for placement in ground.placements.values {
            placed[placement.store, default: []].append(placement.tenant)
        }
        for record in ground.stores.values {
            let tenants = placed[record.id] ?? []
            checkCount(record, tenants, ground, &findings)
            try checkClosed(record, &findings)
            guard !ground.files.contains(record.id) else { continue }
            if !tenants.isEmpty {
                findings.note(
                    .storeFileMissing, record.id.text,
                    "store `\(record.id)` has \(tenants.count) tenants and no file", of: tenants,
                    .byHand("stop the server and put `\(record.id).sqlite` back from a backup"))
            } else if case .dedicated(let tenant) = record.kind {
                note(record, of: tenant, &findings)
            }
        }
        for store in ground.files.subtracting(ownStores) where ground.stores[store] == nil {
            guard placed[store] == nil else { continue }
            noteFile(of: store, ground, &findings)
        }
    }

    /// A place is taken before its tenant is placed there and given back after it has left: so as long as a run names the store the
    /// count may be higher.
    private func checkCount(
        _ record: StoreRecord, _ tenants: [TenantID], _ ground: Ground, _ findings: inout Findings
    ) {
        let held = ground.storesOfRuns.contains(record.id) ? ground.runs.count : 0
        guard !(tenants.count...tenants.count + held).contains(record.occupants) else { return }
        if case .dedicated = record.kind, tenants.isEmpty { return }
        let subject = record.id.text
        let problem =
            "store `\(record.id)` counts \(record.occupants) tenants; \(tenants.count) are placed in it"
        let remedy = Finding.Remedy.repair("count them anew")
        let finding = Finding(kind: .storeCount, subject: subject, problem: problem, remedy: remedy)
        findings.note(.storeCount, subject, problem, remedy) { fixer in
            // Whoever places a tenant writes this record too, so the count holds if the record is still the same.
            guard var now = try fixer.registry.read(StoreRecord.self, record.id) else { return false }
            var count = 0
            try fixer.registry.forEach(PlacementRecord.self) { if $0.store == now.id { count += 1 } }
            guard now.occupants != count else { return false }
            now.occupants = count
            try fixer.commit([.replace(now)], fixer.note(finding))
            return true
        }
    }

    /// Only a run that empties or spreads a pool closes it, and opens it again however it ends.
    private func checkClosed(_ record: StoreRecord, _ findings: inout Findings) throws {
        guard let run = record.closedBy else { return }
        let closer = try registry.read(RunRecord.self, run)
        // It opens the pool before it ends: what is read after its end is what it left.
        guard closer?.state.isFinal ?? true,
            try registry.read(StoreRecord.self, record.id)?.closedBy == run
        else { return }
        let subject = record.id.text
        let problem =
            "pool `\(record.id)` is closed by run `\(run)`, which \(closer == nil ? "never was" : "has ended")"
        let remedy = Finding.Remedy.repair("let it take newcomers again")
        let finding = Finding(kind: .poolClosed, subject: subject, problem: problem, remedy: remedy)
        findings.note(.poolClosed, subject, problem, remedy) { fixer in
            guard var now = try fixer.registry.read(StoreRecord.self, record.id), now.closedBy == run else {
                return false
            }
            now.closedBy = nil
            try fixer.commit([.replace(now)], fixer.note(finding))
            return true
        }
    }

    private func note(_ record: StoreRecord, of tenant: TenantID, _ findings: inout Findings) {
        let subject = record.id.text
        let problem =
            "a store of tenant `\(tenant)` is recorded that has no file and that it is not placed in"
        let remedy = Finding.Remedy.repair("forget the store")
        let finding = Finding(kind: .storeRecordStray, subject: subject, problem: problem, remedy: remedy)
        findings.note(.storeRecordStray, subject, problem, of: [tenant], remedy) { fixer in
            guard let now = try fixer.registry.read(StoreRecord.self, record.id),
                try !fixer.stores.list().contains(record.id),
                try fixer.registry.read(PlacementRecord.self, tenant)?.store != record.id
            else { return false }
            try fixer.commit([.delete(now)], fixer.note(finding))
            return true
        }
    }

    private func noteFile(of store: StoreID, _ ground: Ground, _ findings: inout Findings) {
        let owner = ground.tenants.keys.first { store.text.hasSuffix("-" + $0.text) }
        let problem = "the file of store `\(store)` is there, and no such store is recorded"
        let remedy = Finding.Remedy.removal("remove the file with all that is in it")
        let finding = Finding(
            kind: .storeFileStray, subject: store.text, problem: problem, remedy: remedy)
        findings.note(.storeFileStray, store.text, problem, of: owner.map { [$0] } ?? [], remedy) { fixer in
            guard try fixer.registry.read(StoreRecord.self, store) == nil,
                try fixer.stores.list().contains(store)
            else { return false }
            // Noted first: an entry without the removal is found again, a removal without the entry is not.
            try fixer.commit([.checkAbsent(StoreRecord.key(of: store))], fixer.note(finding))
            try fixer.stores.remove(store)
            return true
        }
    }
}
