import Base

/// A text of comma-separated values, read by RFC 4180: fields in double quotes may hold commas, line ends and
/// doubled quotes.
///
/// Beyond the RFC a byte order mark is skipped, a line may end in LF alone, and empty lines are left out. A
/// record that breaks the rules is a fault and reading goes on with the next line, so that all faults of a
/// file are found at once.
public struct CSVText: Sendable, Equatable {
    /// One record.
    public struct Record: Sendable, Equatable {
        /// The line it begins on, from 1.
        public let line: Int
        /// Its fields, quotes removed.
        public let fields: [String]
    }

    /// The records, in order; the first is the header, where the file has one.
    public let records: [Record]
    /// The records that could not be read, in order.
    public let faults: [CSVFault]

    /// Reads `bytes`. Stops after `recordsMax` records with a fault that says so.
    public init(parsing bytes: [UInt8], recordsMax: Int = Limits.importRowsMax + 1) {
        var parser = CSVParser(bytes: bytes)
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            parser.faults = [CSVFault(line: 1, message: "the file is UTF-16; save it as `CSV UTF-8`")]
        } else if String(validating: bytes, as: UTF8.self) == nil {
            parser.faults = [CSVFault(line: 1, message: "the file is not UTF-8; save it as `CSV UTF-8`")]
        } else {
            parser.parse(recordsMax: recordsMax)
        }
        records = parser.records
        faults = parser.faults
    }
}

/// What is wrong with one line of a file of comma-separated values.
public struct CSVFault: Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// The column in the header's order, from 1; nil where the whole record is meant.
    public let column: Int?
    /// `what; remedy`.
    public let message: String

    /// A fault.
    public init(line: Int, column: Int? = nil, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    /// `line 3, column 2: what; remedy`.
    public var description: String {
        "line \(line)\(column.map { ", column \($0)" } ?? ""): \(message)"
    }
}

/// The state of reading a `CSVText`.
private struct CSVParser {
    var records: [CSVText.Record] = []
    var faults: [CSVFault] = []
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1
    /// Which field of the record is being read, from 1; nil between records.
    private var column: Int?

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    mutating func parse(recordsMax: Int) {
        while offset < bytes.count {
            if takeLineEnd() { continue }
            let start = line
            guard records.count < recordsMax else {
                fault(start, "the file has more than \(recordsMax) records; split it")
                return
            }
            if let fields = parseRecord() { records.append(.init(line: start, fields: fields)) }
        }
    }

    private mutating func fault(_ line: Int, _ message: String) {
        faults.append(CSVFault(line: line, column: column, message: message))
    }

    private mutating func parseRecord() -> [String]? {
        var fields: [String] = []
        defer { column = nil }
        while true {
            column = fields.count + 1
            guard let field = parseField() else {
                skipLine()
                return nil
            }
            fields.append(field)
            if offset < bytes.count, bytes[offset] == UInt8(ascii: ",") {
                offset += 1
                continue
            }
            _ = takeLineEnd()
            return fields
        }
    }

    /// A field; afterwards a comma, a line end or the end of the text comes next.
    private mutating func parseField() -> String? {
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") { return parseQuotedField() }
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: ","), !isAtLineEnd {
            if bytes[offset] == UInt8(ascii: "\"") {
                fault(
                    line, "a `\"` in a field without quotes; put the field in quotes and double those in it")
                return nil
            }
            if bytes[offset] == 0x0D {
                fault(line, "a carriage return without a line feed; save the file with CRLF or LF line ends")
                return nil
            }
            offset += 1
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func parseQuotedField() -> String? {
        let start = line
        var field: [UInt8] = []
        offset += 1
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == 0x0A { line += 1 }
            guard byte == UInt8(ascii: "\"") else {
                field.append(byte)
                continue
            }
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") {
                field.append(byte)
                offset += 1
                continue
            }
            guard offset == bytes.count || bytes[offset] == UInt8(ascii: ",") || isAtLineEnd else {
                fault(line, "text behind a closing `\"`; double each `\"` inside a quoted field")
                return nil
            }
            return String(decoding: field, as: UTF8.self)
        }
        fault(start, "a `\"` opens a field that is never closed; close it before the line ends")
        return nil
    }

    /// LF, or CR and LF.
    private var isAtLineEnd: Bool {
        offset < bytes.count
            && (bytes[offset] == 0x0A
                || (bytes[offset] == 0x0D && offset + 1 < bytes.count && bytes[offset + 1] == 0x0A))
    }

    private mutating func takeLineEnd() -> Bool {
        guard isAtLineEnd else { return false }
        offset += bytes[offset] == 0x0A ? 1 : 2
        line += 1
        return true
    }

    private mutating func skipLine() {
        while offset < bytes.count, bytes[offset] != 0x0A { offset += 1 }
        _ = takeLineEnd()
    }
}
