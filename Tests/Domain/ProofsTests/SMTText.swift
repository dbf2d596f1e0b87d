/// Terms of SMT-LIB 2.6, as text. Source: smt-lib.org, theory of Unicode Strings.
enum SMTText {
    static func and(_ terms: [String]) -> String { join("and", terms, empty: "true") }
    static func or(_ terms: [String]) -> String { join("or", terms, empty: "false") }
    static func not(_ term: String) -> String { "(not \(term))" }
    static func bool(_ value: Bool) -> String { value ? "true" : "false" }

    private static func join(_ name: String, _ terms: [String], empty: String) -> String {
        switch terms.count {
        case 0: empty
        case 1: terms[0]
        default: "(\(name) \(terms.joined(separator: " ")))"
        }
    }

    /// A text; what is no printable ASCII, and the marks, are written as code points.
    static func literal(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
            scalar.value >= 0x20 && scalar.value < 0x7F && scalar != "\"" && scalar != "\\"
                ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }
        return "\"\(text.joined())\""
    }

    /// What a text of a model is, its code points read.
    static func text(ofLiteral literal: Substring) -> String {
        var found = ""
        var rest = literal
        while let first = rest.first {
            if rest.hasPrefix("\\u{"), let close = rest.firstIndex(of: "}"),
                let value = UInt32(rest[rest.index(rest.startIndex, offsetBy: 3)..<close], radix: 16),
                let scalar = Unicode.Scalar(value)
            {
                found.unicodeScalars.append(scalar)
                rest = rest[rest.index(after: close)...]
            } else {
                found.append(first)
                rest.removeFirst()
                // A quotation mark stands there twice.
                if first == "\"", rest.first == "\"" { rest.removeFirst() }
            }
        }
        return found
    }

    static func concatenation(_ terms: [String]) -> String {
        switch terms.count {
        case 0: "\"\""
        case 1: terms[0]
        default: "(str.++ \(terms.joined(separator: " ")))"
        }
    }

    static func sum(_ terms: [String]) -> String {
        switch terms.count {
        case 0: "0"
        case 1: terms[0]
        default: "(+ \(terms.joined(separator: " ")))"
        }
    }
}
