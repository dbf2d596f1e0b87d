import Base
import Items
import Tables

/// Where usage is kept: a table of its own in a store of its own, a partition for each tenant, hours and days in the order of time.
///
/// A record is put whole, so that putting it twice counts nothing twice.
public final class UsageStore: Sendable {
    /// The store that holds the table.
    public static let storeID: StoreID = {
        guard let id = StoreID("usage") else { preconditionFailure("a valid name") }
        return id
    }()

    private static let table: TableName = {
        guard let name = TableName("homeroom-usage") else { preconditionFailure("a valid name") }
        return name
    }()

    /// The table that the engine must hold.
    public static let schema = TableSchema(
        name: table,
        key: KeySchema(
            partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .string))
    )

    private let opened: @Sendable () throws(TableError) -> any TableEngine

    /// The usage in an engine that holds the table `schema`.
    /// - Parameter engine: asked at each call, so that an engine that cannot be opened now keeps nobody from anything else.
    public init(engine: @escaping @Sendable () throws(TableError) -> any TableEngine) { opened = engine }

    /// Puts the records in place of those of the same tenants and periods; all of up to `Limits.usagePerCommitMax` or none. Waits when all
    /// are on their way, so that those of ten thousand tenants share a few commits.
    public func put(_ records: [UsageRecord]) throws(TableError) {
        let engine = try opened()
        let begun = stride(from: 0, to: records.count, by: Limits.usagePerCommitMax).map { start in
            let chunk = records[start..<min(start + Limits.usagePerCommitMax, records.count)]
            let request = WriteRequest(.batch, chunk.map(Self.put))
            return Waiting.begin {
                (done: @escaping @Sendable (Result<[WriteOutcome], TableError>) -> Void) in
                engine.write(request, completion: done)
            }
        }
        var failure: TableError?
        for chunk in begun {
            do throws(TableError) { _ = try chunk.result() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// The tenant's records of periods that begin from `from` on and before `to`, the oldest first.
    public func list(
        of tenant: TenantID, _ period: UsageRecord.Period, from: Timestamp, to: Timestamp
    ) throws(TableError) -> [UsageRecord] {
        let engine = try opened()
        var range = Self.range(tenant, period, from: from, to: to)
        var records: [UsageRecord] = []
        repeat {
            let page = try engine.read(range)
            for row in page.rows { records.append(try Self.record(of: row)) }
            range.after = page.next
        } while range.after != nil
        return records
    }

    /// The tenant's last record of this kind before `to`, or nil.
    public func last(
        of tenant: TenantID, _ period: UsageRecord.Period, before to: Timestamp
    ) throws(TableError) -> UsageRecord? {
        var range = Self.range(tenant, period, from: Timestamp(milliseconds: 0), to: to)
        range.isForward = false
        range.itemsMax = 1
        return try opened().read(range).rows.first.map { row throws(TableError) in try Self.record(of: row) }
    }

    /// Makes days of the tenant's hours that are over, and removes what is older than is kept. What was made is not made again.
    public func rollUp(_ tenant: TenantID, at now: Timestamp) throws(TableError) {
        let today = UsageRecord.Period.day.start(of: now)
        let begun = try last(of: tenant, .day, before: today).map { $0.start.advanced(bySeconds: 86_400) }
        var days: [UsageRecord] = []
        let hours = try list(of: tenant, .hour, from: begun ?? Timestamp(milliseconds: 0), to: today)
        for hour in hours {
            let start = UsageRecord.Period.day.start(of: hour.start)
            if days.last?.start != start {
                days.append(UsageRecord(tenant: tenant, period: .day, holding: start))
            }
            days[days.count - 1].add(hour)
        }
        try put(days)
        try remove(of: tenant, .hour, before: now.advanced(bySeconds: -Int64(Limits.usageHourDays) * 86_400))
        try remove(of: tenant, .day, before: now.advanced(bySeconds: -Int64(Limits.usageDays) * 86_400))
    }

    /// Removes all that is known of the tenant's usage.
    /// - Returns: how many records there were.
    @discardableResult
    public func remove(of tenant: TenantID) throws(TableError) -> Int {
        var count = 0
        for period in UsageRecord.Period.allCases { count += try remove(of: tenant, period, before: nil) }
        return count
    }

    /// How many records `remove(of:)` would find.
    public func count(of tenant: TenantID) throws(TableError) -> Int {
        let engine = try opened()
        var range = ReadRange(table: Self.table)
        range.partition = Array(tenant.text.utf8)
        var count = 0
        repeat {
            let page = try engine.read(range)
            count += page.rows.count
            range.after = page.next
        } while range.after != nil
        return count
    }

    @discardableResult
    private func remove(
        of tenant: TenantID, _ period: UsageRecord.Period, before end: Timestamp?
    ) throws(TableError) -> Int {
        let engine = try opened()
        var range = Self.range(tenant, period, from: Timestamp(milliseconds: 0), to: end)
        range.itemsMax = Limits.usagePerCommitMax
        var count = 0
        while true {
            let rows = try engine.read(range).rows
            if rows.isEmpty { return count }
            try engine.write(
                WriteRequest(
                    .batch, rows.map { ItemWrite(table: Self.table, key: $0.key, action: .delete) }))
            count += rows.count
        }
    }

    // MARK: How usage lies in the table

    /// `day/…` and `hour/…`, each in the order of time.
    private static func sort(_ period: UsageRecord.Period, _ start: Timestamp) -> [UInt8] {
        Array("\(period.rawValue)/\(start.iso8601Seconds)".utf8)
    }

    private static func range(
        _ tenant: TenantID, _ period: UsageRecord.Period, from: Timestamp, to: Timestamp?
    ) -> ReadRange {
        var range = ReadRange(table: table)
        range.partition = Array(tenant.text.utf8)
        // `0` comes behind `/`.
        let end = to.map { sort(period, $0) } ?? Array("\(period.rawValue)0".utf8)
        range.sort = SortRange(lower: sort(period, from), upper: end, isUpperIncluded: false)
        return range
    }

    private static func put(_ record: UsageRecord) -> ItemWrite {
        let sort = sort(record.period, record.start)
        let item: Item = [
            "pk": .string(record.tenant.text), "sk": .string(String(decoding: sort, as: UTF8.self)),
            "body": .string(record.body),
        ]
        return ItemWrite(
            table: table, key: EncodedKey(partition: Array(record.tenant.text.utf8), sort: sort),
            action: .put(item))
    }

    private static func record(of row: ItemRow) throws(TableError) -> UsageRecord {
        guard let body = try row.image.item()["body"]?.string else {
            throw .storage("a record of usage has no body")
        }
        do throws(JSONError) {
            if let record = try UsageRecord(reading: body) { return record }
        } catch { throw .storage("a record of usage cannot be read: \(error)") }
        throw .storage("a record of usage does not say whose it is, or when it began")
    }
}
