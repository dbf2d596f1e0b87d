/// Text as a word of a shell, whatever is in it.
enum ShellText {
    /// For POSIX shells. Source: POSIX, "Single-Quotes".
    static func posix(_ text: String) -> String {
        if isPlain(text) { return text }
        return "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
    }

    /// For fish, in whose single quotes a backslash escapes itself and the quote.
    static func fish(_ text: String) -> String {
        if isPlain(text) { return text }
        let escaped = text.reduce(into: "") { result, character in
            if character == "'" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return "'\(escaped)'"
    }

    /// For a `.env` file: as it is where that can be, since some programs take quotes for a part of the value.
    static func dotenv(_ text: String) -> String {
        if isPlain(text) { return text }
        if !text.contains("'") { return "'\(text)'" }
        let escaped = text.reduce(into: "") { result, character in
            if "\"\\$`".contains(character) { result.append("\\") }
            result.append(character)
        }
        return "\"\(escaped)\""
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "_./:@%+=,-".unicodeScalars.contains($0)
            }
    }
}
