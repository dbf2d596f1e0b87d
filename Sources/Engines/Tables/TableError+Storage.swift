/// What a failure of a store's file says, so that whoever hears of it can tell what to do.
extension TableError {
    /// Stands in each message of a store whose disk is full.
    public static let noSpacePhrase = "no space is left"
    /// Stands in each message of a store whose file can only be read.
    public static let readOnlyPhrase = "its file cannot be written"

    /// Whether the disk, or a quota on it, is full: what was asked succeeds once there is space.
    public var isOutOfSpace: Bool {
        if case .storage(let text) = self { text.contains(TableError.noSpacePhrase) } else { false }
    }

    /// Whether the store's file can only be read: what was asked succeeds once it may be written.
    public var isReadOnly: Bool {
        if case .storage(let text) = self { text.contains(TableError.readOnlyPhrase) } else { false }
    }
}
