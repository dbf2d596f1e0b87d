import Base
import Registry
import Tables
import Workflows

/// The run that lets a tenant leave: its data is taken along, a grace period passes in which it can be taken back, everything is
/// removed everywhere, what remains is searched for, and a signed receipt says what was done.
///
/// close → export → grace → seal → count | remove items → remove history → remove copies → remove records → scrub → search → finish.
/// At the bar is the point of no return.
public struct OffboardWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "tenant.offboard"

    /// The kind of its runs.
    public let kind = runKind
    /// As moves have it: a tenant does not leave while a move of it, or the time to take that back, is under way.
    public let lock: String? = "place"
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]
    private let environment: DepartureEnvironment

    /// The workflow over these stores and records.
    public init(environment: DepartureEnvironment) {
        self.environment = environment
        steps = [
            CloseStep(environment: environment),
            ExportStep(environment: environment),
            GraceStep(environment: environment),
            SealStep(environment: environment),
            CountStep(environment: environment),
            RemoveItemsStep(environment: environment),
            RemoveHistoryStep(environment: environment),
            RemoveCopiesStep(environment: environment),
            RemoveRecordsStep(environment: environment),
            ScrubStep(environment: environment) { context in
                let tenant = try Leaving(context, environment).tenant
                return (
                    try environment.storesOf(tenant.id).map(\.id) + environment.otherStores,
                    environment.names(of: tenant)
                )
            },
            SearchStep(environment: environment),
            FinishStep(environment: environment),
        ]
    }

    /// Closes the tenant in the commit that starts the run.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction {
        let input = try RunInput.decoded(run, as: OffboardInput.self)
        guard var tenant = try environment.registry.read(TenantRecord.self, input.tenant) else {
            throw DepartureError.noSuchTenant(input.tenant)
        }
        let before = tenant.state
        var suspension: Suspension?
        switch before {
        case .active: break
        case .suspended(let old): suspension = old
        case .onboarding, .offboarding, .gone:
            throw DepartureError.notApplicable(
                input.tenant, state: before.name.rawValue, wanted: "offboarded")
        }
        let until = run.createdAt.advanced(bySeconds: Int64(input.graceSeconds))
        try tenant.enter(
            .offboarding(Departure(run: run.id, reason: input.reason, until: until, suspension: suspension)))
        return RegistryTransaction(
            [.replace(tenant)],
            audit: [
                AuditNote(
                    actor: run.actor, action: "tenant.offboarding", subject: tenant.id.text,
                    tenant: tenant.id,
                    detail: ["run": run.id.text, "reason": input.reason, "until": until.iso8601],
                    before: ["state": before.name.rawValue], after: ["state": tenant.state.name.rawValue])
            ],
            events: [DepartureEvent.announcement("tenant.offboarding", tenant: tenant.id, run: run.id)])
    }

    /// Gives a tenant that stays the state back that it had.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction {
        if run.state == .completed { _ = try environment.registry.require(RemovalReceipt.self, run.id) }
        guard run.state == .undone, let id = run.tenant,
            var tenant = try environment.registry.read(TenantRecord.self, id),
            case .offboarding(let departure) = tenant.state, departure.run == run.id
        else { return RegistryTransaction() }
        try tenant.enter(departure.suspension.map { .suspended($0) } ?? .active)
        return RegistryTransaction(
            [.replace(tenant)],
            audit: [
                AuditNote(
                    actor: run.actor, action: "tenant.kept", subject: id.text, tenant: id,
                    detail: ["run": run.id.text], before: ["state": TenantStateName.offboarding.rawValue],
                    after: ["state": tenant.state.name.rawValue])
            ],
            events: [DepartureEvent.announcement("tenant.kept", tenant: id, run: run.id)])
    }
}

/// What is announced of departures and erasures: ids only.
enum DepartureEvent {
    static func announcement(_ type: String, tenant: TenantID, run: RunID) -> Announcement {
        Announcement(
            type: type, tenant: tenant, payload: #"{"run":"\#(run.text)","tenant":"\#(tenant.text)"}"#)
    }
}
