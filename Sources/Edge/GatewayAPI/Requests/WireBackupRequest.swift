import Base
import Items

/// The parameters of an operation on backups as the request gives them.
struct WireBackupRequest {
    var tableName: String?
    var backupName: String?
    var backupARN: String?
    var exclusiveStartBackupARN: String?
    var backupType: String?
    var limit: Int?
    var lowerBound: Double?
    var upperBound: Double?
    var targetTableName: String?
    var sourceTableName: String?
    var sourceTableARN: String?
    var restoreDateTime: Double?
    var usesLatestRestorableTime: Bool?
    var billingModeOverride: String?
    var readUnitsOverride: Int?
    var writeUnitsOverride: Int?
    /// The names of the indexes to keep; nil where all are.
    var globalIndexOverride: [String]?
    var localIndexOverride: [String]?

    /// Reads a request's body.
    /// - Throws: SerializationException, in AWS's words.
    init(parsing body: [UInt8]) throws(WireError) {
        var reader = JSONReader(body)
        guard try reader.wireObject() else { throw .serialization(nil) }
        while try reader.wireMember() {
            if try !readText(&reader), try !readRestore(&reader) { try reader.wireSkip() }
        }
        do throws(JSONError) { try reader.expectEnd() } catch { throw WireError(ItemError(error)) }
    }

    private mutating func readText(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("TableName") {
            tableName = try reader.wireString().map(Self.tableName)
        } else if reader.isMember("BackupName") {
            backupName = try reader.wireString()
        } else if reader.isMember("BackupArn") {
            backupARN = try reader.wireString()
        } else if reader.isMember("ExclusiveStartBackupArn") {
            exclusiveStartBackupARN = try reader.wireString()
        } else if reader.isMember("BackupType") {
            backupType = try reader.wireString()
        } else if reader.isMember("Limit") {
            limit = try reader.wireInt()
        } else if reader.isMember("TimeRangeLowerBound") {
            lowerBound = try reader.wireDouble()
        } else if reader.isMember("TimeRangeUpperBound") {
            upperBound = try reader.wireDouble()
        } else {
            return false
        }
        return true
    }

    private mutating func readRestore(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("TargetTableName") {
            targetTableName = try reader.wireString()
        } else if reader.isMember("SourceTableName") {
            sourceTableName = try reader.wireString()
        } else if reader.isMember("SourceTableArn") {
            sourceTableARN = try reader.wireString()
        } else if reader.isMember("RestoreDateTime") {
            restoreDateTime = try reader.wireDouble()
        } else if reader.isMember("UseLatestRestorableTime") {
            usesLatestRestorableTime = try reader.wireBool()
        } else if reader.isMember("BillingModeOverride") {
            billingModeOverride = try reader.wireString()
        } else if reader.isMember("ProvisionedThroughputOverride") {
            try readThroughput(&reader)
        } else if reader.isMember("GlobalSecondaryIndexOverride") {
            globalIndexOverride = try Self.indexNames(&reader)
        } else if reader.isMember("LocalSecondaryIndexOverride") {
            localIndexOverride = try Self.indexNames(&reader)
        } else {
            return false
        }
        return true
    }

    private mutating func readThroughput(_ reader: inout JSONReader) throws(WireError) {
        guard try reader.wireObject() else { return }
        while try reader.wireMember() {
            if reader.isMember("ReadCapacityUnits") {
                readUnitsOverride = try reader.wireInt()
            } else if reader.isMember("WriteCapacityUnits") {
                writeUnitsOverride = try reader.wireInt()
            } else {
                try reader.wireSkip()
            }
        }
    }

    private static func indexNames(_ reader: inout JSONReader) throws(WireError) -> [String]? {
        guard try reader.wireArray() else { return nil }
        var names: [String] = []
        while try reader.wireElement() {
            guard try reader.wireObject() else { continue }
            while try reader.wireMember() {
                if reader.isMember("IndexName") {
                    if let name = try reader.wireString() { names.append(name) }
                } else {
                    try reader.wireSkip()
                }
            }
        }
        return names
    }

    /// The name in a table's ARN, or the name itself.
    static func tableName(_ text: String) -> String {
        guard text.hasPrefix("arn:"), let name = text.split(separator: ":table/").last else { return text }
        return String(name.prefix { $0 != "/" })
    }
}

extension JSONReader {
    /// A number, or nil for null.
    mutating func wireDouble() throws(WireError) -> Double? {
        if readNull() { return nil }
        let text: String
        do throws(JSONError) { text = try readNumberText() } catch {
            throw .serialization("STRING_VALUE cannot be converted to Date")
        }
        guard let number = Double(text), number.isFinite else {
            throw .serialization("NUMBER_VALUE cannot be converted to Date")
        }
        return number
    }
}
