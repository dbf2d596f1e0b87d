import Base
import Dispatch
import Items
import LocalTables
import Tables

/// Fills the table of a store's file with items of many schools, through the engine: a pool as many tenants leave it. Nobody else
/// may have the file open.
struct PoolFill {
    /// Items in one commit at the most: the engine's own limit.
    private static let groupItems = TableLimits.transactionItemsMax
    private static let groupsInFlight = 32

    private let path: String
    private let table: TableName
    private let schools: [String]
    private let count: Int
    private let bytes: Int

    init(_ arguments: inout Arguments) throws {
        path = try arguments.next("file")
        let name = try arguments.next("table")
        guard let table = TableName(name) else { throw UsageError(text: "`\(name)` is no table's name") }
        self.table = table
        schools = try arguments.option("schools").split(separator: ",").map(String.init)
        count = try arguments.number("items")
        bytes = try arguments.number("bytes")
    }

    func fill() throws {
        guard let id = StoreID("pool-bench") else {
            throw UsageError(text: "the store's id has another form")
        }
        let store = try LocalStore(id: id, path: path, mayCreate: false)
        let room = DispatchSemaphore(value: Self.groupsInFlight)
        let clock = SystemClock()
        let started = clock.monotonicNanoseconds()
        for school in schools {
            let items = BenchItems(school: school, count: count)
            for start in stride(from: 0, to: count, by: Self.groupItems) {
                let writes = (start..<min(start + Self.groupItems, count)).map { write($0, of: items) }
                room.wait()
                store.write(WriteRequest(.batch, writes)) { result in
                    if case .failure(let error) = result { fatalError("the pool is not filled: \(error)") }
                    room.signal()
                }
            }
        }
        for _ in 0..<Self.groupsInFlight { room.wait() }
        for _ in 0..<Self.groupsInFlight { room.signal() }
        store.close()
        let seconds = Double(clock.monotonicNanoseconds() - started) / 1e9
        print("items_per_second", Double(schools.count * count) / seconds)
    }

    private func write(_ number: Int, of items: BenchItems) -> ItemWrite {
        let partition = items.partition(number)
        let key = EncodedKey(partition: Array(partition.utf8), sort: Array(items.sort.utf8))
        let item: Item = [
            "recordKey": .string(partition), "entityKey": .string(items.sort),
            "note": .string(BenchItems.note(bytes, seed: UInt64(number))),
        ]
        return ItemWrite(table: table, key: key, action: .put(item))
    }
}
