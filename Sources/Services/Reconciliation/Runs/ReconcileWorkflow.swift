import Base
import Registry
import Workflows

/// The run that compares what should exist with what does, and puts right what it is asked to.
///
/// Its one step looks anew at each call, so a crash costs a look and nothing else: what it had put right is not found any more, and is
/// in its report. A run that is cancelled leaves what it has put right so; the audit log names each of it, with the run.
public struct ReconcileWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "reconcile"
    /// How many are under way at once; the others wait for their turn.
    static let runsMax = 2

    /// The kind of its runs.
    public let kind = runKind
    /// A look takes the disk's time from those who work there.
    public let concurrencyMax = runsMax
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]

    /// The workflow; the desk is found at `place` when there is one.
    public init(place: ReconcilePlace) { steps = [ReconcileStep(place: place)] }

    /// One that puts something right holds the mark until it ends.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction {
        try changes(run) ? RegistryTransaction([.insert(ReconcileMark(run: run.id))]) : RegistryTransaction()
    }

    /// The mark goes.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction {
        guard try changes(run) else { return RegistryTransaction() }
        // Written once and never changed.
        var mark = ReconcileMark(run: run.id)
        mark.version = 1
        return RegistryTransaction([.delete(mark)])
    }

    /// Its report goes with it.
    public func forgetting(_ run: RunRecord, in registry: Registry) throws -> RegistryTransaction {
        let record = try registry.read(ReconcileRecord.self, run.id)
        return RegistryTransaction(record.map { [.delete($0)] } ?? [])
    }

    private func changes(_ run: RunRecord) throws -> Bool {
        try run.decodedInput(as: ReconcileWish.self).changes
    }
}

/// What a run of reconciliation leaves in its record; the report is beside it.
struct ReconcileOutcome: Hashable, Sendable, Codable {
    var isClean: Bool
    var findings: Int
    var done: Int
    var failures: Int
    var unfinished: Int

    init(_ report: ReconcileReport) {
        isClean = report.isClean
        findings = report.findings.count + report.more.findings
        done = report.done.count + report.more.done
        failures = report.failures.count + report.more.failures
        unfinished = report.unfinished.count + report.more.unfinished
    }
}

struct ReconcileStep: WorkflowStep {
    let place: ReconcilePlace
    let name = "reconcile"
    /// A run without its report has done nothing that anybody could read.
    let mayBeSkipped = false
    /// A look may take long: one that fails again and again is not to hold the disk for a day.
    let retry = RetryPolicy(attemptsMax: 3)

    func perform(_ context: RunContext) throws -> StepResult {
        let wish = try context.input(as: ReconcileWish.self)
        let record = try context.registry.read(ReconcileRecord.self, context.run)
        if let report = record?.report {
            try context.setResult(ReconcileOutcome(report))
            return .done
        }
        let reconciler = try place.desk().reconciler
        let watch = ReconcileWatch(
            shouldStop: { context.isInterrupted }, show: { context.progress = $0.shown(step: name) })
        let begun = record?.begun ?? []
        do {
            let report = try reconciler.carryOut(
                wish, actor: context.actor, run: context.run, begun: begun, watch: watch
            ) { plan in
                let plan = ReconcileReport(findings: plan).bounded().findings
                guard plan != begun else { return }
                try context.checkpoint(with: try change(context) { $0.begun = plan })
            }
            try context.setResult(ReconcileOutcome(report))
            context.stage(
                try change(context) {
                    $0.begun = []
                    $0.report = report.bounded()
                })
            return .done
        } catch is ReconcileStopped {
            return .again(afterMilliseconds: 0)
        } catch let error as ReconcileError {
            return .fail(reason: error.description)
        }
    }

    /// What a crash has left of locks goes, and what it set out to do; what it has put right stays so.
    func undo(_ context: RunContext) throws -> StepResult {
        try RunLock.release(of: context.run, in: context.registry)
        if let record = try context.registry.read(ReconcileRecord.self, context.run) {
            context.stage(RegistryTransaction([.delete(record)]))
        }
        return .done
    }

    private func change(
        _ context: RunContext, _ body: (inout ReconcileRecord) -> Void
    ) throws -> RegistryTransaction {
        let stored = try context.registry.read(ReconcileRecord.self, context.run)
        var record = stored ?? ReconcileRecord(id: context.run)
        body(&record)
        return RegistryTransaction([stored == nil ? .insert(record) : .replace(record)])
    }
}

extension RunLock {
    /// Gives back what locks the run holds of tenants that it is not about: only while nobody else carries it out.
    static func release(of run: RunID, in registry: Registry) throws {
        var held: [RunLock] = []
        try registry.forEach(RunLock.self) { if $0.run == run { held.append($0) } }
        for lock in held { try registry.transact(RegistryTransaction([.delete(lock)])) }
    }
}

extension ReconcileProgress {
    /// The same as runs show it.
    fileprivate func shown(step: String) -> RunProgress {
        let again = look > 1 ? "look \(look), as something looked wrong" : nil
        let seen = owners > 0 ? "\(owners) owners" : nil
        let gone = items > 0 ? "\(items) items removed" : nil
        let text = [seen, gone, part == .findings ? nil : again].compactMap { $0 }.joined(separator: "; ")
        return RunProgress(
            phase: step, done: done, total: total, text: text.isEmpty ? nil : text, unit: part.rawValue)
    }
}
