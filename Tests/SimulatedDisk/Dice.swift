import Base

/// Whether a change that was not synced lies on the disk. The seed also says what kind of crash it is: one that loses all, one that
/// keeps all, one that keeps the first changes and loses the others, or one in which every change has a fate of its own.
struct Dice {
    enum Fate { case kept, lost, torn }

    private enum Kind { case losing, keeping, ordered, mixed }

    private let random: SeededRandom
    private let kind: Kind
    private var hasLost = false

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        switch random.next() % 8 {
        case 0: kind = .losing
        case 1: kind = .keeping
        case 2, 3: kind = .ordered
        default: kind = .mixed
        }
    }

    /// The next change's fate.
    mutating func fate() -> Fate {
        switch kind {
        case .losing: return .lost
        case .keeping: return .kept
        case .ordered:
            if hasLost { return .lost }
            hasLost = random.next() % 8 == 0
            return hasLost ? .torn : .kept
        case .mixed:
            switch random.next() % 5 {
            case 0, 1: return .kept
            case 2, 3: return .lost
            default: return .torn
            }
        }
    }

    /// The same where a change is there or not.
    mutating func isKept() -> Bool { fate() == .kept }

    mutating func coin() -> Bool { random.next() & 1 == 1 }
}
