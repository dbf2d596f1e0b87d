import Base
import Dispatch
import Synchronization

/// Calls for a round of upkeep again and again, on a thread of its own, until it is stopped.
public final class UpkeepThread: Sendable {
    private let queue = DispatchQueue(label: "homeroom.upkeep", qos: .utility)
    private let isStopping = Atomic<Bool>(false)
    private let upkeep: Upkeep

    /// Starts with the first round at once.
    public init(_ upkeep: Upkeep) {
        self.upkeep = upkeep
        queue.async { self.run() }
    }

    private func run() {
        let isStopping = { self.isStopping.load(ordering: .acquiring) }
        if isStopping() { return }
        upkeep.round(isStopping: isStopping)
        queue.asyncAfter(deadline: .now() + .seconds(Limits.upkeepSeconds)) { [weak self] in self?.run() }
    }

    /// Ends it; a transaction that is under way is finished first.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        queue.sync {}
    }
}
