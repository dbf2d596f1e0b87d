import Base
import Dispatch
import Synchronization

/// Turns a call with a completion into one that waits.
public enum Waiting {
    /// Starts `call` and blocks this thread until it completes: never on the cooperative pool or a server's thread.
    public static func forResult<Value: Sendable, Failure: Error>(
        _ call: (@escaping @Sendable (Result<Value, Failure>) -> Void) -> Void
    ) throws(Failure) -> Value {
        try begin(call).result()
    }

    /// Starts `call`; what it answers can be waited for when the caller has done something else.
    public static func begin<Value: Sendable, Failure: Error>(
        _ call: (@escaping @Sendable (Result<Value, Failure>) -> Void) -> Void
    ) -> Begun<Value, Failure> {
        let slot = Slot<Value, Failure>()
        call { slot.fill($0) }
        return Begun(slot: slot)
    }

    /// A call that has been started.
    public struct Begun<Value: Sendable, Failure: Error>: Sendable {
        fileprivate let slot: Slot<Value, Failure>

        /// What the call came to: blocks this thread until it completes, never on the cooperative pool or a server's thread. To be
        /// asked once.
        public func result() throws(Failure) -> Value {
            if let conductor = Conducting.conductor { conductor.wait { [slot] in slot.isFilled } }
            return try slot.wait().get()
        }
    }

    fileprivate final class Slot<Value: Sendable, Failure: Error>: Sendable {
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
