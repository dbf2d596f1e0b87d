import Base

/// How each structure of a call about tables is read.
extension WireTable.Attribute {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("AttributeName") {
                value.name = try reader.wireString()
            } else if reader.isMember("AttributeType") {
                value.type = try reader.wireString()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.KeyElement {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("AttributeName") {
                value.name = try reader.wireString()
            } else if reader.isMember("KeyType") {
                value.type = try reader.wireString()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Throughput {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("ReadCapacityUnits") {
                value.readUnits = try reader.wireLong()
            } else if reader.isMember("WriteCapacityUnits") {
                value.writeUnits = try reader.wireLong()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Projection {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("ProjectionType") {
                value.type = try reader.wireString()
            } else if reader.isMember("NonKeyAttributes") {
                value.nonKeyAttributes = try reader.wireStrings()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Index {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("IndexName") {
                value.name = try reader.wireString()
            } else if reader.isMember("KeySchema") {
                value.keySchema = try reader.wireList(WireTable.KeyElement.init(reading:))
            } else if reader.isMember("Projection") {
                value.projection = try WireTable.Projection(reading: &reader)
            } else if reader.isMember("ProvisionedThroughput") {
                value.throughput = try WireTable.Throughput(reading: &reader)
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.IndexUpdate {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("Create") {
                value.create = try WireTable.Index(reading: &reader)
            } else if reader.isMember("Update") {
                value.update = try WireTable.Index(reading: &reader)
            } else if reader.isMember("Delete") {
                value.delete = try WireTable.Index(reading: &reader)
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Stream {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("StreamEnabled") {
                value.isEnabled = try reader.wireBool()
            } else if reader.isMember("StreamViewType") {
                value.viewType = try reader.wireString()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Encryption {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("Enabled") {
                value.isEnabled = try reader.wireBool()
            } else if reader.isMember("SSEType") {
                value.type = try reader.wireString()
            } else if reader.isMember("KMSMasterKeyId") {
                value.key = try reader.wireString()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Tag {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("Key") {
                value.key = try reader.wireString()
            } else if reader.isMember("Value") {
                value.value = try reader.wireString()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.TimeToLive {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("AttributeName") {
                value.attribute = try reader.wireString()
            } else if reader.isMember("Enabled") {
                value.isEnabled = try reader.wireBool()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Recovery {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("PointInTimeRecoveryEnabled") {
                value.isEnabled = try reader.wireBool()
            } else if reader.isMember("RecoveryPeriodInDays") {
                value.days = try reader.wireInt()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.OnDemand {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("MaxReadRequestUnits") {
                value.readUnits = try reader.wireLong()
            } else if reader.isMember("MaxWriteRequestUnits") {
                value.writeUnits = try reader.wireLong()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}

extension WireTable.Warm {
    /// Reads one; nil for null.
    init?(reading reader: inout JSONReader) throws(WireError) {
        let read = try reader.wireStructure(Self()) { value, reader throws(WireError) in
            if reader.isMember("ReadUnitsPerSecond") {
                value.readUnits = try reader.wireLong()
            } else if reader.isMember("WriteUnitsPerSecond") {
                value.writeUnits = try reader.wireLong()
            } else {
                return false
            }
            return true
        }
        guard let read else { return nil }
        self = read
    }
}
