import Testing

@testable import Simulation

@Suite struct LinearizerTests {
    /// A request between two moments.
    private static func entry(
        _ begun: Int, _ ended: Int, _ effects: [Int: Effect], isCertain: Bool = true
    ) -> History.Entry {
        History.Entry(
            tenant: 0, client: 0, effects: effects, begun: begun, ended: ended, isCertain: isCertain)
    }

    private static func state(_ value: Int, _ count: Int = 0) -> ItemState {
        ItemState(value: value, count: count)
    }

    private static let explained: [[History.Entry]] = [
        [],
        [entry(1, 2, [0: .put(value: 1)]), entry(3, 4, [0: .see(state(1))])],
        // Of two at the same time either may come first.
        [
            entry(1, 4, [0: .put(value: 1)]), entry(2, 3, [0: .put(value: 2)]),
            entry(5, 6, [0: .see(state(1))]),
        ],
        // What may have been carried out may be seen, or not.
        [entry(1, 2, [0: .put(value: 1)], isCertain: false), entry(3, 4, [0: .see(state(1))])],
        [entry(1, 2, [0: .put(value: 1)], isCertain: false), entry(3, 4, [0: .see(nil)])],
        [
            entry(1, 2, [0: .put(value: 1)]), entry(3, 4, [0: .count(value: 2)]),
            entry(5, 6, [0: .replace(expected: state(2, 1), value: 3)]),
            entry(7, 8, [0: .refuse(expected: state(2, 1))]), entry(9, 10, [0: .delete]),
            entry(11, 12, [0: .see(nil)]),
        ],
        [
            entry(1, 2, [0: .put(value: 1), 1: .put(value: 2)]),
            entry(3, 4, [0: .see(state(1)), 1: .see(state(2))]),
        ],
    ]

    private static let unexplained: [[History.Entry]] = [
        // An acknowledged write that is lost.
        [entry(1, 2, [0: .put(value: 1)]), entry(3, 4, [0: .see(nil)])],
        // An old state that comes back.
        [
            entry(1, 2, [0: .put(value: 1)]), entry(3, 4, [0: .put(value: 2)]),
            entry(5, 6, [0: .see(state(1))]),
        ],
        // What was not there, and is seen again after that.
        [
            entry(1, 2, [0: .put(value: 1)], isCertain: false), entry(3, 4, [0: .see(nil)]),
            entry(5, 6, [0: .see(state(1))]),
        ],
        // Counted twice.
        [
            entry(1, 2, [0: .put(value: 1)]), entry(3, 4, [0: .count(value: 2)]),
            entry(5, 6, [0: .see(state(2, 2))]),
        ],
        // One half of a transaction.
        [
            entry(1, 2, [0: .put(value: 1), 1: .put(value: 2)], isCertain: false),
            entry(3, 4, [0: .see(state(1)), 1: .see(nil)]),
        ],
        // A condition that did not hold, and was said to.
        [entry(1, 2, [0: .put(value: 1)]), entry(3, 4, [0: .replace(expected: nil, value: 2)])],
    ]

    @Test(arguments: explained)
    func findsAnOrder(_ entries: [History.Entry]) {
        #expect(Linearizer(entries, keyCount: 2).check() == .possible)
    }

    @Test(arguments: unexplained)
    func findsThatThereIsNone(_ entries: [History.Entry]) {
        #expect(Linearizer(entries, keyCount: 2).check() == .impossible)
    }
}
