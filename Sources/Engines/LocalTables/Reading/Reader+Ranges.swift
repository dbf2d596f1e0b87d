import Base
import Items
import SQLite
import Tables

/// Reads of many rows.
extension Reader {
    func read(_ range: ReadRange, in table: LocalTable) throws(TableError) -> ReadPage {
        var indexNumber: Int?
        if let name = range.index {
            guard let number = table.schema.indexes.firstIndex(where: { $0.name == name }) else {
                throw .noSuchIndex(name)
            }
            let index = table.indexes[number]
            guard index.build == nil else { throw .invalid(.validation(Self.backfilling(name))) }
            indexNumber = index.number
        }
        let query = RangeQuery(range, table: table, index: indexNumber)
        do {
            let statement = try self.statement(for: query.shape)
            // Ends the read lock on every way out.
            defer { statement.reset() }
            for (offset, value) in query.values.enumerated() {
                try statement.bind(value, at: Int32(offset + 1))
            }
            return try collectPage(range, of: table, from: statement, isIndex: indexNumber != nil)
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    // AWS's text. Source: github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1075.
    private static func backfilling(_ index: String) -> String {
        "Cannot read from backfilling global secondary index: \(index)"
    }

    private func collectPage(
        _ range: ReadRange, of table: LocalTable, from statement: Statement, isIndex: Bool
    ) throws -> ReadPage {
        var page = ReadPage()
        var pageBytes = 0
        while try statement.step() {
            let partition = statement.bytes(0)
            if let segment = range.segment, !segment.holds(partition) { continue }
            let key = EncodedKey(partition: partition, sort: statement.bytes(1))
            let sizeBytes = Int(statement.integer(2))
            page.scannedCount += 1
            page.scannedBytes += sizeBytes
            pageBytes += sizeBytes
            var row = ItemRow(key: key, image: ItemImage(bytes: statement.bytes(3), sizeBytes: sizeBytes))
            if range.fetchesItems, isIndex {
                // The statement holds the read's transaction open: the item is there, as of the same moment.
                guard let item = try get(key, in: table) else {
                    throw TableError.storage("an entry of index `\(range.index ?? "")` has no item")
                }
                row = item
                pageBytes += item.image.sizeBytes
                page.fetchedBlocks += TableLimits.readBlocks(of: item.image.sizeBytes)
            }
            if let row = try select(row, range) {
                page.count += 1
                if !range.isCountOnly { page.rows.append(row) }
            }
            if page.scannedCount == range.itemsMax || pageBytes >= range.bytesMax {
                let indexKey =
                    isIndex ? EncodedKey(partition: statement.bytes(4), sort: statement.bytes(5)) : nil
                page.next = ReadRange.Position(key: key, indexKey: indexKey)
                break
            }
        }
        return page
    }

    private func select(_ row: ItemRow, _ range: ReadRange) throws -> ItemRow? {
        guard range.filter != nil || (range.projection != nil && !range.isCountOnly) else { return row }
        let item = try row.image.item()
        if let filter = range.filter, try !filter.matches(item) { return nil }
        guard let projection = range.projection else { return row }
        let bytes = projection.project(item).encoded()
        return ItemRow(key: row.key, image: ItemImage(bytes: bytes, sizeBytes: row.image.sizeBytes))
    }

    /// How much a table of rows or entries holds, or so many of it.
    func extent(ofRows name: String, rowsMax: Int?) throws(TableError) -> Extent {
        do {
            let limit = rowsMax.map { " LIMIT \($0)" } ?? ""
            let select = try prepare(
                "SELECT count(*), coalesce(sum(size), 0) FROM (SELECT size FROM \(name)\(limit))")
            _ = try select.step()
            return Extent(items: Int(select.integer(0)), bytes: Int(select.integer(1)))
        } catch { throw .storage("\(error)") }
    }

    // MARK: For moves

    func rows(
        in range: KeyRange, table: LocalTable, after: EncodedKey?, itemsMax: Int, bytesMax: Int
    ) throws(TableError) -> [ItemRow] {
        do {
            let seek = after == nil ? "pk >= ?" : "(pk, sk) > (?, ?)"
            let select = try prepare(
                """
                SELECT pk, sk, size, item FROM t\(table.number) WHERE \(seek) AND pk < ?
                ORDER BY pk, sk LIMIT ?
                """)
            defer { select.reset() }
            try select.bind(after?.partition ?? range.lower, at: 1)
            if let after { try select.bind(after.sort, at: 2) }
            let next: Int32 = after == nil ? 2 : 3
            try select.bind(range.upper ?? Reader.endOfKeys, at: next)
            try select.bind(itemsMax, at: next + 1)
            var rows: [ItemRow] = []
            var bytes = 0
            while bytes < bytesMax, try select.step() {
                let image = ItemImage(bytes: select.bytes(3), sizeBytes: Int(select.integer(2)))
                bytes += image.bytes.count
                rows.append(
                    ItemRow(key: EncodedKey(partition: select.bytes(0), sort: select.bytes(1)), image: image))
            }
            return rows
        } catch { throw .storage("\(error)") }
    }

    func extent(of range: KeyRange, table: LocalTable) throws(TableError) -> Extent {
        do {
            let select = try prepare(
                "SELECT count(*), coalesce(sum(size), 0) FROM t\(table.number) WHERE pk >= ? AND pk < ?")
            defer { select.reset() }
            try select.bind(range.lower, at: 1)
            try select.bind(range.upper ?? Reader.endOfKeys, at: 2)
            _ = try select.step()
            return Extent(items: Int(select.integer(0)), bytes: Int(select.integer(1)))
        } catch { throw .storage("\(error)") }
    }

    func changes(
        of tenant: TenantID, after sequence: Int64, itemsMax: Int, tables: TableSet
    ) throws(TableError) -> [CapturedChange] {
        let names = Dictionary(uniqueKeysWithValues: tables.byName.map { ($0.value.number, $0.key) })
        do {
            let select = try prepare(
                """
                SELECT sequence, number, pk, sk FROM changes WHERE tenant = ? AND sequence > ?
                ORDER BY sequence LIMIT ?
                """)
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            try select.bind(sequence, at: 2)
            try select.bind(itemsMax, at: 3)
            var changes: [CapturedChange] = []
            while try select.step() {
                guard let table = names[Int(select.integer(1))] else {
                    throw TableError.storage("the change log names a table that the store does not have")
                }
                changes.append(
                    CapturedChange(
                        sequence: select.integer(0), table: table,
                        key: EncodedKey(partition: select.bytes(2), sort: select.bytes(3))))
            }
            return changes
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    /// The tokens of a tenant that were spent at `oldest` or later, in milliseconds: by time, so that the last of many are found at once.
    func tokens(of owner: TenantID, since oldest: Int64, itemsMax: Int) throws(TableError) -> [SpentToken] {
        do {
            let list = try prepare(
                "SELECT token, digest, at FROM tokens WHERE at >= ? AND +owner = ? ORDER BY at LIMIT ?")
            defer { list.reset() }
            try list.bind(oldest, at: 1)
            try list.bind(owner.text, at: 2)
            try list.bind(itemsMax, at: 3)
            var found: [SpentToken] = []
            while try list.step() {
                found.append(
                    SpentToken(
                        token: WriteToken(text: list.text(0), digest: list.bytes(1)),
                        at: Timestamp(milliseconds: list.integer(2))))
            }
            return found
        } catch { throw .storage("\(error)") }
    }

    func changeCount(of tenant: TenantID, after sequence: Int64) throws(TableError) -> Int {
        do {
            let select = try prepare("SELECT count(*) FROM changes WHERE tenant = ? AND sequence > ?")
            defer { select.reset() }
            try select.bind(tenant.text, at: 1)
            try select.bind(sequence, at: 2)
            _ = try select.step()
            return Int(select.integer(0))
        } catch { throw .storage("\(error)") }
    }
}

extension ReadRange.Segment {
    /// Whether an item with this encoded partition key belongs to the part (FNV-1a: any even spread will do).
    func holds(_ partition: [UInt8]) -> Bool {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in partition { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int((hash ^ (hash >> 32)) % UInt64(total)) == number
    }
}
