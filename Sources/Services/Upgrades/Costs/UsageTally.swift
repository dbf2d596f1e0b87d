import Base
import Registry

/// What a tenant used from one moment to another, out of its records.
struct UsageTally: Hashable, Sendable {
    /// Halves of read units.
    var readHalfUnits = 0
    /// Halves of write units.
    var writeHalfUnits = 0
    /// Bytes times seconds: those at the end of a record hold for its time and on, until the next one.
    var byteSeconds = 0.0
    /// Up to where it is reckoned.
    var until: Timestamp
    /// Bytes then.
    var bytes = 0
    /// Items then.
    var items = 0

    /// Nothing, from this moment on.
    init(from start: Timestamp) { until = start }

    /// Takes in the next record, whole.
    mutating func add(_ record: UsageRecord) {
        hold(until: record.start)
        readHalfUnits += record.readHalfUnits
        writeHalfUnits += record.writeHalfUnits
        (bytes, items) = (max(0, record.bytes), max(0, record.items))
        hold(until: record.start.advanced(bySeconds: record.period.seconds))
    }

    /// Takes in the record of the hour that is under way, up to now.
    mutating func add(_ record: UsageRecord, upTo now: Timestamp) {
        add(record)
        let over = until.milliseconds(since: now)
        guard over > 0 else { return }
        byteSeconds -= Double(bytes) * Double(over) / 1000
        until = now
    }

    /// Goes on to this moment with what there is.
    mutating func hold(until end: Timestamp) {
        let gap = end.milliseconds(since: until)
        guard gap > 0 else { return }
        byteSeconds += Double(bytes) * Double(gap) / 1000
        until = end
    }
}
