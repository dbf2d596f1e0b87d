import HTTPServer
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A handler that is a closure.
final class ClosureHandler: HTTPHandler {
    private let answer: @Sendable (HTTPExchange) -> Void

    init(_ answer: @escaping @Sendable (HTTPExchange) -> Void) { self.answer = answer }

    func handle(_ exchange: HTTPExchange) { answer(exchange) }
}

extension HTTPExchange {
    /// Answers with what was received: method, target, then the body.
    func echo() {
        var text = Array("\(method) ".utf8) + target + Array("\n".utf8)
        text += body
        respond(status: 200, body: text)
    }
}

/// Keeps exchanges until the test answers them.
final class HoldingHandler: HTTPHandler {
    private let held = Mutex<[HTTPExchange]>([])

    func handle(_ exchange: HTTPExchange) { held.withLock { $0.append(exchange) } }

    /// The next exchange that has come in; waits for it.
    func next() -> HTTPExchange {
        while true {
            if let exchange = held.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return exchange }
            sched_yield()
        }
    }
}

private final class ThreadStart {
    let run: () -> Void

    init(_ run: @escaping () -> Void) { self.run = run }
}

/// Runs on a thread of its own, so that nothing blocks the cooperative pool.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let start = ThreadStart { continuation.resume(returning: work()) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        precondition(code == 0, "a test can start a thread")
        pthread_detach(thread)
    }
}

func makeServer(
    _ handler: any HTTPHandler, _ change: (inout HTTPServer.Configuration) -> Void = { _ in }
) throws -> HTTPServer {
    var configuration = HTTPServer.Configuration()
    change(&configuration)
    return try HTTPServer(configuration, handler: handler)
}
