import Base
import Items

/// The parameters of a call about tables as the request gives them, their JSON kinds checked and nothing else.
struct WireTable {
    struct Attribute {
        var name: String?
        var type: String?
    }

    struct KeyElement {
        var name: String?
        var type: String?
    }

    struct Throughput {
        var readUnits: Int?
        var writeUnits: Int?
    }

    struct Projection {
        var type: String?
        var nonKeyAttributes: [String]?
    }

    struct Index {
        var name: String?
        var keySchema: [KeyElement]?
        var projection: Projection?
        var throughput: Throughput?
    }

    struct IndexUpdate {
        var create: Index?
        var update: Index?
        var delete: Index?
    }

    struct Stream {
        var isEnabled: Bool?
        var viewType: String?
    }

    struct Encryption {
        var isEnabled: Bool?
        var type: String?
        var key: String?
    }

    struct OnDemand {
        var readUnits: Int?
        var writeUnits: Int?
    }

    struct Warm {
        var readUnits: Int?
        var writeUnits: Int?
    }

    struct Tag {
        var key: String?
        var value: String?
    }

    struct TimeToLive {
        var attribute: String?
        var isEnabled: Bool?
    }

    struct Recovery {
        var isEnabled: Bool?
        var days: Int?
    }

    var tableName: String?
    var resourceARN: String?
    var nextToken: String?
    var attributes: [Attribute]?
    var keySchema: [KeyElement]?
    var billingMode: String?
    var throughput: Throughput?
    var localIndexes: [Index]?
    var globalIndexes: [Index]?
    var indexUpdates: [IndexUpdate]?
    var stream: Stream?
    var encryption: Encryption?
    var onDemand: OnDemand?
    var warm: Warm?
    var tags: [Tag]?
    var tagKeys: [String]?
    var tableClass: String?
    var isDeletionProtected: Bool?
    var timeToLive: TimeToLive?
    var recovery: Recovery?

    private init() {}

    /// Reads a request's body.
    /// - Throws: SerializationException, in AWS's words.
    init(parsing body: [UInt8]) throws(WireError) {
        var reader = JSONReader(body)
        let read = try reader.wireStructure(WireTable()) { table, reader throws(WireError) in
            if try table.readName(&reader) { return true }
            if try table.readShape(&reader) { return true }
            return try table.readOption(&reader)
        }
        guard let read else { throw .serialization(nil) }
        do throws(JSONError) { try reader.expectEnd() } catch { throw WireError(ItemError(error)) }
        self = read
    }

    private mutating func readName(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("TableName") {
            tableName = try reader.wireString()
        } else if reader.isMember("ResourceArn") {
            resourceARN = try reader.wireString()
        } else if reader.isMember("NextToken") {
            nextToken = try reader.wireString()
        } else {
            return false
        }
        return true
    }

    private mutating func readShape(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("AttributeDefinitions") {
            attributes = try reader.wireList(Attribute.init(reading:))
        } else if reader.isMember("KeySchema") {
            keySchema = try reader.wireList(KeyElement.init(reading:))
        } else if reader.isMember("LocalSecondaryIndexes") {
            localIndexes = try reader.wireList(Index.init(reading:))
        } else if reader.isMember("GlobalSecondaryIndexes") {
            globalIndexes = try reader.wireList(Index.init(reading:))
        } else if reader.isMember("GlobalSecondaryIndexUpdates") {
            indexUpdates = try reader.wireList(IndexUpdate.init(reading:))
        } else if reader.isMember("BillingMode") {
            billingMode = try reader.wireString()
        } else if reader.isMember("ProvisionedThroughput") {
            throughput = try Throughput(reading: &reader)
        } else if reader.isMember("OnDemandThroughput") {
            onDemand = try OnDemand(reading: &reader)
        } else if reader.isMember("WarmThroughput") {
            warm = try Warm(reading: &reader)
        } else {
            return false
        }
        return true
    }

    private mutating func readOption(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("StreamSpecification") {
            stream = try Stream(reading: &reader)
        } else if reader.isMember("SSESpecification") {
            encryption = try Encryption(reading: &reader)
        } else if reader.isMember("Tags") {
            tags = try reader.wireList(Tag.init(reading:))
        } else if reader.isMember("TagKeys") {
            tagKeys = try reader.wireStrings()
        } else if reader.isMember("TableClass") {
            tableClass = try reader.wireString()
        } else if reader.isMember("DeletionProtectionEnabled") {
            isDeletionProtected = try reader.wireBool()
        } else if reader.isMember("TimeToLiveSpecification") {
            timeToLive = try TimeToLive(reading: &reader)
        } else if reader.isMember("PointInTimeRecoverySpecification") {
            recovery = try Recovery(reading: &reader)
        } else {
            return false
        }
        return true
    }
}
