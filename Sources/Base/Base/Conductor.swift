/// Decides in which order the threads of a simulation run; a process that serves has none, and its threads run as the operating
/// system lets them.
///
/// It belongs to the threads that it runs, not to the objects they use: see `Conducting`.
public protocol Conductor: Sendable {
    /// Lets `body` run on a thread of its own, so many milliseconds from now at the earliest.
    func start(_ label: String, afterMilliseconds: Int, _ body: @escaping @Sendable () -> Void)
    /// Lets others run, and comes back when `isMet`, which only looks, says so.
    func wait(until isMet: @escaping @Sendable () -> Bool)
    /// Comes back after so many milliseconds.
    func pause(milliseconds: Int)
    /// A number from 0 to before `count`.
    func choice(below count: Int) -> Int
}

/// The conductor of the thread that asks.
public enum Conducting {
    /// Nil except on the threads of a simulation.
    @TaskLocal public static var conductor: (any Conductor)?
}
