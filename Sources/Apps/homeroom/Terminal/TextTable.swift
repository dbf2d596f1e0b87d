/// Rows in aligned columns, two spaces apart.
struct TextTable {
    /// A column.
    struct Column {
        /// Its heading, in capitals.
        let title: String
        /// Whether it holds numbers, which line up at their end.
        var isNumber = false
        /// How narrow it may become where the terminal is; nil where it keeps its width as long as others can give.
        var leastWidth: Int?

        /// A column of that heading.
        init(_ title: String, isNumber: Bool = false, leastWidth: Int? = nil) {
            self.title = title
            self.isNumber = isNumber
            self.leastWidth = leastWidth
        }
    }

    /// How many columns there are at the least, however narrow the terminal is.
    private static let columnsMin = 2

    private let columns: [Column]
    private var rows: [[String]] = []

    /// An empty table.
    init(_ columns: [Column]) { self.columns = columns }

    /// Whether it has no rows.
    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row: a cell for each column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells)
    }

    /// The lines, heading first; within `width` columns where given. What does not fit is cut, and marked with `…`: first text
    /// in columns that were made to give, then columns from the right, since what matters most stands on the left.
    func lines(width: Int?) -> [String] {
        let all = [columns.map(\.title)] + rows.map { $0.map { TextWidth.harmless($0.isEmpty ? "-" : $0) } }
        let natural = columns.indices.map { index in all.map { TextWidth.columns(of: $0[index]) }.max() ?? 0 }
        guard let width else { return all.map { line($0, natural) } }
        var shown = natural
        var isCut = false
        while !shrink(&shown, to: isCut ? width - 3 : width), shown.count > TextTable.columnsMin {
            shown = Array(natural.prefix(shown.count - 1))
            isCut = true
        }
        return all.enumerated().map { number, row in
            let mark = isCut && number == 0 ? "  …" : ""
            return TextWidth.shortened(line(row, shown, isPadded: !mark.isEmpty) + mark, to: width)
        }
    }

    /// Heading and cells as programs read them: nothing cut, nothing for an empty cell, numbers without separators.
    var values: [[String]] {
        [columns.map(\.title)]
            + rows.map { row in
                columns.indices.map { columns[$0].isNumber ? TextTable.plain(row[$0]) : row[$0] }
            }
    }

    /// `1,234.5` as `1234.5`; what is no such number stays.
    private static func plain(_ cell: String) -> String {
        let isNumber = cell.unicodeScalars.allSatisfy {
            ("0"..."9").contains($0) || [",", ".", "-"].contains($0)
        }
        return isNumber ? cell.filter { $0 != "," } : cell
    }

    /// The first cells of a row, as many as there are widths.
    private func line(_ row: [String], _ widths: [Int], isPadded: Bool = false) -> String {
        let text = widths.indices.map { cell(row[$0], columns[$0], widths[$0]) }.joined(separator: "  ")
        return isPadded ? text : String(text.reversed().drop { $0 == " " }.reversed())
    }

    private func cell(_ text: String, _ column: Column, _ width: Int) -> String {
        let text = TextWidth.shortened(text, to: width)
        let padding = String(repeating: " ", count: max(0, width - TextWidth.columns(of: text)))
        return column.isNumber ? padding + text : text + padding
    }

    /// Takes width away, one at a time, always from the widest column that may give some; whether it fits then.
    private func shrink(_ widths: inout [Int], to width: Int) -> Bool {
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while excess > 0 {
            let candidates = widths.indices.filter { index in
                columns[index].leastWidth.map { widths[index] > $0 } ?? false
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return false }
            widths[widest] -= 1
            excess -= 1
        }
        return true
    }
}
