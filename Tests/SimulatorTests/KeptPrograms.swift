@testable import Simulation

/// A program that is kept as it is, whatever seeds draw: the shortest that was found to show a fault.
struct KeptProgram: CustomStringConvertible {
    let description: String
    let program: Program

    init(_ description: String, _ program: Program) {
        self.description = description
        self.program = program
    }

    static let all: [KeptProgram] = [
        KeptProgram(
            "What was written at the target comes back with a tenant that is moved back.",
            Program(
                tiers: ["basic"],
                clients: [
                    .init(
                        tenant: 0, requests: [.put(key: 1)], thinkMilliseconds: 200,
                        network: .init(lostPercent: 0, patienceMilliseconds: nil, retryMilliseconds: 16))
                ],
                operators: [
                    [
                        .move(tenant: 0, tier: "premium", undoWindowSeconds: 5), .rest(milliseconds: 3000),
                        .rollBack(tenant: 0),
                    ]
                ],
                crashes: [],
                budgetMilliseconds: 10,
                slowness: [],
                faults: [],
                spoils: [],
                schedule: Schedule(
                    seed: 2_767_288_912_803_673_093, stickiness: 90, turnNanoseconds: 0, isUneven: false))),
        KeptProgram(
            "Who waits goes on when a fence comes down without a switch.",
            Program(
                tiers: ["advanced"],
                clients: [
                    .init(
                        tenant: 0, requests: [.replace(key: 1)], thinkMilliseconds: 2000,
                        network: .init(lostPercent: 0, patienceMilliseconds: nil, retryMilliseconds: 16))
                ],
                operators: [[.move(tenant: 0, tier: "premium", undoWindowSeconds: 1)]],
                crashes: [],
                budgetMilliseconds: 10,
                slowness: [],
                faults: [],
                spoils: [],
                schedule: Schedule(
                    seed: 4_728_059_857_258_679_555, stickiness: 0, turnNanoseconds: 2_000_000,
                    isUneven: false))),
        KeptProgram(
            "What came to the target as something else is not switched to.",
            Program(
                tiers: ["basic", "premium"],
                clients: [],
                operators: [[.move(tenant: 1, tier: "basic", undoWindowSeconds: 5)]],
                crashes: [],
                budgetMilliseconds: 250,
                slowness: [],
                faults: [],
                spoils: [.init(kind: .changed, chunk: 1, item: 7)],
                schedule: Schedule(
                    seed: 11_178_172_303_990_385_649, stickiness: 0, turnNanoseconds: 2_000_000,
                    isUneven: false))),
        KeptProgram(
            "A transaction that is sent again after two moves is known.",
            Program(
                tiers: ["basic"],
                clients: [
                    .init(
                        tenant: 0, requests: [.both(3, 0)], thinkMilliseconds: 500,
                        network: .init(lostPercent: 30, patienceMilliseconds: nil, retryMilliseconds: 2000))
                ],
                operators: [
                    [
                        .move(tenant: 0, tier: "basic", undoWindowSeconds: 5), .rest(milliseconds: 3000),
                        .move(tenant: 0, tier: "advanced", undoWindowSeconds: 5),
                    ]
                ],
                crashes: [],
                budgetMilliseconds: 250,
                slowness: [],
                faults: [],
                spoils: [],
                schedule: Schedule(
                    seed: 13_933_127_402_788_964_437, stickiness: 50, turnNanoseconds: 20000, isUneven: false)
            )),
        KeptProgram(
            "A transaction is in the change log as soon as it is in the table.",
            Program(
                tiers: ["basic"],
                clients: [
                    .init(
                        tenant: 0, requests: [.both(1, 2)], thinkMilliseconds: 200,
                        network: .init(lostPercent: 0, patienceMilliseconds: nil, retryMilliseconds: 16))
                ],
                operators: [[.move(tenant: 0, tier: "premium", undoWindowSeconds: 5)]],
                crashes: [],
                budgetMilliseconds: 10,
                slowness: [],
                faults: [],
                spoils: [],
                schedule: Schedule(
                    seed: 2_767_288_912_803_673_091, stickiness: 90, turnNanoseconds: 0, isUneven: false))),
        KeptProgram(
            "A store's commit that failed at the sync does not come back with the next crash, behind the undoing that looked for it.",
            Program(
                tiers: ["premium", "premium", "advanced"],
                clients: [
                    .init(
                        tenant: 0, requests: [.delete(key: 3), .read(key: 8)], thinkMilliseconds: 500,
                        network: .init(lostPercent: 10, patienceMilliseconds: 200, retryMilliseconds: 16)),
                    .init(
                        tenant: 2, requests: [.read(key: 2), .count(key: 0)], thinkMilliseconds: 500,
                        network: .init(lostPercent: 0, patienceMilliseconds: nil, retryMilliseconds: 300)),
                ],
                operators: [
                    [
                        .move(tenant: 0, tier: "basic", undoWindowSeconds: 5), .rest(milliseconds: 1500),
                        .rest(milliseconds: 1000),
                    ],
                    [
                        .move(tenant: 0, tier: "premium", undoWindowSeconds: 5), .rest(milliseconds: 50),
                        .rollBack(tenant: 0),
                    ], [.rest(milliseconds: 100), .addSchool(tenant: 0)],
                ],
                crashes: [.init(moment: .turn(440), losesPower: false, seed: 13_660_786_474_508_693_778)],
                budgetMilliseconds: 10,
                slowness: [],
                faults: [
                    .init(kind: .full, after: 358, count: 1, seed: 1_497_888_401_564_623_113),
                    .init(kind: .sync, after: 88, count: 2, seed: 839_423_415_958_670_853),
                ],
                spoils: [],
                schedule: Schedule(
                    seed: 10_534_156_237_922_729_915, stickiness: 0, turnNanoseconds: 0, isUneven: false))),
        KeptProgram(
            "A store whose charge cannot be taken back when its placement was refused gets no write, and the other goes on.",
            Program(
                tiers: ["advanced", "advanced", "premium"],
                clients: [],
                operators: [
                    [.rest(milliseconds: 500), .rollBack(tenant: 0)],
                    [
                        .move(tenant: 0, tier: "premium", undoWindowSeconds: 1), .rest(milliseconds: 300),
                        .pause(tenant: 0), .rest(milliseconds: 12000),
                        .move(tenant: 0, tier: "basic", undoWindowSeconds: 5), .rest(milliseconds: 3000),
                        .rollBack(tenant: 0),
                    ],
                ],
                crashes: [
                    .init(moment: .operation(1400), losesPower: true, seed: 14_026_507_943_867_146_208)
                ],
                budgetMilliseconds: 250,
                slowness: [],
                faults: [
                    .init(kind: .sync, after: 181, count: 2, seed: 15_091_047_917_788_235_207),
                    .init(kind: .sync, after: 73, count: 5, seed: 450_079_489_111_725_006),
                ],
                spoils: [],
                schedule: Schedule(
                    seed: 178_684_894_391_753_528, stickiness: 90, turnNanoseconds: 20_000, isUneven: false))),
    ]
}
