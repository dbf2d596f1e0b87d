import Base
import Gateway
import Items

/// The parameters of an operation on streams as the request gives them.
struct WireStreamRequest {
    var tableName: String?
    var streamARN: String?
    var exclusiveStartStreamARN: String?
    var limit: Int?
    var exclusiveStartShardID: String?
    var shardID: String?
    var shardIteratorType: String?
    var sequenceNumber: String?
    var shardIterator: String?

    /// Reads a request's body.
    /// - Throws: SerializationException, in AWS's words.
    init(parsing body: [UInt8]) throws(WireError) {
        var reader = JSONReader(body)
        guard try reader.wireObject() else { throw .serialization(nil) }
        while try reader.wireMember() {
            if reader.isMember("ShardIterator") {
                shardIterator = try reader.wireString()
            } else if reader.isMember("Limit") {
                limit = try reader.wireInt()
            } else if reader.isMember("StreamArn") {
                streamARN = try reader.wireString()
            } else if reader.isMember("ShardId") {
                shardID = try reader.wireString()
            } else if reader.isMember("ShardIteratorType") {
                shardIteratorType = try reader.wireString()
            } else if reader.isMember("SequenceNumber") {
                sequenceNumber = try reader.wireString()
            } else if reader.isMember("ExclusiveStartShardId") {
                exclusiveStartShardID = try reader.wireString()
            } else if reader.isMember("ExclusiveStartStreamArn") {
                exclusiveStartStreamARN = try reader.wireString()
            } else if reader.isMember("TableName") {
                tableName = try reader.wireString()
            } else {
                try reader.wireSkip()
            }
        }
        do throws(JSONError) { try reader.expectEnd() } catch { throw WireError(ItemError(error)) }
    }

    /// The table and the label that a stream's ARN names.
    /// - Throws: ValidationException where it is no stream's ARN.
    static func parts(ofARN arn: String) throws(WireError) -> (table: String, label: String) {
        let segments = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        if segments.count == 6, segments[0] == "arn", segments[2] == "dynamodb" {
            let names = segments[5].split(separator: "/", omittingEmptySubsequences: false)
            if names.count == 4, names[0] == "table", names[2] == "stream",
                names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } })
            {
                return (String(names[1]), String(names[3]))
            }
        }
        throw .validation("Invalid StreamArn: \(arn.prefix(200))")
    }
}

extension ConstraintCheck {
    /// A text whose length is limited, where there is one.
    mutating func length(_ value: String?, _ name: String, min: Int, max: Int) {
        guard let value else { return }
        let count = value.unicodeScalars.count
        if count < min { fail(value, name, "Member must have length greater than or equal to \(min)") }
        if count > max {
            fail(String(value.prefix(100)), name, "Member must have length less than or equal to \(max)")
        }
    }
}
