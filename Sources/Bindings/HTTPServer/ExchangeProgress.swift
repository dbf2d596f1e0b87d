import Synchronization

/// How far the request on a connection has come.
enum ExchangeProgress: UInt8, AtomicRepresentable {
    /// The client has not done its part of the TLS handshake.
    case handshaking
    /// No request, or its head is not complete.
    case waiting
    /// The target is known; the rest of the head is being read.
    case begun
    /// The head is known; the body is being read.
    case receiving
    /// The handler has it, and the server's thread is still inside the handler.
    case handling
    /// The handler has it; the connection is suspended until the handler responds.
    case suspended
    /// The handler has responded; the server's thread has not yet seen it.
    case answered
    /// The response is the library's and on its way to the client.
    case sending
    /// The response is a stream, which takes as long as there is something to say.
    case streaming
    /// The server stops and has answered in the handler's place; a later response of the handler is dropped.
    case abandoned

    /// Which connections are closed first where there is no room for others: the less is lost, the sooner; nil where the
    /// server itself is at work.
    var closingRank: Int? {
        switch self {
        case .handshaking, .waiting: 0
        case .begun: 1
        case .receiving: 2
        case .handling, .suspended, .answered, .sending, .streaming, .abandoned: nil
        }
    }
}

/// How long a client may take, beyond what the library's idle timeout covers: a client that sends or reads a byte now and
/// then is never idle.
struct ExchangeDeadlines {
    let handshakeSeconds: Int
    let idleSeconds: Int
    let requestSeconds: Int

    /// Whether a connection that has been at `progress` for so long is to be cut off. What the handler takes is not the
    /// client's fault and has no deadline here.
    func isOverdue(_ progress: ExchangeProgress, milliseconds: Int64) -> Bool {
        switch progress {
        case .handshaking: milliseconds > Int64(handshakeSeconds) * 1000
        case .waiting: milliseconds > Int64(idleSeconds + requestSeconds) * 1000
        case .begun, .receiving, .sending: milliseconds > Int64(requestSeconds) * 1000
        case .handling, .suspended, .answered, .streaming, .abandoned: false
        }
    }
}
