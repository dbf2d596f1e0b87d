import Base
import Items
import SQLite
import Tables

/// The end of items' lives. A table of number n with an expiry attribute has beside it `t<n>_ttl`: when which item ends.
extension WriterSession {
    /// Makes or removes the expiry table where the attribute changes.
    func noteExpiry(
        _ attribute: String?, replacing old: String?, of table: LocalTable
    ) throws(TableError) {
        guard attribute != old else { return }
        let name = "t\(table.number)_ttl"
        if old != nil {
            try execute(
                "DROP TABLE IF EXISTS \(name); DELETE FROM backfills WHERE number = \(table.number)")
        }
        expiry.cursors[table.number] = nil
        guard attribute != nil else { return }
        try execute(
            """
            CREATE TABLE \(name) (pk BLOB NOT NULL, sk BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (pk, sk))
                WITHOUT ROWID;
            CREATE INDEX \(name)_in_time ON \(name) (at);
            INSERT INTO backfills (number, pk, sk) VALUES (\(table.number), x'', x'')
            """)
    }

    /// Notes when the item under `key` ends; nil where there is no item any longer.
    func noteExpiry(of item: Item?, key: EncodedKey, in table: LocalTable) throws(TableError) {
        guard let attribute = expiry.attribute(of: table) else { return }
        let end = item.flatMap { Expiry.end(of: $0, by: attribute) }
        let name = "t\(table.number)_ttl"
        do {
            let statement = try prepared(
                end == nil
                    ? "DELETE FROM \(name) WHERE pk = ? AND sk = ?"
                    : """
                    INSERT INTO \(name) (pk, sk, at) VALUES (?, ?, ?)
                    ON CONFLICT (pk, sk) DO UPDATE SET at = excluded.at
                    """)
            try statement.bind(key.partition, at: 1)
            try statement.bind(key.sort, at: 2)
            if let end { try statement.bind(end, at: 3) }
            try statement.run()
        } catch { throw .storage("\(error)") }
    }

    // MARK: The sweep

    /// Looks at up to `itemsMax` items, of all tables: first at those that the expiry tables do not know yet, then at those whose
    /// life has ended. Answers how many it looked at.
    func expireItems(
        itemsMax: Int, owner: @Sendable (TableName, [UInt8]) -> ItemOwner
    ) throws(TableError) -> Int {
        var seen = 0
        for table in tables.byName.values.sorted(by: { $0.number < $1.number }) {
            guard seen < itemsMax, expiry.attribute(of: table) != nil else { continue }
            seen += try backfillExpiry(of: table, itemsMax: itemsMax - seen)
            if seen < itemsMax { seen += try sweep(table, itemsMax: itemsMax - seen, owner: owner) }
        }
        return seen
    }

    private func backfillExpiry(of table: LocalTable, itemsMax: Int) throws(TableError) -> Int {
        var rows: [(key: EncodedKey, image: ItemImage)] = []
        do {
            let place = try prepared("SELECT pk, sk FROM backfills WHERE number = ?")
            defer { place.reset() }
            try place.bind(table.number, at: 1)
            guard try place.step() else { return 0 }
            let after = EncodedKey(partition: place.bytes(0), sort: place.bytes(1))
            let select = try connection.prepare(
                """
                SELECT pk, sk, size, item FROM t\(table.number) WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?
                """)
            try select.bind(after.partition, at: 1)
            try select.bind(after.sort, at: 2)
            try select.bind(itemsMax, at: 3)
            while try select.step() {
                guard let image = select.image(2) else { continue }
                rows.append((EncodedKey(partition: select.bytes(0), sort: select.bytes(1)), image))
            }
        } catch { throw .storage("\(error)") }
        for row in rows { try noteExpiry(of: try row.image.item(), key: row.key, in: table) }
        do {
            if let last = rows.last, rows.count == itemsMax {
                let update = try prepared("UPDATE backfills SET pk = ?, sk = ? WHERE number = ?")
                try update.bind(last.key.partition, at: 1)
                try update.bind(last.key.sort, at: 2)
                try update.bind(table.number, at: 3)
                try update.run()
            } else {
                let finish = try prepared("DELETE FROM backfills WHERE number = ?")
                try finish.bind(table.number, at: 1)
                try finish.run()
            }
        } catch { throw .storage("\(error)") }
        return rows.count
    }

    private func sweep(
        _ table: LocalTable, itemsMax: Int, owner: @Sendable (TableName, [UInt8]) -> ItemOwner
    ) throws(TableError) -> Int {
        let due = Expiry.due(clock.now())
        let rows = try dueRows(of: table, due, itemsMax: itemsMax)
        // At the end the next sweep begins anew, at those that had to stay.
        expiry.cursors[table.number] = rows.count == itemsMax ? rows.last : nil
        for row in rows {
            let holder = owner(table.schema.name, row.key.partition)
            try expire(row.key, in: table, due: due, of: holder)
        }
        return rows.count
    }

    private func dueRows(
        of table: LocalTable, _ due: ClosedRange<Int64>, itemsMax: Int
    ) throws(TableError) -> [Expiry.Row] {
        let after = expiry.cursors[table.number]
        do {
            let select = try connection.prepare(
                """
                SELECT at, pk, sk FROM t\(table.number)_ttl WHERE (at, pk, sk) > (?, ?, ?) AND at <= ?
                ORDER BY at, pk, sk LIMIT ?
                """)
            try select.bind(max(after?.at ?? due.lowerBound, due.lowerBound), at: 1)
            try select.bind(after?.key.partition ?? [], at: 2)
            try select.bind(after?.key.sort ?? [], at: 3)
            try select.bind(due.upperBound, at: 4)
            try select.bind(itemsMax, at: 5)
            var rows: [Expiry.Row] = []
            while try select.step() {
                rows.append(
                    Expiry.Row(
                        at: select.integer(0),
                        key: EncodedKey(partition: select.bytes(1), sort: select.bytes(2))))
            }
            return rows
        } catch { throw .storage("\(error)") }
    }

    /// Deletes the item, where it still ends and its tenant is active here.
    private func expire(
        _ key: EncodedKey, in table: LocalTable, due: ClosedRange<Int64>, of holder: ItemOwner
    ) throws(TableError) {
        var tenant: TenantID?
        var epoch: Int64 = 0
        switch holder {
        case .unknown: return
        case .nobody: break
        case .tenant(let id):
            // INVARIANT (epoch at commit) holds for the end of an item too: a fenced, arriving or kept tenant's items stay.
            guard let resident = resident(id), resident.state == .active else { return }
            if resident.isCaptured { try capture(id, table: table, key: key) }
            tenant = id
            epoch = resident.epoch
        }
        guard let old = try image(key, in: table), let attribute = expiry.attribute(of: table) else { return }
        let oldItem = try old.item()
        guard let end = Expiry.end(of: oldItem, by: attribute), due.contains(end) else { return }
        try replace(
            key, in: table, by: nil, indexChanges(of: table, following: WholeItem(old, oldItem), by: nil))
        try noteExpiry(of: nil, key: key, in: table)
        if let tenant { count(Extent(of: nil, inPlaceOf: old), of: tenant, key, in: table) }
        try journal.note(
            Journal.Entry(
                table: table, key: key, old: old, new: nil, tenant: tenant, epoch: epoch, cause: .expiry))
    }
}
