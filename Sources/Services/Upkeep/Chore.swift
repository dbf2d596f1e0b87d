import Base

/// Something that is done again and again while nobody asks for it.
public struct Chore: Sendable {
    /// What it is called in the log.
    public let name: String
    /// Milliseconds between the end of one round and the beginning of the next.
    let everyMilliseconds: Int
    /// One round; asks `isStopping` between two parts of what takes long. What it throws is told, and the next round comes.
    public let round: @Sendable (_ isStopping: @Sendable () -> Bool) throws -> Void

    /// Something to do every so many seconds, the first time at once.
    public init(
        name: String, everySeconds: Int,
        round: @escaping @Sendable (_ isStopping: @Sendable () -> Bool) throws -> Void
    ) {
        self.init(name: name, everyMilliseconds: everySeconds * 1000, round: round)
    }

    /// The same for what is done several times a second.
    public init(
        name: String, everyMilliseconds: Int,
        round: @escaping @Sendable (_ isStopping: @Sendable () -> Bool) throws -> Void
    ) {
        self.name = name
        self.everyMilliseconds = everyMilliseconds
        self.round = round
    }
}
