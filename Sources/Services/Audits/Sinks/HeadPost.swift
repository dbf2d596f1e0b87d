import Base
import Dispatch
import Registry
import Synchronization

/// Carries heads to one place outside: one at a time, again and again until it is taken. Nobody waits for it.
///
/// Where a place is away for long only the newest head of each chain waits for it: it vouches for all entries before it.
public final class HeadPost: Sendable {
    private struct State {
        var waiting: [AuditKind: SealedHead] = [:]
        var isAsked = false
        var isStopped = false
        var failures = 0
    }

    private let sink: any HeadSink
    private let queue: DispatchQueue
    private let state = Mutex(State())
    private let onChange: @Sendable (_ sink: String, _ trouble: String?) -> Void

    /// A post to this place.
    /// - Parameter onChange: told why the place does not take heads, and with nil that it takes them again.
    public init(
        _ sink: any HeadSink, onChange: @escaping @Sendable (_ sink: String, _ trouble: String?) -> Void
    ) {
        self.sink = sink
        self.onChange = onChange
        queue = DispatchQueue(label: "homeroom.audit-head", qos: .utility)
    }

    /// How many heads wait.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Sends a head, later and on another thread.
    public func offer(_ head: SealedHead) {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.waiting[head.head.kind] = head
            ask(&state, afterSeconds: 0)
        }
    }

    /// Tries once more to send what waits, and takes nothing more.
    public func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync { send() }
    }

    private func ask(_ state: inout State, afterSeconds seconds: Int) {
        guard !state.isAsked else { return }
        state.isAsked = true
        queue.asyncAfter(deadline: .now() + .seconds(seconds)) { [self] in
            self.state.withLock { $0.isAsked = false }
            send()
        }
    }

    private func send() {
        while let head = state.withLock({ $0.waiting.values.min { $0.signedAt < $1.signedAt } }) {
            do throws(HeadSinkError) {
                try sink.take(head)
                let wasFailing = state.withLock { state in
                    // A newer one may have come meanwhile.
                    if state.waiting[head.head.kind] == head { state.waiting[head.head.kind] = nil }
                    defer { state.failures = 0 }
                    return state.failures > 0
                }
                if wasFailing { onChange(sink.name, nil) }
            } catch {
                let isFirst = state.withLock { state in
                    state.failures += 1
                    if !state.isStopped { ask(&state, afterSeconds: Self.wait(after: state.failures)) }
                    return state.failures == 1
                }
                if isFirst { onChange(sink.name, error.description) }
                return
            }
        }
    }

    /// Seconds until it is tried again after so many failures.
    static func wait(after failures: Int) -> Int {
        min(
            Limits.auditSinkRetrySecondsMax,
            Limits.auditSinkRetrySecondsMin << min(max(0, failures - 1), 16))
    }
}
