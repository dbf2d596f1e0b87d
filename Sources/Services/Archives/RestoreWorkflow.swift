import Base
import Registry
import Tables
import Workflows

/// The run that puts one tenant's items back to what they were, in the store where it is, while other tenants of the store go on.
///
/// prepare → hold → safety → apply → verify → release → tidy. From `hold` to `release` the tenant's writes wait and are refused
/// in a way that clients try again; its reads go on and may see some items put back and others not yet. Undone before `release`
/// the tenant has what it had when it was held. A run is not paused there.
///
/// What is put back are items: the catalog, the tenant's record with its schools, keys, tokens and policies stay as they are. Only
/// keys that the tenant owns now are gone over, of schools that it also had at that moment. To all that follows a table (indexes,
/// streams, history, expiry) the changes are like those of requests. Tokens of transactions that were sent in the last minutes stay
/// spent, so that what is sent again is not carried out after all.
public struct RestoreWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "tenant.restore"

    /// The kind of its runs.
    public let kind = runKind
    /// Not while the tenant is moved: one change of its place, or of who may write there, at a time.
    public let lock: String? = "place"
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]

    /// The workflow over these stores and records.
    public init(environment: BackupEnvironment) {
        steps = [
            PrepareRestoreStep(environment: environment), HoldStep(environment: environment),
            SafetyStep(environment: environment), ApplyStep(environment: environment),
            VerifyRestoreStep(environment: environment), ReleaseStep(environment: environment),
            TidyRestoreStep(environment: environment),
        ]
    }
}

/// The run that tells what a restore would do: prepare → compare → tidy. It changes nothing.
public struct RestorePlanWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "tenant.restore.plan"

    /// The kind of its runs.
    public let kind = runKind
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]

    /// The workflow over these stores and records.
    public init(environment: BackupEnvironment) {
        steps = [
            PrepareRestoreStep(environment: environment), CompareStep(environment: environment),
            TidyRestoreStep(environment: environment),
        ]
    }
}

/// Compares what would be restored with what is there now, while writes go on: an estimate of what will be done.
struct CompareStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "compare"

    func perform(_ context: RunContext) throws -> StepResult {
        let restore = try Restore(context, environment)
        let cursor = try context.value(for: Restore.compared, as: DifferenceCursor.self)
        var difference = RestoreDifference(
            wanted: try restore.wanted(), present: try restore.present(), coverage: try restore.coverage(),
            from: cursor ?? DifferenceCursor())
        while !difference.isAtEnd {
            if context.isInterrupted {
                try context.set(difference.cursor, for: Restore.compared)
                return .again(afterMilliseconds: 0)
            }
            _ = try difference.next()
            context.progress = RunProgress(phase: name, done: difference.cursor.items)
        }
        try context.setResult(
            RestorePlan(
                tenant: restore.input.tenant, point: restore.input.point,
                instant: try restore.source().instant, tables: difference.cursor.counts,
                schoolsNotCovered: try restore.schoolsNotCovered()))
        return .done
    }
}

/// Removes the image that was restored from, and lets the backup go.
struct TidyRestoreStep: WorkflowStep {
    let environment: BackupEnvironment
    let name = "tidy"

    func perform(_ context: RunContext) throws -> StepResult {
        guard context.record.result != nil else {
            return .fail(reason: "the step before left no result; retry it")
        }
        try environment.tidy(context)
        return .done
    }
}
