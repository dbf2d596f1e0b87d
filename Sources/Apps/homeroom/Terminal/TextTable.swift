/// Rows in aligned columns, two spaces apart.
struct TextTable {
    /// A column.
    struct Column {
        /// Its heading, in capitals.
        let title: String
        /// Whether it holds numbers, which line up at their end.
        var isNumber = false
        /// How narrow it may become where the terminal is; nil where it keeps its width.
        var leastWidth: Int?

        /// A column of that heading.
        init(_ title: String, isNumber: Bool = false, leastWidth: Int? = nil) {
            self.title = title
            self.isNumber = isNumber
            self.leastWidth = leastWidth
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    /// An empty table.
    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row: a cell for each column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells.map { TextWidth.harmless($0.isEmpty ? "-" : $0) })
    }

    /// The lines, heading first; within `width` columns where given and possible.
    func lines(width: Int?) -> [String] {
        let all = [columns.map(\.title)] + rows
        var widths = columns.indices.map { index in all.map { TextWidth.columns(of: $0[index]) }.max() ?? 0 }
        if let width { shrink(&widths, to: width) }
        return all.map { row in
            let cells = columns.indices.map {
                cell(row[$0], columns[$0], widths[$0], isLast: $0 == columns.count - 1)
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }

    private func cell(_ text: String, _ column: Column, _ width: Int, isLast: Bool) -> String {
        let text = TextWidth.shortened(text, to: width)
        let padding = String(repeating: " ", count: max(0, width - TextWidth.columns(of: text)))
        if column.isNumber { return padding + text }
        return isLast ? text : text + padding
    }

    /// Takes columns away from the widest column that may give some, one at a time.
    private func shrink(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while excess > 0 {
            let candidates = columns.indices.filter { index in
                columns[index].leastWidth.map { widths[index] > $0 } ?? false
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }
}
