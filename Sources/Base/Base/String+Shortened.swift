extension String {
    /// The text where it has at most so many Unicode scalars, else its first ones and `…`. What is kept of a stranger's text is
    /// measured so: one character can have any number of scalars.
    public func shortened(toScalars count: Int) -> String {
        let first = unicodeScalars.prefix(count)
        return first.endIndex < unicodeScalars.endIndex ? String(first) + "…" : self
    }
}
