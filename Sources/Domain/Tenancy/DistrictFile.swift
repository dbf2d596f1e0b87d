import Base

/// A district to be onboarded, as a row of an import file names it.
public struct DistrictRow: Hashable, Sendable {
    /// The line it begins on, from 1.
    public let line: Int
    /// The district's name.
    public let name: DisplayName
    /// Its tier; whether the catalog has it is for the service to say.
    public let tier: TierName
    /// Whom its first credentials are for.
    public let admin: EmailAddress
    /// Its schools, in the row's order.
    public let schools: [DisplayName]
    /// Its time zone.
    public let timezone: TimeZoneName
    /// The key it has in the customer's own system, where the file gives one.
    public let externalID: String?

    /// The key that makes a second import of the row answer what the first made: of the external id where
    /// there is one, else of all that the row says. `hash` makes a short text of a long one (SHA-256, in
    /// hexadecimal).
    public func idempotencyKey(hash: (String) -> String) -> String {
        if let externalID { return "import-" + hash("external\u{0}" + externalID) }
        let parts = [name.text, tier.text, admin.text, timezone.text] + schools.map(\.text)
        return "import-" + hash("row\u{0}" + parts.joined(separator: "\u{0}"))
    }
}

/// A spreadsheet of districts: CSV with a header, columns in any order.
///
/// | column | also | |
/// |---|---|---|
/// | `name` | `district` | needed |
/// | `tier` | | needed |
/// | `admin` | `email` | needed: an e-mail address |
/// | `timezone` | `time_zone` | needed: a name of the IANA database |
/// | `school` | `schools` | several separated by `;` |
/// | `external_id` | `externalid`, `idempotency_key` | the row's own key, unique in the file |
public struct DistrictFile: Sendable, Equatable {
    /// The rows that can be imported, in order.
    public let rows: [DistrictRow]
    /// What is wrong with the others, by line.
    public let faults: [CSVFault]
    /// Where each column stands, from 1, by its name: `name`, `tier`, `admin`, `timezone`, `school`, `external_id`.
    public let columns: [String: Int]

    /// Reads `bytes`. A wrong header is the only fault then; a wrong row leaves the others as they are.
    public init(parsing bytes: [UInt8]) {
        let text = CSVText(parsing: bytes)
        var faults = text.faults
        guard let header = text.records.first else {
            let empty = CSVFault(
                line: 1, message: "the file has no header; begin it with `\(Column.example)`")
            rows = []
            columns = [:]
            self.faults = faults.isEmpty ? [empty] : faults
            return
        }
        let columns: [Column]
        switch Column.read(header) {
        case .failure(let fault):
            rows = []
            self.columns = [:]
            self.faults = fault.faults
            return
        case .success(let found): columns = found
        }
        var rows: [DistrictRow] = []
        var seen = DistrictsSeen(columns)
        for record in text.records.dropFirst() {
            var reader = RowReader(record: record, columns: columns)
            if let row = reader.read(), let repeated = seen.note(row) { reader.faults.append(repeated) }
            if reader.faults.isEmpty, let row = reader.row { rows.append(row) }
            faults += reader.faults
        }
        self.rows = rows
        self.columns = Dictionary(
            columns.enumerated().map { ($0.element.rawValue, $0.offset + 1) },
            uniquingKeysWith: { first, _ in first })
        self.faults = faults.sorted { ($0.line, $0.column ?? 0) < ($1.line, $1.column ?? 0) }
    }
}

/// The columns of an import file.
private enum Column: String, CaseIterable {
    case name, tier, admin, timezone, school
    case externalID = "external_id"

    static let example = "name,tier,admin,school,timezone"

    static let required: [Column] = [.name, .tier, .admin, .timezone]

    private static let aliases: [String: Column] = [
        "district": .name, "email": .admin, "time_zone": .timezone, "schools": .school,
        "externalid": .externalID, "idempotency_key": .externalID,
    ]

    struct HeaderError: Error { let faults: [CSVFault] }

    static func read(_ header: CSVText.Record) -> Result<[Column], HeaderError> {
        var columns: [Column] = []
        var faults: [CSVFault] = []
        func fault(_ message: String) { faults.append(CSVFault(line: header.line, message: message)) }
        for field in header.fields {
            let name = field.split(whereSeparator: \.isWhitespace).joined(separator: "_").lowercased()
            guard let column = Column(rawValue: name) ?? aliases[name] else {
                let hint =
                    header.fields.count == 1 && (field.contains(";") || field.contains("\t"))
                    ? "separate columns by commas"
                    : Suggestion.remedy(for: name, among: allCases.map(\.rawValue))
                fault("`\(field)` is no column of a district file; \(hint)")
                continue
            }
            if columns.contains(column) {
                fault("the column `\(column.rawValue)` stands there twice; keep one")
            }
            columns.append(column)
        }
        for column in required where faults.isEmpty && !columns.contains(column) {
            fault("the column `\(column.rawValue)` is missing; add it")
        }
        return faults.isEmpty ? .success(columns) : .failure(HeaderError(faults: faults))
    }
}

/// Reads one record into a district, collecting its faults.
private struct RowReader {
    let record: CSVText.Record
    let columns: [Column]
    var faults: [CSVFault] = []
    var row: DistrictRow?

    init(record: CSVText.Record, columns: [Column]) {
        self.record = record
        self.columns = columns
    }

    private mutating func fault(_ message: String, in column: Column? = nil) {
        faults.append(CSVFault(line: record.line, column: column.flatMap(columns.number), message: message))
    }

    private func field(_ column: Column) -> String {
        guard let index = columns.firstIndex(of: column) else { return "" }
        let text = record.fields[index].drop { $0 == " " }
        return String(text.reversed().drop { $0 == " " }.reversed())
    }

    /// The value of a needed field, or nil with a fault noted.
    private mutating func value<Value>(
        _ column: Column, _ make: (String) -> Value?, _ remedy: (String) -> String
    )
        -> Value?
    {
        let text = field(column)
        guard !text.isEmpty else {
            fault("`\(column.rawValue)` is empty; \(remedy(text))", in: column)
            return nil
        }
        guard let value = make(text) else {
            fault("`\(text)` is no \(column.rawValue); \(remedy(text))", in: column)
            return nil
        }
        return value
    }

    mutating func read() -> DistrictRow? {
        guard record.fields.count == columns.count else {
            fault(
                "\(record.fields.count) fields where the header has \(columns.count);"
                    + " put a field that holds a comma in quotes")
            return nil
        }
        let longest = Limits.displayNameCharactersMax
        let name = value(.name, DisplayName.init) { _ in "give a name of 1 to \(longest) characters" }
        let tierName = { (text: String) in TierName(text.lowercased()) }
        let tier = value(.tier, tierName) { _ in "give a tier such as `basic`" }
        let admin = value(.admin, EmailAddress.init) { _ in
            "give an e-mail address such as `it@district.example`"
        }
        let timezone = value(.timezone, TimeZoneName.init, TimeZoneName.remedy)
        let schools = readSchools()
        let external = field(.externalID)
        if external.utf8.count > 200 {
            fault("`external_id` has \(external.utf8.count) bytes; use at most 200", in: .externalID)
        }
        guard faults.isEmpty, let name, let tier, let admin, let timezone else { return nil }
        row = DistrictRow(
            line: record.line, name: name, tier: tier, admin: admin, schools: schools, timezone: timezone,
            externalID: external.isEmpty ? nil : external)
        return row
    }

    private mutating func readSchools() -> [DisplayName] {
        var schools: [DisplayName] = []
        var taken: Set<String> = []
        for part in field(.school).split(separator: ";") where !part.allSatisfy(\.isWhitespace) {
            guard let school = DisplayName(String(part)) else {
                fault(
                    "`\(part)` is no school's name; give 1 to \(Limits.displayNameCharactersMax) characters",
                    in: .school)
                continue
            }
            guard taken.insert(school.comparisonText).inserted else {
                fault("the school `\(school)` stands there twice; keep one", in: .school)
                continue
            }
            schools.append(school)
        }
        if schools.count > Limits.schoolsPerRequestMax {
            fault(
                "\(schools.count) schools in one row; give at most \(Limits.schoolsPerRequestMax) and add the others"
                    + " with `homeroom school add`", in: .school)
        }
        return schools
    }
}

/// The names and external ids of the rows so far.
private struct DistrictsSeen {
    private var names: [String: DistrictRow] = [:]
    private var externalIDs: [String: Int] = [:]
    private let columns: [Column]

    init(_ columns: [Column]) { self.columns = columns }

    /// Notes the row, or says which earlier one it repeats. Two rows of one name pass where each has an
    /// external id of its own.
    mutating func note(_ row: DistrictRow) -> CSVFault? {
        if let externalID = row.externalID {
            if let line = externalIDs[externalID] {
                return CSVFault(
                    line: row.line, column: columns.number(.externalID),
                    message: "the external id `\(externalID)` stands on line \(line) already; make it unique")
            }
            externalIDs[externalID] = row.line
        }
        let name = row.name.comparisonText
        if let first = names[name], row.externalID == nil || first.externalID == nil {
            return CSVFault(
                line: row.line, column: columns.number(.name),
                message: "the district `\(row.name)` stands on line \(first.line) already; remove one of them"
            )
        }
        if names[name] == nil { names[name] = row }
        return nil
    }
}

extension [Column] {
    /// Where the column stands, from 1; nil where the file does not have it.
    fileprivate func number(_ column: Column) -> Int? { firstIndex(of: column).map { $0 + 1 } }
}
