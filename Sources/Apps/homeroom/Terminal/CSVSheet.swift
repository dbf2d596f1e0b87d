import Base
import Synchronization

/// What a command shows, as comma-separated values: its table, or several with an empty line between them; without one what the
/// server answered, as names and values; without that its lines. Source: RFC 4180.
final class CSVSheet: Sendable {
    fileprivate struct Contents {
        var tables: [TextTable] = []
        var answer: JSONAnswer?
        var pairs: [(name: String, value: String)] = []
        var lines: [String] = []
    }

    private let contents = Mutex(Contents())
    private let isStreaming = Mutex(false)

    /// True the first time: then the heading of rows that come one by one is due.
    func beginsStream() -> Bool {
        isStreaming.withLock { isStreaming in
            defer { isStreaming = true }
            return !isStreaming
        }
    }

    func add(_ table: TextTable) { contents.withLock { $0.tables.append(table) } }

    func add(_ pairs: [(name: String, value: String)]) { contents.withLock { $0.pairs += pairs } }

    func add(line: String) {
        guard !line.isEmpty else { return }
        contents.withLock { $0.lines.append(line) }
    }

    func note(_ answer: JSONAnswer) { contents.withLock { $0.answer = answer } }

    /// Writes the sheet.
    func finish(on terminal: Terminal) {
        for row in contents.withLock({ $0.rows }) {
            terminal.line(CSVSheet.text(terminal.isInteractive ? row.map(TextWidth.harmless) : row))
        }
    }

    /// A row without its end: fields with a comma, a quotation mark or an end of a line are quoted. A row without fields is an empty
    /// line, and one of a single empty field is not. It goes by Unicode scalars: a quotation mark with an accent on it is another
    /// `Character`, but ends a field all the same.
    static func text(_ row: [String]) -> String {
        if row == [""] { return "\"\"\r" }
        return row.map { field in
            let text = withoutFormula(field)
            guard text.unicodeScalars.contains(where: { [",", "\"", "\r", "\n"].contains($0) }) else {
                return text
            }
            let parts = text.unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false)
            return "\"" + parts.map { String($0) }.joined(separator: "\"\"") + "\""
        }.joined(separator: ",") + "\r"
    }

    /// The field with an apostrophe before it where a spreadsheet would take it for a formula, which a name can be made to be; a
    /// number stays one. Source: OWASP, "CSV Injection".
    private static func withoutFormula(_ field: String) -> String {
        guard let first = field.unicodeScalars.first, ["=", "+", "-", "@", "\t", "\r"].contains(first) else {
            return field
        }
        let rest = field.unicodeScalars.dropFirst()
        let isNumber = rest.first != nil && rest.allSatisfy { ("0"..."9").contains($0) || $0 == "." }
        return ["+", "-"].contains(first) && isNumber ? field : "'" + field
    }

    /// The members of an answer as names and values; those of inner values with their path.
    static func fields(of answer: JSONAnswer, path: String = "") -> [[String]] {
        let members = answer.members.map {
            (name: path.isEmpty ? $0.name : "\(path).\($0.name)", value: $0.value)
        }
        let elements = answer.elements.enumerated().map { (name: "\(path).\($0)", value: $1) }
        let inner = members + elements
        guard inner.isEmpty else { return inner.flatMap { fields(of: $0.value, path: $0.name) } }
        guard let text = answer.plainText else { return [] }
        return [[path, text]]
    }
}

extension CSVSheet.Contents {
    fileprivate var rows: [[String]] {
        if !tables.isEmpty { return Array(tables.map(\.values).joined(separator: [[]])) }
        if let answer { return [["FIELD", "VALUE"]] + CSVSheet.fields(of: answer) }
        if !pairs.isEmpty { return [["FIELD", "VALUE"]] + pairs.map { [$0.name, $0.value] } }
        return lines.isEmpty ? [] : [["MESSAGE"]] + lines.map { [$0] }
    }
}
