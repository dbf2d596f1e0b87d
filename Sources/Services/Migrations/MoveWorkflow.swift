import Base
import Registry
import Tenancy
import Workflows

/// The run that moves one tenant from one store to another while it is being used.
///
/// plan → provision → copy ⇄ catch up → verify → fence and switch → confirm → keep for undo → clean up. Undoing it before the switch
/// leaves the source in charge; after it, the placement goes back with all that was written since.
public struct MoveWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "move"
    /// The lock of all runs that go by a tenant's place.
    public static let placeLock = "place"

    /// The kind of its runs.
    public let kind = runKind
    /// One change of a tenant's place at a time.
    public let lock: String? = placeLock
    /// Each reads and writes two stores for as long as it copies.
    public let concurrencyMax = Limits.movesAtOnceMax
    /// By `run throttle`, and by itself where its stores are slow.
    public let isThrottled = true
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]
    private let environment: MoveEnvironment

    /// The workflow over these stores and records.
    public init(environment: MoveEnvironment) {
        self.environment = environment
        steps = [
            PlanStep(environment: environment),
            ProvisionStep(environment: environment),
            CopyStep(environment: environment),
            VerifyStep(environment: environment, direction: .forward),
            SwitchStep(environment: environment),
            VerifyStep(environment: environment, direction: .backward),
            KeepStep(environment: environment),
            CleanUpStep(environment: environment),
        ]
    }

    /// Nobody waits for a move that is held.
    public func held(_ run: RunRecord) throws { try environment.letWritesGoOn(run) }
}
