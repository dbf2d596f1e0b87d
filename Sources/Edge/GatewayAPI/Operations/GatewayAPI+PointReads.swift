import Base
import Compression
import Gateway
import HTTPServer

extension GatewayAPI {
    /// Answers a GetItem of the usual form by the gateway's short way, from the stored bytes and without any that are made for it.
    /// False, and nothing done, where the request is of another form or is not to be answered with yes.
    func answerAtOnce(
        _ exchange: HTTPExchange, _ scratch: ConnectionScratch, _ caller: GatewayCaller,
        _ requestID: RequestID, started: UInt64, isPlain: Bool
    ) -> Bool {
        let answer = exchange.answer
        let outcome = exchange.body.withUnsafeBytes { body -> Gateway.PointOutcome? in
            guard let request = PointRequest(body) else { return nil }
            answer.append("{\"Item\":")
            return gateway.readAtOnce(
                request.table, request.key, isConsistent: request.isConsistent, by: caller, at: scratch.now,
                monotonic: started, into: answer)
        }
        switch outcome {
        case .found: answer.append("}")
        case .absent:
            answer.removeAll()
            answer.append("{}")
        case nil:
            answer.removeAll()
            return false
        }
        context.metrics.finish(
            .getItem, .ok, nanoseconds: clock.monotonicNanoseconds() &- started)
        exchange.respondWithAnswer(status: 200) { headers in
            headers.addReply(requestID, crc32: CRC32.checksum(of: answer.bytes), isPlainJSON: isPlain)
        }
        return true
    }
}

extension HTTPResponseHeaders {
    /// The fields that every answer of DynamoDB's has.
    mutating func addReply(_ requestID: RequestID, crc32: UInt32, isPlainJSON: Bool) {
        add("x-amzn-RequestId", capacity: RequestID.dynamoBytes) { requestID.writeDynamoText(to: $0) }
        add("x-amz-crc32", String(crc32))
        if isPlainJSON {
            add("Content-Type", "application/json")
        } else {
            add("Content-Type", "application/x-amz-json-1.0")
        }
    }
}
