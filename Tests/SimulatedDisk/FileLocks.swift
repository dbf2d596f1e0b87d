/// The locks of a database file, as SQLite has them on Unix. Source: sqlite.org/lockingv3.html.
struct FileLocks {
    /// How much of the file is a handle's; each includes those before it.
    enum Level: Int32, Comparable {
        case none, shared, reserved, pending, exclusive

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private var levels: [Int: Level] = [:]

    func level(of handle: Int) -> Level { levels[handle] ?? .none }

    /// Whether any handle is about to write.
    var isReserved: Bool { levels.values.contains { $0 >= .reserved } }

    /// Raises the handle's lock; false where another handle's is in the way.
    mutating func raise(_ handle: Int, to wanted: Level) -> Bool {
        let mine = level(of: handle)
        guard wanted > mine else { return true }
        let others = levels.filter { $0.key != handle }.values
        switch wanted {
        case .none: return true
        case .shared:
            guard !others.contains(where: { $0 >= .pending }) else { return false }
        case .reserved:
            guard !others.contains(where: { $0 >= .reserved }) else { return false }
        case .pending, .exclusive:
            guard !others.contains(where: { $0 >= .reserved }) else { return false }
            guard others.isEmpty else {
                // No new reader comes in, and those that are there leave some time.
                levels[handle] = .pending
                return false
            }
        }
        levels[handle] = wanted
        return true
    }

    mutating func lower(_ handle: Int, to level: Level) {
        guard level < self.level(of: handle) else { return }
        levels[handle] = level == .none ? nil : level
    }
}
