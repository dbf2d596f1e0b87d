import Synchronization

/// Keeps others from changing what a request looks at before it changes it (`If-Match`): a lock for each resource, of which some
/// share one.
final class ResourceLocks: Sendable {
    private final class Stripe: Sendable {
        let mutex = Mutex<Void>(())
    }

    private let stripes = (0..<64).map { _ in Stripe() }

    /// Runs `body` with the resource's lock held.
    func withLock<Result>(of resource: String, _ body: () throws -> Result) throws -> Result {
        let number = Int(UInt(bitPattern: resource.hashValue) % UInt(stripes.count))
        var result: Swift.Result<Result, any Error>?
        stripes[number].mutex.withLock { _ in result = Swift.Result { try body() } }
        guard let result else { preconditionFailure("the body ran") }
        return try result.get()
    }
}
