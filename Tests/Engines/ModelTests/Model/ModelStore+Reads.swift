/// Queries and scans.
extension ModelStore {
    /// An item as a table or index holds it, with its keys.
    private struct Entry {
        let item: ModelItem
        /// The item itself, where an index holds less of it.
        let whole: ModelItem
        /// The key in the table or index that is read.
        let key: ModelKey
        let tableKey: ModelKey
    }

    func read(_ read: ModelRead) -> ModelAnswer {
        let found = entries(read.table, read.index).filter { entry in
            read.partition.map { $0 == entry.key.partition } ?? true
                && zip(entry.key.sort, read.sort).allSatisfy { $1.holds(for: $0) }
        }
        guard read.partition != nil else { return scanned(found, read) }
        var rest = found.sorted { first, second in
            first.key.sort == second.key.sort
                ? first.tableKey.precedes(second.tableKey)
                : ModelKey.precedes(first.key.sort, second.key.sort)
        }
        if !read.isForward, !rules.contains(.queriesOnlyAscend) { rest.reverse() }
        if let start = read.start { rest.removeAll { !isBehind($0, start, read) } }
        return .pages(pages(of: rest, read))
    }

    /// Everything that the table, or the index, holds. Items without an index's key are not in it.
    private func entries(_ table: Int, _ index: Int?) -> [Entry] {
        let schema = tables[table]
        return items[table].compactMap { tableKey, item in
            guard let index else { return Entry(item: item, whole: item, key: tableKey, tableKey: tableKey) }
            let shape = schema.indexes[index]
            return ModelKey(of: item, shape.key).map {
                Entry(
                    item: schema.image(of: item, in: shape, rules: rules), whole: item, key: $0,
                    tableKey: tableKey)
            }
        }
    }

    /// Whether a query that begins behind `start` still comes to the entry.
    private func isBehind(_ entry: Entry, _ start: ModelItem, _ read: ModelRead) -> Bool {
        let schema = tables[read.table]
        let shape = read.index.map { schema.indexes[$0].key } ?? schema.key
        guard let key = ModelKey(of: start, shape), let tableKey = ModelKey(of: start, schema.key) else {
            return false
        }
        if key.sort != entry.key.sort {
            return read.isForward
                ? ModelKey.precedes(key.sort, entry.key.sort) : ModelKey.precedes(entry.key.sort, key.sort)
        }
        return read.isForward ? tableKey.precedes(entry.tableKey) : entry.tableKey.precedes(tableKey)
    }

    private func pages(of entries: [Entry], _ read: ModelRead) -> [ModelAnswer.Page] {
        var pages: [ModelAnswer.Page] = []
        var page = ModelAnswer.Page()
        var pageBytes = 0
        for entry in entries {
            let row = row(entry, read)
            page.scannedCount += 1
            page.scannedBytes += entry.item.sizeBytes
            pageBytes += entry.item.sizeBytes
            if read.fetchesItems {
                pageBytes += entry.whole.sizeBytes
                page.fetchedBlocks += max(1, (entry.whole.sizeBytes + 4095) / 4096)
            }
            if let row {
                page.count += 1
                if !read.isCountOnly { page.rows.append(row) }
            }
            let counted = rules.contains(.limitCountsMatches) ? page.count : page.scannedCount
            if counted == read.limit || pageBytes >= read.bytesMax ?? 1_048_576 {
                page.next = entry.tableKey.item(tables[read.table].key)
                pages.append(page)
                page = ModelAnswer.Page()
                pageBytes = 0
                if rules.contains(.pagesOverlap) {
                    page.scannedCount = 1
                    page.scannedBytes = entry.item.sizeBytes
                }
            }
        }
        return pages + [page]
    }

    private func scanned(_ entries: [Entry], _ read: ModelRead) -> ModelAnswer {
        var scanned = ModelAnswer.Scanned()
        for entry in entries {
            scanned.scannedCount += 1
            scanned.scannedBytes += entry.item.sizeBytes
            guard let row = row(entry, read) else { continue }
            scanned.count += 1
            if !read.isCountOnly { scanned.rows[row, default: 0] += 1 }
        }
        return .scanned(scanned)
    }

    /// What a read answers of an item, or nil where the filter keeps it back.
    private func row(_ entry: Entry, _ read: ModelRead) -> ModelItem? {
        let item = read.fetchesItems ? entry.whole : entry.item
        if let filter = read.filter, !filter.holds(for: item, rules: rules) { return nil }
        return read.projection.map { ModelProjection.select($0, from: item) } ?? item
    }
}

extension ModelSortTerm {
    /// Whether a sort key value satisfies it.
    fileprivate func holds(for value: ModelValue) -> Bool {
        switch self {
        case .compare(.equal, let other): value == other
        case .compare(.notEqual, _): false
        case .compare(.less, let other): value.precedes(other) == true
        case .compare(.lessOrEqual, let other): other.precedes(value) == false
        case .compare(.greater, let other): other.precedes(value) == true
        case .compare(.greaterOrEqual, let other): value.precedes(other) == false
        case .between(let lower, let upper):
            value.precedes(lower) == false && upper.precedes(value) == false
        case .beginsWith(let prefix):
            switch (value, prefix) {
            case (.string(let text), .string(let prefix)): text.bytes.starts(with: prefix.bytes)
            case (.binary(let bytes), .binary(let prefix)): bytes.starts(with: prefix)
            default: false
            }
        }
    }
}

extension ModelKey {
    /// The key's attributes.
    func item(_ schema: ModelKeySchema) -> ModelItem {
        let names = schema.attributes.map(\.name)
        return ModelItem(uniqueKeysWithValues: zip(names, partition + sort))
    }
}
