/// A part of the index of a log, which connections to one file share.
final class MemoryRegion: Sendable {
    // SQLite guards what is in it by the locks beside it, and by barriers of its own. Source: sqlite.org/walformat.html.
    nonisolated(unsafe) let base: UnsafeMutableRawPointer

    init(bytes: Int) {
        base = .allocate(byteCount: bytes, alignment: 16)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    }

    deinit { base.deallocate() }
}

/// The index of a file's log, and the eight locks beside it. It ends with the last handle that uses it.
struct SharedMemory {
    private static let lockCount = 8
    private static let writeLock = 0
    private static let copyLock = 1
    private static let readLocks = 3..<lockCount

    private(set) var regions: [MemoryRegion] = []
    private var users: Set<Int> = []
    /// For each lock the handles that share it, or the one that has it alone.
    private var sharers = [Set<Int>](repeating: [], count: lockCount)
    private var owners = [Int?](repeating: nil, count: lockCount)
    /// The handles that have been about to write.
    private var writers: Set<Int> = []

    /// The region of that number for the handle, made where it may; nil where it is not there.
    mutating func region(_ number: Int, bytes: Int, for handle: Int, mayMake: Bool) -> MemoryRegion? {
        users.insert(handle)
        if number >= regions.count {
            guard mayMake else { return nil }
            while regions.count <= number { regions.append(MemoryRegion(bytes: bytes)) }
        }
        return regions[number]
    }

    /// Takes all locks of the range, shared or alone; false where another handle's is in the way, and then none.
    mutating func lock(_ range: Range<Int>, isAlone: Bool, for handle: Int) -> Bool {
        for lock in range {
            if let owner = owners[lock], owner != handle { return false }
            if isAlone, !sharers[lock].subtracting([handle]).isEmpty { return false }
        }
        for lock in range {
            if isAlone { owners[lock] = handle } else { sharers[lock].insert(handle) }
        }
        // Who looks at the header again takes that lock too, but without a place among the readers.
        let isReader = SharedMemory.readLocks.contains { sharers[$0].contains(handle) }
        if isAlone, isReader, range.contains(SharedMemory.writeLock) { writers.insert(handle) }
        return true
    }

    /// Whether the handle, which has just taken the range alone, begins to copy a log beside its writer.
    func beginsCopyBesideWriter(_ range: Range<Int>, by handle: Int) -> Bool {
        range == SharedMemory.copyLock..<SharedMemory.copyLock + 1 && !writers.contains(handle)
    }

    /// Whether all of the log is copied. The numbers and places: sqlite.org/walformat.html, 2.2 "The WAL-Index File Format".
    var isLogCopied: Bool {
        guard let header = regions.first?.base else { return false }
        let frames = header.load(fromByteOffset: 16, as: UInt32.self)
        let copied = header.load(fromByteOffset: 96, as: UInt32.self)
        return frames > 0 && frames == copied
    }

    mutating func unlock(_ range: Range<Int>, isAlone: Bool, for handle: Int) {
        for lock in range {
            if isAlone {
                if owners[lock] == handle { owners[lock] = nil }
            } else {
                sharers[lock].remove(handle)
            }
        }
    }

    mutating func leave(_ handle: Int) {
        guard users.remove(handle) != nil else { return }
        if users.isEmpty {
            self = SharedMemory()
            return
        }
        for lock in 0..<SharedMemory.lockCount {
            sharers[lock].remove(handle)
            if owners[lock] == handle { owners[lock] = nil }
        }
        writers.remove(handle)
    }
}
