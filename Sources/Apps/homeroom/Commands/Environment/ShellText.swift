/// Text as a word of a shell, whatever is in it. It goes by Unicode scalars: a quotation mark with an accent on it is one
/// `Character`, and another one than the mark, but to a shell the mark is there.
enum ShellText {
    /// For POSIX shells. Source: POSIX, "Single-Quotes".
    static func posix(_ text: String) -> String {
        if isPlain(text) { return text }
        return "'" + escaped(text, ["'": #"'\''"#]) + "'"
    }

    /// For fish, in whose single quotes a backslash escapes itself and the quote.
    static func fish(_ text: String) -> String {
        if isPlain(text) { return text }
        return "'" + escaped(text, ["'": #"\'"#, "\\": #"\\"#]) + "'"
    }

    /// For a `.env` file: as it is where that can be, since some programs take quotes for a part of the value.
    static func dotenv(_ text: String) -> String {
        if isPlain(text) { return text }
        if !text.unicodeScalars.contains("'") { return "'\(text)'" }
        return "\"" + escaped(text, ["\"": #"\""#, "\\": #"\\"#, "$": #"\$"#, "`": #"\`"#]) + "\""
    }

    private static func escaped(_ text: String, _ escapes: [Unicode.Scalar: String]) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let escape = escapes[scalar] {
                result.append(contentsOf: escape.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "_./:@%+=,-".unicodeScalars.contains($0)
            }
    }
}
