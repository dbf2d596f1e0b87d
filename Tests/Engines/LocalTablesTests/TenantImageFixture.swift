import Base
import Items
import LocalTables
import Synchronization
import Tables
import TestKit
import Testing

/// A folder of stores with one pool of two tables, `left` and `right`, and a keeper of images; the tenant's keys begin with `a`.
final class TenantImageFixture: Sendable {
    let folder: TemporaryFolder
    let clock = ManualClock()
    let stores: LocalStores
    let images: LocalTenantImages
    let store: any MovableStore
    let storeID: StoreID
    let tables: [TableName]
    let tenant = TenantID(random: SeededRandom(seed: 7))
    let neighbour = TenantID(random: SeededRandom(seed: 8))
    private let random = SeededRandom(seed: 3)

    init(recoveryDays: Int? = nil) throws {
        folder = try TemporaryFolder()
        let surroundings = StoreSurroundings(clock: clock)
        stores = try LocalStores(folder: folder.path(of: "stores"), surroundings: surroundings)
        images = try LocalTenantImages(folder: folder.path(of: "images"), stores: stores)
        storeID = try #require(StoreID("pool"))
        tables = try ["left", "right"].map { try #require(TableName($0)) }
        store = try stores.create(storeID, tables: [])
        var options = TableOptions()
        if let recoveryDays {
            options.recovery = TableOptions.PointInTimeRecovery(startedAt: clock.now(), days: recoveryDays)
        }
        for table in tables {
            let schema = TableSchema(
                name: table, key: KeySchema(partition: KeyAttribute(name: "p", type: .string)))
            try store.create(TableRecord(schema: schema, options: options, createdAt: clock.now()))
        }
        for tenant in [tenant, neighbour] {
            try store.setResident(tenant, to: Resident(epoch: 3, state: .active))
        }
    }

    deinit { stores.close() }

    func ranges(_ table: TableName) -> [KeyRange] {
        [
            KeyRange(table: table, lower: Array("a#".utf8), upper: Array("a$".utf8)),
            KeyRange(table: table, lower: Array("aa#".utf8), upper: Array("aa$".utf8)),
        ]
    }

    func image(epoch: Int64 = 3, asOf: Timestamp? = nil) -> TenantImage {
        TenantImage(
            id: SnapshotID(now: clock.now(), random: random), tenant: tenant, store: storeID, epoch: epoch,
            tables: tables.map { TenantImage.Table(name: $0.text + "-logical", ranges: ranges($0)) },
            createdAt: clock.now(), asOf: asOf)
    }

    /// One transaction that gives the same value to this key of both tables, or removes it from both.
    func write(_ key: String, _ value: Int?, as writer: TenantID? = nil) throws {
        let writes = tables.map { table in
            ItemWrite(
                table: table, key: EncodedKey(partition: Array(key.utf8)),
                action: value.map { .put(["p": .string(key), "v": .number(Number($0))]) } ?? .delete)
        }
        let route = WriteRoute(tenant: writer ?? tenant, epoch: 3, wall: OpenWall())
        try store.write(WriteRequest(.transaction, writes, route: route))
    }

    /// What an image holds of a table: values by key.
    func values(_ image: TenantImage, _ number: Int, pageItems: Int = 3) throws -> [String: String] {
        var values: [String: String] = [:]
        var after: EncodedKey?
        while true {
            let rows = try images.rows(
                of: image.id, table: image.tables[number].name, after: after, itemsMax: pageItems,
                bytesMax: 1_000_000)
            guard let last = rows.last else { return values }
            after = last.key
            for row in rows {
                values[String(decoding: row.key.partition, as: UTF8.self)] = try HistoryFixture.value(
                    row.image)
            }
        }
    }
}
