import Base
import Items
import SQLite
import Tables

/// What a look at all of a store's file found: whether it is sound, and what is wrong where it is not.
public struct StoreCheck: Sendable, Equatable {
    /// Which store.
    public let store: StoreID
    /// How many tables it has.
    public internal(set) var tables = 0
    /// How many items are in them.
    public internal(set) var items = 0
    /// How many entries their indexes have.
    public internal(set) var indexEntries = 0
    /// What is wrong, a sentence each, without anything of an item; `Limits.checkFindingsMax` at the most.
    public private(set) var findings: [String] = []

    /// Whether nothing is wrong.
    public var isSound: Bool { findings.isEmpty }

    init(store: StoreID) { self.store = store }

    mutating func find(_ what: String) {
        if findings.count < Limits.checkFindingsMax { findings.append(what) }
    }
}

/// Looks a store's file over while nobody uses it, and changes nothing in it.
///
/// The pages hang together (SQLite's own check), every table that the store knows is there, every item reads and lies under its
/// own key with its own size, every index holds just what building it anew from its table would give, every end of an item's life is
/// noted, and the journal is in time.
/// Source: sqlite.org/pragma.html#pragma_integrity_check.
struct StoreChecker {
    let connection: Connection
    private var check: StoreCheck

    /// Checks the file at `path`; a file that cannot be read is a finding.
    static func check(_ id: StoreID, path: String, on files: any StoreFiles) -> StoreCheck {
        do throws(SQLiteError) {
            var checker = StoreChecker(
                connection: try files.connect(path, mode: .readOnly, isExclusive: true),
                check: StoreCheck(store: id))
            checker.run()
            return checker.check
        } catch {
            var check = StoreCheck(store: id)
            check.find("the file cannot be opened: \(error)")
            return check
        }
    }

    private mutating func run() {
        do {
            try checkPages()
            for table in try knownTables() {
                check.tables += 1
                try checkRows(of: table)
            }
            find(
                try earlyJournalEntries(), "entries of the journal are of an earlier time than the one before"
            )
        } catch {
            check.find("the file cannot be read to its end: \(error)")
        }
    }

    private mutating func checkPages() throws(SQLiteError) {
        guard try StoreFile.layout(of: connection) > 0 else {
            throw SQLiteError(code: 26, message: "the file is empty or no store of Homeroom")
        }
        let statement = try connection.prepare("PRAGMA integrity_check(\(Limits.checkFindingsMax))")
        while try statement.step() {
            let line = statement.text(0)
            if line != "ok" { check.find(line) }
        }
    }

    private mutating func knownTables() throws -> [LocalTable] {
        var tables: [LocalTable] = []
        let select = try connection.prepare("SELECT number, schema FROM tables ORDER BY number")
        while try select.step() {
            let text = select.text(1)
            // A deleted table leaves its number behind.
            guard !text.isEmpty else { continue }
            tables.append(LocalTable(number: Int(select.integer(0)), stored: try StoredJSON.table(text)))
        }
        return tables
    }

    // MARK: Rows

    /// What is wrong with a table's rows, counted.
    private struct Counts {
        var unreadable = 0
        var misplaced = 0
        var missized = 0
    }

    private mutating func checkRows(of table: LocalTable) throws {
        let name = table.schema.name
        var counts = Counts()
        var indexes = try table.schema.indexes.indices.map { number in
            try IndexChecker(table, number: number, on: connection)
        }
        var expiry = try ExpiryChecker(table, on: connection)
        let rows = try connection.prepare("SELECT pk, sk, size, item FROM t\(table.number)")
        while try rows.step() {
            check.items += 1
            let key = EncodedKey(partition: rows.bytes(0), sort: rows.bytes(1))
            let image = ItemImage(bytes: rows.bytes(3), sizeBytes: Int(rows.integer(2)))
            guard let item = StoreChecker.item(of: image) else {
                counts.unreadable += 1
                continue
            }
            if StoreChecker.key(of: item, table.schema.key) != key { counts.misplaced += 1 }
            if item.sizeBytes != image.sizeBytes { counts.missized += 1 }
            for number in indexes.indices { try indexes[number].compare(item, image, key) }
            try expiry?.compare(item, key)
        }
        find(counts.unreadable, "items of table `\(name)` do not read")
        find(counts.misplaced, "items of table `\(name)` lie under a key that is not theirs")
        find(counts.missized, "items of table `\(name)` have another size than is noted")
        if let expiry {
            find(expiry.different, "items of table `\(name)` end at another time than is noted")
            find(try expiry.surplus(), "ends of life of table `\(name)` are noted of items that have none")
        }
        for (index, stored) in zip(indexes, table.indexes) {
            let count = try index.entryCount()
            check.indexEntries += count
            let place = "of index `\(index.name)` of table `\(name)`"
            // Of an index that is being made, the entries of items behind the build's place are still to come.
            if stored.build == nil { find(index.missing, "entries \(place) are missing") }
            find(index.different, "entries \(place) are not what their items are")
            find(count - index.met, "entries \(place) belong to no item")
        }
    }

    private mutating func find(_ count: Int, _ what: String) {
        if count != 0 { check.find("\(count) \(what)") }
    }

    static func item(of image: ItemImage) -> Item? {
        do throws(TableError) { return try image.item() } catch { return nil }
    }

    private static func key(of item: Item, _ schema: KeySchema) -> EncodedKey? {
        do throws(ItemError) { return try schema.key(ofItem: item) } catch { return nil }
    }
}

/// Compares an index with what building it anew from its table's items would give.
private struct IndexChecker {
    let name: String
    /// Items whose entry is not there.
    private(set) var missing = 0
    /// Entries that hold something else than the item says.
    private(set) var different = 0
    /// Entries that belong to an item.
    private(set) var met = 0
    /// Whether it is still being made: then an entry may be missing.
    private let isBuilding: Bool
    private let projection: IndexProjection
    private let index: IndexSchema
    private let entry: Statement
    private let count: Statement

    init(_ table: LocalTable, number: Int, on connection: Connection) throws(SQLiteError) {
        projection = table.projections[number]
        index = table.schema.indexes[number]
        name = index.name
        let stored = table.indexes[number]
        isBuilding = stored.build != nil
        let rows = "t\(table.number)_i\(stored.number)"
        entry = try connection.prepare(
            "SELECT size, item FROM \(rows) WHERE ipk = ? AND isk = ? AND pk = ? AND sk = ?")
        count = try connection.prepare("SELECT count(*) FROM \(rows) NOT INDEXED")
    }

    mutating func compare(_ item: Item, _ image: ItemImage, _ key: EncodedKey) throws(SQLiteError) {
        guard let place = entryKey(of: item) else { return }
        defer { entry.reset() }
        for (offset, bytes) in [place.partition, place.sort, key.partition, key.sort].enumerated() {
            try entry.bind(bytes, at: Int32(offset + 1))
        }
        guard try entry.step() else {
            if !isBuilding { missing += 1 }
            return
        }
        met += 1
        let wanted = projection.entry(of: WholeItem(image, item))
        let found = ItemImage(bytes: entry.bytes(1), sizeBytes: Int(entry.integer(0)))
        // An entry that an update left as it was may hold the same attributes in another order.
        guard found == wanted || (found.sizeBytes == wanted.sizeBytes && isEqual(found, wanted)) else {
            different += 1
            return
        }
    }

    func entryCount() throws(SQLiteError) -> Int {
        defer { count.reset() }
        _ = try count.step()
        return Int(count.integer(0))
    }

    /// An item without the index's attributes, or with one of a wrong kind, has no entry.
    private func entryKey(of item: Item) -> EncodedKey? {
        do throws(ItemError) { return try index.key.indexKey(of: item, index: index.name) } catch {
            return nil
        }
    }

    private func isEqual(_ left: ItemImage, _ right: ItemImage) -> Bool {
        guard let item = StoreChecker.item(of: left) else { return false }
        return item == StoreChecker.item(of: right)
    }
}
