/// All that a disk knows: files, their names now and after a crash, and who uses them.
struct DiskState {
    /// A change of names that is not on the disk yet.
    enum NameChange {
        case made(String, file: Int)
        case removed(String, file: Int)
        case renamed(String, to: String, file: Int)

        var path: String {
            switch self {
            case .made(let path, _), .removed(let path, _), .renamed(let path, _, _): path
            }
        }
    }

    struct Handle {
        let file: Int
        let path: String
        /// A file that SQLite syncs the folder of with its first sync, as it does on Unix for logs and journals.
        var mustSyncFolder: Bool
        let mustRemove: Bool
        var lastError: Int32 = 0
    }

    var folders: Set<String> = ["/"]
    var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var nameChanges: [NameChange] = []
    var files: [Int: FileState] = [:]
    var handles: [Int: Handle] = [:]
    var living: Set<Int> = []
    var operations = 0
    var counts = [Int](repeating: 0, count: DiskOperation.Kind.allCases.count)
    var faults: [PlannedFault] = []
    var copiesBesideWriters = 0
    var copiesOfCopiedLogs = 0
    private var lastID = 0

    mutating func newID() -> Int {
        lastID += 1
        return lastID
    }

    // MARK: Names

    static func folder(of path: String) -> String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    mutating func make(_ path: String) -> Int {
        let file = newID()
        files[file] = FileState(isNamed: true)
        names[path] = file
        nameChanges.append(.made(path, file: file))
        return file
    }

    mutating func remove(_ path: String) {
        guard let file = names.removeValue(forKey: path) else { return }
        nameChanges.append(.removed(path, file: file))
    }

    mutating func rename(_ path: String, to other: String) {
        guard path != other, let file = names.removeValue(forKey: path) else { return }
        names[other] = file
        nameChanges.append(.renamed(path, to: other, file: file))
    }

    mutating func sync(folder: String) {
        for change in nameChanges where DiskState.folder(of: change.path) == folder { carryOut(change) }
        nameChanges.removeAll { DiskState.folder(of: $0.path) == folder }
        let lost = Set(files.keys).subtracting(names.values)
        forget(lost)
    }

    /// A sync of the file fails: chance says what of it lies on the disk all the same.
    mutating func scatter(_ file: Int, _ planned: PlannedFault) {
        var dice = Dice(seed: planned.seed)
        var outcome = CrashOutcome()
        files[file]?.scatter(&dice, &outcome)
    }

    /// With a new file's bytes its name is on the disk, as journalling file systems have it.
    mutating func sync(file: Int) {
        files[file]?.sync()
        for (place, change) in nameChanges.enumerated() {
            if case .made(_, let made) = change, made == file {
                carryOut(change)
                nameChanges.remove(at: place)
                return
            }
        }
    }

    private mutating func carryOut(_ change: NameChange) {
        switch change {
        case .made(let path, let file): durableNames[path] = file
        case .removed(let path, let file):
            if durableNames[path] == file { durableNames[path] = nil }
        case .renamed(let path, let other, let file):
            durableNames[other] = file
            if durableNames[path] == file { durableNames[path] = nil }
        }
    }

    /// Counts a copy of the file's log that begins beside its writer, where taking these locks begins one.
    mutating func noteCopy(of file: Int, _ locks: Range<Int>, by handle: Int) {
        guard let memory = files[file]?.memory, memory.beginsCopyBesideWriter(locks, by: handle) else {
            return
        }
        copiesBesideWriters += 1
        if memory.isLogCopied { copiesOfCopiedLogs += 1 }
    }

    /// Frees files that have no name, now or after a crash, and that nobody has open.
    mutating func forget(_ candidates: Set<Int>) {
        let kept = Set(durableNames.values)
        for file in candidates where files[file]?.openCount == 0 && !kept.contains(file) {
            let isAwaited = nameChanges.contains { change in
                switch change {
                case .made(_, let other), .renamed(_, _, let other): other == file
                case .removed: false
                }
            }
            if !isAwaited { files[file] = nil }
        }
    }

    // MARK: Ends

    mutating func crash(_ dice: inout Dice) -> CrashOutcome {
        var outcome = CrashOutcome()
        for change in nameChanges {
            if dice.isKept() {
                outcome.kept += 1
                carryOut(change)
            } else {
                outcome.lost += 1
            }
        }
        nameChanges = []
        names = durableNames
        let linked = Set(names.values)
        for file in files.keys.sorted() {
            if linked.contains(file) { files[file]?.crash(&dice, &outcome) } else { files[file] = nil }
        }
        living = []
        handles = [:]
        return outcome
    }

    /// The processes end, and the system goes on: what they wrote is there.
    mutating func end() {
        living = []
        handles = [:]
        for file in Array(files.keys) { files[file]?.end() }
        forget(Set(files.keys).subtracting(names.values))
    }

    /// The fault that meets the next operation of the kind, if one is planned.
    mutating func takeFault(_ kind: DiskOperation.Kind, _ path: String) -> PlannedFault? {
        for place in faults.indices
        where faults[place].kind == kind && path.hasSuffix(faults[place].pathEnding) {
            if faults[place].after > 0 {
                faults[place].after -= 1
                continue
            }
            let found = faults[place]
            if let count = found.count {
                if count == 1 { faults.remove(at: place) } else { faults[place].count = count - 1 }
            }
            return found
        }
        return nil
    }
}
