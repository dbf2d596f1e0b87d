import Gateway
import HTTPServer

extension GatewayAPI {
    /// Answers a PutItem of the usual form by the gateway's short way: its item becomes the stored image without becoming a tree.
    /// False, and nothing done, where the request is of another form or is refused before the store has it.
    func putAtOnce(
        _ exchange: HTTPExchange, _ scratch: ConnectionScratch, _ caller: GatewayCaller, _ reply: Reply
    ) -> Bool {
        exchange.body.withUnsafeBytes { body in
            guard let request = PutRequest(body) else { return false }
            return gateway.putAtOnce(
                request.table, request.item, by: caller, at: scratch.now, monotonic: reply.startedNanoseconds
            ) { result in
                switch result {
                case .success: reply.send(Self.emptyAnswer)
                case .failure(let error): reply.fail(error)
                }
            }
        }
    }

    /// Of a put that asked for nothing.
    private static let emptyAnswer: [UInt8] = Array("{}".utf8)
}
