import Synchronization

/// How many bytes of large bodies the exchanges of a server hold at one time, in requests and answers together.
///
/// Small bodies are not counted: the number of connections bounds them. A large one that finds no room is refused, and the
/// client that has held the most for the longest is cut off soon after, so that slow clients cannot keep the room.
final class HeldBytes: Sendable {
    private let limit: Int
    private let held = Atomic<Int>(0)
    private let wasShort = Atomic<Bool>(false)

    init(limit: Int) { self.limit = limit }

    /// Takes so many bytes; false where they are not to be had.
    func take(_ count: Int) -> Bool {
        let (_, now) = held.wrappingAdd(count, ordering: .relaxed)
        guard now > limit else { return true }
        giveBack(count)
        wasShort.store(true, ordering: .relaxed)
        return false
    }

    /// Gives bytes back.
    func giveBack(_ count: Int) { held.wrappingSubtract(count, ordering: .relaxed) }

    /// Whether somebody found no room since the last look.
    func takeShortage() -> Bool { wasShort.exchange(false, ordering: .relaxed) }
}
