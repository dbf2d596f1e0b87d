/// A file's bytes, as processes see them and as they lie on the disk.
///
/// INVARIANT (two states): `durable` with all of `unsynced` carried out in order is `bytes`, unless a sync failed.
struct FileState {
    /// What a disk writes whole or not at all, in bytes.
    static let sectorBytes = 512

    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    /// Files without a name are of no process after this one.
    let isNamed: Bool
    private(set) var bytes: [UInt8] = []
    private(set) var durable: [UInt8] = []
    private(set) var unsynced: [Change] = []
    var locks = FileLocks()
    var memory = SharedMemory()
    var openCount = 0

    init(isNamed: Bool) { self.isNamed = isNamed }

    mutating func write(_ new: UnsafeRawBufferPointer, at offset: Int) {
        FileState.overwrite(&bytes, new, at: offset)
        if isNamed { unsynced.append(.write(offset: offset, bytes: Array(new))) }
    }

    mutating func truncate(to count: Int) {
        FileState.resize(&bytes, to: count)
        if isNamed { unsynced.append(.truncate(count)) }
    }

    mutating func sync() {
        for change in unsynced { FileState.carryOut(change, on: &durable) }
        unsynced.removeAll(keepingCapacity: true)
    }

    /// Lets the dice say which unsynced changes lie on the disk. No later sync makes up for the others: a failed sync takes the
    /// pages for clean. Source: wiki.postgresql.org/wiki/Fsync_Errors.
    mutating func scatter(_ dice: inout Dice, _ outcome: inout CrashOutcome) {
        for change in unsynced {
            switch dice.fate() {
            case .kept:
                outcome.kept += 1
                FileState.carryOut(change, on: &durable)
            case .lost:
                outcome.lost += 1
                // The file's new length may be there without the bytes.
                if case .write(let offset, let bytes) = change, dice.coin() {
                    FileState.grow(&durable, to: offset + bytes.count)
                }
            case .torn:
                outcome.torn += 1
                FileState.tear(change, on: &durable, &dice)
            }
        }
        unsynced = []
    }

    /// What is left after a crash.
    mutating func crash(_ dice: inout Dice, _ outcome: inout CrashOutcome) {
        scatter(&dice, &outcome)
        bytes = durable
        end()
    }

    /// The processes are gone, the bytes stay.
    mutating func end() {
        locks = FileLocks()
        memory = SharedMemory()
        openCount = 0
    }

    // MARK: Bytes

    private static func tear(_ change: Change, on target: inout [UInt8], _ dice: inout Dice) {
        guard case .write(let offset, let bytes) = change else {
            if dice.coin() { carryOut(change, on: &target) }
            return
        }
        var start = offset
        while start < offset + bytes.count {
            let end = min((start / sectorBytes + 1) * sectorBytes, offset + bytes.count)
            if dice.coin() {
                bytes[start - offset..<end - offset].withUnsafeBytes { overwrite(&target, $0, at: start) }
            }
            start = end
        }
    }

    private static func carryOut(_ change: Change, on target: inout [UInt8]) {
        switch change {
        case .write(let offset, let bytes): bytes.withUnsafeBytes { overwrite(&target, $0, at: offset) }
        case .truncate(let count): resize(&target, to: count)
        }
    }

    private static func overwrite(_ target: inout [UInt8], _ new: UnsafeRawBufferPointer, at offset: Int) {
        if offset == target.count {
            target.append(contentsOf: new)
            return
        }
        grow(&target, to: offset + new.count)
        target.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + new.count]).copyMemory(from: new)
        }
    }

    private static func grow(_ target: inout [UInt8], to count: Int) {
        if count > target.count { resize(&target, to: count) }
    }

    private static func resize(_ target: inout [UInt8], to count: Int) {
        if count < target.count {
            target.removeLast(target.count - count)
        } else {
            target.append(contentsOf: [UInt8](repeating: 0, count: count - target.count))
        }
    }
}
