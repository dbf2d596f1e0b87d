import Base
import Registry

/// Where it is noted what operators do.
public protocol GatewayAudit: Sendable {
    /// Notes it durably: all of it, or nothing.
    /// - Throws: `fault` where it cannot: then nothing is changed, and nothing that was read is answered.
    func record(_ notes: [AuditNote]) throws(GatewayError)
}

/// An audit log for deployments without operators: it refuses.
public struct NoGatewayAudit: GatewayAudit {
    /// An audit log that refuses.
    public init() {}

    /// - Throws: `fault`, always.
    public func record(_ notes: [AuditNote]) throws(GatewayError) {
        throw .fault("there is no audit log to note what an operator does")
    }
}
