import Base

/// How a simulation's threads take turns: which seed draws the next, and how the draws are made.
struct Schedule: Hashable, Sendable, Codable {
    /// Draws who runs next.
    var seed: UInt64
    /// Of a hundred points at which a thread could go on, at how many it does without asking who else could.
    var stickiness: Int
    /// What a turn takes, in nanoseconds.
    var turnNanoseconds: UInt64
    /// Whether some threads come to their turn far more often than others.
    var isUneven: Bool
}

extension Schedule {
    /// A schedule that the seed draws.
    init(seed: UInt64) {
        let random = SeededRandom(seed: seed ^ 0x5C4E_D01E)
        let drawn = random.next()
        let stickiness = [0, 0, 50, 90][random.below(4)]
        let turnNanoseconds: UInt64 = [0, 20_000, 200_000, 2_000_000][random.below(4)]
        self.init(
            seed: drawn, stickiness: stickiness, turnNanoseconds: turnNanoseconds,
            isUneven: random.below(3) == 0)
    }
}

extension SeededRandom {
    /// A number from 0 to before `count`.
    func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    /// Whether it is one of so many.
    func isOne(in count: Int) -> Bool { below(count) == 0 }

    /// One of them.
    func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
