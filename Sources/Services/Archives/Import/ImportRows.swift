import Base
import Items
import Registry
import Tables
import Tenancy

/// A row of an archive, read, mapped and looked at.
struct ImportRow {
    /// The place of its file in the source.
    let file: Int
    /// Its line, from 1.
    let line: Int
    let table: LogicalTable
    let item: Item
    let key: EncodedKey
    /// The key that the archive has, before ids were mapped.
    let readKey: EncodedKey
    let isMapped: Bool
    /// Whether it would stay with the tenant, in the table and in every index.
    let isOwn: Bool
}

/// The second wall for imports: an item stays with its tenant, in the table and in every index.
struct ImportWall: ItemWall {
    private let owners: KeyOwners
    private let tables: [TableName: LogicalTable]

    init(_ catalog: Catalog, placement: PlacementRecord, schools: [SchoolID]) {
        owners = KeyOwners(tenant: placement.tenant, schools: schools)
        var tables: [TableName: LogicalTable] = [:]
        for table in catalog.tables {
            if let physical = placement.tables[table.name.text] { tables[physical] = table }
        }
        self.tables = tables
    }

    func permits(_ item: Item, key: EncodedKey, in schema: TableSchema) -> Bool {
        guard let table = tables[schema.name] else { return false }
        return ImportWall.belongs(item, key: key, to: owners, in: table)
    }

    static func belongs(_ item: Item, key: EncodedKey, to owners: KeyOwners, in table: LogicalTable) -> Bool {
        let leading = table.key.leadingPartition(of: key.partition)
        guard table.ownedKeys.belongs(leading, to: owners) else { return false }
        return table.indexes.allSatisfy { index in
            guard let value = item[index.key.partition.name] else { return true }
            guard let bytes = KeySchema.bytes(of: value) else { return false }
            return index.ownedKeys.belongs(bytes, to: owners)
        }
    }
}

/// Walks over the rows of an archive, from any file and line on.
final class ImportRows {
    private let folder: ArchiveFolder
    private let source: ImportSource
    private let mapping: IDMapping
    private let owners: KeyOwners
    /// The file under way, by its place.
    private(set) var file: Int
    private var skipping: Int
    private var lines: ArchiveLines?

    /// The rows behind `line` of `file`.
    init(
        _ folder: ArchiveFolder, _ source: ImportSource, mapping: IDMapping, owners: KeyOwners, file: Int = 0,
        line: Int = 0
    ) {
        self.folder = folder
        self.source = source
        self.mapping = mapping
        self.owners = owners
        self.file = file
        skipping = line
    }

    /// The next row; nil at the end of the last file. Each file is checked against the manifest at its end, where it was read
    /// from its beginning or not.
    func next() throws(ArchiveError) -> ImportRow? {
        while file < source.files.count {
            let entry = source.files[file]
            let lines: ArchiveLines
            if let open = self.lines { lines = open } else { lines = try ArchiveLines(folder, entry.name) }
            self.lines = lines
            while skipping > 0 {
                skipping -= 1
                guard try lines.next() != nil else { break }
            }
            if let text = try lines.next() { return try row(text, lines.line, entry) }
            try check(entry, lines)
            self.lines = nil
            file += 1
        }
        return nil
    }

    private func check(_ entry: ImportSource.File, _ lines: ArchiveLines) throws(ArchiveError) {
        let digests = lines.digests
        func expect(_ isSame: Bool, _ what: String) throws(ArchiveError) {
            guard isSame else {
                throw .damaged(
                    file: entry.name, line: nil,
                    reason: "its \(what) is not what the manifest says; get it anew")
            }
        }
        try expect(digests.md5 == entry.md5, "MD5")
        if let own = entry.own {
            try expect(digests.sha256 == own.sha256, "SHA-256")
            try expect(digests.linesSHA256 == own.linesSHA256, "SHA-256 of lines")
        }
        guard lines.line == entry.items else {
            throw .damaged(
                file: entry.name, line: lines.line,
                reason: "it ends here; the manifest says that it has \(entry.items) lines")
        }
    }

    private func row(
        _ text: ArraySlice<UInt8>, _ line: Int, _ entry: ImportSource.File
    ) throws(ArchiveError) -> ImportRow {
        let read = try ArchiveItemLine.item(text, entry.name, line)
        let mapped = mapping.mapped(read, of: entry.table)
        let item = mapped ?? read
        let (key, readKey): (EncodedKey, EncodedKey)
        do throws(ItemError) {
            readKey = try entry.table.key.key(ofItem: read)
            key = try entry.table.key.key(ofItem: item)
            for index in entry.table.indexes { _ = try index.key.indexKey(of: item, index: index.name) }
        } catch {
            throw .damaged(
                file: entry.name, line: line,
                reason: "a key attribute of `\(entry.table.name)` is missing, or not of its kind")
        }
        return ImportRow(
            file: file, line: line, table: entry.table, item: item, key: key, readKey: readKey,
            isMapped: mapped != nil,
            isOwn: ImportWall.belongs(item, key: key, to: owners, in: entry.table))
    }
}
