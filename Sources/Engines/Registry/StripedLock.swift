import Base
import Synchronization

/// A lock for each of the registry's records, of which some share one: 256 in all.
final class StripedLock: Sendable {
    private final class Stripe: Sendable {
        let turnstile = Turnstile()
        let mutex = Mutex<Void>(())
    }

    private let stripes = (0..<256).map { _ in Stripe() }

    /// Runs `body` with the locks of all `keys` held, taken in one order everywhere, so that nobody waits in
    /// a circle.
    func withLocks<Result, Failure: Error>(
        of keys: [RegistryKey], _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let numbers = Set(keys.map { Int(truncatingIfNeeded: UInt(bitPattern: $0.hashValue) % 256) })
        return try locked(numbers.sorted()[...], body)
    }

    private func locked<Result, Failure: Error>(
        _ numbers: ArraySlice<Int>, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let first = numbers.first else { return try body() }
        return try nested(first, numbers.dropFirst(), body)
    }

    private func nested<Result, Failure: Error>(
        _ number: Int, _ rest: ArraySlice<Int>, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var result: Swift.Result<Result, Failure>?
        stripes[number].turnstile.pass {
            stripes[number].mutex.withLock { _ in
                do throws(Failure) { result = .success(try locked(rest, body)) } catch {
                    result = .failure(error)
                }
            }
        }
        guard let result else { preconditionFailure("the body ran") }
        return try result.get()
    }
}
