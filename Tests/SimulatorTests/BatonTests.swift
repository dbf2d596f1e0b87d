import Base
import Synchronization
import Testing

@testable import Simulation

@Suite struct BatonTests {
    private func run(
        seed: UInt64, _ body: @escaping @Sendable (Baton) -> Void
    ) -> (halt: Baton.Halt?, lines: [String]) {
        let lines = Lines()
        let trace = Trace { lines.add($0) }
        let baton = Baton(
            Schedule(seed: seed), clock: SimulatedClock(), trace: trace, turnsMax: 1000, onTurn: { _ in })
        return (baton.run { body(baton) }, lines.all)
    }

    @Test func saysWhoWaitsForWhatNobodyDoes() {
        let (halt, _) = run(seed: 1) { $0.wait(until: { false }) }
        #expect(halt == .deadlock(["world"]))
    }

    @Test func saysWhoGoesOnForEver() {
        let (halt, _) = run(seed: 1) { baton in while true { baton.point() } }
        #expect(halt == .endless(["world"]))
    }

    @Test func timePassesWhenAllWait() {
        let (halt, lines) = run(seed: 4) { baton in
            let begun = baton.clock.monotonicNanoseconds()
            baton.pause(milliseconds: 86_400_000)
            baton.trace.say("\(baton.clock.monotonicNanoseconds() - begun >= 86_400_000_000_000)")
        }
        #expect(halt == nil)
        #expect(lines == ["true"])
    }

    /// Two threads that say what they do: the order is the schedule's.
    private func order(seed: UInt64) -> [String] {
        run(seed: seed) { baton in
            for name in ["a", "b"] {
                baton.begin(name, group: 1, due: nil) {
                    for step in 0..<5 {
                        baton.trace.say("\(name)\(step)")
                        baton.point()
                    }
                }
            }
        }.lines
    }

    @Test func theScheduleSaysWhoComesNext() {
        let orders = (0..<20 as Range<UInt64>).map(order)
        #expect(orders == (0..<20 as Range<UInt64>).map(order))
        #expect(Set(orders).count > 5)
    }

    @Test func aQueueCarriesOutItsTasksInTheirOrder() {
        for seed in 0..<20 as Range<UInt64> {
            let (halt, lines) = run(seed: seed) { baton in
                let queue = TaskQueue(label: "queue")
                for task in 0..<4 {
                    queue.async {
                        baton.point()
                        baton.trace.say("\(task)")
                    }
                }
                queue.sync { baton.trace.say("all") }
            }
            #expect(halt == nil)
            #expect(lines == ["0", "1", "2", "3", "all"])
        }
    }
}

/// What was said, by whichever thread.
private final class Lines: Sendable {
    private let state = Mutex<[String]>([])

    var all: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
}
