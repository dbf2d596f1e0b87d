import Base
import Registry
import Tables
import Tenancy
import Workflows

/// A move as its steps see it: the route that was planned, the two stores, and the way to remember.
struct Move {
    let environment: MoveEnvironment
    let context: RunContext
    let route: MoveRoute
    let source: any MovableStore
    /// The limits that the move keeps: the source's tier's, whose other tenants it must not disturb, with the tenant's overrides.
    let rates: Tier?

    /// - Throws: where the plan is not there, or the source's store cannot be opened.
    init(_ context: RunContext, _ environment: MoveEnvironment) throws {
        guard let route = try context.value(for: MoveMemory.route, as: MoveRoute.self) else {
            throw MoveFault.notPlanned
        }
        self.environment = environment
        self.context = context
        self.route = route
        source = try environment.stores.store(route.source.store)
        let tenant = try environment.registry.require(TenantRecord.self, route.tenant)
        rates = environment.tier(route.source.tier).map { tenant.effective($0, at: context.clock.now()) }
    }

    /// The target's store, which is there from the second step on.
    func target() throws -> any MovableStore { try environment.stores.store(route.target.store) }

    func tenant() throws -> TenantRecord { try environment.registry.require(TenantRecord.self, route.tenant) }

    func placement() throws -> PlacementRecord {
        try environment.registry.require(PlacementRecord.self, route.tenant)
    }

    func ranges() throws -> [MoveRange] { environment.ranges(of: try tenant(), route: route) }

    func mover(_ direction: Direction) throws -> Mover {
        let pairs = route.source.tables.compactMap { logical, physical in
            route.target.tables[logical].map { (physical, $0) }
        }
        switch direction {
        case .forward:
            return Mover(
                from: source, to: try target(), tables: Dictionary(uniqueKeysWithValues: pairs),
                tenant: route.tenant, run: context.run)
        case .backward:
            return Mover(
                from: try target(), to: source,
                tables: Dictionary(uniqueKeysWithValues: pairs.map { ($1, $0) }), tenant: route.tenant,
                run: context.run)
        }
    }

    /// Which way a change of hands goes.
    enum Direction {
        case forward
        case backward
    }

    func handOver(_ direction: Direction) throws -> HandOver {
        try Move.handOver(direction, of: route.tenant, in: context)
    }

    /// What the run remembers of a change of hands.
    static func handOver(
        _ direction: Direction, of tenant: TenantID, in context: RunContext
    ) throws -> HandOver {
        var state = try context.value(for: direction.memory, as: HandOver.self) ?? HandOver()
        // What is remembered with the switch itself was encoded before that had its time: the placement has it.
        if let epoch = state.epoch, state.switchedAt == nil {
            state.switchedAt = try context.registry.read(PlacementRecord.self, tenant)?
                .changedAt(beginning: epoch)
        }
        return state
    }

    func verification(_ direction: Direction) throws -> Verification {
        try context.value(for: direction.verificationMemory, as: Verification.self) ?? Verification()
    }

    func remember(_ handOver: HandOver, _ direction: Direction) throws {
        try context.set(handOver, for: direction.memory)
    }
}

extension Move.Direction {
    var memory: String {
        switch self {
        case .forward: MoveMemory.forward
        case .backward: MoveMemory.backward
        }
    }

    var pastMemory: String {
        switch self {
        case .forward: MoveMemory.past
        case .backward: MoveMemory.pastBack
        }
    }

    var verificationMemory: String {
        switch self {
        case .forward: MoveMemory.verification
        case .backward: MoveMemory.confirmation
        }
    }
}

/// What stops a move, or a part of it.
enum MoveFault: Error, CustomStringConvertible {
    /// A step was called before the plan.
    case notPlanned
    /// A side of the move does not stand as this run left it.
    case standing(StoreID, String)

    var description: String {
        switch self {
        case .notPlanned: "the move has no plan"
        case .standing(let store, let text): "store `\(store)`: \(text)"
        }
    }
}
