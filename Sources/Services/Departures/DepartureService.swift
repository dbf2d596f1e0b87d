import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Tenants that leave, and single people's items that are erased: plan, begin, take back, receipts.
public final class DepartureService: Sendable {
    let environment: DepartureEnvironment
    let engine: WorkflowEngine
    let clock: any Clock

    /// Departures in this environment, carried out by an engine that knows `OffboardWorkflow` and `ErasureWorkflow`.
    public init(environment: DepartureEnvironment, engine: WorkflowEngine, clock: any Clock) {
        self.clock = clock
        self.environment = environment
        self.engine = engine
    }

    // MARK: Offboarding

    /// What a departure would remove now. Changes nothing.
    public func plan(_ input: OffboardInput) throws -> OffboardPlan {
        let record = try check(input)
        return try OffboardPlan(input, record: record, environment: environment, now: clock.now())
    }

    /// Begins a departure, or finds the one that was begun with this key.
    /// - Throws: `DepartureError`; `WorkflowError.locked` while another run changes the tenant's place.
    public func offboard(
        _ input: OffboardInput, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        if idempotencyKey == nil { _ = try check(input) }
        return try engine.start(
            kind: OffboardWorkflow.runKind, input: input, tenant: input.tenant,
            idempotencyKey: idempotencyKey, actor: actor)
    }

    private func check(_ input: OffboardInput) throws -> TenantRecord {
        try DepartureService.check(reason: input.reason)
        try DepartureService.check(graceSeconds: input.graceSeconds)
        guard (1...Limits.departureExportDaysMax).contains(input.exportDays ?? 1) else {
            throw DepartureError.invalid(
                field: "exportDays", remedy: "give 1 to \(Limits.departureExportDaysMax) days")
        }
        let record = try self.record(of: input.tenant)
        switch record.state {
        case .active, .suspended: return record
        case .onboarding, .offboarding, .gone:
            throw DepartureError.notApplicable(
                input.tenant, state: record.state.name.rawValue, wanted: "offboarded")
        }
    }

    static func check(reason: String) throws(DepartureError) {
        guard reason.contains(where: { !$0.isWhitespace }),
            reason.unicodeScalars.count <= Limits.departureReasonCharactersMax
        else {
            throw .invalid(
                field: "reason",
                remedy:
                    "say why in 1 to \(Limits.departureReasonCharactersMax) characters, for those who ask later"
            )
        }
    }

    func record(of tenant: TenantID) throws -> TenantRecord {
        guard let record = try environment.registry.read(TenantRecord.self, tenant) else {
            throw DepartureError.noSuchTenant(tenant)
        }
        return record
    }

    /// Keeps a tenant that is leaving: it is again what it was. Only before the first removal.
    /// - Returns: the departure's run, which is on its way back.
    /// - Throws: `DepartureError.notLeaving`; `WorkflowError.pastReturn`.
    public func keep(_ tenant: TenantID, actor: AuditActor) throws -> RunID {
        guard case .offboarding(let departure) = try record(of: tenant).state else {
            throw DepartureError.notLeaving(tenant)
        }
        try engine.cancel(departure.run, actor: actor)
        return departure.run
    }

    // MARK: Receipts

    /// The receipts of the tenant's departure and of erasures among its items, the oldest first: a page of them.
    /// - Parameter after: the `next` of the page before.
    public func receipts(
        of tenant: TenantID, after: String? = nil, limit: Int = 100
    ) throws -> (receipts: [RemovalReceipt], next: String?) {
        let prefix = RemovalReceiptOf.prefix(of: tenant)
        let page = try environment.registry.list(
            RemovalReceiptOf.self, prefix: prefix, after: after.map { prefix + $0 }, limit: limit)
        let receipts = try page.records.map {
            try environment.registry.require(RemovalReceipt.self, $0.id.run)
        }
        return (receipts, page.next.map { String($0.dropFirst(prefix.count)) })
    }

    /// The receipt that a run has left, or nil.
    public func receipt(_ run: RunID) throws -> RemovalReceipt? {
        try environment.registry.read(RemovalReceipt.self, run)
    }
}
