import Base
import Items
import LocalTables
import Tables
import TestKit
import Testing

/// A store with a clock that is moved by hand and one table, `things`: partition `p`, no sort key, no index.
final class HistoryFixture {
    let folder: TemporaryFolder
    let clock = ManualClock()
    let table: TableName
    let schema: TableSchema
    let tenant = TenantID(random: SeededRandom(seed: 7))
    private(set) var store: LocalStore

    init(_ change: (inout TableOptions, Timestamp) -> Void = { _, _ in }) throws {
        folder = try TemporaryFolder()
        table = try #require(TableName("things"))
        schema = TableSchema(
            name: table, key: KeySchema(partition: KeyAttribute(name: "p", type: .string)))
        store = try LocalStore(
            id: try #require(StoreID("store")), path: folder.path(of: "store.sqlite"),
            surroundings: StoreSurroundings(clock: clock))
        var options = TableOptions()
        change(&options, clock.now())
        try store.create(TableRecord(schema: schema, options: options, id: "", createdAt: clock.now()))
    }

    /// The same file opened anew, as after a restart.
    func reopen() throws {
        store.close()
        store = try LocalStore(
            id: store.id, path: folder.path(of: "store.sqlite"),
            surroundings: StoreSurroundings(clock: clock))
    }

    func key(_ partition: String) -> EncodedKey { EncodedKey(partition: Array(partition.utf8)) }

    func item(_ partition: String, _ more: [String: AttributeValue] = [:]) -> Item {
        var item = Item(attributes: AttributeMap(more))
        item.attributes["p"] = .string(partition)
        return item
    }

    func write(_ partition: String, _ action: ItemWrite.Action) -> ItemWrite {
        ItemWrite(table: table, key: key(partition), action: action)
    }

    func put(_ partition: String, _ value: Int, _ more: [String: AttributeValue] = [:]) throws {
        var item = item(partition, more)
        item.attributes["v"] = .number(Number(value))
        try store.write(WriteRequest(write(partition, .put(item)), route: nil))
    }

    func delete(_ partition: String) throws {
        try store.write(WriteRequest(write(partition, .delete)))
    }

    func values() throws -> [String: String] {
        var values: [String: String] = [:]
        for row in try store.read(ReadRange(table: table)).rows {
            values[String(decoding: row.key.partition, as: UTF8.self)] = try HistoryFixture.value(row.image)
        }
        return values
    }

    static func value(_ image: ItemImage?) throws -> String? {
        guard case .number(let number)? = try image?.item()["v"] else { return nil }
        return number.text
    }

    /// The table's only stream.
    func stream() throws -> TableStream { try #require(try store.streams().last) }

    /// What the stream says, from its start: event, key, value before and after.
    func told(after: Int64 = 0, tenant: TenantID? = nil) throws -> [String] {
        let stream = try stream()
        let changes = try store.streamChanges(
            ChangeSelection(table: table, startedAt: stream.startedAt, tenant: tenant, after: after))
        return try changes.map { change in
            let old = try HistoryFixture.value(change.old) ?? "-"
            let new = try HistoryFixture.value(change.new) ?? "-"
            let key = String(decoding: change.key.partition, as: UTF8.self)
            return "\(change.event) \(key) \(old) \(new)" + (change.cause == .expiry ? " expired" : "")
        }
    }
}
