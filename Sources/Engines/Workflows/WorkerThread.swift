import Dispatch
import Glibc

/// A thread of the operating system, for work that waits: never the cooperative pool's.
struct WorkerThread: Sendable {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let handle: pthread_t
    private let hasEnded = DispatchSemaphore(value: 0)

    /// Starts a thread that runs `body` and ends.
    init(_ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let hasEnded = hasEnded
        let argument = Unmanaged.passRetained(
            Body {
                body()
                hasEnded.signal()
            }
        ).toOpaque()
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        precondition(code == 0, "the system makes no more threads: error \(code)")
        self.handle = handle
    }

    /// Waits for its end, at most until then; whether it came. Once.
    func join(until deadline: DispatchTime) -> Bool {
        guard hasEnded.wait(timeout: deadline) == .success else {
            pthread_detach(handle)
            return false
        }
        let code = pthread_join(handle, nil)
        precondition(code == 0, "a thread is joined once: error \(code)")
        return true
    }
}
