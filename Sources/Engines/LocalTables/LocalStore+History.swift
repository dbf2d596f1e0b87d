import Base
import Items
import Tables

extension LocalStore: StreamSource {
    /// All streams that can be read.
    public func streams() throws(TableError) -> [TableStream] {
        try readers.withReader { reader throws(TableError) in try reader.streams() }
    }

    /// From where to where the stream can be read.
    public func streamBounds(of table: TableName, startedAt: Timestamp) throws(TableError) -> StreamBounds? {
        try readers.withReader { reader throws(TableError) in
            try reader.streamBounds(of: table, startedAt: startedAt)
        }
    }

    /// The changes, in the order of their commits.
    public func streamChanges(_ selection: ChangeSelection) throws(TableError) -> [ItemChange] {
        try readers.withReader { reader throws(TableError) in try reader.streamChanges(selection) }
    }
}

extension LocalStore: HistoryKeeper {
    /// Throws away what neither a stream nor a recovery needs any longer, by the store's clock.
    public func trimHistory(entriesMax: Int) throws(TableError) -> Int {
        // A store without any need not go through its writer.
        guard try readers.withReader({ reader throws(TableError) in try reader.hasHistory() }) else {
            return 0
        }
        return try writer.perform { session throws(TableError) in
            try session.trimHistory(entriesMax: entriesMax)
        }
    }

    /// Deletes items whose time has passed, by the store's clock.
    public func expireItems(
        itemsMax: Int, owner: @escaping @Sendable (TableName, [UInt8]) -> ItemOwner
    ) throws(TableError) -> Int {
        guard schemas().contains(where: { record(of: $0.name)?.options.timeToLiveAttribute != nil }) else {
            return 0
        }
        return try writer.perform { session throws(TableError) in
            try session.expireItems(itemsMax: itemsMax, owner: owner)
        }
    }
}
