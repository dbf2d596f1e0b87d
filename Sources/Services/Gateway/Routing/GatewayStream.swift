import Base
import Items
import Tables

/// A stream as a session sees it: of a tenant's logical table with the tenant's own changes, or of an operator's table.
///
/// INVARIANT (no gap, no repeat): each of a tenant's changes is a record in the shard of the store that was in charge when it
/// was made. A shard is closed where the store has ceased to be in charge: no later change of the tenant is committed there,
/// since the fence came before the switch.
public struct GatewayStream: Sendable {
    /// The table that has this name now.
    public let table: GatewayTable
    /// The key by which the records name items: of the table that the stream was of, which may have been another of that name.
    public let key: KeySchema
    /// What a record shows.
    public let viewType: TableOptions.Stream.ViewType
    /// When it began; its label is made of it.
    public let startedAt: Timestamp
    /// Whether changes still come to it.
    public let isOn: Bool
    /// The oldest first.
    public let shards: [GatewayShard]

    /// The label.
    public var label: String { TableStream.label(startedAt) }

    /// Its ARN, behind the account.
    public var resource: String { GatewayStream.resource(table: table.name.text, label: label) }

    /// The ARN of a stream, behind the account.
    public static func resource(table: String, label: String) -> String { "table/\(table)/stream/\(label)" }

    /// The shard of that id, or nil.
    public func shard(_ id: String) -> GatewayShard? { shards.first { $0.id == id } }
}

/// A part of a stream: the changes that one store has committed while it was in charge.
public struct GatewayShard: Sendable {
    /// Its id.
    public let id: String
    /// The shard whose end this one goes on from.
    public let parent: String?
    /// Whether no more changes come to it.
    public let isClosed: Bool
    /// From where to where it can be read now.
    public let bounds: StreamBounds
    /// The epochs whose changes are in it.
    let epochs: ClosedRange<Int64>
    let physical: TableName
    let source: any StreamSource

    /// The sequence number on the wire of the change in that place: thirty digits, larger for whatever came later in the stream,
    /// also in another shard. Source: DynamoDB API reference, StreamRecord (21 to 40 digits).
    public func sequenceNumber(_ sequence: Int64, epoch: Int64? = nil) -> String {
        "1" + GatewayShard.padded(epoch ?? epochs.lowerBound, 10) + GatewayShard.padded(sequence, 19)
    }

    /// The place of a sequence number of the wire, or nil where it is not of this form.
    public static func sequence(_ text: String) -> Int64? {
        let digits = Array(text.utf8)
        guard digits.count == 30, digits.first == UInt8(ascii: "1"),
            digits.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Int64(text.suffix(19))
    }

    static func id(epoch: Int64, store: StoreID, table: TableName) -> String {
        // The store's name is nobody's business.
        let hash = (store.text + "/" + table.text).utf8.reduce(UInt32(0x811C_9DC5)) {
            ($0 ^ UInt32($1)) &* 0x0100_0193
        }
        let text = String(hash, radix: 16)
        return "shardId-\(padded(epoch, 20))-\(String(repeating: "0", count: 8 - text.count))\(text)"
    }

    private static func padded(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

/// Records of a shard.
public struct GatewayStreamPage: Sendable {
    /// The changes, in their order.
    public let changes: [ItemChange]
    /// The place to go on behind, or nil at the end of a closed shard.
    public let next: Int64?
}
