import Base
import Tenancy

/// What tenants have used, as a spreadsheet: CSV with a header, columns in any order, each tenant's rows in the order of time.
///
/// | column | |
/// |---|---|
/// | `time` | needed: from when on the row holds, in UTC: `2026-09-14T12:00:00Z` |
/// | `tenant` | needed: any name, the same in all of a tenant's rows |
/// | `schools`, `items`, `bytes` | how many, from then on; an empty field is as before |
/// | `read-units`, `write-units` | in the busiest minute of the row's time |
/// | `read-percent`, `write-percent` | the same in percent of what its tier allows, in place of units |
/// | `requests`, `throttled` | served, and turned away for the rate |
/// | `timezone` | the tenant's, a name of the IANA database; an empty field is as before |
public struct UsageHistory: Hashable, Sendable {
    /// How much of a minute's rate was used.
    public enum Rate: Hashable, Sendable {
        /// Units.
        case units(Double)
        /// Percent of what the tier allowed.
        case percent(Double)
    }

    /// A row.
    public struct Row: Hashable, Sendable {
        /// From when on it holds.
        public var time: Timestamp
        /// Whose it is.
        public var tenant: String
        /// How many schools; nil for as before.
        public var schools: Int?
        /// How many items; nil for as before.
        public var items: Int64?
        /// What they take; nil for as before.
        public var bytes: Int64?
        /// Reads in the busiest minute; nil where nobody measured them.
        public var reads: Rate?
        /// Writes in the busiest minute; nil where nobody measured them.
        public var writes: Rate?
        /// Requests that were served; nil where nobody counted them.
        public var requests: Int64?
        /// Requests that were turned away for the rate; nil where nobody counted them.
        public var throttled: Int64?
        /// The tenant's time zone; nil for as before.
        public var timezone: TimeZoneName?

        /// A row that says nothing yet.
        public init(time: Timestamp, tenant: String) {
            self.time = time
            self.tenant = tenant
        }
    }

    /// The columns, by the name that they have in a header.
    public enum Column: String, Hashable, Sendable, CaseIterable {
        case time, tenant, schools, items, bytes
        case readUnits = "read-units"
        case writeUnits = "write-units"
        case readPercent = "read-percent"
        case writePercent = "write-percent"
        case requests, throttled, timezone

        /// What a file cannot do without.
        static let needed: [Column] = [.time, .tenant]
        /// Two that say the same in two ways.
        static let rivals: [(Column, Column)] = [(.readUnits, .readPercent), (.writeUnits, .writePercent)]
        /// What `text(of:)` writes.
        static let written: [Column] = [
            .time, .tenant, .schools, .items, .bytes, .readUnits, .writeUnits, .requests, .throttled,
            .timezone,
        ]
    }

    /// The columns of the header.
    public let columns: Set<Column>
    /// The rows that could be read, in the order of the file.
    public let rows: [Row]
    /// What is wrong with the others, by line: at most `Limits.fileFaultsMax`.
    public let faults: [CSVFault]

    /// The rows as such a file, header first; rates that are known in percent alone are left out.
    public static func text(of rows: [Row]) -> String {
        var text = Column.written.map(\.rawValue).joined(separator: ",") + "\n"
        for row in rows {
            text += Column.written.map { field($0, of: row) }.joined(separator: ",") + "\n"
        }
        return text
    }

    private static func field(_ column: Column, of row: Row) -> String {
        switch column {
        case .time: row.time.milliseconds % 1000 == 0 ? row.time.iso8601Seconds : row.time.iso8601
        case .tenant: quoted(row.tenant)
        case .schools: row.schools.map { "\($0)" } ?? ""
        case .items: row.items.map { "\($0)" } ?? ""
        case .bytes: row.bytes.map { "\($0)" } ?? ""
        case .readUnits: units(row.reads)
        case .writeUnits: units(row.writes)
        case .requests: row.requests.map { "\($0)" } ?? ""
        case .throttled: row.throttled.map { "\($0)" } ?? ""
        case .timezone: row.timezone?.text ?? ""
        case .readPercent, .writePercent: ""
        }
    }

    /// With one digit behind the point where it is no whole number: units come in halves.
    private static func units(_ rate: Rate?) -> String {
        guard case .units(let units) = rate else { return "" }
        let tenths = Int64((units * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            + "\""
    }
}

extension Limits {
    /// Rows in one file of usage: a year of a hundred tenants by the hour.
    public static let historyRowsMax = 1_000_000
    /// Bytes of one file of usage.
    public static let historyBytesMax = 128 * 1024 * 1024
    /// The longest name of a tenant in a file of usage, in bytes.
    static let historyNameBytesMax = 256
    /// The largest count or rate in a file of usage.
    static let historyNumberMax: Int64 = 1_000_000_000_000_000
}
