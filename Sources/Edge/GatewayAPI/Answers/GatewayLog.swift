import Base
import Gateway

/// What the gateway says of a request that did not succeed. No secret and nothing of any item.
public struct GatewayLogEntry: Sendable {
    /// When.
    public var time: Timestamp
    /// The request's id, as its answer names it.
    public var requestID: String
    /// The operation.
    public var operation: GatewayOperation
    /// How it ended.
    public var outcome: GatewayOutcome
    /// The status of the answer.
    public var status: Int
    /// The error's name on the wire.
    public var error: String
    /// The caller's tenant, as far as known.
    public var tenant: TenantID?
    /// The caller's ARN, as far as known.
    public var caller: String?
    /// What is known beyond the answer, or what the answer says where it holds nothing of the request's
    /// items.
    public var detail: String?

    /// One JSON object without a line break.
    public var json: [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.name("time")
        json.int(Int(time.milliseconds))
        json.name("level")
        json.string(outcome == .fault || outcome == .walled ? "error" : "info")
        json.name("event")
        json.string("gateway.request")
        json.name("requestId")
        json.string(requestID)
        json.name("operation")
        json.string(operation.name)
        json.name("outcome")
        json.string(outcome.name)
        json.name("status")
        json.int(status)
        json.name("error")
        json.string(error)
        if let tenant {
            json.name("tenant")
            json.string(tenant.text)
        }
        if let caller {
            json.name("caller")
            json.string(caller)
        }
        if let detail {
            json.name("detail")
            json.string(detail)
        }
        json.endObject()
        return json.bytes
    }
}

/// Where the gateway's log goes: one entry for each request that failed, was denied or was walled.
public protocol GatewayLog: Sendable {
    /// Takes an entry; called on a server's or store's thread, so it must not wait.
    func write(_ entry: GatewayLogEntry)
}

/// A log that forgets.
public struct SilentGatewayLog: GatewayLog {
    /// A log that forgets.
    public init() {}

    /// Does nothing.
    public func write(_ entry: GatewayLogEntry) {}
}
