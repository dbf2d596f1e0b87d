import Base
import Registry
import Tables
import Workflows

/// The run that erases the items under some keys of a tenant: where they are, in what streams and backups remember of them, and in
/// recorded decisions.
///
/// find | remove items → remove history → rewrite copies → check → scrub → forget → finish. At the bar is the point of no return.
public struct ErasureWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "erasure"

    /// The kind of its runs.
    public let kind = runKind
    /// As moves have it: items are not erased here while a copy of them is made there.
    public let lock: String? = "place"
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]
    private let environment: DepartureEnvironment

    /// The workflow over these stores and records.
    public init(environment: DepartureEnvironment) {
        self.environment = environment
        steps = [
            FindErasedStep(environment: environment),
            RemoveErasedStep(environment: environment),
            RemoveErasedHistoryStep(environment: environment),
            RewriteCopiesStep(environment: environment),
            CheckErasedStep(environment: environment),
            ScrubStep(environment: environment) { context in
                let search = try Erasing(context, environment).search
                return (try environment.storesOf(search.tenant.id).map(\.id), search.keys.literals)
            },
            ForgetKeysStep(environment: environment),
            FinishErasureStep(environment: environment),
        ]
    }

    /// Refuses a tenant that is not there to be erased from.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction {
        let input = try RunInput.decoded(run, as: ErasureInput.self)
        let note = AuditNote(
            actor: run.actor, action: "erasure.started", subject: input.tenant.text, tenant: input.tenant,
            detail: ["run": run.id.text, "reason": input.reason])
        return RegistryTransaction(
            [], audit: [note],
            events: [DepartureEvent.announcement("erasure.started", tenant: input.tenant, run: run.id)])
    }

    /// Whatever became of it, the keys are not kept.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction {
        if run.state == .completed { _ = try environment.registry.require(RemovalReceipt.self, run.id) }
        let input = try RunInput.decoded(run, as: ErasureInput.self)
        guard let order = try environment.registry.read(ErasureOrder.self, input.order) else {
            return RegistryTransaction()
        }
        return RegistryTransaction([.delete(order)])
    }
}

/// An erasure as its steps see it.
struct Erasing {
    let search: ErasureSearch
    let context: RunContext

    init(_ context: RunContext, _ environment: DepartureEnvironment) throws {
        let input: ErasureInput = try context.input()
        let tenant = try environment.registry.require(TenantRecord.self, input.tenant)
        let order = try environment.registry.require(ErasureOrder.self, input.order)
        search = ErasureSearch(environment: environment, tenant: tenant, keys: order.keys)
        self.context = context
    }

    func note(_ count: Int, of what: String) throws {
        var others = try context.value(for: OffboardMemory.others, as: [String: Int].self) ?? [:]
        others[what, default: 0] += count
        try context.set(others, for: OffboardMemory.others)
    }
}
