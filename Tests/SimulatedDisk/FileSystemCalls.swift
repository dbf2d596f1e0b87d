import Base
import CSQLite
import Glibc

/// What SQLite asks of the file system itself. Source: sqlite.org/c3ref/vfs.html.
enum FileSystemCalls {
    typealias System = UnsafeMutablePointer<sqlite3_vfs>?

    private static func process(of system: System) -> SimulatedProcess? {
        guard let data = system?.pointee.pAppData else { return nil }
        return Unmanaged<SimulatedProcess>.fromOpaque(data).takeUnretainedValue()
    }

    static func open(
        _ system: System, _ name: UnsafePointer<CChar>?, _ slot: UnsafeMutablePointer<sqlite3_file>?,
        _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let process = process(of: system), let slot else { return SQLITE_MISUSE }
        // Without methods SQLite does not close what failed to open.
        slot.pointee.pMethods = nil
        let path = name.map { String(cString: $0) }
        do throws(DiskFault) {
            let handle = try process.open(path, flags)
            OpenFile(process: process, id: handle, path: path ?? "").place(in: slot)
        } catch { return error == .full ? SQLITE_FULL : SQLITE_CANTOPEN }
        outFlags?.pointee = flags
        return SQLITE_OK
    }

    static func delete(_ system: System, _ name: UnsafePointer<CChar>?, _ mustSync: Int32) -> Int32 {
        guard let process = process(of: system), let name else { return SQLITE_MISUSE }
        let path = String(cString: name)
        do throws(DiskFault) {
            try process.disk.perform(.remove, path, by: process.id) { (state) throws(DiskFault) in
                guard state.names[path] != nil else { throw .absent }
                state.remove(path)
            }
        } catch { return error == .absent ? ResultCode.deleteAbsent : ResultCode.delete }
        guard mustSync != 0 else { return SQLITE_OK }
        let folder = DiskState.folder(of: path)
        do throws(DiskFault) {
            try process.disk.perform(.syncFolder, folder, by: process.id) { $0.sync(folder: folder) }
        } catch { return ResultCode.syncFolder }
        return SQLITE_OK
    }

    static func access(
        _ system: System, _ name: UnsafePointer<CChar>?, _ answer: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let process = process(of: system), let name else { return SQLITE_MISUSE }
        let path = String(cString: name)
        do throws(DiskFault) {
            // An empty journal counts as none, as it does on Unix.
            let isThere = try process.disk.look(by: process.id) { state in
                state.names[path].flatMap { state.files[$0]?.bytes.isEmpty } == false
            }
            answer?.pointee = isThere ? 1 : 0
        } catch { return ResultCode.access }
        return SQLITE_OK
    }

    static func fullPath(
        _ name: UnsafePointer<CChar>?, _ room: Int32, _ target: UnsafeMutablePointer<CChar>?
    ) -> Int32 {
        guard let name, let target, strlen(name) < Int(room) else { return SQLITE_CANTOPEN }
        strcpy(target, name)
        return SQLITE_OK
    }

    static func randomness(
        _ system: System, _ count: Int32, _ target: UnsafeMutablePointer<CChar>?
    ) -> Int32 {
        guard let process = process(of: system), let target else { return 0 }
        for (place, byte) in process.random.bytes(Int(count)).enumerated() {
            target[place] = CChar(bitPattern: byte)
        }
        return count
    }

    static func sleep(_ system: System, _ microseconds: Int32) -> Int32 {
        process(of: system)?.sleep(Int(microseconds))
        return microseconds
    }

    // Julian days begin 210,866,760,000,000 ms before the epoch. Source: sqlite.org/c3ref/vfs.html.
    static func currentTime(
        _ system: System, milliseconds target: UnsafeMutablePointer<sqlite3_int64>?
    ) -> Int32 {
        guard let process = process(of: system) else { return SQLITE_ERROR }
        target?.pointee = 210_866_760_000_000 + process.clock.now().milliseconds
        return SQLITE_OK
    }

    static func currentTime(_ system: System, _ target: UnsafeMutablePointer<Double>?) -> Int32 {
        var milliseconds: sqlite3_int64 = 0
        let code = currentTime(system, milliseconds: &milliseconds)
        target?.pointee = Double(milliseconds) / 86_400_000
        return code
    }
}

/// SQLite's codes for what may fail, which are macros. Source: sqlite.org/rescode.html.
enum ResultCode {
    static let read = SQLITE_IOERR | 1 << 8
    static let shortRead = SQLITE_IOERR | 2 << 8
    static let write = SQLITE_IOERR | 3 << 8
    static let sync = SQLITE_IOERR | 4 << 8
    static let syncFolder = SQLITE_IOERR | 5 << 8
    static let truncate = SQLITE_IOERR | 6 << 8
    static let size = SQLITE_IOERR | 7 << 8
    static let delete = SQLITE_IOERR | 10 << 8
    static let access = SQLITE_IOERR | 13 << 8
    static let checkLock = SQLITE_IOERR | 14 << 8
    static let lock = SQLITE_IOERR | 15 << 8
    static let memoryLock = SQLITE_IOERR | 20 << 8
    static let memoryMap = SQLITE_IOERR | 21 << 8
    static let deleteAbsent = SQLITE_IOERR | 23 << 8
}

extension SimulatedProcess {
    /// Opens a file, made where it may be; answers the handle.
    func open(_ path: String?, _ flags: Int32) throws(DiskFault) -> Int {
        guard let path else { return try disk.look(by: id) { $0.openNameless() } }
        let isThere = try disk.look(by: id) { $0.names[path] != nil }
        guard !isThere else {
            return try disk.look(by: id) { (state) throws(DiskFault) in
                guard flags & SQLITE_OPEN_EXCLUSIVE == 0 else { throw .failing }
                return try state.open(path, flags)
            }
        }
        guard flags & SQLITE_OPEN_CREATE != 0 else { throw .absent }
        return try disk.perform(.make, path, by: id) { (state) throws(DiskFault) in
            guard state.folders.contains(DiskState.folder(of: path)) else { throw .absent }
            if state.names[path] == nil { _ = state.make(path) }
            return try state.open(path, flags)
        }
    }
}

extension DiskState {
    fileprivate mutating func openNameless() -> Int {
        let file = newID()
        files[file] = FileState(isNamed: false)
        files[file]?.openCount = 1
        let handle = newID()
        handles[handle] = Handle(file: file, path: "", mustSyncFolder: false, mustRemove: false)
        return handle
    }

    fileprivate mutating func open(_ path: String, _ flags: Int32) throws(DiskFault) -> Int {
        guard let file = names[path] else { throw .absent }
        files[file]?.openCount += 1
        let handle = newID()
        let journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL
        handles[handle] = Handle(
            file: file, path: path,
            mustSyncFolder: flags & SQLITE_OPEN_CREATE != 0 && flags & journals != 0,
            mustRemove: flags & SQLITE_OPEN_DELETEONCLOSE != 0)
        return handle
    }
}
