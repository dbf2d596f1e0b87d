import Base
import Items
import SQLite
import Tables

/// What a move does on the writer's side: the mover's items, clean-up and the change log.
extension WriterSession {
    func apply(_ changes: [MovedItem], for tenant: TenantID, run: RunID) throws(TableError) {
        guard let state = resident(tenant)?.state, state == .arriving(run) || state == .kept(run) else {
            throw .notArriving(tenant)
        }
        for change in changes {
            let table = try tables.table(change.table)
            try overwrite(change.key, in: table, by: change.image, for: tenant)
        }
    }

    func restore(_ changes: [MovedItem], of tenant: TenantID, epoch: Int64) throws(TableError) {
        guard let resident = resident(tenant), resident.state == .fenced, resident.epoch == epoch else {
            throw .misrouted(tenant)
        }
        for change in changes {
            let table = try tables.table(change.table)
            try overwrite(change.key, in: table, by: change.image, for: tenant, cause: .request)
        }
    }

    func removeRows(in range: KeyRange, itemsMax: Int, for tenant: TenantID) throws(TableError) -> Int {
        switch resident(tenant)?.state {
        case .active, .fenced: throw .notArriving(tenant)
        case .arriving, .kept, nil: break
        }
        let table = try tables.table(range.table)
        var keys: [EncodedKey] = []
        do {
            let select = try connection.prepare(
                "SELECT pk, sk FROM t\(table.number) WHERE pk >= ? AND pk < ? ORDER BY pk, sk LIMIT ?")
            try select.bind(range.lower, at: 1)
            try select.bind(range.upper ?? Reader.endOfKeys, at: 2)
            try select.bind(itemsMax, at: 3)
            while try select.step() {
                keys.append(EncodedKey(partition: select.bytes(0), sort: select.bytes(1)))
            }
            select.reset()
        } catch { throw .storage("\(error)") }
        for key in keys { try overwrite(key, in: table, by: nil, for: tenant) }
        return keys.count
    }

    func discardChanges(of tenant: TenantID, through sequence: Int64) throws(TableError) {
        do {
            let delete = try connection.prepare("DELETE FROM changes WHERE tenant = ? AND sequence <= ?")
            try delete.bind(tenant.text, at: 1)
            try delete.bind(sequence, at: 2)
            try delete.run()
        } catch { throw .storage("\(error)") }
    }

    /// Puts the image in place of whatever is there, indexes included.
    private func overwrite(
        _ key: EncodedKey, in table: LocalTable, by image: ItemImage?, for tenant: TenantID,
        cause: ItemChange.Cause = .move
    ) throws(TableError) {
        let schema = table.schema
        let isExpiring = expiry.attribute(of: table) != nil
        let isKept = journal.keeps(table)
        if schema.indexes.isEmpty, !isExpiring, !isKept {
            try replace(key, in: table, by: image, [])
            return
        }
        let found = try row(key, in: table)
        let old = found?.image
        // What surely is in no index need not be read to know its entries.
        #if MUTANTS
            let mayBeIndexed = !schema.indexes.isEmpty && !Mutant.isOn(.indexEntryNotMoved)
        #else
            let mayBeIndexed = !schema.indexes.isEmpty
        #endif
        let isIndexed =
            mayBeIndexed
            && !(image.map(table.isSurelyOutOfIndexes) ?? true && old.map(table.isSurelyOutOfIndexes) ?? true)
        let item =
            try isIndexed || isExpiring ? image.map { image throws(TableError) in try WholeItem(image) } : nil
        let oldItem = try isIndexed ? old.map { image throws(TableError) in try WholeItem(image) } : nil
        try store(image, key, over: found, in: table)
        if isIndexed {
            try change(indexChanges(of: table, following: oldItem, by: item), of: key, in: table)
        }
        if isExpiring { try noteExpiry(of: item?.item, key: key, in: table) }
        // A moved write has left a stream's record where it was made; of a move only the table's history needs to know.
        try journal.note(
            Journal.Entry(
                table: table, key: key, old: old, new: image, tenant: tenant,
                epoch: resident(tenant)?.epoch ?? 0, cause: cause))
    }
}
