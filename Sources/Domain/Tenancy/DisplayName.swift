import Base

/// The name of a tenant or a school as people write it: 1 to 120 characters on one line, without space around
/// it.
public struct DisplayName: Identifier {
    /// The name, outer space removed.
    public let text: String

    /// Nil where nothing but space is left, more than `Limits.displayNameCharactersMax` characters are, or a
    /// control character stands in it.
    public init?(_ text: String) {
        var trimmed = Substring(text)
        while let last = trimmed.last, last.isWhitespace { trimmed.removeLast() }
        trimmed = trimmed.drop { $0.isWhitespace }
        // Four bytes a character on average are plenty; a character of many joined scalars must not carry a
        // novel.
        guard (1...Limits.displayNameCharactersMax).contains(trimmed.count),
            trimmed.utf8.count <= Limits.displayNameCharactersMax * 4,
            !trimmed.unicodeScalars.contains(where: DisplayName.isRefused)
        else { return nil }
        self.text = String(trimmed)
    }

    /// The name as names are compared for being taken: in lower case, each run of space one space.
    public var comparisonText: String {
        text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
        default: false
        }
    }
}
