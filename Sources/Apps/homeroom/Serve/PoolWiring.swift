import ControlAPI
import Migrations
import Workflows

/// Runs over pools: the engine must know them before it is made, and they start their moves with it.
struct PoolWiring {
    private let engine = PoolEngine()
    private let environment: MoveEnvironment

    init(_ environment: MoveEnvironment) { self.environment = environment }

    var workflows: [any Workflow] {
        [
            PoolRebalanceWorkflow(environment: environment, engine: engine),
            PoolMergeWorkflow(environment: environment, engine: engine),
        ]
    }

    /// Makes the service, now that there is an engine.
    func service(engine: WorkflowEngine) -> PoolService {
        self.engine.attach(engine)
        return PoolService(environment: environment, engine: engine)
    }
}
