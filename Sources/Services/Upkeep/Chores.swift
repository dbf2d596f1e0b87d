import Base
import Dispatch
import Synchronization

/// Calls for the rounds of chores, one after the other on a thread of its own, until it is stopped. By the machine's steady
/// time: a clock that is set back or forth changes nothing.
public final class Chores: Sendable {
    private let queue = DispatchQueue(label: "homeroom.chores", qos: .utility)
    private let isStopping = Atomic<Bool>(false)
    private let onFailure: @Sendable (String, any Error) -> Void

    /// Starts with a first round of each.
    /// - Parameter onFailure: told which chore failed, and why.
    public init(_ chores: [Chore], onFailure: @escaping @Sendable (String, any Error) -> Void) {
        self.onFailure = onFailure
        for chore in chores { queue.async { self.run(chore) } }
    }

    private func run(_ chore: Chore) {
        let isStopping: @Sendable () -> Bool = { self.isStopping.load(ordering: .acquiring) }
        if isStopping() { return }
        do { try chore.round(isStopping) } catch { onFailure(chore.name, error) }
        queue.asyncAfter(deadline: .now() + .milliseconds(chore.everyMilliseconds)) { [weak self] in
            self?.run(chore)
        }
    }

    /// Ends it; a round that is under way is finished first.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        queue.sync {}
    }
}
