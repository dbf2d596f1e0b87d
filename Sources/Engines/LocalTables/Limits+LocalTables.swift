import Base

extension Limits {
    /// Write requests that share one commit, at the most.
    static let groupRequestsMax = 512
    /// Write requests that wait for a store's writer, at the most; one more is refused as overload.
    static let queuedRequestsMax = 20_000
    /// Read connections that a store keeps open while nobody uses them.
    static let idleReadersMax = 4
    /// What a check of a store's file tells of it, at the most.
    static let checkFindingsMax = 100
}
