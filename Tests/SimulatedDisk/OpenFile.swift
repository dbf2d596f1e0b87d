import CSQLite
import Synchronization

/// A file that SQLite has open: what lies behind the methods in its `sqlite3_file`.
final class OpenFile: Sendable {
    typealias Slot = UnsafeMutablePointer<sqlite3_file>?

    /// What SQLite is to keep for each: the methods and this object.
    static let slotBytes = Int32(
        MemoryLayout<sqlite3_file>.stride + MemoryLayout<UnsafeMutableRawPointer>.stride)

    let process: SimulatedProcess
    let id: Int
    private let path: String
    /// What SQLite may touch until the file is closed, though the disk has crashed since.
    private let mapped = Mutex<[MemoryRegion]>([])

    init(process: SimulatedProcess, id: Int, path: String) {
        self.process = process
        self.id = id
        self.path = path
    }

    func place(in slot: UnsafeMutablePointer<sqlite3_file>) {
        UnsafeMutableRawPointer(slot).storeBytes(
            of: Unmanaged.passRetained(self).toOpaque(), toByteOffset: MemoryLayout<sqlite3_file>.stride,
            as: UnsafeMutableRawPointer.self)
        slot.pointee.pMethods = UnsafePointer(OpenFile.methods)
    }

    private static func reference(_ slot: Slot) -> Unmanaged<OpenFile>? {
        guard let slot else { return nil }
        return Unmanaged.fromOpaque(
            UnsafeRawPointer(slot).load(
                fromByteOffset: MemoryLayout<sqlite3_file>.stride, as: UnsafeMutableRawPointer.self))
    }

    /// Calls `body` for the file; a result code.
    static func with(_ slot: Slot, _ body: (OpenFile) -> Int32) -> Int32 {
        guard let file = reference(slot) else { return SQLITE_MISUSE }
        return file._withUnsafeGuaranteedRef(body)
    }

    static func close(_ slot: Slot) -> Int32 {
        guard let file = reference(slot) else { return SQLITE_MISUSE }
        file.takeUnretainedValue().close()
        file.release()
        slot?.pointee.pMethods = nil
        return SQLITE_OK
    }

    private func close() {
        let id = id
        process.disk.state.withLock { state in
            guard let handle = state.handles.removeValue(forKey: id) else { return }
            state.files[handle.file]?.locks.lower(id, to: .none)
            state.files[handle.file]?.memory.leave(id)
            state.files[handle.file]?.openCount -= 1
            if handle.mustRemove { state.remove(handle.path) }
            if state.files[handle.file]?.isNamed == false { state.files[handle.file] = nil }
        }
    }

    // MARK: The log's index

    /// Where a region lies; nil where it is not there and may not be made.
    func map(_ number: Int, bytes: Int, mayMake: Bool) throws(DiskFault) -> MemoryRegion? {
        let region = try look { (state, handle) in
            state.files[handle.file]?.memory.region(number, bytes: bytes, for: self.id, mayMake: mayMake)
        }
        if let region { mapped.withLock { $0.append(region) } }
        return region
    }

    func unmap() {
        let id = id
        process.disk.state.withLock { state in
            guard let handle = state.handles[id] else { return }
            state.files[handle.file]?.memory.leave(id)
        }
        mapped.withLock { $0 = [] }
    }

    // MARK: Operations

    func look<Value: Sendable>(
        _ body: (inout DiskState, DiskState.Handle) throws(DiskFault) -> Value
    ) throws(DiskFault) -> Value {
        let id = id
        return try process.disk.look(by: process.id) { (state) throws(DiskFault) in
            guard let handle = state.handles[id] else { throw .processEnded }
            return try body(&state, handle)
        }
    }

    /// Carries out an operation on the file; on a fault notes the system's number for it.
    func perform<Value: Sendable>(
        _ kind: DiskOperation.Kind,
        _ body: (inout DiskState, DiskState.Handle) throws(DiskFault) -> Value
    ) throws(DiskFault) -> Value {
        let id = id
        let onFault = { (state: inout DiskState, planned: PlannedFault) in
            guard kind == .sync, let file = state.handles[id]?.file else { return }
            state.scatter(file, planned)
        }
        do throws(DiskFault) {
            return try process.disk.perform(kind, path, by: process.id, onFault: onFault) {
                (state) throws(DiskFault) in
                guard let handle = state.handles[id] else { throw .processEnded }
                return try body(&state, handle)
            }
        } catch {
            process.disk.state.withLock { $0.handles[id]?.lastError = error.number }
            throw error
        }
    }

    func sync() throws(DiskFault) {
        let id = id
        let folder = try perform(.sync) { (state, handle) -> String? in
            state.sync(file: handle.file)
            state.handles[id]?.mustSyncFolder = false
            return handle.mustSyncFolder ? DiskState.folder(of: handle.path) : nil
        }
        guard let folder else { return }
        try process.disk.perform(.syncFolder, folder, by: process.id) { $0.sync(folder: folder) }
    }
}
