import CSQLite
import Glibc
import Synchronization

/// The calls that SQLite makes on an open file. Source: sqlite.org/c3ref/io_methods.html.
extension OpenFile {
    // Written once, before anybody reads it.
    nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
        var methods = sqlite3_io_methods()
        // Without the calls of version 3 nothing is mapped: all reads come here.
        methods.iVersion = 2
        methods.xClose = { OpenFile.close($0) }
        methods.xRead = { slot, target, count, offset in
            OpenFile.with(slot) { $0.read(target, Int(count), Int(offset)) }
        }
        methods.xWrite = { slot, source, count, offset in
            OpenFile.with(slot) { $0.write(source, Int(count), Int(offset)) }
        }
        methods.xTruncate = { slot, count in OpenFile.with(slot) { $0.truncate(Int(count)) } }
        methods.xSync = { slot, _ in OpenFile.with(slot) { $0.syncCall() } }
        methods.xFileSize = { slot, target in OpenFile.with(slot) { $0.size(target) } }
        methods.xLock = { slot, level in OpenFile.with(slot) { $0.lock(level) } }
        methods.xUnlock = { slot, level in OpenFile.with(slot) { $0.unlock(level) } }
        methods.xCheckReservedLock = { slot, target in OpenFile.with(slot) { $0.checkReserved(target) } }
        methods.xFileControl = { slot, code, target in OpenFile.with(slot) { $0.control(code, target) } }
        methods.xSectorSize = { _ in 4096 }
        methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
        methods.xShmMap = { slot, number, bytes, mayMake, target in
            OpenFile.with(slot) { $0.map(Int(number), Int(bytes), mayMake != 0, target) }
        }
        methods.xShmLock = { slot, first, count, flags in
            OpenFile.with(slot) { $0.lockMemory(Int(first), Int(count), flags) }
        }
        methods.xShmBarrier = { slot in
            // The disk's lock is a barrier.
            _ = OpenFile.with(slot) { file in
                file.process.disk.state.withLock { _ in SQLITE_OK }
            }
        }
        methods.xShmUnmap = { slot, _ in
            OpenFile.with(slot) {
                $0.unmap()
                return SQLITE_OK
            }
        }
        let place = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        place.initialize(to: methods)
        return place
    }()

    private func code(_ failure: Int32, _ body: () throws(DiskFault) -> Int32) -> Int32 {
        do throws(DiskFault) { return try body() } catch {
            return error == .full ? SQLITE_FULL : failure
        }
    }

    private func read(_ target: UnsafeMutableRawPointer?, _ count: Int, _ offset: Int) -> Int32 {
        guard let target else { return SQLITE_MISUSE }
        nonisolated(unsafe) let place = target
        return code(ResultCode.read) { () throws(DiskFault) in
            try perform(.read) { (state, handle) in
                let found =
                    state.files[handle.file]?.bytes.withUnsafeBytes { bytes -> Int in
                        let found = max(0, min(count, bytes.count - offset))
                        if found > 0, let base = bytes.baseAddress { memcpy(place, base + offset, found) }
                        return found
                    } ?? 0
                guard found < count else { return SQLITE_OK }
                memset(place + found, 0, count - found)
                return ResultCode.shortRead
            }
        }
    }

    private func write(_ source: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int32 {
        nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(start: source, count: count)
        return code(ResultCode.write) { () throws(DiskFault) in
            try perform(.write) { (state, handle) in
                state.files[handle.file]?.write(bytes, at: offset)
                return SQLITE_OK
            }
        }
    }

    private func truncate(_ count: Int) -> Int32 {
        code(ResultCode.truncate) { () throws(DiskFault) in
            try perform(.truncate) { (state, handle) in
                state.files[handle.file]?.truncate(to: count)
                return SQLITE_OK
            }
        }
    }

    private func syncCall() -> Int32 {
        // A full disk has no code of its own here, as on Unix.
        do throws(DiskFault) { try sync() } catch { return ResultCode.sync }
        return SQLITE_OK
    }

    private func size(_ target: UnsafeMutablePointer<sqlite3_int64>?) -> Int32 {
        code(ResultCode.size) { () throws(DiskFault) in
            let count = try look { (state, handle) in state.files[handle.file]?.bytes.count ?? 0 }
            target?.pointee = sqlite3_int64(count)
            return SQLITE_OK
        }
    }

    private func lock(_ level: Int32) -> Int32 {
        guard let level = FileLocks.Level(rawValue: level) else { return SQLITE_MISUSE }
        return code(ResultCode.lock) { () throws(DiskFault) in
            try look { (state, handle) in
                state.files[handle.file]?.locks.raise(id, to: level) == true ? SQLITE_OK : SQLITE_BUSY
            }
        }
    }

    private func unlock(_ level: Int32) -> Int32 {
        guard let level = FileLocks.Level(rawValue: level) else { return SQLITE_MISUSE }
        do throws(DiskFault) {
            try look { (state, handle) in state.files[handle.file]?.locks.lower(id, to: level) }
        } catch {
            // With its process a lock has gone.
            return SQLITE_OK
        }
        return SQLITE_OK
    }

    private func checkReserved(_ target: UnsafeMutablePointer<Int32>?) -> Int32 {
        code(ResultCode.checkLock) { () throws(DiskFault) in
            let isReserved = try look { (state, handle) in
                state.files[handle.file]?.locks.isReserved ?? false
            }
            target?.pointee = isReserved ? 1 : 0
            return SQLITE_OK
        }
    }

    private func control(_ request: Int32, _ target: UnsafeMutableRawPointer?) -> Int32 {
        guard request == SQLITE_FCNTL_LAST_ERRNO, let target else { return SQLITE_NOTFOUND }
        let id = id
        let number = process.disk.state.withLock {
            $0.handles[id]?.lastError ?? DiskFault.processEnded.number
        }
        target.storeBytes(of: number, as: Int32.self)
        return SQLITE_OK
    }

    private func map(
        _ number: Int, _ bytes: Int, _ mayMake: Bool,
        _ target: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int32 {
        code(ResultCode.memoryMap) { () throws(DiskFault) in
            target?.pointee = try map(number, bytes: bytes, mayMake: mayMake)?.base
            return SQLITE_OK
        }
    }

    private func lockMemory(_ first: Int, _ count: Int, _ flags: Int32) -> Int32 {
        let locks = first..<first + count
        let isAlone = flags & SQLITE_SHM_EXCLUSIVE != 0
        let isRelease = flags & SQLITE_SHM_UNLOCK != 0
        do throws(DiskFault) {
            return try look { (state, handle) in
                if isRelease {
                    state.files[handle.file]?.memory.unlock(locks, isAlone: isAlone, for: id)
                    return SQLITE_OK
                }
                guard state.files[handle.file]?.memory.lock(locks, isAlone: isAlone, for: id) == true else {
                    return SQLITE_BUSY
                }
                if isAlone { state.noteCopy(of: handle.file, locks, by: id) }
                return SQLITE_OK
            }
        } catch { return isRelease ? SQLITE_OK : ResultCode.memoryLock }
    }
}
