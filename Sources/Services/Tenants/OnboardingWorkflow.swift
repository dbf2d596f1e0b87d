import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Makes a tenant of a district: name and record, a place, tables, first items, first credentials; then it is
/// served. Where a step fails for good everything is taken back.
public struct OnboardingWorkflow: Workflow {
    /// The name that its runs are stored with.
    public static let kind = "tenant.onboard"

    /// The name that its runs are stored with.
    public let kind: String = OnboardingWorkflow.kind
    /// Its steps.
    public let steps: [any WorkflowStep]
    private let registry: Registry

    /// Onboarding to these places, in these stores.
    /// - Parameter forget: removes what others keep of a tenant that is taken back, such as what its first items have used.
    public init(
        registry: Registry, placements: Placements, stores: any StoreProvider, secrets: KeySecrets,
        forget: @escaping @Sendable (TenantID) throws -> Void
    ) {
        self.registry = registry
        let stores = TenantStores(stores: stores, placements: placements)
        steps = [
            RecordTenantStep(catalog: placements.catalog, forget: forget),
            PlaceTenantStep(placements: placements), ProvisionTenantStep(stores: stores),
            FirstTenantItemsStep(stores: stores), FirstCredentialsStep(secrets: secrets),
            CheckTenantStep(stores: stores),
        ]
    }

    /// Lets the tenant be served, and says so: in the commit that ends the run, so that a tenant of a run
    /// that is taken back at the last moment was never active and is announced to nobody.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction {
        guard run.state == .completed, let tenant = run.tenant else { return RegistryTransaction() }
        var record = try registry.require(TenantRecord.self, tenant)
        let before = record.state.name
        try record.enter(.active)
        let note = AuditNote(
            actor: run.actor, action: "tenant.onboarded", subject: tenant.text, tenant: tenant,
            before: ["state": before.rawValue], after: ["state": record.state.name.rawValue])
        return RegistryTransaction(
            [.replace(record)], audit: [note],
            events: [TenantEvent.announcement("tenant.onboarded", of: record)])
    }
}

/// What a finished onboarding leaves; nothing secret.
struct OnboardingResult: Codable {
    let tenant: TenantID
    let credential: String
}

/// What the steps of an onboarding remember, by name.
enum OnboardingMemory {
    /// The id of the first key.
    static let credential = "credential"
    /// A `TenantError`, where that is why the run failed.
    static let refusal = "refusal"
}

extension RunContext {
    /// The tenant of an onboarding run.
    fileprivate var onboarded: TenantID {
        guard let tenant else { preconditionFailure("an onboarding run is started with its tenant") }
        return tenant
    }

    /// The id of the tenant's first key, or nil where the tenant is not recorded.
    fileprivate var credential: String? {
        get throws { try value(for: OnboardingMemory.credential) }
    }

    /// Remembers why the run cannot succeed, and says so.
    func refuse(_ error: TenantError) throws -> StepResult {
        try set(error, for: OnboardingMemory.refusal)
        return .fail(reason: error.message)
    }
}

/// Checks the request, keeps the name and records the tenant with its schools: one commit.
private struct RecordTenantStep: WorkflowStep {
    let catalog: Catalog
    let forget: @Sendable (TenantID) throws -> Void
    let name = "record"

    func perform(_ context: RunContext) throws -> StepResult {
        // Set in the commit that records the tenant, and only there.
        if try context.credential != nil { return .done }
        let request = try context.input(as: OnboardingRequest.self)
        let tenant = context.onboarded
        do { _ = try request.checkedTier(catalog) } catch {
            return try context.refuse(error)
        }
        let now = context.clock.now()
        let schools = request.schools.map {
            SchoolRecord(id: SchoolID(random: context.random), name: $0.text, createdAt: now)
        }
        let record = TenantRecord(
            id: tenant, name: request.name.text, tier: request.tier, timezone: request.timezone,
            adminEmail: request.admin, schools: schools, createdAt: now)
        var transaction = RegistryTransaction([.insert(record)])
        let reservation = NameReservation(name: record.name, tenant: tenant)
        if let taken = try context.registry.read(NameReservation.self, reservation.id) {
            guard request.allowsDuplicateName else {
                return try context.refuse(.nameTaken(record.name, by: taken.tenant))
            }
        } else {
            transaction.changes.append(.insert(reservation))
        }
        transaction.audit = [
            AuditNote(
                actor: context.actor, action: "tenant.recorded", subject: tenant.text, tenant: tenant,
                detail: ["name": record.name, "tier": record.tier.text, "schools": String(schools.count)],
                after: [
                    "name": record.name, "tier": record.tier.text, "schools": String(schools.count),
                    "state": record.state.name.rawValue,
                ])
        ]
        // The key's id is made here too, so that all ids are recorded with the tenant, before they are used.
        try context.set(KeySecrets.makeID(random: context.random), for: OnboardingMemory.credential)
        context.stage(transaction)
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard try context.credential != nil else { return .done }
        context.removeValue(for: OnboardingMemory.credential)
        let tenant = context.onboarded
        // While it is still on record: whoever finds it there finds the run too, and goes on with it.
        try forget(tenant)
        var transaction = RegistryTransaction()
        if let record = try context.registry.read(TenantRecord.self, tenant) {
            transaction.changes.append(.delete(record))
            let before = ["tier": record.tier.text, "state": record.state.name.rawValue]
            let id = NameReservation.folded(record.name)
            if let reservation = try context.registry.read(NameReservation.self, id),
                reservation.tenant == tenant
            {
                transaction.changes.append(.delete(reservation))
            }
            transaction.audit = [
                AuditNote(
                    actor: context.actor, action: "tenant.withdrawn", subject: tenant.text, tenant: tenant,
                    before: before)
            ]
        }
        context.stage(transaction)
        return .done
    }
}

/// Takes a place and records the placement: one commit.
private struct PlaceTenantStep: WorkflowStep {
    let placements: Placements
    let name = "place"

    func perform(_ context: RunContext) throws -> StepResult {
        let registry = context.registry
        let tenant = context.onboarded
        guard try registry.read(PlacementRecord.self, tenant) == nil else { return .done }
        let record = try registry.require(TenantRecord.self, tenant)
        guard let tier = placements.catalog.tier(named: record.tier) else {
            return try context.refuse(
                .noSuchTier(record.tier.text, remedy: placements.catalog.tierRemedy(for: record.tier.text)))
        }
        _ = try placements.take(for: tenant, in: tier) { place, transaction in
            let placement = PlacementRecord(
                tenant: tenant, store: place.store, epoch: 1, tables: place.tables,
                isDedicated: place.isDedicated)
            var transaction = transaction
            transaction.changes.append(.insert(placement))
            try registry.transact(transaction)
        }
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let registry = context.registry
        guard let placement = try registry.read(PlacementRecord.self, context.onboarded) else {
            return .done
        }
        try placements.release(placement.store) { transaction in
            var transaction = transaction
            transaction.changes.append(.delete(placement))
            try registry.transact(transaction)
        }
        return .done
    }
}

/// Makes the store, its tables and the tenant's standing in it.
private struct ProvisionTenantStep: WorkflowStep {
    let stores: TenantStores
    let name = "provision"

    func perform(_ context: RunContext) throws -> StepResult {
        try stores.provision(try context.registry.require(PlacementRecord.self, context.onboarded))
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let placement = try context.registry.read(PlacementRecord.self, context.onboarded) else {
            return .done
        }
        let record = try context.registry.require(TenantRecord.self, context.onboarded)
        try stores.withdraw(placement, schools: record.schools.map(\.id), run: context.run)
        return .done
    }
}

/// Writes what the catalog gives each new tenant and school.
private struct FirstTenantItemsStep: WorkflowStep {
    let stores: TenantStores
    let name = "first-items"

    func perform(_ context: RunContext) throws -> StepResult {
        let (placement, record) = try read(context)
        try stores.write(
            FirstItems.all(of: record, stores.catalog), at: placement, schools: record.schools.map(\.id))
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        let (placement, record) = try read(context)
        try stores.remove(
            FirstItems.all(of: record, stores.catalog), at: placement, schools: record.schools.map(\.id))
        return .done
    }

    private func read(_ context: RunContext) throws -> (PlacementRecord, TenantRecord) {
        (
            try context.registry.require(PlacementRecord.self, context.onboarded),
            try context.registry.require(TenantRecord.self, context.onboarded)
        )
    }
}

/// Records the tenant's first key for the control API.
private struct FirstCredentialsStep: WorkflowStep {
    let secrets: KeySecrets
    let name = "credentials"

    func perform(_ context: RunContext) throws -> StepResult {
        guard let id = try context.credential else {
            return .fail(reason: "the run does not remember the id of its key")
        }
        guard try context.registry.read(CredentialRecord.self, id) == nil else { return .done }
        let record = try context.registry.require(TenantRecord.self, context.onboarded)
        let credential = CredentialRecord(
            id: id, kind: .tenant(record.id), role: "district-admin",
            secretDigest: secrets.digest(secrets.derive(id)), createdAt: context.clock.now(),
            // No person's address: labels stay in the audit log when the tenant and its people have gone.
            label: "first key")
        let note = AuditNote(
            actor: context.actor, action: "credential.created", subject: id, tenant: record.id,
            detail: ["label": credential.label],
            after: ["state": "active", "role": credential.role])
        try context.registry.transact(RegistryTransaction([.insert(credential)], audit: [note]))
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let id = try context.credential,
            let credential = try context.registry.read(CredentialRecord.self, id)
        else { return .done }
        let note = AuditNote(
            actor: context.actor, action: "credential.deleted", subject: id, tenant: context.onboarded,
            before: ["state": credential.isDisabled ? "revoked" : "active", "role": credential.role])
        try context.registry.transact(RegistryTransaction([.delete(credential)], audit: [note]))
        return .done
    }
}

/// Sees for itself that all is there before the tenant is served.
private struct CheckTenantStep: WorkflowStep {
    let stores: TenantStores
    let name = "check"

    func perform(_ context: RunContext) throws -> StepResult {
        let registry = context.registry
        let record = try registry.require(TenantRecord.self, context.onboarded)
        let placement = try registry.require(PlacementRecord.self, record.id)
        guard let id = try context.credential, try registry.read(CredentialRecord.self, id) != nil else {
            return .fail(reason: "the tenant's first key is not recorded")
        }
        if let missing = try stores.missing(FirstItems.all(of: record, stores.catalog), at: placement) {
            return .fail(reason: missing)
        }
        try context.setResult(OnboardingResult(tenant: record.id, credential: id))
        return .done
    }
}
