import Base
import Migrations
import Registry
import Tenancy
import Tenants
import Workflows

/// An operator: starts moves, takes them back, holds them, suspends districts. What is refused is refused; what is not answered,
/// since the process ended, is asked again.
struct Operator: Sendable {
    let number: Int
    let world: World
    let baton: Baton
    let homes: Homes

    func perform(_ acts: [Program.Act]) {
        for (place, act) in acts.enumerated() { perform(act, key: "operator-\(number)-\(place)") }
    }

    private func perform(_ act: Program.Act, key: String) {
        switch act {
        case .rest(let milliseconds): return baton.pause(milliseconds: milliseconds)
        case .setClock(let seconds):
            world.clock.setWall(bySeconds: seconds)
            return world.say("operator \(number): \(act)")
        default: break
        }
        guard let tenant = act.tenant else { return }
        baton.wait(until: { homes[tenant] != nil })
        guard let home = homes[tenant] else { return }
        let begun = world.history.tick()
        if case .serve = act { world.suspensions.beginOpening(tenant, begun: begun) }
        defer {
            if case .serve = act {
                world.suspensions.endOpening(tenant, begun: begun, ended: world.history.tick())
            }
        }
        while true {
            baton.wait(until: { world.living != nil })
            guard let server = world.living else { continue }
            do {
                try perform(act, home, key: key, server)
                noteStanding(act, since: begun)
                world.say("operator \(number): \(act): done")
                return server.wake()
            } catch {
                if server.isDead { continue }
                world.say("operator \(number): \(act): \(error)")
                if error is RegistryError, !world.hasDiskFaults {
                    world.find(.answer, "operator \(number): \(act): \(error)")
                }
                return
            }
        }
    }

    private func noteStanding(_ act: Program.Act, since begun: Int) {
        guard case .suspend(let tenant, _) = act else { return }
        world.suspensions.noteClosed(tenant, begun: begun, ended: world.history.tick())
    }

    private func perform(_ act: Program.Act, _ home: Home, key: String, _ server: Server) throws {
        let actor = AuditActor("operator:\(number)")
        switch act {
        case .move(_, let tier, let window):
            let input = MoveInput(tenant: home.tenant, tier: known(TierName(tier)), undoWindowSeconds: window)
            _ = try server.moves.start(input, actor: actor, idempotencyKey: key)
        case .rollBack:
            guard let run = try newestMove(of: home, server) else { return }
            try server.moves.rollBack(run, actor: actor)
        case .pause:
            guard let run = try newestMove(of: home, server) else { return }
            try server.engine.pause(run, actor: actor)
        case .resume:
            guard let run = try newestMove(of: home, server) else { return }
            try server.engine.resume(run, actor: actor)
        case .suspend(_, let isReadOnly):
            _ = try server.tenants.suspend(
                home.tenant, reason: "simulated", mode: isReadOnly ? .readOnly : .closed, actor: actor)
        case .serve: _ = try server.tenants.resume(home.tenant, actor: actor)
        case .throttle(_, let itemsPerSecond):
            guard let run = try newestMove(of: home, server) else { return }
            try server.engine.throttle(run, itemsPerSecond: itemsPerSecond, actor: actor)
        case .addSchool(let tenant): try addSchool(tenant, home, key: key, server)
        case .rebalance, .merge: try joinPools(act, home, key: key, server)
        case .rest, .setClock: return
        }
    }

    private func addSchool(_ tenant: Int, _ home: Home, key: String, _ server: Server) throws {
        while true {
            let outcome = try server.tenants.addSchool(
                "Second school", to: home.tenant, idempotencyKey: key, waitMilliseconds: 0)
            server.wake()
            if case .done(_, let school, _) = outcome { return homes.addSchool(tenant, school.id) }
            baton.pause(milliseconds: 5)
        }
    }

    /// The pool that the tenant is in is spread, or emptied into another of its tier.
    private func joinPools(_ act: Program.Act, _ home: Home, key: String, _ server: Server) throws {
        let placement = try server.registry.require(PlacementRecord.self, home.tenant)
        var input = PoolInput(pool: placement.store, undoWindowSeconds: 1)
        if case .merge = act {
            let own = try server.registry.read(StoreRecord.self, placement.store)
            var others: [StoreID] = []
            try server.registry.forEach(StoreRecord.self) { record in
                guard record.tier == own?.tier, record.id != placement.store else { return }
                others.append(record.id)
            }
            guard let other = others.min() else { return }
            input.into = other
        }
        _ = try server.pools.start(input, actor: AuditActor("operator:\(number)"), idempotencyKey: key)
    }

    /// The move that a mind would take back now.
    private func newestMove(of home: Home, _ server: Server) throws -> RunID? {
        var runs: [RunID] = []
        try server.registry.forEach(OpenRun.self) { runs.append($0.id) }
        return try runs.sorted().last { run in
            let record = try server.registry.read(RunRecord.self, run)
            return record?.kind == MoveWorkflow.runKind && record?.tenant == home.tenant
        }
    }
}

extension Program.Act {
    var tenant: Int? {
        switch self {
        case .move(let tenant, _, _), .rollBack(let tenant), .pause(let tenant), .resume(let tenant),
            .suspend(let tenant, _), .serve(let tenant), .throttle(let tenant, _), .addSchool(let tenant),
            .rebalance(let tenant), .merge(let tenant):
            tenant
        case .rest, .setClock: nil
        }
    }
}
