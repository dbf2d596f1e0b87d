import Base
import Items

/// The parameters of an item operation as the request gives them, their JSON kinds checked and nothing else.
struct WireRequest {
    var tableName: String?
    var indexName: String?
    var key: Item?
    var item: Item?
    var hasKey = false
    var hasItem = false
    var exclusiveStartKey: Item?
    var projectionExpression: String?
    var conditionExpression: String?
    var updateExpression: String?
    var filterExpression: String?
    var keyConditionExpression: String?
    var names: [String: String]?
    var values: [String: AttributeValue]?
    var returnValues: String?
    var returnValuesOnConditionCheckFailure: String?
    var returnConsumedCapacity: String?
    var returnItemCollectionMetrics: String?
    var select: String?
    var isConsistent: Bool?
    var isForward: Bool?
    var limit: Int?
    var segment: Int?
    var totalSegments: Int?
    var exclusiveStartTableName: String?
    var batch: WireBatch?
    /// The parameters that came before expressions, where the request has one.
    var legacy: WireLegacy?
    /// The first value that breaks a rule: answered after the faults of other parameters.
    var deferred: ItemError?

    /// Reads a request's body.
    /// - Throws: SerializationException, in AWS's words.
    init(parsing body: [UInt8], operation: WireBatch.Kind? = nil) throws(WireError) {
        var reader = JSONReader(body)
        guard try reader.wireObject() else { throw .serialization(nil) }
        while try reader.wireMember() { try readMember(&reader, operation) }
        do throws(JSONError) { try reader.expectEnd() } catch { throw WireError(ItemError(error)) }
    }

    /// Reads the members of an object that the reader has stepped into: one action of a transaction.
    /// - Throws: SerializationException, in AWS's words.
    init(membersFrom reader: inout JSONReader) throws(WireError) {
        while try reader.wireMember() { try readMember(&reader, nil) }
    }

    private mutating func readMember(
        _ reader: inout JSONReader, _ operation: WireBatch.Kind?
    ) throws(WireError) {
        // The usual ones first.
        if reader.isMember("TableName") {
            tableName = try reader.wireString()
        } else if reader.isMember("Key") {
            hasKey = reader.peekByte() != UInt8(ascii: "n")
            key = try readItem(&reader)
        } else if reader.isMember("Item") {
            hasItem = reader.peekByte() != UInt8(ascii: "n")
            item = try readItem(&reader)
        } else if reader.isMember("ExpressionAttributeNames") {
            names = try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
                try ExpressionAttributes.readNames(from: &reader)
            }
        } else if reader.isMember("ExpressionAttributeValues") {
            values = try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
                try ExpressionAttributes.readValues(from: &reader)
            }
        } else if try !readExpression(&reader), try !readOption(&reader), try !readRangeMember(&reader) {
            if let operation, reader.isMember("RequestItems") {
                batch = try WireBatch(parsing: &reader, operation, deferring: &deferred)
            } else {
                try readRest(&reader)
            }
        }
    }

    private mutating func readItem(_ reader: inout JSONReader) throws(WireError) -> Item? {
        try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
            try Item.read(from: &reader)
        }
    }

    private mutating func readExpression(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("ConditionExpression") {
            conditionExpression = try reader.wireString()
        } else if reader.isMember("UpdateExpression") {
            updateExpression = try reader.wireString()
        } else if reader.isMember("ProjectionExpression") {
            projectionExpression = try reader.wireString()
        } else if reader.isMember("FilterExpression") {
            filterExpression = try reader.wireString()
        } else if reader.isMember("KeyConditionExpression") {
            keyConditionExpression = try reader.wireString()
        } else {
            return false
        }
        return true
    }

    private mutating func readOption(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("ReturnValues") {
            returnValues = try reader.wireString()
        } else if reader.isMember("ReturnConsumedCapacity") {
            returnConsumedCapacity = try reader.wireString()
        } else if reader.isMember("ConsistentRead") {
            isConsistent = try reader.wireBool()
        } else if reader.isMember("ReturnValuesOnConditionCheckFailure") {
            returnValuesOnConditionCheckFailure = try reader.wireString()
        } else if reader.isMember("ReturnItemCollectionMetrics") {
            returnItemCollectionMetrics = try reader.wireString()
        } else {
            return false
        }
        return true
    }

    private mutating func readRangeMember(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("IndexName") {
            indexName = try reader.wireString()
        } else if reader.isMember("Limit") {
            limit = try reader.wireInt()
        } else if reader.isMember("Select") {
            select = try reader.wireString()
        } else if reader.isMember("ScanIndexForward") {
            isForward = try reader.wireBool()
        } else if reader.isMember("ExclusiveStartKey") {
            exclusiveStartKey = try readItem(&reader)
        } else if reader.isMember("Segment") {
            segment = try reader.wireInt()
        } else if reader.isMember("TotalSegments") {
            totalSegments = try reader.wireInt()
        } else if reader.isMember("ExclusiveStartTableName") {
            exclusiveStartTableName = try reader.wireString()
        } else {
            return false
        }
        return true
    }

    private mutating func readRest(_ reader: inout JSONReader) throws(WireError) {
        if try WireLegacy.readMember(&reader, into: &legacy, deferring: &deferred) { return }
        // AWS ignores a member it does not know.
        try reader.wireSkip()
    }
}
