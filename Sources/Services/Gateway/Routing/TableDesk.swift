import Base
import Synchronization

/// Where calls about tables are carried out, one behind the other: they wait for commits, which a server's thread must not.
final class TableDesk: Sendable {
    private let queue = TaskQueue(label: "homeroom.gateway.tables")
    private let waiting = Atomic<Int>(0)

    /// Has `body` carried out, and `completion` called with what it answers; refuses as over the rate where too many wait.
    func submit<Value: Sendable>(
        _ completion: @escaping @Sendable (Result<Value, GatewayError>) -> Void,
        _ body: @escaping @Sendable () throws(GatewayError) -> Value
    ) {
        let (before, _) = waiting.wrappingAdd(1, ordering: .relaxed)
        guard before < Limits.waitingTableCallsMax else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            return completion(.failure(.throttled))
        }
        queue.async {
            let result = Result { () throws(GatewayError) in try body() }
            self.waiting.wrappingSubtract(1, ordering: .relaxed)
            completion(result)
        }
    }
}
