import Base
import Registry
import Tables
import Tenancy

// Tenants, their places and their names: registry records beside one another.
extension Reconciler {
    /// Tenants and placements.
    func checkPlacements(_ ground: Ground, _ findings: inout Findings) throws {
        for tenant in ground.tenants.values where ground.placements[tenant.id] == nil {
            switch tenant.state {
            case .onboarding, .gone: continue
            case .active, .suspended, .offboarding:
                findings.note(
                    .tenantUnplaced, tenant.id.text,
                    "tenant `\(tenant.id)` is \(tenant.state.name.rawValue) and has no place",
                    of: [tenant.id],
                    .byHand("restore the registry from a backup: where its items are is not known"))
            }
        }
        for placement in ground.placements.values {
            let state = ground.tenants[placement.tenant]?.state
            let isStray = if case .gone = state { true } else { state == nil }
            if isStray { notePlacement(placement, &findings) }
            guard ground.stores[placement.store] == nil else { continue }
            noteStore(of: placement, ground, &findings)
        }
    }

    private func notePlacement(_ placement: PlacementRecord, _ findings: inout Findings) {
        let subject = placement.tenant.text
        let problem = "a place in store `\(placement.store)` is kept for a tenant that is not there"
        let remedy = Finding.Remedy.removal("remove the placement; its items are told of by themselves")
        let finding = Finding(kind: .placementStray, subject: subject, problem: problem, remedy: remedy)
        findings.note(.placementStray, subject, problem, of: [placement.tenant], remedy) { fixer in
            guard let now = try fixer.registry.read(PlacementRecord.self, placement.tenant),
                now.version == placement.version
            else { return false }
            var changes: [RegistryChange] = [.delete(now)]
            if var store = try fixer.registry.read(StoreRecord.self, placement.store) {
                // A store of its own goes with it, and its file is told of by itself; another tenant's stays.
                if case .dedicated(placement.tenant) = store.kind {
                    changes.append(.delete(store))
                } else {
                    store.occupants = max(0, store.occupants - 1)
                    changes.append(.replace(store))
                }
            }
            try fixer.commit(changes, fixer.note(finding))
            return true
        }
    }

    private func noteStore(of placement: PlacementRecord, _ ground: Ground, _ findings: inout Findings) {
        let store = placement.store
        let problem = "tenant `\(placement.tenant)` is placed in store `\(store)`, which is not recorded"
        guard let tier = ground.tenants[placement.tenant]?.tier, ground.files.contains(store),
            let record = recovered(store, of: placement, tier: tier, ground)
        else {
            findings.note(
                .storeUnrecorded, store.text, problem, of: [placement.tenant],
                .byHand("restore the registry from a backup"))
            return
        }
        let remedy = Finding.Remedy.repair("record the store, with the tenants that are placed in it")
        let finding = Finding(kind: .storeUnrecorded, subject: store.text, problem: problem, remedy: remedy)
        findings.note(.storeUnrecorded, store.text, problem, of: [placement.tenant], remedy) { fixer in
            guard try fixer.registry.read(StoreRecord.self, store) == nil else { return false }
            try fixer.commit([.insert(record)], fixer.note(finding))
            return true
        }
    }

    /// The record that a store must have had; nil where its name is not of the form that says so.
    private func recovered(
        _ store: StoreID, of placement: PlacementRecord, tier: TierName, _ ground: Ground
    ) -> StoreRecord? {
        let occupants = ground.placements.values.count { $0.store == store }
        if placement.isDedicated {
            guard
                let owner = catalog.tiers.first(where: {
                    PhysicalNames.tenantStore(placement.tenant, tier: $0.name) == store
                })
            else { return nil }
            return StoreRecord(
                id: store, tier: owner.name, kind: .dedicated(tenant: placement.tenant), occupants: 1,
                capacity: 1)
        }
        for tier in catalog.tiers {
            guard let number = Int(store.text.split(separator: "-").last ?? ""), number >= 1,
                PhysicalNames.poolStore(tier: tier.name, pool: number) == store
            else { continue }
            return StoreRecord(
                id: store, tier: tier.name, kind: .pooled(number: number), occupants: occupants,
                capacity: max(tier.isolation.capacity, occupants))
        }
        return nil
    }

    // MARK: Names and keys

    /// Reserved names and tenants' keys.
    func checkNames(_ ground: Ground, _ findings: inout Findings) throws {
        var reserved: Set<String> = []
        try registry.forEach(NameReservation.self) { reservation in
            reserved.insert(reservation.id)
            let bearer = ground.tenants[reservation.tenant]
            if let bearer, NameReservation.folded(bearer.name) == reservation.id { return }
            note(reservation, isKnown: bearer != nil, &findings)
        }
        for tenant in ground.tenants.values {
            if case .gone = tenant.state { continue }
            let name = NameReservation.folded(tenant.name)
            if !reserved.contains(name) { noteUnreserved(name, tenant.id, &findings) }
        }
        try registry.forEach(CredentialRecord.self) { credential in
            guard case .tenant(let tenant) = credential.kind, ground.tenants[tenant] == nil else { return }
            note(credential, of: tenant, &findings)
        }
    }

    private func note(_ reservation: NameReservation, isKnown: Bool, _ findings: inout Findings) {
        let holder = reservation.tenant
        let problem =
            "a name is reserved for tenant `\(holder)`, which \(isKnown ? "bears another" : "is not there")"
        let remedy = Finding.Remedy.repair("give the name free")
        let finding = Finding(kind: .nameStray, subject: reservation.id, problem: problem, remedy: remedy)
        findings.note(.nameStray, reservation.id, problem, of: [holder], remedy) { fixer in
            guard let now = try fixer.registry.read(NameReservation.self, reservation.id), now == reservation
            else { return false }
            if let bearer = try fixer.registry.read(TenantRecord.self, holder),
                NameReservation.folded(bearer.name) == now.id
            {
                return false
            }
            try fixer.commit([.delete(now)], fixer.note(finding))
            return true
        }
    }

    private func noteUnreserved(_ name: String, _ tenant: TenantID, _ findings: inout Findings) {
        let problem = "the name of tenant `\(tenant)` is reserved for nobody"
        let remedy = Finding.Remedy.repair("reserve it for the tenant")
        let finding = Finding(
            kind: .nameUnreserved, subject: tenant.text, problem: problem, remedy: remedy)
        findings.note(.nameUnreserved, tenant.text, problem, of: [tenant], remedy) { fixer in
            guard let bearer = try fixer.registry.read(TenantRecord.self, tenant),
                NameReservation.folded(bearer.name) == name,
                try fixer.registry.read(NameReservation.self, name) == nil
            else { return false }
            try fixer.commit(
                [.check(bearer), .insert(NameReservation(name: bearer.name, tenant: tenant))],
                fixer.note(finding, tenant: tenant))
            return true
        }
    }

    private func note(
        _ credential: CredentialRecord, of tenant: TenantID, _ findings: inout Findings
    ) {
        let problem = "the key is that of tenant `\(tenant)`, which is not there"
        let remedy = Finding.Remedy.removal("remove the key")
        let finding = Finding(
            kind: .credentialStray, subject: credential.id, problem: problem, remedy: remedy)
        findings.note(.credentialStray, credential.id, problem, of: [tenant], remedy) { fixer in
            guard let now = try fixer.registry.read(CredentialRecord.self, credential.id),
                try fixer.registry.read(TenantRecord.self, tenant) == nil
            else { return false }
            try fixer.commit([.delete(now)], fixer.note(finding))
            return true
        }
    }
}
