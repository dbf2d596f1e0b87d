import Gateway
import Registry
import Synchronization

/// An audit that remembers what it was told, or refuses to.
public final class RecordedAudit: GatewayAudit {
    private struct State {
        var commits: [[AuditNote]] = []
        var isRefusing = false
    }

    private let state = Mutex(State())

    /// One that takes everything.
    public init() {}

    /// Whether nothing can be written.
    public var isRefusing: Bool {
        get { state.withLock { $0.isRefusing } }
        set { state.withLock { $0.isRefusing = newValue } }
    }

    /// All notes, in order.
    public var notes: [AuditNote] { state.withLock { $0.commits.flatMap { $0 } } }

    /// Keeps the notes.
    public func record(_ notes: [AuditNote]) throws(GatewayError) {
        let isRefusing = state.withLock { state in
            if !state.isRefusing { state.commits.append(notes) }
            return state.isRefusing
        }
        if isRefusing { throw .fault("the audit cannot be written") }
    }
}
