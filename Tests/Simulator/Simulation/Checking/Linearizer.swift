/// Looks for an order in which one store that does one thing at a time could have given all answers of a district's history.
///
/// The search of Wing and Gong with Lowe's memory of what was tried ("Testing for linearizability", 2017): a request may come
/// next if it began before the first of the others ended. What may or may not have been carried out is tried both ways.
struct Linearizer {
    /// States looked at before the search gives up.
    static let statesMax = 300_000

    enum Verdict: Hashable {
        case possible
        /// No order explains these keys' answers.
        case impossible
        /// The search was given up.
        case unknown
    }

    private struct Position: Hashable {
        /// Which requests are in their place, 64 a word.
        var done: [UInt64]
        var items: [ItemState?]

        func isDone(_ index: Int) -> Bool { done[index / 64] & (1 << (index % 64)) != 0 }

        func with(_ index: Int, items: [ItemState?]) -> Position {
            var next = self
            next.done[index / 64] |= 1 << (index % 64)
            next.items = items
            return next
        }
    }

    private let entries: [History.Entry]
    private let keyCount: Int

    init(_ entries: [History.Entry], keyCount: Int) {
        self.entries = entries.sorted { ($0.ended, $0.begun) < ($1.ended, $1.begun) }
        self.keyCount = keyCount
    }

    func check() -> Verdict {
        var seen: Set<Position> = []
        var stack = [
            Position(
                done: [UInt64](repeating: 0, count: entries.count / 64 + 1),
                items: [ItemState?](repeating: nil, count: keyCount))
        ]
        while let position = stack.popLast() {
            guard seen.insert(position).inserted else { continue }
            guard seen.count < Linearizer.statesMax else { return .unknown }
            let next = successors(of: position)
            guard let next else { return .possible }
            stack += next.reversed()
        }
        return .impossible
    }

    /// What can come next; nil where nothing has to.
    private func successors(of position: Position) -> [Position]? {
        // They are sorted by their ends: the first that is not in its place ends first.
        guard let first = entries.indices.first(where: { !position.isDone($0) }) else { return nil }
        let end = entries[first].ended
        var next: [Position] = []
        for index in first..<entries.count where !position.isDone(index) && entries[index].begun <= end {
            let entry = entries[index]
            if let items = apply(entry, to: position.items) {
                next.append(position.with(index, items: items))
            }
            if !entry.isCertain { next.append(position.with(index, items: position.items)) }
        }
        return next
    }

    private func apply(_ entry: History.Entry, to items: [ItemState?]) -> [ItemState?]? {
        var items = items
        for (key, effect) in entry.effects {
            guard let state = effect.applied(to: items[key]) else { return nil }
            items[key] = state
        }
        return items
    }
}
