import Base
import Tenancy

extension UsageHistory {
    /// Reads `bytes`. A wrong header is the only fault then; a wrong row leaves the others as they are.
    public init(parsing bytes: [UInt8]) {
        let text = CSVText(parsing: bytes, recordsMax: Limits.historyRowsMax + 1)
        guard let header = text.records.first else {
            let empty = CSVFault(
                line: 1, message: "the file has no header; begin it with `time,tenant,schools,bytes`")
            self.init(columns: [], rows: [], faults: text.faults.isEmpty ? [empty] : text.faults)
            return
        }
        let (columns, faults) = HistoryReader.columns(of: header)
        guard faults.isEmpty else {
            self.init(columns: [], rows: [], faults: faults)
            return
        }
        var reader = HistoryReader(columns: columns)
        for record in text.records.dropFirst() { reader.read(record) }
        let all = (text.faults + reader.faults).sorted {
            ($0.line, $0.column ?? 0) < ($1.line, $1.column ?? 0)
        }
        self.init(
            columns: Set(columns), rows: reader.rows, faults: Array(all.prefix(Limits.fileFaultsMax)))
    }
}

/// Reads the rows of a file of usage.
private struct HistoryReader {
    let columns: [UsageHistory.Column]
    var rows: [UsageHistory.Row] = []
    var faults: [CSVFault] = []
    /// The last time of each tenant, and its line.
    private var last: [String: (time: Timestamp, line: Int)] = [:]

    init(columns: [UsageHistory.Column]) { self.columns = columns }

    /// The header's columns, or what is wrong with it.
    static func columns(of header: CSVText.Record) -> ([UsageHistory.Column], [CSVFault]) {
        var columns: [UsageHistory.Column] = []
        var faults: [CSVFault] = []
        for (index, field) in header.fields.enumerated() {
            func fault(_ message: String) {
                faults.append(CSVFault(line: header.line, column: index + 1, message: message))
            }
            guard let column = UsageHistory.Column(rawValue: trimmed(field).lowercased()) else {
                let known = UsageHistory.Column.allCases.map(\.rawValue)
                fault("`\(field.prefix(60))` is no column; " + Suggestion.remedy(for: field, among: known))
                continue
            }
            if columns.contains(column) {
                fault("the column `\(column.rawValue)` stands there twice; keep one")
            }
            columns.append(column)
        }
        if faults.isEmpty {
            for needed in UsageHistory.Column.needed where !columns.contains(needed) {
                faults.append(
                    CSVFault(
                        line: header.line, message: "the column `\(needed.rawValue)` is missing; add it"))
            }
            for (units, percent) in UsageHistory.Column.rivals
            where columns.contains(units) && columns.contains(percent) {
                faults.append(
                    CSVFault(
                        line: header.line, column: columns.firstIndex(of: percent).map { $0 + 1 },
                        message: "`\(units.rawValue)` and `\(percent.rawValue)` say the same; keep one"))
            }
        }
        return (columns, faults)
    }

    mutating func read(_ record: CSVText.Record) {
        guard record.fields.count == columns.count else {
            faults.append(
                CSVFault(
                    line: record.line,
                    message: "\(record.fields.count) fields where the header has \(columns.count);"
                        + " put a field that holds a comma in quotes"))
            return
        }
        let before = faults.count
        var row = UsageHistory.Row(time: Timestamp(milliseconds: 0), tenant: "")
        for (index, column) in columns.enumerated() {
            do throws(FieldError) {
                try HistoryReader.take(HistoryReader.trimmed(record.fields[index]), as: column, in: &row)
            } catch {
                faults.append(CSVFault(line: record.line, column: index + 1, message: error.message))
            }
        }
        guard faults.count == before else { return }
        if let earlier = last[row.tenant], row.time <= earlier.time {
            faults.append(
                CSVFault(
                    line: record.line, column: columns.firstIndex(of: .time).map { $0 + 1 },
                    message:
                        "the time is not behind that of line \(earlier.line); put each tenant's rows in the order of time"
                ))
            return
        }
        last[row.tenant] = (row.time, record.line)
        rows.append(row)
    }

    private struct FieldError: Error { let message: String }

    private static func take(
        _ text: String, as column: UsageHistory.Column, in row: inout UsageHistory.Row
    ) throws(FieldError) {
        switch column {
        case .time:
            // No text with a date in it says how long ago something was.
            guard text.utf8.count >= 10, let time = Timestamp(past: text, before: Timestamp(milliseconds: 0))
            else {
                throw FieldError(
                    message:
                        "`\(text.prefix(60))` is no time; write it in UTC, such as `2026-09-14T12:00:00Z`")
            }
            row.time = time
        case .tenant:
            guard (1...Limits.historyNameBytesMax).contains(text.utf8.count) else {
                throw FieldError(
                    message:
                        "a tenant's name has 1 to \(Limits.historyNameBytesMax) bytes; this has \(text.utf8.count)"
                )
            }
            row.tenant = text
        case .schools: row.schools = try whole(text).map { Int($0) }
        case .items: row.items = try whole(text)
        case .bytes: row.bytes = try whole(text)
        case .requests: row.requests = try whole(text)
        case .throttled: row.throttled = try whole(text)
        case .readUnits: row.reads = try number(text).map { .units($0) }
        case .writeUnits: row.writes = try number(text).map { .units($0) }
        case .readPercent: row.reads = try number(text).map { .percent($0) }
        case .writePercent: row.writes = try number(text).map { .percent($0) }
        case .timezone:
            guard !text.isEmpty else { return }
            guard let name = TimeZoneName(text) else {
                throw FieldError(
                    message: "`\(text.prefix(60))` is no time zone; \(TimeZoneName.remedy(for: text))")
            }
            row.timezone = name
        }
    }

    /// Digits alone; nil for an empty field.
    private static func whole(_ text: String) throws(FieldError) -> Int64? {
        if text.isEmpty { return nil }
        guard text.utf8.count <= 16, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(text), number <= Limits.historyNumberMax
        else {
            throw FieldError(
                message:
                    "`\(text.prefix(60))` is no count; write a whole number from 0 to \(Limits.historyNumberMax)"
            )
        }
        return number
    }

    /// Digits with at most three behind a point; nil for an empty field.
    private static func number(_ text: String) throws(FieldError) -> Double? {
        if text.isEmpty { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].utf8.count <= 15, parts.last?.utf8.count ?? 0 <= 15,
            parts.count == 1 || parts[1].utf8.count <= 3,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let number = Double(text)
        else {
            throw FieldError(
                message: "`\(text.prefix(60))` is no rate; write a number such as `120` or `62.5`")
        }
        return number
    }

    static func trimmed(_ text: String) -> String {
        var slice = text[...]
        while slice.first == " " { slice.removeFirst() }
        while slice.last == " " { slice.removeLast() }
        return String(slice)
    }
}
