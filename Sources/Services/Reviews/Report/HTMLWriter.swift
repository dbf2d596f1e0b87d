/// Writes HTML. Markup is the program's own (`StaticString`); whatever comes from anywhere else is escaped, so that no file can
/// add an element, an attribute or a script.
struct HTMLWriter {
    /// An attribute of an element.
    struct Attribute {
        let name: StaticString
        let value: String

        init(_ name: StaticString, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// Writes a tag's beginning.
    mutating func open(_ name: StaticString, _ attributes: [Attribute] = []) {
        bytes.append(UInt8(ascii: "<"))
        append(name)
        for attribute in attributes {
            bytes.append(UInt8(ascii: " "))
            append(attribute.name)
            bytes.append(contentsOf: "=\"".utf8)
            appendEscaped(attribute.value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    /// Writes a tag's end.
    mutating func close(_ name: StaticString) {
        bytes.append(contentsOf: "</".utf8)
        append(name)
        bytes.append(contentsOf: ">".utf8)
    }

    /// An element and what is in it.
    mutating func element(
        _ name: StaticString, _ attributes: [Attribute] = [], _ body: (inout HTMLWriter) -> Void
    ) {
        open(name, attributes)
        body(&self)
        close(name)
    }

    /// An element that holds text.
    mutating func element(_ name: StaticString, _ attributes: [Attribute] = [], text: String) {
        element(name, attributes) { $0.text(text) }
    }

    /// An element that holds a phrase.
    mutating func element(_ name: StaticString, _ attributes: [Attribute] = [], phrase: Phrase) {
        element(name, attributes) { $0.phrase(phrase) }
    }

    /// A line of its own, for whoever reads the source.
    mutating func newline() { bytes.append(UInt8(ascii: "\n")) }

    /// Text.
    mutating func text(_ text: String) { appendEscaped(text) }

    /// A phrase: what is exact stands in `code`.
    mutating func phrase(_ phrase: Phrase) {
        for piece in phrase.pieces {
            switch piece {
            case .words(let words): text(words)
            case .exact(let exact): element("code", text: exact)
            }
        }
    }

    /// Text in which what stands in backticks is code, as messages of this program write it.
    mutating func marked(_ text: String) {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        // An odd number of backticks marks nothing.
        guard parts.count % 2 == 1 else { return self.text(text) }
        for (index, part) in parts.enumerated() {
            if index % 2 == 0 {
                self.text(String(part))
            } else {
                element("code", text: String(part))
            }
        }
    }

    /// A link to a place on this page.
    mutating func link(to id: String, text: String) {
        element("a", [Attribute("href", "#\(id)")], text: text)
    }

    /// A style sheet of the program's own: it must not hold `</`.
    mutating func style(_ sheet: String) {
        open("style")
        bytes.append(contentsOf: sheet.utf8)
        close("style")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Escapes what HTML gives a meaning, and shows characters that are not seen or that change the order of those around them:
    /// a reader must see what the evaluator compares.
    private mutating func appendEscaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes.append(contentsOf: "&amp;".utf8)
            case "<": bytes.append(contentsOf: "&lt;".utf8)
            case ">": bytes.append(contentsOf: "&gt;".utf8)
            case "\"": bytes.append(contentsOf: "&quot;".utf8)
            case "'": bytes.append(contentsOf: "&#39;".utf8)
            case "\n", "\t": bytes.append(contentsOf: String(scalar).utf8)
            default:
                if HTMLWriter.isHidden(scalar) {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    let padding = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
                    bytes.append(contentsOf: "⟨U+\(padding)\(digits)⟩".utf8)
                } else {
                    bytes.append(contentsOf: String(scalar).utf8)
                }
            }
        }
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            true
        case .spaceSeparator: scalar != " "
        default: false
        }
    }
}
