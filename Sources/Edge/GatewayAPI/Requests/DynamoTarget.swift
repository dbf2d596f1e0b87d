import Base
import Gateway

/// The `X-Amz-Target` field: service, version and operation.
enum DynamoTarget {
    private static let prefix: StaticString = "DynamoDB_20120810."
    private static let streamsPrefix: StaticString = "DynamoDBStreams_20120810."

    /// The operation of a target; nil for any that is not there.
    static func operation(_ value: ArraySlice<UInt8>) -> GatewayOperation? {
        value.withUnsafeBytes { value in
            if let name = rest(of: value, behind: prefix) { return operation(name, of: operations) }
            return rest(of: value, behind: streamsPrefix).flatMap { operation($0, of: streamOperations) }
        }
    }

    private static func rest(
        of value: UnsafeRawBufferPointer, behind prefix: StaticString
    ) -> UnsafeRawBufferPointer? {
        let count = prefix.utf8CodeUnitCount
        guard value.count > count, value.part(from: 0, to: count).isSame(as: prefix) else { return nil }
        return value.part(from: count, to: value.count)
    }

    private static func operation(
        _ name: UnsafeRawBufferPointer, of operations: [(StaticString, GatewayOperation)]
    ) -> GatewayOperation? {
        for (known, operation) in operations where name.isSame(as: known) { return operation }
        return nil
    }

    private static let streamOperations: [(StaticString, GatewayOperation)] = [
        ("GetRecords", .getRecords), ("GetShardIterator", .getShardIterator),
        ("DescribeStream", .describeStream), ("ListStreams", .listStreams),
    ]

    private static let operations: [(StaticString, GatewayOperation)] = [
        ("GetItem", .getItem), ("PutItem", .putItem), ("Query", .query), ("UpdateItem", .updateItem),
        ("DeleteItem", .deleteItem), ("Scan", .scan), ("BatchGetItem", .batchGetItem),
        ("BatchWriteItem", .batchWriteItem), ("TransactWriteItems", .transactWriteItems),
        ("TransactGetItems", .transactGetItems), ("DescribeTable", .describeTable),
        ("ListTables", .listTables), ("ExecuteStatement", .executeStatement),
        ("BatchExecuteStatement", .batchExecuteStatement), ("ExecuteTransaction", .executeTransaction),
        ("CreateTable", .createTable),
        ("UpdateTable", .updateTable),
        ("DeleteTable", .deleteTable),
        ("TagResource", .tagResource),
        ("UntagResource", .untagResource),
        ("ListTagsOfResource", .listTagsOfResource),
        ("UpdateTimeToLive", .updateTimeToLive),
        ("DescribeTimeToLive", .describeTimeToLive),
        ("UpdateContinuousBackups", .updateContinuousBackups),
        ("DescribeContinuousBackups", .describeContinuousBackups),
        ("DescribeLimits", .describeLimits),
        ("DescribeEndpoints", .describeEndpoints),
        ("DescribeContributorInsights", .describeContributorInsights),
        ("DescribeKinesisStreamingDestination", .describeKinesisStreamingDestination),
        ("CreateBackup", .createBackup), ("DescribeBackup", .describeBackup), ("ListBackups", .listBackups),
        ("DeleteBackup", .deleteBackup), ("RestoreTableFromBackup", .restoreTableFromBackup),
        ("RestoreTableToPointInTime", .restoreTableToPointInTime),
    ]
}

/// What a request's body is, by its `Content-Type`; parameters behind `;` do not count.
enum ContentType {
    case dynamoJSON
    case plainJSON
    case form
    case other

    init(_ value: ArraySlice<UInt8>?) {
        guard let value else {
            self = .other
            return
        }
        // As the SDKs write it.
        if value.withUnsafeBytes({ $0.isSame(as: "application/x-amz-json-1.0") }) {
            self = .dynamoJSON
            return
        }
        var end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
        while end > value.startIndex, value[end - 1] == UInt8(ascii: " ") { end -= 1 }
        let name = value[value.startIndex..<end]
        func isNamed(_ text: StaticString) -> Bool {
            guard name.count == text.utf8CodeUnitCount else { return false }
            for index in 0..<name.count
            where name[name.startIndex + index] | 0x20 != text.utf8Start[index] | 0x20 {
                return false
            }
            return true
        }
        if isNamed("application/x-amz-json-1.0") {
            self = .dynamoJSON
        } else if isNamed("application/json") {
            self = .plainJSON
        } else if isNamed("application/x-www-form-urlencoded") {
            self = .form
        } else {
            self = .other
        }
    }
}

/// The `Accept-Encoding` field (RFC 9110, section 12.5.3), as far as gzip goes.
enum AcceptEncoding {
    static func allowsGZip(_ value: ArraySlice<UInt8>) -> Bool {
        for part in value.split(separator: UInt8(ascii: ",")) {
            let pieces = String(decoding: part, as: UTF8.self).lowercased().filter { $0 != " " }.split(
                separator: ";")
            guard let name = pieces.first, name == "gzip" else { continue }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }
            return weight.flatMap { Double($0.dropFirst(2)) } != 0
        }
        return false
    }
}
