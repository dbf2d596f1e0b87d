extension Terminal {
    /// What a line's colour says, on a terminal that has colours. Source: ECMA-48, "SGR".
    enum Tint: String {
        case good = "32"
        case bad = "31"
        case doubtful = "33"
        case faint = "2"
    }

    /// The text in that colour, where there are colours.
    func tinted(_ text: String, _ tint: Tint?) -> String {
        guard let tint, hasColors else { return text }
        return "\u{1B}[\(tint.rawValue)m\(text)\u{1B}[0m"
    }
}
