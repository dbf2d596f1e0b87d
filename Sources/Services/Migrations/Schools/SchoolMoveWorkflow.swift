import Base
import FoundationEssentials
import Registry
import Tables
import Workflows

/// The run that moves a school from one tenant to another: the school's own keys as they are, and the district's items that
/// hang on it with the new district's key.
///
/// plan → freeze → copy → verify → switch → remove → search. Until the switch it can be taken back, and then nothing of it is
/// left. The school's writes are refused, to be tried again, from the freeze until the switch; its reads go on.
public struct SchoolMoveWorkflow: Workflow {
    /// The kind of its runs.
    public static let runKind = "school.move"

    /// The kind of its runs.
    public let kind = runKind
    /// The tenant that the school is moved out of keeps its place meanwhile; so does the other (see `starting`).
    public let lock: String? = MoveWorkflow.placeLock
    /// In order, with the names that runs show.
    public let steps: [any WorkflowStep]
    private let environment: MoveEnvironment

    /// The workflow over these stores and records.
    public init(environment: MoveEnvironment) {
        self.environment = environment
        steps = [
            PlanSchoolStep(environment: environment), FreezeSchoolStep(environment: environment),
            CopySchoolStep(environment: environment), VerifySchoolStep(environment: environment),
            SwitchSchoolStep(environment: environment), RemoveSchoolStep(environment: environment),
            SearchSchoolStep(environment: environment),
        ]
    }

    /// Takes the other tenant's lock: neither is moved meanwhile, and no second school comes to it or leaves it.
    public func starting(_ run: RunRecord) throws -> RegistryTransaction {
        let other = try RunLock.ID(tenant: Self.input(of: run).to, name: MoveWorkflow.placeLock)
        return RegistryTransaction([.insert(RunLock(id: other, run: run.id))])
    }

    /// Gives the other tenant's lock back.
    public func ending(_ run: RunRecord) throws -> RegistryTransaction {
        let other = try RunLock.ID(tenant: Self.input(of: run).to, name: MoveWorkflow.placeLock)
        guard let lock = try environment.registry.read(RunLock.self, other), lock.run == run.id else {
            return RegistryTransaction()
        }
        return RegistryTransaction([.delete(lock)])
    }

    /// No other school waits for a move that is held.
    public func held(_ run: RunRecord) throws { try environment.letWritesGoOn(run) }

    private static func input(of run: RunRecord) throws -> SchoolMoveInput {
        try JSONDecoder().decode(SchoolMoveInput.self, from: Data(run.input.utf8))
    }
}

/// What a school's move remembers between the calls of its steps, by name in the run's record.
enum SchoolMemory {
    static let route = "route"
    static let plan = "plan"
    static let epoch = "epoch"
    static let frozenAt = "frozenAt"
    static let switchedAt = "switchedAt"
    static let copy = "copy"
    static let verification = "verification"
    static let handedOver = "handedOver"
    static let removed = "removed"
    static let removal = "removal"
}

/// A school's move as its steps see it.
struct SchoolMove {
    let environment: MoveEnvironment
    let context: RunContext
    let route: SchoolRoute
    let items: SchoolItems

    /// Nil where nothing is planned: then there is nothing to take back either.
    init?(_ context: RunContext, _ environment: MoveEnvironment) throws {
        guard let route = try context.value(for: SchoolMemory.route, as: SchoolRoute.self) else { return nil }
        self.environment = environment
        self.context = context
        self.route = route
        items = SchoolItems(environment, route)
    }

    /// - Throws: `MoveFault.notPlanned`.
    static func planned(_ context: RunContext, _ environment: MoveEnvironment) throws -> SchoolMove {
        guard let move = try SchoolMove(context, environment) else { throw MoveFault.notPlanned }
        return move
    }

    /// What is brought to the target: the school's own keys only where that is another store.
    var walks: [SchoolItems.Walk] {
        (route.isInOneStore ? [] : items.owned(at: route.source)) + items.hanging(at: route.source)
    }

    /// The same at the target.
    var targetWalks: [SchoolItems.Walk] {
        (route.isInOneStore ? [] : items.owned(at: route.target)) + items.hanging(at: route.target)
    }

    func source() throws -> any MovableStore { try environment.stores.store(route.source.store) }

    func target() throws -> any MovableStore { try environment.stores.store(route.target.store) }
}

extension RangeCursor {
    /// The walk to go on with; nil where all are done.
    mutating func next(in walks: [SchoolItems.Walk]) -> SchoolItems.Walk? {
        if let current, let walk = walks.first(where: { $0.name == current }) { return walk }
        guard let walk = walks.first(where: { !finished.contains($0.name) }) else { return nil }
        current = walk.name
        after = nil
        return walk
    }
}
