import Base

/// An operator's look at a table that holds tenants' items.
public struct GatewayCrossing: Sendable {
    /// The operator's ARN.
    public let caller: String
    /// The action, as policies name it.
    public let action: String
    /// The physical table.
    public let table: TableName
    /// The partition keys that were asked for; none where all are.
    public let leadingKeys: [String]
}

/// Where looks across tenants are noted.
public protocol GatewayAudit: Sendable {
    /// Notes it, durably, before anything is read.
    /// - Throws: `fault` where it cannot: then nothing is read.
    func record(_ crossing: GatewayCrossing) throws(GatewayError)
}

/// An audit log for deployments without operators: it refuses.
public struct NoGatewayAudit: GatewayAudit {
    /// An audit log that refuses.
    public init() {}

    /// - Throws: `fault`, always.
    public func record(_ crossing: GatewayCrossing) throws(GatewayError) {
        throw .fault("there is no audit log to note an operator's look at `\(crossing.table)`")
    }
}
