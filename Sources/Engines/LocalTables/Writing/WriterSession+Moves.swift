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
            let old = try image(change.key, in: table)
            try overwrite(change.key, in: table, by: change.image, for: tenant, cause: .request)
            count(Extent(of: change.image, inPlaceOf: old), of: tenant, change.key, in: table)
        }
    }

    /// Counts a change of one item that no request has made.
    func count(_ change: Extent, of tenant: TenantID, _ key: EncodedKey, in table: LocalTable) {
        tallies.note(tenant, change)
        tallies.note(tenant, change, table: table.schema.name, key: key)
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

    /// Forgets the first `entriesMax` of the tenant's entries up to and with `sequence`, and those alone that there are now: answers how
    /// far the next call has to go, nil where none is left.
    func discardChanges(
        of tenant: TenantID, through sequence: Int64, entriesMax: Int
    ) throws(TableError) -> Int64? {
        do {
            let last = try prepared("SELECT max(sequence) FROM changes WHERE tenant = ? AND sequence <= ?")
            defer { last.reset() }
            try last.bind(tenant.text, at: 1)
            try last.bind(sequence, at: 2)
            guard try last.step(), !last.isNull(0) else { return nil }
            let through = last.integer(0)
            let delete = try prepared(
                """
                DELETE FROM changes WHERE sequence IN (SELECT sequence FROM changes
                    WHERE tenant = ? AND sequence <= ? ORDER BY sequence LIMIT ?)
                """)
            try delete.bind(tenant.text, at: 1)
            try delete.bind(through, at: 2)
            try delete.bind(entriesMax, at: 3)
            try delete.run()
            return connection.changedRows == entriesMax ? through : nil
        } catch { throw .storage("\(error)") }
    }

    /// Forgets a part of what is the tenant's in the logs, and with the last of it the tenant; answers whether it is forgotten.
    ///
    /// INVARIANT (the tenant last): as long as anything of it is in the logs the store knows it, so whoever was cut short finds that there
    /// is more to be done.
    func removeResident(_ tenant: TenantID, entriesMax: Int) throws(TableError) -> Bool {
        guard try discardChanges(of: tenant, through: .max, entriesMax: entriesMax) == nil else {
            return false
        }
        do {
            let isMore = try prepared("SELECT 1 FROM tokens WHERE owner = ? LIMIT 1 OFFSET ?")
            defer { isMore.reset() }
            try isMore.bind(tenant.text, at: 1)
            try isMore.bind(entriesMax, at: 2)
            if try isMore.step() {
                isMore.reset()
                let delete = try prepared(
                    """
                    DELETE FROM tokens WHERE owner = ?1 AND token IN
                        (SELECT token FROM tokens WHERE owner = ?1 LIMIT ?2)
                    """)
                try delete.bind(tenant.text, at: 1)
                try delete.bind(entriesMax, at: 2)
                try delete.run()
                return false
            }
        } catch { throw .storage("\(error)") }
        try tokens.forget(tenant)
        try setResident(tenant, to: nil)
        return true
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
