import Synchronization

/// Tells readers whether the file may have changed since they looked: an odd number while a group of writes is under way,
/// another even one after each.
final class CommitCount: Sendable {
    private let count = Atomic<UInt64>(0)

    /// The number, or nil while a group is under way.
    var quiet: UInt64? {
        let now = count.load(ordering: .acquiring)
        return now & 1 == 0 ? now : nil
    }

    /// A group is about to begin.
    func begin() { step(toOdd: true) }

    /// The group is durable or undone, and nobody has been told yet.
    func end() { step(toOdd: false) }

    private func step(toOdd: Bool) {
        let (old, _) = count.wrappingAdd(1, ordering: .acquiringAndReleasing)
        precondition((old & 1 == 0) == toOdd, "groups do not overlap")
    }
}
