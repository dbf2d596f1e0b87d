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
        if case .rest(let milliseconds) = act { return baton.pause(milliseconds: milliseconds) }
        guard let tenant = act.tenant else { return }
        baton.wait(until: { homes[tenant] != nil })
        guard let home = homes[tenant] else { return }
        while true {
            baton.wait(until: { world.living != nil })
            guard let server = world.living else { continue }
            do {
                try perform(act, home, key: key, server)
                world.say("operator \(number): \(act): done")
                return server.wake()
            } catch {
                if server.isDead { continue }
                world.say("operator \(number): \(act): \(error)")
                if error is RegistryError { world.find(.answer, "operator \(number): \(act): \(error)") }
                return
            }
        }
    }

    private func perform(_ act: Program.Act, _ home: Home, key: String, _ server: Server) throws {
        let actor = AuditActor.system
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
        case .rest: return
        }
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
            .suspend(let tenant, _), .serve(let tenant):
            tenant
        case .rest: nil
        }
    }
}
