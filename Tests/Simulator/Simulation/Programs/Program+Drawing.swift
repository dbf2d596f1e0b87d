import Base

extension Program {
    /// The tiers of the simulation's catalog.
    static let tierNames = ["basic", "advanced", "premium"]
    /// How many keys a district's clients share.
    static let keysPerTenant = 4

    /// The program of this seed.
    init(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        let tenantCount = 2 + random.below(2)
        let tiers = (0..<tenantCount).map { _ in random.pick(Program.tierNames) }
        let clients = (0..<2 + random.below(3)).map { number in
            Client(
                tenant: number == 0 ? 0 : random.below(tenantCount),
                requests: (0..<6 + random.below(18)).map { _ in Program.request(random) },
                thinkMilliseconds: random.pick([0, 20, 200, 500]))
        }
        let operators = (0..<1 + random.below(2)).map { _ in
            (0..<1 + random.below(3)).flatMap { _ in Program.acts(random, tenants: tenantCount) }
        }
        let crashes = (0..<random.pick([0, 0, 1, 1, 2, 3])).map { _ in Program.crash(random) }
        self.init(
            tiers: tiers, clients: clients, operators: operators, crashes: crashes,
            schedule: Schedule(seed: seed))
    }

    private static func request(_ random: SeededRandom) -> Request {
        let key = random.below(keysPerTenant)
        let other = (key + 1 + random.below(keysPerTenant - 1)) % keysPerTenant
        switch random.below(24) {
        case 0...4: return .put(key: key)
        case 5...8: return .count(key: key)
        case 9...10: return .replace(key: key)
        case 11...12: return .delete(key: key)
        case 13...15: return .read(key: key)
        case 16...17: return .both(key, other)
        case 18: return .readBoth(key, other)
        case 19: return .query(teacher: random.below(2))
        case 20: return .trespass(key: key)
        default: return .rest(milliseconds: random.pick([1, 5, 30, 200, 1000]))
        }
    }

    /// What goes together: a move that is taken back while there is still time to, or acts that only chance brings together.
    private static func acts(_ random: SeededRandom, tenants: Int) -> [Act] {
        guard random.isOne(in: 2) else {
            return (0..<1 + random.below(3)).map { _ in act(random, tenants: tenants) }
        }
        return [
            .move(tenant: 0, tier: random.pick(tierNames), undoWindowSeconds: 5),
            .rest(milliseconds: random.pick([50, 500, 1500, 3000])), .rollBack(tenant: 0),
        ]
    }

    private static func act(_ random: SeededRandom, tenants: Int) -> Act {
        // The first district has the most to suffer: what is drawn together meets.
        let tenant = random.isOne(in: 3) ? random.below(tenants) : 0
        switch random.below(16) {
        case 0...6:
            return .move(
                tenant: tenant, tier: random.pick(tierNames), undoWindowSeconds: random.pick([0, 1, 5, 5]))
        case 7...8: return .rollBack(tenant: tenant)
        case 9: return .pause(tenant: tenant)
        case 10: return .resume(tenant: tenant)
        case 11: return .suspend(tenant: tenant, readOnly: random.isOne(in: 2))
        case 12: return .serve(tenant: tenant)
        default: return .rest(milliseconds: random.pick([1, 100, 300, 1000]))
        }
    }

    private static func crash(_ random: SeededRandom) -> Crash {
        Crash(
            moment: random.isOne(in: 2)
                ? .turn(random.below(random.pick([300, 1500])))
                : .operation(random.below(random.pick([300, 2000]))),
            losesPower: !random.isOne(in: 4), seed: random.next())
    }
}
