import Base
import Registry
import Tables
import Tenancy

/// Which stores know which tenants.
struct Residents {
    /// By tenant, then by store.
    private(set) var stores: [TenantID: [StoreID: Resident]] = [:]
    /// The stores that could be opened.
    private(set) var readable: Set<StoreID> = []
    private var unreadable: [StoreID: String] = [:]
    /// The stores that there was no time to ask.
    private var unasked: [StoreID] = []

    init() {}

    /// Asks every store that has a record and a file; where `isBounded`, until the time of the look is over.
    init(of reconciler: Reconciler, _ ground: Ground, isBounded: Bool, _ watch: ReconcileWatch) throws {
        let ids = ground.stores.keys.filter(ground.files.contains).sorted()
        watch.begin(.stores, of: ids.count)
        for id in ids {
            try watch.goOn()
            guard !isBounded || !watch.isOver else {
                unasked.append(id)
                continue
            }
            defer { watch.advance() }
            do throws(TableError) {
                for (tenant, resident) in try reconciler.stores.store(id).residents() {
                    stores[tenant, default: [:]][id] = resident
                }
                readable.insert(id)
            } catch {
                // Removed since by the run whose it was.
                if case .noSuchStore = error { continue }
                unreadable[id] = "\(error)"
            }
        }
    }

    /// Each tenant is active in the one store that its placement names, in its epoch; elsewhere only a run under way may keep it.
    func check(_ ground: Ground, _ findings: inout Findings) {
        for store in unasked { findings.leave(store.text) }
        for (store, reason) in unreadable {
            findings.note(
                .storeUnreadable, store.text, "store `\(store)` cannot be read: \(reason)",
                .byHand("stop the server; `homeroom store check --store \(store)` names the damage"))
        }
        for placement in ground.placements.values
        where readable.contains(placement.store) && ground.tenants[placement.tenant] != nil {
            checkHome(placement, ground, &findings)
        }
        for (tenant, places) in stores {
            for (store, resident) in places where ground.placements[tenant]?.store != store {
                checkGuest(tenant, in: store, resident, ground, &findings)
            }
        }
    }

    private func checkHome(
        _ placement: PlacementRecord, _ ground: Ground, _ findings: inout Findings
    ) {
        let tenant = placement.tenant
        let others = (stores[tenant] ?? [:]).keys.filter { $0 != placement.store }
        let subject = tenant.text
        guard let resident = stores[tenant]?[placement.store] else {
            let problem = "store `\(placement.store)` does not know tenant `\(tenant)`, which is placed there"
            // What is in a store that was not asked is not known.
            let elsewhere = others + unasked + unreadable.keys
            let remedy: Finding.Remedy =
                elsewhere.isEmpty
                ? .repair("let the store serve the tenant")
                : .byHand(
                    others.isEmpty
                        ? "its items may be in stores that were not looked into; look at them with `homeroom reconcile --deep`"
                        : "its items may be in \(Residents.list(others)); restore registry and stores from one backup"
                )
            note(.residentMissing, subject, problem, tenant, remedy, &findings, realign)
            return
        }
        switch resident.state {
        case .fenced:
            note(
                .fenceLeft, subject,
                "writes of tenant `\(tenant)` are held back in store `\(placement.store)`", tenant,
                .repair("let them through, in a new epoch"), &findings, realign)
        case .active where resident.epoch != placement.epoch:
            note(
                .residentDiffers, subject,
                "store `\(placement.store)` serves tenant `\(tenant)` in epoch \(resident.epoch), its placement has \(placement.epoch)",
                tenant, .repair("give both the next epoch"), &findings, realign)
        case .active:
            guard resident.isCaptured else { return }
            note(
                .captureLeft, subject, "writes of tenant `\(tenant)` are noted for a move that is not there",
                tenant,
                .repair("cease to note them"), &findings, Residents.endCapture)
        case .arriving(let run), .kept(let run):
            note(
                .residentDiffers, subject,
                "store `\(placement.store)` keeps tenant `\(tenant)` for run `\(run)` and does not serve it, though it is placed there",
                tenant,
                .byHand(
                    "`homeroom run show \(run)` tells where it was; restore registry and stores from one backup"
                ),
                &findings, nil)
        }
    }

    private typealias Fix = @Sendable (Fixer, TenantID, Finding) throws -> Bool

    private func note(
        _ kind: FindingKind, _ subject: String, _ problem: String, _ tenant: TenantID,
        _ remedy: Finding.Remedy, _ findings: inout Findings, _ fix: Fix?
    ) {
        let finding = Finding(kind: kind, subject: subject, problem: problem, remedy: remedy)
        guard let fix, case .repair = remedy else {
            return findings.note(kind, subject, problem, of: [tenant], remedy)
        }
        findings.note(kind, subject, problem, of: [tenant], remedy) { fixer in
            try fixer.holding(tenant) { try fix(fixer, tenant, finding) }
        }
    }

    /// Placement and store get the next epoch, and writes pass. The placement first: until the store has heard of it requests are
    /// routed anew.
    private var realign: Fix {
        { fixer, tenant, finding in
            let placement = try fixer.registry.require(PlacementRecord.self, tenant)
            let store = try fixer.stores.store(placement.store)
            let resident = try store.resident(tenant)
            let epoch = max(placement.epoch, resident?.epoch ?? 0) + 1
            try fixer.registry.update(PlacementRecord.self, tenant) { placement, transaction in
                placement.epoch = epoch
                transaction.audit = [fixer.note(finding, tenant: tenant)]
            }
            try store.setResident(
                tenant,
                to: Resident(epoch: epoch, state: .active, isCaptured: resident?.isCaptured ?? false))
            return true
        }
    }

    private static let endCapture: Fix = { fixer, tenant, finding in
        let placement = try fixer.registry.require(PlacementRecord.self, tenant)
        let store = try fixer.stores.store(placement.store)
        guard var resident = try store.resident(tenant), resident.isCaptured else { return false }
        try fixer.commit([.check(placement)], fixer.note(finding, tenant: tenant))
        resident.isCaptured = false
        try store.setResident(tenant, to: resident)
        try store.discardChanges(of: tenant, through: .max)
        return true
    }

    private func checkGuest(
        _ tenant: TenantID, in store: StoreID, _ resident: Resident, _ ground: Ground,
        _ findings: inout Findings
    ) {
        switch resident.state {
        case .arriving(let run), .kept(let run):
            if let record = ground.runs[run], !record.state.isFinal { return }
        case .active, .fenced: break
        }
        let home = ground.placements[tenant].map { "it is placed in `\($0.store)`" } ?? "it has no place"
        let subject = "\(tenant)@\(store)"
        let problem = "store `\(store)` knows tenant `\(tenant)`, but \(home)"
        let remedy = Finding.Remedy.removal("remove its items from `\(store)`, and let the store forget it")
        let finding = Finding(kind: .residentStray, subject: subject, problem: problem, remedy: remedy)
        let schools = ground.tenants[tenant]?.schools.map(\.id) ?? []
        findings.note(.residentStray, subject, problem, of: [tenant], remedy) { fixer in
            try fixer.holding(tenant) {
                try Removal(fixer: fixer, finding: finding).removeResident(
                    tenant, schools: schools, from: store)
            }
        }
    }

    private static func list(_ stores: some Sequence<StoreID>) -> String {
        stores.sorted().map { "`\($0)`" }.joined(separator: ", ")
    }
}
