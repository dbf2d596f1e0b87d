import Base
import Items
import SQLite
import Tables

/// What streams show.
extension Reader {
    /// Whether there is anything that may have to be thrown away some time.
    func hasHistory() throws(TableError) -> Bool {
        do {
            let select = try prepare(
                "SELECT EXISTS (SELECT 1 FROM journal) OR EXISTS (SELECT 1 FROM streams WHERE ended IS NOT NULL)"
            )
            defer { select.reset() }
            return try select.step() && select.integer(0) != 0
        } catch { throw .storage("\(error)") }
    }

    func streams() throws(TableError) -> [TableStream] {
        do {
            let select = try prepare("SELECT stream, ended FROM streams ORDER BY number, started")
            defer { select.reset() }
            var streams: [TableStream] = []
            while try select.step() {
                var stream: TableStream = try StoredJSON.decode(select.text(0))
                stream.endedAt = select.isNull(1) ? nil : Timestamp(milliseconds: select.integer(1))
                streams.append(stream)
            }
            return streams
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    /// A stream, its table's number, and what is trimmed of it.
    private struct Place {
        let number: Int64
        let trimmed: Int64
        let stream: TableStream
    }

    private func place(_ table: TableName, _ startedAt: Timestamp) throws -> Place? {
        // A table that was removed left its stream behind, so the name is looked for there; few streams begin together.
        let select = try prepare(
            "SELECT number, trimmed, stream FROM streams WHERE started = ? ORDER BY number DESC")
        defer { select.reset() }
        try select.bind(startedAt.milliseconds, at: 1)
        while try select.step() {
            let stream: TableStream = try StoredJSON.decode(select.text(2))
            if stream.table == table {
                return Place(number: select.integer(0), trimmed: select.integer(1), stream: stream)
            }
        }
        return nil
    }

    func streamBounds(of table: TableName, startedAt: Timestamp) throws(TableError) -> StreamBounds? {
        do {
            guard let place = try place(table, startedAt) else { return nil }
            let select = try prepare("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")
            defer { select.reset() }
            let latest = try select.step() ? select.integer(0) : 0
            return StreamBounds(trimHorizon: place.trimmed, latest: max(latest, place.trimmed))
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    func streamChanges(_ selection: ChangeSelection) throws(TableError) -> [ItemChange] {
        do {
            guard let place = try place(selection.table, selection.startedAt) else { return [] }
            let select = try prepare(
                """
                SELECT sequence, epoch, at, event, cause, pk, sk, old_size, old, new_size, new FROM journal
                WHERE number = ? AND stream = ? AND tenant = ? AND sequence > ? AND epoch BETWEEN ? AND ?
                ORDER BY sequence LIMIT ?
                """)
            defer { select.reset() }
            try select.bind(place.number, at: 1)
            try select.bind(selection.startedAt.milliseconds, at: 2)
            try select.bind(selection.tenant?.text ?? "", at: 3)
            try select.bind(max(selection.after, place.trimmed), at: 4)
            try select.bind(selection.epochs.lowerBound, at: 5)
            try select.bind(selection.epochs.upperBound, at: 6)
            try select.bind(selection.itemsMax, at: 7)
            var changes: [ItemChange] = []
            var bytes = 0
            while bytes < selection.bytesMax, try select.step() {
                var change = try change(select)
                // The journal may know more than the stream shows, for the table's recovery.
                if !place.stream.viewType.showsOld { change.old = nil }
                bytes += (change.old?.sizeBytes ?? 0) + (change.new?.sizeBytes ?? 0)
                changes.append(change)
            }
            return changes
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    private func change(_ row: Statement) throws(TableError) -> ItemChange {
        guard let event = ItemChange.Event(rawValue: row.integer(3)),
            let cause = ItemChange.Cause(rawValue: row.integer(4))
        else { throw .storage("the journal has an entry of an unknown kind") }
        return ItemChange(
            sequence: row.integer(0), epoch: row.integer(1), at: Timestamp(milliseconds: row.integer(2)),
            event: event, cause: cause, key: EncodedKey(partition: row.bytes(5), sort: row.bytes(6)),
            old: row.image(7), new: row.image(9))
    }
}
