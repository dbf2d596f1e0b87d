import Synchronization

/// Stands before a lock that is held while its holder waits for something else. In a simulation, where only one thread runs,
/// whoever came second would else hold up the first for ever; elsewhere it lets everybody through.
public final class Turnstile: Sendable {
    private let isTaken = Atomic<Bool>(false)

    /// A turnstile that nobody is behind.
    public init() {}

    /// Runs `body`, which takes the lock, with nobody else behind the turnstile.
    public func pass<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let conductor = Conducting.conductor else { return try body() }
        conductor.wait { !self.isTaken.load(ordering: .relaxed) }
        isTaken.store(true, ordering: .relaxed)
        defer { isTaken.store(false, ordering: .relaxed) }
        return try body()
    }

    /// Runs `body`, which takes the lock where it is free, unless somebody is behind the turnstile.
    public func passIfFree<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
        guard Conducting.conductor != nil else { return try body() }
        guard !isTaken.exchange(true, ordering: .relaxed) else { return }
        defer { isTaken.store(false, ordering: .relaxed) }
        try body()
    }
}
