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
        let acts = (0..<1 + random.below(2)).map { _ in
            (0..<1 + random.below(3)).flatMap { _ in Program.acts(random, tenants: tenantCount) }
        }
        let crashes = (0..<random.pick([0, 0, 1, 1, 2, 3])).map { _ in Program.crash(random) }
        let schedule = Schedule(seed: seed)
        self.init(
            tiers: tiers, clients: clients, operators: acts, crashes: crashes,
            budgetMilliseconds: Program.budget(random, schedule),
            slowness: random.isOne(in: 5) ? [Program.slowness(random)] : [], schedule: schedule)
        for index in self.clients.indices where random.isOne(in: 3) {
            self.clients[index].network = Program.network(random)
        }
        if random.isOne(in: 5) { addSecondSchool(random) }
        if random.isOne(in: 6) { addFleetingItems(random) }
        if random.isOne(in: 8) { mergePools(random) }
        if random.isOne(in: 8) { tightenBudget(random) }
        if random.isOne(in: 6) {
            faults = (0..<1 + random.below(3)).map { _ in Program.fault(random) }
        }
        let spoilRandom = SeededRandom(seed: seed ^ 0x5B01_1ED0)
        if spoilRandom.isOne(in: 12) { spoils = [Program.spoil(spoilRandom)] }
        for index in operators.indices where random.isOne(in: 10) {
            let place = random.below(operators[index].count + 1)
            operators[index].insert(.setClock(seconds: random.pick([-20, -1, 3, 150])), at: place)
        }
    }

    /// Changes of hands that hardly ever fit their budget, so that the fence comes down and is raised again, under clients that are
    /// there all the while; sometimes the move is held between two tries for longer than a write waits.
    private mutating func tightenBudget(_ random: SeededRandom) {
        budgetMilliseconds = random.pick([10, 20, 30])
        schedule.turnNanoseconds = 2_000_000
        schedule.stickiness = 0
        slowness = []
        var acts: [Act] = [.move(tenant: 0, tier: random.pick(Program.tierNames), undoWindowSeconds: 1)]
        if random.isOne(in: 2) {
            acts += [
                .rest(milliseconds: random.pick([500, 1000, 2000])), .pause(tenant: 0),
                .rest(milliseconds: 12_000), .resume(tenant: 0),
            ]
        }
        operators.append(acts)
        for index in clients.indices where clients[index].tenant == 0 {
            clients[index].thinkMilliseconds = 2000
        }
    }

    /// A school that is added while others ask, and asked for from then on.
    private mutating func addSecondSchool(_ random: SeededRandom) {
        operators.append([
            .rest(milliseconds: random.pick([100, 500, 1000, 2000])), .addSchool(tenant: 0),
        ])
        for index in clients.indices where clients[index].tenant == 0 {
            for place in clients[index].requests.indices where random.isOne(in: 3) {
                clients[index].requests[place].turnToSecondSchool()
            }
        }
    }

    /// Items that end while they are moved.
    private mutating func addFleetingItems(_ random: SeededRandom) {
        for index in clients.indices where clients[index].tenant == 0 {
            for place in clients[index].requests.indices where random.isOne(in: 5) {
                clients[index].requests[place] =
                    switch random.below(4) {
                    case 0...1: .putFleeting(milliseconds: random.pick([100, 1500, 4000]))
                    case 2: .read(key: History.fleetingKey)
                    default: .delete(key: History.fleetingKey)
                    }
            }
        }
    }

    /// Three districts in two pools of one tier, one of which leaves, so that the pools can become one.
    private mutating func mergePools(_ random: SeededRandom) {
        tiers = ["basic", "basic", "basic"]
        let leaver = random.below(3)
        let stayer = (leaver + 1 + random.below(2)) % 3
        operators.append([
            .move(
                tenant: leaver, tier: random.pick(["advanced", "premium"]),
                undoWindowSeconds: random.pick([0, 1])
            ),
            .rest(milliseconds: random.pick([3000, 6000])),
            random.isOne(in: 4) ? .rebalance(tenant: stayer) : .merge(tenant: stayer),
        ])
    }

    private static func fault(_ random: SeededRandom) -> DiskFault {
        DiskFault(
            kind: random.pick([.full, .write, .sync, .sync]), after: random.below(random.pick([100, 400])),
            count: random.pick([1, 1, 2, 5]), seed: random.next())
    }

    private static func spoil(_ random: SeededRandom) -> Spoil {
        Spoil(
            kind: random.pick([.missing, .changed, .added]), chunk: random.below(random.pick([2, 6])),
            item: random.below(8))
    }

    /// Where turns take time, one that a change of hands keeps only now and then.
    private static func budget(_ random: SeededRandom, _ schedule: Schedule) -> Int {
        guard random.isOne(in: 3) else { return 250 }
        let turns = UInt64(random.pick([20, 40, 80]))
        return max(10, Int(turns * max(schedule.turnNanoseconds, 100_000) / 1_000_000))
    }

    private static func slowness(_ random: SeededRandom) -> Slowness {
        Slowness(
            first: random.below(random.pick([1000, 4000])), count: 50 + random.below(1000),
            millisecondsPerOperation: random.pick([1, 5, 25]))
    }

    private static func network(_ random: SeededRandom) -> Network {
        Network(
            lostPercent: random.pick([0, 10, 30]), patienceMilliseconds: random.pick([nil, nil, 20, 200]),
            retryMilliseconds: random.pick([16, 300, 2000]))
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
        if random.isOne(in: 4) {
            // Held wherever it is, also between two tries of a switch, for longer than anybody waits.
            return [
                .move(tenant: 0, tier: random.pick(tierNames), undoWindowSeconds: 1),
                .rest(milliseconds: random.pick([100, 300, 600, 1000])), .pause(tenant: 0),
                .rest(milliseconds: random.pick([500, 12_000])), .resume(tenant: 0),
            ]
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
        case 13:
            return .throttle(tenant: tenant, itemsPerSecond: random.pick([1, 5, 1000, nil]))
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

extension Program.Request {
    /// The same of an item of the second school.
    fileprivate mutating func turnToSecondSchool() {
        let key = History.secondSchoolKey
        switch self {
        case .put: self = .put(key: key)
        case .count: self = .count(key: key)
        case .replace: self = .replace(key: key)
        case .delete: self = .delete(key: key)
        case .read: self = .read(key: key)
        case .both, .readBoth, .query, .trespass, .putFleeting, .rest: return
        }
    }
}
