import Base
import Registry
import Tables
import Workflows

/// Whose items are to be counted.
public struct RecountInput: Hashable, Sendable, Codable {
    /// The tenant.
    public var tenant: TenantID

    /// A wish.
    public init(tenant: TenantID) { self.tenant = tenant }
}

/// What a run that has counted a tenant's items leaves.
public struct RecountResult: Hashable, Sendable, Codable {
    /// Whose.
    public var tenant: TenantID
    /// What there was.
    public var counted: Extent
    /// What the meter said at that moment.
    public var reckoned: Extent
    /// Counted less reckoned.
    public var drift: Extent
    /// Whether nothing was counted before.
    public var isFirst: Bool
    /// When it ended, by ISO 8601.
    public var at: String

    init(_ recount: UsageRecount) {
        tenant = recount.tenant
        counted = recount.counted
        reckoned = recount.reckoned
        drift = recount.drift
        isFirst = recount.isFirst
        at = recount.at.iso8601
    }
}

/// The run that counts all of a tenant's items and corrects what was reckoned. One that was cut short counts anew.
public struct RecountWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "usage.recount"
    /// How many are under way at once: each takes its time of a store's writer.
    static let runsMax = 2

    /// The kind of its runs.
    public let kind = runKind
    /// One count of a tenant at a time.
    public let lock: String? = runKind
    /// The others wait for their turn.
    public let concurrencyMax = runsMax
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]

    /// The workflow that counts by `recounter`.
    /// - Parameter onRecount: told of each count.
    public init(recounter: UsageRecounter, onRecount: @escaping @Sendable (UsageRecount) -> Void = { _ in }) {
        steps = [RecountStep(recounter: recounter, onRecount: onRecount)]
    }
}

struct RecountStep: WorkflowStep {
    let recounter: UsageRecounter
    let onRecount: @Sendable (UsageRecount) -> Void
    let name = "count"

    func perform(_ context: RunContext) throws -> StepResult {
        let tenant = try context.input(as: RecountInput.self).tenant
        let expected = try recounter.reckonedItems(of: tenant)
        let recount: UsageRecount
        do {
            recount = try recounter.recount(
                tenant, isStopping: { context.isInterrupted },
                onRows: { rows in
                    context.progress = RunProgress(
                        phase: name, done: rows, total: expected.map { max($0, rows) })
                })
        } catch let error as UsageError {
            return error == .stopped ? .again(afterMilliseconds: 0) : .fail(reason: error.description)
        }
        onRecount(recount)
        try context.setResult(RecountResult(recount))
        // The meter is corrected by now. A crash right here leaves the next call no drift, and the audit log no entry: the figures are
        // right all the same.
        if !recount.isFirst, recount.drift != Extent() {
            context.stage(
                RegistryTransaction(
                    [],
                    audit: [
                        AuditNote(
                            actor: context.actor, action: "usage.corrected", subject: tenant.text,
                            tenant: tenant, detail: ["run": context.run.text],
                            before: figures(recount.reckoned), after: figures(recount.counted))
                    ]))
        }
        return .done
    }

    private func figures(_ extent: Extent) -> [String: String] {
        ["items": String(extent.items), "bytes": String(extent.bytes)]
    }
}
