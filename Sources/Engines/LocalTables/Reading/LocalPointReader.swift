import Base
import Synchronization
import Tables

/// Reads single items of one table of a store.
final class LocalPointReader: PointReader {
    private let store: LocalStore
    private let table: LocalTable
    /// The store's tables as they were when it was made.
    private let generation: Int

    init(_ store: LocalStore, _ table: LocalTable, generation: Int) {
        self.store = store
        self.table = table
        self.generation = generation
    }

    var isCurrent: Bool { store.tablesGeneration.load(ordering: .acquiring) == generation }

    func read(
        partition: UnsafeRawBufferPointer, sort: UnsafeRawBufferPointer, into buffer: ByteBuffer
    ) -> PointReadOutcome {
        do throws(TableError) {
            return try store.readers.withReader { reader throws(TableError) in
                try reader.read(partition: partition, sort: sort, in: table, into: buffer)
            }
        } catch {
            return .unknown
        }
    }
}
