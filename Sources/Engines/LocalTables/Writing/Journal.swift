import Base
import Items
import SQLite
import Tables

/// The store's record of changes, for tables whose stream or recovery is on: what each was, in the transaction that made it.
/// Part of the writer's session; used by one thread at a time.
final class Journal {
    /// What is kept of the changes of one table.
    struct Mode: Equatable {
        /// The stream that is on.
        let stream: TableOptions.Stream?
        /// Whether the table can be restored as of a past time.
        let hasRecovery: Bool

        init?(_ options: TableOptions) {
            guard options.stream != nil || options.recovery != nil else { return nil }
            stream = options.stream
            hasRecovery = options.recovery != nil
        }

        /// A recovery undoes changes, so it needs what was before; what is after is there or is undone by a later entry.
        var showsOld: Bool { hasRecovery || stream?.viewType.showsOld == true }
        var showsNew: Bool { stream?.viewType.showsNew == true }
    }

    /// A change as its maker knows it.
    struct Entry {
        let table: LocalTable
        let key: EncodedKey
        let old: ItemImage?
        let new: ItemImage?
        let tenant: TenantID?
        let epoch: Int64
        let cause: ItemChange.Cause
    }

    private let connection: Connection
    private let clock: any Clock
    private let insert: Statement
    private var modes: [Int: Mode] = [:]
    private var lastAt: Int64 = 0

    init(connection: Connection, clock: any Clock) throws(SQLiteError) {
        self.connection = connection
        self.clock = clock
        insert = try connection.prepare(
            """
            INSERT INTO journal (number, at, tenant, epoch, stream, event, cause, pk, sk, old_size, old, new_size, new)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        // By table, each a look into the index: the last of all may be an adopted one, whose time is another store's.
        let latest = try connection.prepare("SELECT max(at) FROM journal WHERE number = ?")
        for number in try Journal.numbers(in: connection) {
            try latest.bind(number, at: 1)
            if try latest.step() { lastAt = max(lastAt, latest.integer(0)) }
            latest.reset()
        }
    }

    /// The tables that have entries, by number, those of adopted changes first.
    static func numbers(in connection: Connection) throws(SQLiteError) -> [Int] {
        // One look into the index for each: SQLite itself would walk all of it.
        let next = try connection.prepare("SELECT min(number) FROM journal WHERE number > ?")
        var numbers: [Int] = []
        while true {
            try next.bind(numbers.last ?? Int.min, at: 1)
            let isFound = try next.step() && !next.isNull(0)
            let number = Int(next.integer(0))
            next.reset()
            guard isFound else { return numbers }
            numbers.append(number)
        }
    }

    /// Whether no table's changes are kept: then a write need not look further.
    var isIdle: Bool { modes.isEmpty }

    /// The tables as they are now.
    func follow(_ tables: TableSet) {
        modes = [:]
        for table in tables.byName.values { modes[table.number] = Mode(table.record.options) }
    }

    /// Whether changes of the table are kept.
    func keeps(_ table: LocalTable) -> Bool { modes[table.number] != nil }

    /// Keeps a change, where the table's are kept and it is one.
    func note(_ entry: Entry) throws(TableError) {
        guard let mode = modes[entry.table.number] else { return }
        let isMove = entry.cause == .move
        if isMove, !mode.hasRecovery { return }
        guard let event = try Journal.event(entry.old, entry.new) else { return }
        // Relies on and keeps INVARIANT (journal in time), also where the machine's clock is set back.
        noteTime()
        let isRecord = mode.stream != nil && !isMove
        do {
            try insert.bind(entry.table.number, at: 1)
            try insert.bind(lastAt, at: 2)
            try insert.bind(entry.tenant?.text ?? "", at: 3)
            try insert.bind(entry.epoch, at: 4)
            if isRecord, let stream = mode.stream {
                try insert.bind(stream.startedAt.milliseconds, at: 5)
            } else {
                try insert.bindNull(at: 5)
            }
            try insert.bind(event.rawValue, at: 6)
            try insert.bind(entry.cause.rawValue, at: 7)
            try insert.bind(entry.key.partition, at: 8)
            try insert.bind(entry.key.sort, at: 9)
            try insert.bind(mode.showsOld ? entry.old : nil, at: 10)
            try insert.bind(isRecord && mode.showsNew ? entry.new : nil, at: 12)
            try insert.run()
        } catch { throw .storage("\(error)") }
    }

    /// No entry is noted as of before now from here on.
    func noteTime() { lastAt = max(lastAt, clock.now().milliseconds) }

    /// Adds a change that was made in another store, as of when it was.
    func adopt(_ change: PastChange, in table: LocalTable, of tenant: TenantID) throws(TableError) {
        guard modes[table.number]?.hasRecovery == true else { return }
        do {
            try insert.bind(-table.number, at: 1)
            try insert.bind(change.at.milliseconds, at: 2)
            try insert.bind(tenant.text, at: 3)
            try insert.bind(change.epoch, at: 4)
            try insert.bind(change.sequence, at: 5)
            try insert.bind(change.event.rawValue, at: 6)
            try insert.bind(change.cause.rawValue, at: 7)
            try insert.bind(change.key.partition, at: 8)
            try insert.bind(change.key.sort, at: 9)
            try insert.bind(change.old, at: 10)
            try insert.bind(nil, at: 12)
            try insert.run()
        } catch { throw .storage("\(error)") }
    }

    /// What became of the item, or nil where it is as it was.
    private static func event(
        _ old: ItemImage?, _ new: ItemImage?
    ) throws(TableError) -> ItemChange.Event? {
        guard let old else { return new == nil ? nil : .insert }
        guard let new else { return .remove }
        if old.sizeBytes != new.sizeBytes { return .modify }
        if old.bytes == new.bytes { return nil }
        // The same attributes in another order are the same item.
        return try old.item() == new.item() ? nil : .modify
    }
}

extension Statement {
    /// Binds an image's size and bytes to two places, or NULL to both.
    func bind(_ image: ItemImage?, at position: Int32) throws(SQLiteError) {
        guard let image else {
            try bindNull(at: position)
            return try bindNull(at: position + 1)
        }
        try bind(image.sizeBytes, at: position)
        try bind(image.bytes, at: position + 1)
    }

    /// The image whose size and bytes are in two columns, or nil where they are NULL.
    func image(_ column: Int32) -> ItemImage? {
        isNull(column) ? nil : ItemImage(bytes: bytes(column + 1), sizeBytes: Int(integer(column)))
    }
}
