/// How something turned out: a sign and a word, never a colour alone.
enum AuditMark: String {
    case good, bad, doubt, none

    /// The sign before the word.
    var sign: String {
        switch self {
        case .good: "✓"
        case .bad: "✗"
        case .doubt: "!"
        case .none: "–"
        }
    }
}

extension HTMLWriter {
    /// A mark with its word.
    mutating func mark(_ mark: AuditMark, _ word: String) {
        element("span", [Attribute("class", "mark \(mark.rawValue)")]) { html in
            html.element("span", [Attribute("aria-hidden", "true")], text: mark.sign)
            html.text(" \(word)")
        }
    }
}
