import Base
import Items
import LocalTables
import Registry
import SQLite
import Tables
import TestKit
import Testing

/// A registry in a file that is closed, changed behind its back, and opened again.
final class AuditWorld {
    let clock = ManualClock()
    private let folder: TemporaryFolder
    private(set) var store: any MovableStore
    private(set) var registry: Registry
    private var stores: LocalStores

    init() throws {
        folder = try TemporaryFolder()
        stores = try LocalStores(folder: folder.path)
        store = try Registry.store(try #require(StoreID("registry")), in: stores)
        registry = try Registry(engine: store, clock: clock)
    }

    deinit { stores.close() }

    /// Closes the file, lets `body` change it, and opens it again.
    func tamper(_ body: (Connection) throws -> Void = { _ in }) throws {
        stores.close()
        do {
            let connection = try Connection(
                path: folder.path(of: "registry.sqlite"), mode: .readWrite, isExclusive: true)
            try body(connection)
        }
        stores = try LocalStores(folder: folder.path)
        store = try Registry.store(try #require(StoreID("registry")), in: stores)
        registry = try Registry(engine: store, clock: clock)
    }

    /// Writes so many entries of a kind, each in a commit of its own, a second apart.
    func write(_ count: Int, _ kind: AuditKind = .activity) throws {
        for number in 0..<count {
            clock.advance(byMilliseconds: 1000)
            try registry.transact(
                RegistryTransaction(
                    [],
                    audit: [
                        AuditNote(
                            actor: .credential("k1"), action: "tenant.renamed", subject: "s\(number)",
                            tenant: try tenantID(number % 3), kind: kind)
                    ]))
        }
    }

    /// The faults of the registry's chains.
    func faults() throws -> [AuditFault] { try registry.verifyAudit().faults }

    /// The faults that an export shows by itself.
    func exportFaults() throws -> [AuditFault] {
        var verifier = AuditChainVerifier()
        for line in try export() { try verifier.take(line: line) }
        return verifier.finish().faults
    }

    /// The lines of an export.
    func export(_ kinds: [AuditKind] = AuditKind.allCases) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        try registry.exportAudit(kinds) { lines.append($0.bytes) }
        return lines
    }

    /// The stamp of an entry.
    func stamp(_ number: Int64, _ kind: AuditKind = .activity) throws -> RecordStamp {
        var query = AuditQuery()
        query.kind = kind
        query.limit = 1000
        return try #require(try registry.audit(query).entries.first { $0.number == number }).id
    }

    /// The texts of the entries of a kind, in their order.
    func texts(_ kind: AuditKind = .activity) throws -> [String] {
        try export([kind]).filter { $0.starts(with: Array(#"{"kind":"#.utf8)) }
            .map { String(decoding: $0.dropLast(), as: UTF8.self) }
    }
}

/// Rows of the registry's table as they lie in its file.
extension Connection {
    private static let table = "t1"

    /// The row of entry `number` of a kind: its place and its item.
    func row(_ number: Int64, in partition: String = "audit") throws -> (id: Int64, item: Item) {
        let select = try prepare(
            "SELECT rowid, item FROM \(Self.table) WHERE pk = CAST('\(partition)' AS BLOB)")
        defer { select.reset() }
        while try select.step() {
            let item = try Item(decoding: select.bytes(1))
            if item["body"]?.string?.contains("\"number\":\(number),") == true {
                return (select.integer(0), item)
            }
        }
        throw Missing()
    }

    struct Missing: Error {}

    /// Puts another item into a row.
    func store(_ item: Item, at row: Int64) throws {
        let update = try prepare("UPDATE \(Self.table) SET item = ?, size = ? WHERE rowid = ?")
        try update.bind(item.encoded(), at: 1)
        try update.bind(item.sizeBytes, at: 2)
        try update.bind(row, at: 3)
        try update.run()
    }

    /// Changes the text of an entry.
    func rewrite(_ number: Int64, in partition: String = "audit", _ body: (String) -> String) throws {
        var (row, item) = try row(number, in: partition)
        item["body"] = .string(body(try #require(item["body"]?.string)))
        try store(item, at: row)
    }

    func remove(_ number: Int64, in partition: String = "audit") throws {
        try execute("DELETE FROM \(Self.table) WHERE rowid = \(try row(number, in: partition).id)")
    }

    /// Adds a row.
    func insert(_ item: Item) throws {
        let insert = try prepare("INSERT INTO \(Self.table) (pk, sk, size, item) VALUES (?, ?, ?, ?)")
        try insert.bind(Array(try #require(item["pk"]?.string).utf8), at: 1)
        try insert.bind(Array(try #require(item["sk"]?.string).utf8), at: 2)
        try insert.bind(item.sizeBytes, at: 3)
        try insert.bind(item.encoded(), at: 4)
        try insert.run()
    }

    /// Changes the item under a key of the table.
    func change(_ partition: String, _ body: (inout Item) throws -> Void) throws {
        let select = try prepare(
            "SELECT rowid, item FROM \(Self.table) WHERE pk = CAST('\(partition)' AS BLOB)")
        guard try select.step() else { throw Missing() }
        var item = try Item(decoding: select.bytes(1))
        let row = select.integer(0)
        select.reset()
        try body(&item)
        try store(item, at: row)
    }
}
