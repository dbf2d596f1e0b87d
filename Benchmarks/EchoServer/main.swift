import Dispatch
import HTTPServer

#if canImport(Glibc)
    import Glibc
#endif

// What the HTTP binding costs by itself: the answer of bare-server from a Swift handler.
// Usage: echo-server PORT BYTES [now|later]. `later` answers from another thread, with the connection suspended meanwhile.

/// Answers every request with the same bytes.
final class FixedAnswer: HTTPHandler {
    private let bytes: [UInt8]
    private let later: DispatchQueue?

    init(count: Int, isLater: Bool) {
        bytes = [UInt8](repeating: 0x78, count: count)
        later = isLater ? DispatchQueue(label: "later") : nil
    }

    func handle(_ exchange: HTTPExchange) {
        if let later { later.async { self.answer(exchange) } } else { answer(exchange) }
    }

    private func answer(_ exchange: HTTPExchange) {
        exchange.respond(status: 200, body: bytes) { $0.add("Content-Type", "application/x-amz-json-1.0") }
    }
}

let arguments = CommandLine.arguments
guard arguments.count >= 3, let port = UInt16(arguments[1]), let count = Int(arguments[2]) else {
    print("usage: echo-server PORT BYTES [now|later]")
    exit(2)
}
var signals = sigset_t()
sigemptyset(&signals)
sigaddset(&signals, SIGTERM)
sigaddset(&signals, SIGINT)
pthread_sigmask(SIG_BLOCK, &signals, nil)
var configuration = HTTPServer.Configuration()
configuration.port = port
let isLater = arguments.count > 3 && arguments[3] == "later"
let server = try HTTPServer(configuration, handler: FixedAnswer(count: count, isLater: isLater))
var received: Int32 = 0
sigwait(&signals, &received)
server.stop(graceSeconds: 5)
