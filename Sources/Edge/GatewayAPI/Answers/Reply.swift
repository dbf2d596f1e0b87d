import Base
import Compression
import Gateway
import HTTPServer
import Registry

/// What is needed to answer a request, from whichever thread: kept from its beginning.
struct Reply: Sendable {
    /// Nil for a request that is only rehearsed.
    let exchange: HTTPExchange?
    let requestID: RequestID
    let operation: GatewayOperation
    let startedNanoseconds: UInt64
    /// Whether the client sent plain `application/json`, which it then gets back.
    let isPlainJSON: Bool
    let acceptsGZip: Bool
    let context: ReplyContext
    /// Whose request it is, for the log.
    var session: GatewaySession?
    /// What it has reached, where it is an operator's.
    var access: OperatorAccess?
    /// What a rehearsed request comes to.
    var rehearsed: RehearsedOutcome?

    /// Answers with a JSON body.
    func send(_ body: [UInt8]) {
        settled(.ok) { reply in
            reply.finish(.ok)
            reply.respond(status: 200, body)
        }
    }

    /// Answers with an error.
    func fail(_ error: WireError) {
        if let rehearsed { return rehearsed.note(error) }
        settled(error.outcome) { $0.refuse(error) }
    }

    /// Answers once the audit has what it is to say of an operator's request; with a refusal where it has not.
    private func settled(_ outcome: GatewayOutcome, _ answer: @escaping @Sendable (Reply) -> Void) {
        guard let access else { return answer(self) }
        context.settle(access, outcome) { [self] error in
            // What was refused stays so.
            if let error, outcome == .ok { return refuse(WireError(error)) }
            answer(self)
        }
    }

    private func refuse(_ error: WireError) {
        finish(error.outcome)
        recordRefusal(error)
        log(error)
        respond(status: error.status, error.body, retryMilliseconds: error.retryMilliseconds)
    }

    /// Answers with an error of the gateway's.
    func fail(_ error: GatewayError) { fail(WireError(error)) }

    /// Keeps what was refused without the policies.
    private func recordRefusal(_ error: WireError) {
        if error.outcome == .unauthenticated {
            context.decisions?.countDenial(of: nil, for: .unauthenticated)
        }
        guard let judge = error.refusedBy, let session else { return }
        // Of a tenant that has left nothing is kept that says who: people name sessions by people.
        let hasLeft = [GatewayError.noLongerServed, GatewayError.notKnown].contains(error.detail)
        context.decisions?.recordDenial(of: session.tenant, for: DenialReason(judge)) {
            DecisionEntry(
                time: context.clock.now(), tenant: session.tenant, role: session.role,
                principal: hasLeft ? "" : session.arn,
                action: "dynamodb:\(operation.name)", resource: "", outcome: .denied, judge: judge,
                summary: (error.detail ?? "").shortened(toScalars: Limits.decisionTextCharactersMax),
                requestID: requestID.dynamoText)
        }
    }

    private func finish(_ outcome: GatewayOutcome) {
        context.metrics.finish(
            operation, outcome, nanoseconds: context.clock.monotonicNanoseconds() &- startedNanoseconds)
    }

    private func log(_ error: WireError) {
        switch error.outcome {
        case .ok, .invalid, .conditionFailed, .throttled: return
        // The recorder says it, with the reasons and no more often than the log can bear.
        case .denied where context.decisions != nil: return
        case .unauthenticated, .denied, .walled, .fault: break
        }
        context.log.write(
            GatewayLogEntry(
                time: context.clock.now(), requestID: requestID.dynamoText, operation: operation,
                outcome: error.outcome, status: error.status, error: error.name, tenant: session?.tenant,
                caller: session?.arn, detail: error.detail))
    }

    /// - Parameter retryMilliseconds: what the SDKs' standard way of asking again goes by (botocore's `retries/standard.py`):
    ///   without it a few short waits are all they make.
    private func respond(status: Int, _ body: [UInt8], retryMilliseconds: Int? = nil) {
        guard let exchange else { return }
        let isCompressed = acceptsGZip && body.count >= Limits.compressedBodyBytesMin
        let sent = isCompressed ? GZip.compress(body, level: 1) : body
        exchange.respond(status: status, body: sent) { headers in
            headers.addReply(requestID, crc32: CRC32.checksum(of: sent), isPlainJSON: isPlainJSON)
            if isCompressed { headers.add("Content-Encoding", "gzip") }
            if let retryMilliseconds { headers.add("x-amz-retry-after", String(retryMilliseconds)) }
        }
    }
}

/// What all replies share; a class, so that a reply is copied with one reference of it.
final class ReplyContext: Sendable {
    let metrics: GatewayMetrics
    let clock: any Clock
    let log: any GatewayLog
    let decisions: DecisionRecorder?
    let settle:
        @Sendable (OperatorAccess, GatewayOutcome, @escaping @Sendable (GatewayError?) -> Void) -> Void

    init(
        metrics: GatewayMetrics, clock: any Clock, log: any GatewayLog, decisions: DecisionRecorder?,
        settle:
            @escaping @Sendable (
                OperatorAccess, GatewayOutcome, @escaping @Sendable (GatewayError?) -> Void
            ) -> Void
    ) {
        self.settle = settle
        self.decisions = decisions
        self.metrics = metrics
        self.clock = clock
        self.log = log
    }
}

extension Limits {
    /// Shorter answers are not compressed: it would cost more than it saves.
    static let compressedBodyBytesMin = 1024
}
