import Base
import Items
import Tables

/// Which tables' items end by an attribute, and how far the sweep of them has come. Part of the writer's session.
final class Expiry {
    /// A row of an expiry table.
    struct Row {
        let at: Int64
        let key: EncodedKey
    }

    private var attributes: [Int: String] = [:]
    /// Where the next sweep of a table goes on: items that must stay for now do not hold up those behind them.
    var cursors: [Int: Row] = [:]

    /// Whether no table's items end.
    var isIdle: Bool { attributes.isEmpty }

    /// The tables as they are now.
    func follow(_ tables: TableSet) {
        attributes = [:]
        for table in tables.byName.values {
            attributes[table.number] = table.record.options.timeToLiveAttribute
        }
    }

    /// The attribute by which the table's items end, as the table is now.
    func attribute(of table: LocalTable) -> String? { attributes[table.number] }

    /// When the item's life ends, in seconds since 1970; nil where its attribute is absent or no number that is a time.
    static func end(of item: Item, by attribute: String) -> Int64? {
        guard case .number(let number)? = item[attribute] else { return nil }
        // A fraction of a second does not count; what has an exponent is further away than any clock goes.
        return number.text.split(separator: ".", omittingEmptySubsequences: false).first.flatMap { Int64($0) }
    }

    /// The ends of life that a sweep at `now` acts on. Source: DynamoDB Developer Guide, "Using time to live": what is more than
    /// five years past does not count.
    static func due(_ now: Timestamp) -> ClosedRange<Int64> {
        (now.seconds - TableLimits.expiryAgeSecondsMax)...(now.seconds - 1)
    }
}
