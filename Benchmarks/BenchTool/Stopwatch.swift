import Base

/// How often something can be done: in rounds of a fixed number until enough time has passed.
enum Stopwatch {
    /// Nanoseconds for one call of `body`: the least of the rounds, since whatever disturbs makes a round longer.
    static func nanoseconds(perRound count: Int, rounds: Int = 15, _ body: () throws -> Void) rethrows
        -> Double
    {
        let clock = SystemClock()
        var best = Double.infinity
        for _ in 0..<rounds {
            let started = clock.monotonicNanoseconds()
            for _ in 0..<count { try body() }
            best = min(best, Double(clock.monotonicNanoseconds() - started) / Double(count))
        }
        return best
    }
}
