import Base
import Dispatch
import Synchronization

/// Turns a call with a completion into one that waits.
public enum Waiting {
    /// Starts `call` and blocks this thread until it completes: never on the cooperative pool or a server's thread.
    public static func forResult<Value: Sendable, Failure: Error>(
        _ call: (@escaping @Sendable (Result<Value, Failure>) -> Void) -> Void
    ) throws(Failure) -> Value {
        let slot = Slot<Value, Failure>()
        call { slot.fill($0) }
        if let conductor = Conducting.conductor { conductor.wait { slot.isFilled } }
        return try slot.wait().get()
    }

    private final class Slot<Value: Sendable, Failure: Error>: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        private let result = Mutex<Result<Value, Failure>?>(nil)

        var isFilled: Bool { result.withLock { $0 != nil } }

        func fill(_ value: Result<Value, Failure>) {
            result.withLock { result in
                precondition(result == nil, "a completion was called twice")
                result = value
            }
            semaphore.signal()
        }

        func wait() -> Result<Value, Failure> {
            semaphore.wait()
            guard let value = result.withLock({ $0 }) else {
                preconditionFailure("signalled without a result")
            }
            return value
        }
    }
}
