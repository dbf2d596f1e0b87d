import Base

extension JSONWriter {
    /// A text.
    mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        string(text)
    }

    /// A text, or null where there is none.
    mutating func member(_ name: StaticString, ifPresent text: String?) {
        self.name(name)
        if let text { string(text) } else { null() }
    }

    /// A whole number.
    mutating func member(_ name: StaticString, _ number: Int) {
        self.name(name)
        int(number)
    }

    /// `true` or `false`.
    mutating func member(_ name: StaticString, _ flag: Bool) {
        self.name(name)
        bool(flag)
    }

    /// A list of texts.
    mutating func member(_ name: StaticString, _ texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
