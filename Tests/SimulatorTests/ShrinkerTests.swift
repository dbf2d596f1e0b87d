import Testing

@testable import Simulation

@Suite struct ShrinkerTests {
    private static let program = Program(
        tiers: ["basic", "premium", "basic"],
        clients: [
            .init(tenant: 1, requests: [.put(key: 2), .read(key: 1)], thinkMilliseconds: 0),
            .init(
                tenant: 0, requests: [.read(key: 1), .put(key: 2), .rest(milliseconds: 5), .delete(key: 0)],
                thinkMilliseconds: 20),
        ],
        operators: [
            [.rollBack(tenant: 0), .move(tenant: 0, tier: "premium", undoWindowSeconds: 1)],
            [.serve(tenant: 2)],
        ],
        crashes: [
            .init(moment: .turn(5), losesPower: false, seed: 1),
            .init(moment: .operation(7), losesPower: true, seed: 2),
        ],
        slowness: [.init(first: 1, count: 2, millisecondsPerOperation: 3)],
        faults: [.init(kind: .sync, after: 1, count: 1, seed: 3)],
        spoils: [.init(kind: .missing, chunk: 0, item: 0)], schedule: Schedule(seed: 1))

    /// Fails where a client puts key 2 while there is a move, and power is lost.
    private static func isFailing(_ program: Program) -> Bool {
        program.clients.contains { $0.requests.contains(.put(key: 2)) }
            && program.operators.joined().contains(.move(tenant: 0, tier: "premium", undoWindowSeconds: 1))
            && program.crashes.contains { $0.losesPower }
    }

    @Test func whatAFaultDoesNotNeedIsLeftOut() throws {
        var shrinker = Shrinker(runsLeft: 600, isFailing: ShrinkerTests.isFailing)
        let shortest = try shrinker.shrink(ShrinkerTests.program)
        #expect(shortest.tiers == ["basic"])
        #expect(shortest.clients.map(\.requests) == [[.put(key: 2)]])
        #expect(shortest.operators == [[.move(tenant: 0, tier: "premium", undoWindowSeconds: 1)]])
        #expect(shortest.crashes == [.init(moment: .operation(7), losesPower: true, seed: 2)])
        #expect(shortest.slowness.isEmpty && shortest.faults.isEmpty && shortest.spoils.isEmpty)
    }

    @Test func aFaultThatOnlyAnotherScheduleShowsIsStillFoundInLess() throws {
        var shrinker = Shrinker(runsLeft: 600) { program in
            ShrinkerTests.isFailing(program) && (program.schedule.seed % 2 == 0) == (program.length % 2 == 0)
        }
        let shortest = try shrinker.shrink(ShrinkerTests.program)
        #expect(shortest.length == 6)
    }

    @Test func aFaultThatNeedsAllOfItKeepsAllOfIt() throws {
        let length = ShrinkerTests.program.length
        var shrinker = Shrinker(runsLeft: 600) { $0.length == length }
        #expect(try shrinker.shrink(ShrinkerTests.program) == ShrinkerTests.program)
    }

    @Test func noMoreProgramsAreTriedThanAllowed() throws {
        var tried = 0
        var shrinker = Shrinker(runsLeft: 7) { _ in
            tried += 1
            return false
        }
        #expect(try shrinker.shrink(ShrinkerTests.program) == ShrinkerTests.program)
        #expect(tried == 7)
    }

    @Test func aProgramIsWrittenAsSwiftReadsIt() {
        let lines = ShrinkerTests.program.literal.split(separator: "\n").map { String($0) }
        #expect(lines.first == "Program(")
        #expect(
            lines.contains(
                "    operators: [[.rollBack(tenant: 0), .move(tenant: 0, tier: \"premium\", "
                    + "undoWindowSeconds: 1)], [.serve(tenant: 2)]],"))
        #expect(
            lines.contains(
                "    crashes: [.init(moment: .turn(5), losesPower: false, seed: 1), "
                    + ".init(moment: .operation(7), losesPower: true, seed: 2)],"))
        #expect(lines.contains("    spoils: [.init(kind: .missing, chunk: 0, item: 0)],"))
    }
}
