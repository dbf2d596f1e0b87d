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

    /// How narrow a column becomes at the least that has to give although it was not meant to.
    private static let leastWidth = 6

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

    /// The lines, heading first; within `width` columns where given.
    func lines(width: Int?) -> [String] {
        let all = [columns.map(\.title)] + rows.map { $0.map { TextWidth.harmless($0.isEmpty ? "-" : $0) } }
        var widths = columns.indices.map { index in all.map { TextWidth.columns(of: $0[index]) }.max() ?? 0 }
        if let width { shrink(&widths, to: width) }
        return all.map { row in
            let cells = columns.indices.map {
                cell(row[$0], columns[$0], widths[$0], isLast: $0 == columns.count - 1)
            }
            let line = String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
            return width.map { TextWidth.shortened(line, to: $0) } ?? line
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

    private func cell(_ text: String, _ column: Column, _ width: Int, isLast: Bool) -> String {
        let text = TextWidth.shortened(text, to: width)
        let padding = String(repeating: " ", count: max(0, width - TextWidth.columns(of: text)))
        if column.isNumber { return padding + text }
        return isLast ? text : text + padding
    }

    /// Takes columns away, one at a time, always from the widest that may give: first from those that were made to give, down
    /// to their least width; then from other text behind the first column, which says what a row is about.
    private func shrink(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        func take(_ least: (Int) -> Int?) {
            while excess > 0 {
                let candidates = columns.indices.filter { index in
                    least(index).map { widths[index] > $0 } ?? false
                }
                guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
                widths[widest] -= 1
                excess -= 1
            }
        }
        take { columns[$0].leastWidth }
        take { $0 == 0 || columns[$0].isNumber ? nil : TextTable.leastWidth }
    }
}
