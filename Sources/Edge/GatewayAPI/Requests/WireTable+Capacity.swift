import Base
import Gateway
import Tables

/// What a request says of capacity beyond the provisioned one. The texts are AWS's.
extension WireTable {
    /// The most that is wanted of a table that is billed by request; -1 stands for no end.
    /// - Throws: ValidationException.
    func onDemandMax() throws(WireError) -> TableOptions.OnDemandMax? {
        guard let onDemand else { return nil }
        return TableOptions.OnDemandMax(
            readUnits: try Self.units(onDemand.readUnits, "MaxReadRequestUnits"),
            writeUnits: try Self.units(onDemand.writeUnits, "MaxWriteRequestUnits"))
    }

    private static func units(_ units: Int?, _ name: String) throws(WireError) -> Int? {
        guard let units, units != -1 else { return nil }
        guard units > 0, units <= Limits.capacityUnitsMax else {
            throw .invalidTable(
                "Requested \(name) for OnDemandThroughput for table is outside of valid range")
        }
        return units
    }

    /// What the table is to be ready for at once; a number that is left out is the least.
    func warmThroughput() -> TableOptions.Throughput? {
        warm.map {
            TableOptions.Throughput(
                readUnits: $0.readUnits ?? Limits.warmReadUnits,
                writeUnits: $0.writeUnits ?? Limits.warmWriteUnits)
        }
    }
}

extension Limits {
    /// Read units a second that a table billed by request is ready for from its creation on.
    /// Source: DynamoDB Developer Guide, "Understanding DynamoDB warm throughput".
    static let warmReadUnits = 12_000
    /// Write units a second, likewise.
    static let warmWriteUnits = 4000
}
