import JSONText

/// What is wrong at one place of a catalog, and what to do about it.
public struct CatalogFault: Hashable, Sendable, CustomStringConvertible {
    /// The file's name as it was given.
    public let file: String
    /// The place.
    public let position: TextPosition
    /// One sentence without a full stop.
    public let message: String
    /// What to do.
    public let remedy: String

    /// `file:line:column: what; remedy`.
    public var description: String {
        "\(file):\(position.line):\(position.column): \(message)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}

/// All that is wrong with a catalog, in the order of the text.
public struct CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one.
    public let faults: [CatalogFault]

    /// One line each.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
