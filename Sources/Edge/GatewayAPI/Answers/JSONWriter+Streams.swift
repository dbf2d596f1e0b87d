import Base
import Gateway
import Items
import Tables

/// How streams and their records are written. Source: DynamoDB API reference, StreamDescription and Record.
extension JSONWriter {
    /// A member that is a text.
    mutating func member(_ memberName: StaticString, _ text: String) {
        name(memberName)
        string(text)
    }

    /// A StreamDescription structure.
    mutating func describe(
        _ stream: GatewayStream, arn: String, shards: ArraySlice<GatewayShard>, next: String?
    ) {
        beginObject()
        name("CreationRequestDateTime")
        double(Double(stream.startedAt.milliseconds) / 1000)
        name("KeySchema")
        keySchemaElements(stream.key)
        if let next { member("LastEvaluatedShardId", next) }
        name("Shards")
        beginArray()
        for shard in shards { describe(shard) }
        endArray()
        member("StreamArn", arn)
        member("StreamLabel", stream.label)
        member("StreamStatus", stream.isOn ? "ENABLED" : "DISABLED")
        member("StreamViewType", stream.viewType.rawValue)
        member("TableName", stream.table.name.text)
        endObject()
    }

    private mutating func describe(_ shard: GatewayShard) {
        beginObject()
        if let parent = shard.parent { member("ParentShardId", parent) }
        name("SequenceNumberRange")
        beginObject()
        member("StartingSequenceNumber", shard.sequenceNumber(shard.bounds.trimHorizon + 1))
        if shard.isClosed { member("EndingSequenceNumber", shard.sequenceNumber(shard.bounds.latest)) }
        endObject()
        member("ShardId", shard.id)
        endObject()
    }

    private mutating func keySchemaElements(_ key: KeySchema) {
        beginArray()
        for attribute in key.attributes {
            beginObject()
            member("AttributeName", attribute.name)
            member("KeyType", attribute == key.partition ? "HASH" : "RANGE")
            endObject()
        }
        endArray()
    }

    /// A Record structure.
    mutating func record(
        _ change: ItemChange, of stream: GatewayStream, _ shard: GatewayShard, region: String
    ) {
        let keys = stream.key.attributes(of: change.key)
        let number = shard.sequenceNumber(change.sequence, epoch: change.epoch)
        beginObject()
        member("awsRegion", region)
        name("dynamodb")
        beginObject()
        name("ApproximateCreationDateTime")
        int(Int(change.at.seconds))
        name("Keys")
        raw(keys.encoded())
        if let new = change.new {
            name("NewImage")
            raw(new.bytes)
        }
        if let old = change.old {
            name("OldImage")
            raw(old.bytes)
        }
        member("SequenceNumber", number)
        name("SizeBytes")
        int(keys.sizeBytes + (change.new?.sizeBytes ?? 0) + (change.old?.sizeBytes ?? 0))
        member("StreamViewType", stream.viewType.rawValue)
        endObject()
        member("eventID", Self.eventID(shard.id, change))
        switch change.event {
        case .insert: member("eventName", "INSERT")
        case .modify: member("eventName", "MODIFY")
        case .remove: member("eventName", "REMOVE")
        }
        member("eventSource", "aws:dynamodb")
        member("eventVersion", "1.1")
        if change.cause == .expiry {
            name("userIdentity")
            beginObject()
            member("PrincipalId", "dynamodb.amazonaws.com")
            member("Type", "Service")
            endObject()
        }
        endObject()
    }

    /// Thirty-two digits that are always the same for a record, and no other record's.
    private static func eventID(_ shard: String, _ change: ItemChange) -> String {
        let hash = shard.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let low = String(UInt64(change.sequence), radix: 16)
        let high = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - high.count) + high
            + String(repeating: "0", count: 16 - low.count) + low
    }
}
