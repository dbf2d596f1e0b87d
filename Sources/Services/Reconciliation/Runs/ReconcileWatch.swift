import Base

/// How far a comparison has come, and whether it goes on: for the one thread that carries it out.
///
/// A look asks between two stores, two tables and two owners; a removal between two chunks.
public final class ReconcileWatch {
    /// Owners between two figures.
    private static let ownersStride = 200

    private let shouldStop: () -> Bool
    private let show: (ReconcileProgress) -> Void
    private var progress = ReconcileProgress()
    private var isPast: () -> Bool = { false }

    /// A watch that shows figures and says when somebody wants the end.
    public init(
        shouldStop: @escaping () -> Bool = { false }, show: @escaping (ReconcileProgress) -> Void = { _ in }
    ) {
        self.shouldStop = shouldStop
        self.show = show
    }

    /// Whether somebody wants the end.
    var isStopped: Bool { shouldStop() }

    /// Whether the time of the look is over.
    var isOver: Bool { isPast() }

    /// - Throws: `ReconcileStopped` where somebody wants the end.
    func goOn() throws(ReconcileStopped) { if shouldStop() { throw ReconcileStopped() } }

    /// Another look begins, which has until `isPast`.
    func beginLook(isPast: @escaping () -> Bool) {
        self.isPast = isPast
        progress = ReconcileProgress(look: progress.look + 1)
    }

    /// A part begins, of so many.
    func begin(_ part: ReconcileProgress.Part, of total: Int) {
        progress.part = part
        (progress.done, progress.total, progress.owners) = (0, total, 0)
        show(progress)
    }

    /// One more of the part is done.
    func advance() {
        progress.done += 1
        show(progress)
    }

    /// So many items were removed.
    func noteRemoved(items: Int) {
        progress.items += items
        show(progress)
    }

    /// One more owner of keys was seen.
    func noteOwner() {
        progress.owners += 1
        if progress.owners.isMultiple(of: ReconcileWatch.ownersStride) { show(progress) }
    }
}

/// How far a comparison is.
public struct ReconcileProgress: Hashable, Sendable {
    /// What is gone through.
    public enum Part: String, Hashable, Sendable {
        /// Who is in each store.
        case stores
        /// Whose the items of each table are.
        case tables
        /// What is put right.
        case findings
    }

    /// What is gone through.
    public var part = Part.stores
    /// The how manieth look; what looks wrong is looked at again.
    public var look = 0
    /// How many stores, tables or findings.
    public var done = 0
    /// Of how many.
    public var total = 0
    /// Owners of keys that were seen in the tables.
    public var owners = 0
    /// Items that were removed.
    public var items = 0
}

/// Somebody wants the comparison to end.
struct ReconcileStopped: Error {}
