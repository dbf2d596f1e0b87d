import Dispatch
import Synchronization

/// Carries tasks out one behind the other, on no caller's thread: a dispatch queue, or what a simulation's conductor puts in its
/// place for queues that are made on its threads.
public final class TaskQueue: Sendable {
    @usableFromInline let queue: DispatchQueue
    @usableFromInline let conducted: ConductedQueue?

    /// A queue of this name, for traces.
    public init(label: String, qos: DispatchQoS = .unspecified) {
        queue = DispatchQueue(label: label, qos: qos)
        conducted = Conducting.conductor.map { ConductedQueue($0, label: label) }
    }

    /// Carries `body` out behind what waits already.
    @inlinable
    @inline(__always)
    public func async(_ body: @escaping @Sendable () -> Void) {
        guard let conducted else { return queue.async(execute: body) }
        conducted.async(body)
    }

    /// Queues `body` in so many milliseconds.
    public func async(afterMilliseconds delay: Int, _ body: @escaping @Sendable () -> Void) {
        guard let conducted else {
            return queue.asyncAfter(deadline: .now() + .milliseconds(delay), execute: body)
        }
        conducted.async(afterMilliseconds: delay, body)
    }

    /// Carries `body` out behind what waits already, and comes back when it is done. Not from a task of the queue.
    public func sync(_ body: () -> Void) {
        guard let conducted else { return queue.sync(execute: body) }
        conducted.sync(body)
    }
}

/// A queue whose tasks a conductor lets run.
@usableFromInline
final class ConductedQueue: Sendable {
    private struct State {
        var tasks: [@Sendable () -> Void] = []
        var isRunning = false
    }

    private let conductor: any Conductor
    private let label: String
    private let state = Mutex(State())

    init(_ conductor: any Conductor, label: String) {
        self.conductor = conductor
        self.label = label
    }

    @usableFromInline
    func async(_ body: @escaping @Sendable () -> Void) {
        let mustStart = state.withLock { state -> Bool in
            state.tasks.append(body)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { conductor.start(label, afterMilliseconds: 0) { self.run() } }
    }

    func async(afterMilliseconds delay: Int, _ body: @escaping @Sendable () -> Void) {
        conductor.start(label, afterMilliseconds: delay) { self.async(body) }
    }

    func sync(_ body: () -> Void) {
        conductor.wait { self.state.withLock { !$0.isRunning } }
        state.withLock { $0.isRunning = true }
        body()
        // What came meanwhile is carried out here: nobody else was started for it.
        run()
    }

    private func run() {
        while let task = state.withLock({ state -> (@Sendable () -> Void)? in
            state.isRunning = !state.tasks.isEmpty
            return state.isRunning ? state.tasks.removeFirst() : nil
        }) { task() }
    }
}
