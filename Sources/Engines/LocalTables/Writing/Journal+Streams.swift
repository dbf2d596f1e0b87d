import Base
import SQLite
import Tables

/// The streams' own records, and what is thrown away of the journal.
extension WriterSession {
    /// The options with which a table goes on when `options` are to replace `old` ones: notes a stream's begin and end.
    ///
    /// INVARIANT (one stream a start): where a stream of the table began at the same moment, the new one begins a little later.
    func noteStream(
        _ options: TableOptions, replacing old: TableOptions, of table: LocalTable
    ) throws(TableError) -> TableOptions {
        guard options.stream != old.stream else { return options }
        var options = options
        do {
            if let ended = old.stream {
                let update = try connection.prepare(
                    "UPDATE streams SET ended = ? WHERE number = ? AND started = ?")
                try update.bind(clock.now().milliseconds, at: 1)
                try update.bind(table.number, at: 2)
                try update.bind(ended.startedAt.milliseconds, at: 3)
                try update.run()
            }
            if var stream = options.stream {
                let begun = try connection.prepare("SELECT max(started) FROM streams WHERE number = ?")
                try begun.bind(table.number, at: 1)
                if try begun.step(), !begun.isNull(0), begun.integer(0) >= stream.startedAt.milliseconds {
                    stream.startedAt = Timestamp(milliseconds: begun.integer(0) + 1)
                }
                begun.reset()
                options.stream = stream
                try insertStream(
                    TableStream(table: table.schema.name, key: table.schema.key, options: stream), of: table)
            }
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
        return options
    }

    private func insertStream(_ stream: TableStream, of table: LocalTable) throws {
        let insert = try connection.prepare(
            """
            INSERT INTO streams (number, started, trimmed, stream)
            VALUES (?, ?, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'journal'), ?)
            """)
        try insert.bind(table.number, at: 1)
        try insert.bind(stream.startedAt.milliseconds, at: 2)
        try insert.bind(try StoredJSON.encode(stream), at: 3)
        try insert.run()
    }

    // MARK: Trimming

    func trimHistory(entriesMax: Int) throws(TableError) -> Int {
        let now = clock.now()
        let streamsFrom = now.advanced(bySeconds: -TableLimits.streamRetentionSeconds)
        let recoveries = Dictionary(
            uniqueKeysWithValues: tables.byName.values.compactMap { table in
                table.record.options.recovery.map { (table.number, $0) }
            })
        var removed = 0
        do {
            for number in try Journal.numbers(in: connection) where removed < entriesMax {
                var from = streamsFrom
                if number > 0 {
                    try moveTrimHorizon(of: number, before: streamsFrom)
                    if let recovery = recoveries[number] { from = min(streamsFrom, recovery.earliest(now)) }
                } else {
                    // By INVARIANT (adopted changes): no stream shows them, and they are older than the table's own recovery.
                    from = recoveries[-number]?.oldest(now) ?? now
                }
                let delete = try connection.prepare(
                    """
                    DELETE FROM journal WHERE sequence IN
                        (SELECT sequence FROM journal WHERE number = ? AND at < ? ORDER BY at LIMIT ?)
                    """)
                try delete.bind(number, at: 1)
                try delete.bind(from.milliseconds, at: 2)
                try delete.bind(entriesMax - removed, at: 3)
                try delete.run()
                removed += connection.changedRows
            }
            let forget = try connection.prepare("DELETE FROM streams WHERE ended < ?")
            try forget.bind(streamsFrom.milliseconds, at: 1)
            try forget.run()
        } catch { throw .storage("\(error)") }
        return removed
    }

    private func moveTrimHorizon(of number: Int, before moment: Timestamp) throws(SQLiteError) {
        let update = try connection.prepare(
            """
            UPDATE streams SET trimmed = max(trimmed, coalesce(
                (SELECT sequence FROM journal WHERE number = ?1 AND at < ?2 ORDER BY at DESC, sequence DESC LIMIT 1), 0))
            WHERE number = ?1
            """)
        try update.bind(number, at: 1)
        try update.bind(moment.milliseconds, at: 2)
        try update.run()
    }
}
