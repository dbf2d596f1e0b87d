import Items
import Tables

/// What a write does to one index.
struct IndexChange {
    /// The index's place in the schema.
    let position: Int
    /// The key of the entry to remove.
    let removed: EncodedKey?
    /// The entry to store, in place of what lies there.
    let stored: (key: EncodedKey, image: ItemImage)?
    /// What of it is counted.
    let write: IndexWrite
}

/// How indexes follow their table.
extension WriterSession {
    /// What putting `new` in the place of `old` changes in the table's indexes: nothing for those whose entry stays the same.
    /// - Throws: `.invalid` where `new` has an attribute that cannot be an index's key, in AWS's words.
    func indexChanges(
        of table: LocalTable, from old: WholeItem?, to new: WholeItem?, by action: ItemWrite.Action
    ) throws(TableError) -> [IndexChange] {
        var changes: [IndexChange] = []
        for (position, index) in table.schema.indexes.enumerated() {
            var after: EncodedKey?
            if let new {
                do { after = try index.key.indexKey(of: new.item, index: index.name) } catch {
                    guard case .update(let update) = action else { throw .invalid(error) }
                    let told = update.indexKeyError(error, key: index.key, from: old?.item, to: new.item)
                    if let told { throw .invalid(told) }
                }
            }
            if let change = indexChange(of: table, position, from: old, to: new, at: after) {
                changes.append(change)
            }
        }
        return changes
    }

    /// The same for items that were checked when they were written, here or in another store: one with an attribute that an
    /// index cannot hold is left out of it.
    func indexChanges(of table: LocalTable, following old: WholeItem?, by new: WholeItem?) -> [IndexChange] {
        var changes: [IndexChange] = []
        for (position, index) in table.schema.indexes.enumerated() {
            let after = new.flatMap { index.entryKey(of: $0.item) }
            if let change = indexChange(of: table, position, from: old, to: new, at: after) {
                changes.append(change)
            }
        }
        return changes
    }

    private func indexChange(
        of table: LocalTable, _ position: Int, from old: WholeItem?, to new: WholeItem?, at after: EncodedKey?
    ) -> IndexChange? {
        let index = table.schema.indexes[position]
        let projection = table.projections[position]
        let before = old.flatMap { index.entryKey(of: $0.item) }
        if let before, before == after, let old, let new, projection.isSame(old, new) { return nil }
        var oldBytes: Int?
        if let old, before != nil { oldBytes = projection.entryBytes(of: old) }
        guard let after, let new else {
            guard let before else { return nil }
            return IndexChange(
                position: position, removed: before, stored: nil,
                write: IndexWrite(index: index, removedBytes: oldBytes, storedBytes: nil))
        }
        let entry = projection.entry(of: new)
        guard before == after else {
            return IndexChange(
                position: position, removed: before, stored: (after, entry),
                write: IndexWrite(index: index, removedBytes: oldBytes, storedBytes: entry.sizeBytes))
        }
        return IndexChange(
            position: position, removed: nil, stored: (after, entry),
            write: IndexWrite(
                index: index, removedBytes: nil, storedBytes: max(oldBytes ?? 0, entry.sizeBytes)))
    }

    /// Puts one item's row in place of the old one, or removes it, and changes the indexes' entries.
    func replace(
        _ key: EncodedKey, in table: LocalTable, by new: ItemImage?, _ changes: [IndexChange]
    ) throws(TableError) {
        let statements = try statements(of: table)
        do {
            if let new { try statements.store(new, key: key) } else { try statements.remove(key) }
        } catch { throw .storage("\(error)") }
        try change(changes, of: key, in: table)
    }

    /// Changes the entries of one item in the table's indexes.
    func change(
        _ changes: [IndexChange], of key: EncodedKey, in table: LocalTable
    ) throws(TableError) {
        guard !changes.isEmpty else { return }
        let statements = try statements(of: table)
        do {
            for change in changes {
                if let removed = change.removed {
                    try statements.remove(index: change.position, indexKey: removed, key: key)
                }
                if let (indexKey, image) = change.stored {
                    try statements.store(image, index: change.position, indexKey: indexKey, key: key)
                }
            }
        } catch { throw .storage("\(error)") }
    }
}
