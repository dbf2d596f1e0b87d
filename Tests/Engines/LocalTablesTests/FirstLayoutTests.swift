import Base
import Items
import LocalTables
import SQLite
import Tables
import TestKit
import Testing

/// A file as the first layout had it: shapes alone in `tables`, indexes without numbers of their own.
struct FirstLayoutTests {
    private let folder: TemporaryFolder
    private let id: StoreID
    private let tables: [TableSchema]

    init() throws {
        folder = try TemporaryFolder()
        id = try #require(StoreID("store"))
        tables = try ["aaa", "bbb"].map { name in
            TableSchema(
                name: try #require(TableName(name)),
                key: KeySchema(partition: KeyAttribute(name: "p", type: .string)),
                indexes: [
                    IndexSchema(
                        name: "by-colour",
                        key: KeySchema(partition: KeyAttribute(name: "colour", type: .string)),
                        projection: .keysOnly),
                    IndexSchema(
                        name: "by-shape",
                        key: KeySchema(partition: KeyAttribute(name: "shape", type: .string))),
                ])
        }
    }

    private func item(_ key: String) -> Item {
        ["p": .string(key), "colour": .string("red"), "shape": .string("round"), "size": .number(4)]
    }

    private func write(_ store: LocalStore, _ table: TableSchema, _ key: String, _ item: Item?) throws {
        try store.write(
            WriteRequest(
                ItemWrite(
                    table: table.name, key: EncodedKey(partition: Array(key.utf8)),
                    action: item.map { .put($0) } ?? .delete)))
    }

    private func keys(_ store: LocalStore, _ table: TableSchema, _ index: String? = nil) throws -> [String] {
        try store.read(ReadRange(table: table.name, index: index)).rows.map {
            String(decoding: $0.key.partition, as: UTF8.self)
        }.sorted()
    }

    /// Writes a file of the first layout, past the store.
    private func makeOldFile() throws {
        let file = try Connection(
            path: folder.path(of: "store.sqlite"), mode: .create, isExclusive: true)
        try file.execute(
            """
            PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;
            CREATE TABLE tables (number INTEGER PRIMARY KEY, schema TEXT NOT NULL);
            CREATE TABLE residents (tenant TEXT PRIMARY KEY, resident TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE changes (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, number INTEGER NOT NULL,
                pk BLOB NOT NULL, sk BLOB NOT NULL);
            CREATE INDEX changes_of_tenant ON changes (tenant, sequence);
            PRAGMA user_version = 1
            """)
        for (number, table) in zip(1..., tables) {
            // As the first layout wrote a shape.
            let index = { (name: String, key: String, projection: String) in
                #"{"key":{"partition":{"name":"\#(key)","type":"S"}},"name":"\#(name)","projection":\#(projection)}"#
            }
            let shape =
                #"{"indexes":[\#(index("by-colour", "colour", #"{"keysOnly":{}}"#)),"#
                + #"\#(index("by-shape", "shape", #"{"all":{}}"#))],"#
                + #""key":{"partition":{"name":"p","type":"S"}},"name":"\#(table.name)"}"#
            try file.execute(
                """
                INSERT INTO tables (number, schema) VALUES (\(number), '\(shape)');
                CREATE TABLE t\(number) (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item BLOB NOT NULL);
                CREATE UNIQUE INDEX t\(number)_key ON t\(number) (pk, sk)
                """)
            for place in 0...1 {
                try file.execute(
                    """
                    CREATE TABLE t\(number)_i\(place) (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL,
                        sk BLOB NOT NULL, size INTEGER NOT NULL, item BLOB NOT NULL);
                    CREATE UNIQUE INDEX t\(number)_i\(place)_key ON t\(number)_i\(place) (ipk, isk, pk, sk)
                    """)
            }
            try plant("old-\(number)", in: number, file)
        }
    }

    private func plant(_ key: String, in number: Int, _ file: Connection) throws {
        let image = ItemImage(item(key))
        let row = try file.prepare("INSERT INTO t\(number) (pk, sk, size, item) VALUES (?, x'', ?, ?)")
        try row.bind(Array(key.utf8), at: 1)
        try row.bind(image.sizeBytes, at: 2)
        try row.bind(image.bytes, at: 3)
        try row.run()
        for (place, value) in ["red", "round"].enumerated() {
            let image = place == 0 ? ItemImage(["p": .string(key), "colour": .string("red")]) : image
            let entry = try file.prepare(
                "INSERT INTO t\(number)_i\(place) (ipk, isk, pk, sk, size, item) VALUES (?, x'', ?, x'', ?, ?)"
            )
            try entry.bind(Array(value.utf8), at: 1)
            try entry.bind(Array(key.utf8), at: 2)
            try entry.bind(image.sizeBytes, at: 3)
            try entry.bind(image.bytes, at: 4)
            try entry.run()
        }
    }

    @Test func isReadAndWrittenOnInAllItsTablesAndIndexes() throws {
        try makeOldFile()
        var store = try LocalStore(id: id, path: folder.path(of: "store.sqlite"), housekeeping: .byHand)
        #expect(store.schemas() == tables)
        while try store.keepHouse() {}
        for (number, table) in zip(1..., tables) {
            for index in [nil, "by-colour", "by-shape"] {
                #expect(try keys(store, table, index) == ["old-\(number)"], "\(table.name) \(index ?? "")")
            }
            try write(store, table, "new", item("new"))
            try write(store, table, "old-\(number)", nil)
        }
        // An index that is added later takes the number of none that is there.
        let added = IndexSchema(
            name: "by-size", key: KeySchema(partition: KeyAttribute(name: "size", type: .number)))
        try store.addIndex(added, to: tables[0].name) { _ in }
        while try store.keepHouse() {}
        try store.removeIndex("by-colour", of: tables[0].name) { _ in }
        while try store.keepHouse() {}
        store.close()
        store = try LocalStore(id: id, path: folder.path(of: "store.sqlite"), housekeeping: .byHand)
        for (table, indexes) in [
            (tables[0], [nil, "by-shape", "by-size"]), (tables[1], [nil, "by-colour", "by-shape"]),
        ] {
            for index in indexes { #expect(try keys(store, table, index) == ["new"]) }
        }
        // A table that is made now gets the number of none that is there.
        let third = TableSchema(name: try #require(TableName("ccc")), key: tables[0].key)
        try store.create(third)
        #expect(try keys(store, third) == [])
        store.close()
    }
}
