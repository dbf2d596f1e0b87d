import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Adds a school to a tenant, with its first items; also while the tenant is being moved.
public struct SchoolWorkflow: Workflow {
    /// The name that its runs are stored with.
    public static let kind = "school.add"

    /// The name that its runs are stored with.
    public let kind: String = SchoolWorkflow.kind
    /// The second has `check`.
    public let version = 2
    /// Its steps.
    public let steps: [any WorkflowStep]

    /// Adding schools within these tiers' limits, in these stores.
    public init(placements: Placements, stores: any StoreProvider) {
        let stores = TenantStores(stores: stores, placements: placements)
        steps = [
            RecordSchoolStep(catalog: placements.catalog), FirstSchoolItemsStep(stores: stores),
            CheckSchoolStep(stores: stores),
        ]
    }
}

/// A school to be added.
struct SchoolRequest: Hashable, Codable {
    let tenant: TenantID
    let name: DisplayName
    let allowsDuplicateName: Bool

    /// What the tenant and the catalog say against it; the grace that it takes where they say nothing.
    @discardableResult
    func check(
        _ record: TenantRecord, _ catalog: Catalog, at now: Timestamp
    ) throws(TenantError) -> SchoolGrace? {
        switch record.state {
        case .active, .suspended: break
        case .onboarding: throw .notApplicable(tenant, state: "being onboarded", wanted: "given a school")
        case .offboarding: throw .notApplicable(tenant, state: "being offboarded", wanted: "given a school")
        case .gone: throw .notApplicable(tenant, state: "gone", wanted: "given a school")
        }
        if !allowsDuplicateName,
            let other = record.schools.first(where: {
                DisplayName($0.name)?.comparisonText == name.comparisonText
            })
        {
            throw .schoolNameTaken(name.text, by: other.id)
        }
        return try catalog.tier(named: record.tier).map { record.effective($0, at: now) }?.grace(
            for: record.schools.count + 1, catalog: catalog)
    }
}

extension RunContext {
    private static let school = "school"

    /// The id of the school that the run adds, or nil where none is recorded.
    fileprivate var addedSchool: SchoolID? {
        get throws { try value(for: RunContext.school) }
    }

    fileprivate func remember(_ school: SchoolID) throws { try set(school, for: RunContext.school) }

    fileprivate func forgetSchool() { removeValue(for: RunContext.school) }

    fileprivate func tenantRecord() throws -> TenantRecord? {
        try registry.read(TenantRecord.self, input(as: SchoolRequest.self).tenant)
    }
}

/// Records the school, so that a move that begins now takes its items along.
private struct RecordSchoolStep: WorkflowStep {
    let catalog: Catalog
    let name = "record"

    func perform(_ context: RunContext) throws -> StepResult {
        // Set in the commit that records the school, and only there.
        if try context.addedSchool != nil { return .done }
        let request = try context.input(as: SchoolRequest.self)
        guard var record = try context.tenantRecord() else {
            return try context.refuse(.noSuchTenant(request.tenant.text))
        }
        let grace: SchoolGrace?
        do { grace = try request.check(record, catalog, at: context.clock.now()) } catch {
            return try context.refuse(error)
        }
        let school = SchoolRecord(
            id: SchoolID(random: context.random), name: request.name.text, createdAt: context.clock.now())
        record.schools.append(school)
        var detail = ["name": school.name]
        detail["grace"] = grace?.text
        let note = AuditNote(
            actor: context.actor, action: "school.added", subject: school.id.text, tenant: record.id,
            detail: detail, before: ["schools": String(record.schools.count - 1)],
            after: ["schools": String(record.schools.count)])
        try context.remember(school.id)
        try context.setResult(AddedSchool(school, grace: grace))
        // Its people learn at once that it will be moved, and why.
        context.stage(
            RegistryTransaction(
                [.replace(record)], audit: [note],
                events: [
                    TenantEvent.announcement("school.added", of: record, school: school.id),
                    grace.map {
                        TenantEvent.announcement(
                            "tenant.in-grace", of: record, school: school.id, reason: $0.text)
                    },
                ].compactMap { $0 }))
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let school = try context.addedSchool else { return .done }
        context.forgetSchool()
        guard var record = try context.tenantRecord(), record.schools.contains(where: { $0.id == school })
        else { return .done }
        let count = record.schools.count
        record.schools.removeAll { $0.id == school }
        let note = AuditNote(
            actor: context.actor, action: "school.withdrawn", subject: school.text, tenant: record.id,
            before: ["schools": String(count)], after: ["schools": String(record.schools.count)])
        context.stage(
            RegistryTransaction(
                [.replace(record)], audit: [note],
                events: [TenantEvent.announcement("school.withdrawn", of: record, school: school)]))
        return .done
    }
}

/// Writes what the catalog gives each new school.
private struct FirstSchoolItemsStep: WorkflowStep {
    let stores: TenantStores
    let name = "first-items"

    func perform(_ context: RunContext) throws -> StepResult {
        guard let (record, school) = try read(context) else {
            return .fail(reason: "the school is no longer on record")
        }
        let placement = try context.registry.require(PlacementRecord.self, record.id)
        let items = FirstItems.of(school, of: record, stores.catalog)
        try stores.write(items, at: placement, schools: record.schools.map(\.id))
        return .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        guard let (record, school) = try read(context) else { return .done }
        let placement = try context.registry.require(PlacementRecord.self, record.id)
        let items = FirstItems.of(school, of: record, stores.catalog)
        try stores.remove(items, at: placement, schools: record.schools.map(\.id))
        return .done
    }

    private func read(_ context: RunContext) throws -> (TenantRecord, SchoolRecord)? {
        try context.recordedSchool()
    }
}

/// Sees for itself that the school has its first items.
private struct CheckSchoolStep: WorkflowStep {
    /// What is not there. An error that may pass: the tenant may be moved at this very moment.
    struct Missing: Error {
        let description: String
    }

    let stores: TenantStores
    let name = "check"

    func perform(_ context: RunContext) throws -> StepResult {
        guard let (record, school) = try context.recordedSchool() else {
            return .fail(reason: "the school is no longer on record")
        }
        let placement = try context.registry.require(PlacementRecord.self, record.id)
        let items = FirstItems.of(school, of: record, stores.catalog)
        if let missing = try stores.missing(items, at: placement) { throw Missing(description: missing) }
        return .done
    }
}

extension RunContext {
    /// The school that the run adds, with its tenant; nil where they are not on record.
    fileprivate func recordedSchool() throws -> (TenantRecord, SchoolRecord)? {
        guard let id = try addedSchool, let record = try tenantRecord(),
            let school = record.schools.first(where: { $0.id == id })
        else { return nil }
        return (record, school)
    }
}
