import Backups
import Base
import Compression
import Crypto
import Gateway
import HTTPServer
import SigV4
import Tokens

/// The gateway's port: DynamoDB's JSON protocol and STS's query protocol on one endpoint.
public final class GatewayAPI: HTTPHandler {
    /// What a deployment decides.
    public struct Configuration: Sendable {
        /// The issuer of the tokens that open sessions.
        public var issuer: String
        /// What tokens must be meant for.
        public var audience: String
        /// 32 secret bytes or more, kept over restarts: sessions live as long as it does.
        public var sessionKey: [UInt8]
        /// Whether clients come over TLS (`aws:SecureTransport`).
        public var isSecure = false
        /// The region in the answer to a health check, and of requests that name none.
        public var region = "us-east-1"
        /// Whether requests that are signed with any static credentials are an operator's: for development on one machine.
        public var acceptsAnyStaticKey = false

        /// With the defaults above.
        public init(issuer: String, audience: String, sessionKey: [UInt8]) {
            self.issuer = issuer
            self.audience = audience
            self.sessionKey = sessionKey
        }
    }

    let gateway: Gateway
    let configuration: Configuration
    let vault: SessionVault
    let iterators: ShardIteratorSeal
    let pageTokens: PageTokens
    let admission: RoleAdmission
    let clock: any Clock
    let context: ReplyContext
    let random: any RandomSource
    let backups: BackupDesk?
    private let authenticator: Authenticator

    /// The port's handler.
    /// - Parameters:
    ///   - verifier: the verifier of tokens as it is now: keys are replaced now and then.
    ///   - revoked: what is refused though it verifies.
    ///   - operators: the static keys of operators.
    ///   - backups: where backups are made; without it there are no such operations.
    ///   - random: for access key ids and request ids.
    /// - Throws: `CryptoError` where the session key is too short.
    public init(
        gateway: Gateway, configuration: Configuration, verifier: @escaping @Sendable () -> TokenVerifier,
        revoked: RevokedTokens = RevokedTokens(),
        operators: any OperatorCredentials = NoOperatorCredentials(), backups: BackupDesk? = nil,
        clock: any Clock = SystemClock(), random: any RandomSource = SystemRandom(),
        log: any GatewayLog = SilentGatewayLog()
    ) throws(CryptoError) {
        self.gateway = gateway
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.backups = backups
        vault = try SessionVault(key: configuration.sessionKey, random: random)
        iterators = try ShardIteratorSeal(key: configuration.sessionKey, random: random)
        pageTokens = try PageTokens(key: configuration.sessionKey, random: random)
        admission = RoleAdmission(
            gateway: gateway, issuer: configuration.issuer, audience: configuration.audience,
            isSecure: configuration.isSecure, verifier: verifier, revoked: revoked, clock: clock)
        authenticator = Authenticator(
            vault: vault, bearers: BearerSessions(admission),
            operators: OperatorVault(credentials: operators),
            revoked: revoked, clock: clock, acceptsAnyStaticKey: configuration.acceptsAnyStaticKey,
            isSecure: configuration.isSecure, region: Array(configuration.region.utf8),
            decisions: gateway.decisions)
        context = ReplyContext(
            metrics: gateway.metrics, clock: clock, log: log, decisions: gateway.decisions,
            settle: { gateway.settle($0, $1, completion: $2) })
    }

    /// Answers a request.
    public func handle(_ exchange: HTTPExchange) {
        let scratch = ConnectionScratch.of(exchange, random: random)
        let started = clock.monotonicNanoseconds()
        let requestID = scratch.requestIDs.next()
        switch exchange.method {
        case .post:
            let head = RequestHead(exchange.fields)
            switch head.contentType {
            case .form: handleSTS(exchange, scratch, requestID, started: started)
            case .dynamoJSON, .plainJSON: handleDynamo(exchange, head, scratch, requestID, started: started)
            case .other: notFound(exchange, requestID)
            }
        case .get where exchange.target.starts(with: "/?Action=".utf8):
            handleSTS(exchange, scratch, requestID, started: started)
        case .get, .head: health(exchange, requestID)
        case .put, .patch, .delete, .options, .other: notFound(exchange, requestID)
        }
    }

    /// Answers a request that the server does not take.
    public func refuse(_ exchange: HTTPExchange, _ refusal: HTTPRefusal) {
        let requestID = ConnectionScratch.of(exchange, random: random).requestIDs.next()
        let body: [UInt8]
        switch refusal {
        case .bodyTooLarge, .headTooLarge: body = Array(refusal.message.utf8)
        case .noRoom:
            body =
                WireError(
                    "ServiceUnavailable", .service, refusal.message, status: refusal.status, outcome: .fault
                ).body
        case .unclearLength: body = WireError.serialization(nil).body
        }
        exchange.respond(status: refusal.status, body: body) { headers in
            headers.add("x-amzn-RequestId", requestID.dynamoText)
            headers.add("x-amz-crc32", String(CRC32.checksum(of: body)))
            headers.add("Content-Type", "application/x-amz-json-1.0")
        }
    }

    // MARK: What is no call

    private func health(_ exchange: HTTPExchange, _ requestID: RequestID) {
        let body = Array("healthy: dynamodb.\(configuration.region).amazonaws.com ".utf8)
        exchange.respond(status: 200, body: body) { headers in
            headers.add("x-amzn-RequestId", requestID.dynamoText)
            headers.add("x-amz-crc32", String(CRC32.checksum(of: body)))
            headers.add("Content-Type", "text/plain")
        }
    }

    private func notFound(_ exchange: HTTPExchange, _ requestID: RequestID) {
        let body = Array("<UnknownOperationException/>\n".utf8)
        exchange.respond(status: 404, body: body) { headers in
            headers.add("x-amzn-RequestId", requestID.dynamoText)
            headers.add("x-amz-crc32", String(CRC32.checksum(of: body)))
        }
    }

    // MARK: DynamoDB

    private func handleDynamo(
        _ exchange: HTTPExchange, _ head: RequestHead, _ scratch: ConnectionScratch, _ requestID: RequestID,
        started: UInt64
    ) {
        let isPlain = head.contentType == .plainJSON
        var session: GatewaySession?
        var access: OperatorAccess?
        do throws(WireError) {
            guard let operation = head.operation else { throw .unknownOperation }
            let caller = try authenticator.authenticate(exchange, scratch, requestID, service: .dynamodb)
            caller.requestID = requestID
            if operation == .getItem, head.contentEncoding == nil, !head.acceptsGZip,
                answerAtOnce(exchange, scratch, caller, requestID, started: started, isPlain: isPlain)
            {
                return
            }
            session = caller.session
            caller.beginAccess(
                requestID, signIn: configuration.acceptsAnyStaticKey ? "any-key" : "static-key")
            access = caller.access
            if operation == .putItem, head.contentEncoding == nil,
                putAtOnce(exchange, scratch, caller, reply())
            {
                return
            }
            let body = try Self.decodedBody(exchange, head)
            try perform(operation, body, caller, reply())
        } catch {
            reply().fail(error)
        }

        func reply() -> Reply {
            Reply(
                exchange: exchange, requestID: requestID, operation: head.operation ?? .unknown,
                startedNanoseconds: started, isPlainJSON: isPlain, acceptsGZip: head.acceptsGZip,
                context: context, session: session, access: access)
        }
    }

    func perform(
        _ operation: GatewayOperation, _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        switch operation {
        case .getItem: try getItem(body, caller, reply)
        case .putItem: try putItem(body, caller, reply)
        case .updateItem: try updateItem(body, caller, reply)
        case .deleteItem: try deleteItem(body, caller, reply)
        case .query: try query(body, caller, reply)
        case .scan: try scan(body, caller, reply)
        case .batchGetItem: try batchGetItem(body, caller, reply)
        case .batchWriteItem: try batchWriteItem(body, caller, reply)
        case .transactWriteItems: try transactWriteItems(body, caller, reply)
        case .transactGetItems: try transactGetItems(body, caller, reply)
        case .describeTable:
            if try !describeRestoring(body, caller, reply) { try describeTable(body, caller, reply) }
        case .listTables: try listTables(body, caller, reply)
        case .listStreams: try listStreams(body, caller, reply)
        case .describeStream: try describeStream(body, caller, reply)
        case .getShardIterator: try getShardIterator(body, caller, reply)
        case .getRecords: try getRecords(body, caller, reply)
        case .executeStatement: try executeStatement(body, caller, reply)
        case .batchExecuteStatement: try batchExecuteStatement(body, caller, reply)
        case .executeTransaction: try executeTransaction(body, caller, reply)
        case .assumeRoleWithWebIdentity, .getCallerIdentity, .unknown: throw .unknownOperation
        default: try performOnTables(operation, body, caller, reply)
        }
    }

    private func performOnTables(
        _ operation: GatewayOperation, _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        switch operation {
        case .createTable: try createTable(body, caller, reply)
        case .updateTable: try updateTable(body, caller, reply)
        case .deleteTable: try deleteTable(body, caller, reply)
        case .tagResource: try tagResource(body, caller, reply)
        case .untagResource: try untagResource(body, caller, reply)
        case .listTagsOfResource: try listTagsOfResource(body, caller, reply)
        case .updateTimeToLive: try updateTimeToLive(body, caller, reply)
        case .describeTimeToLive: try describeTimeToLive(body, caller, reply)
        case .updateContinuousBackups: try updateContinuousBackups(body, caller, reply)
        case .describeContinuousBackups: try describeContinuousBackups(body, caller, reply)
        case .describeLimits: try describeLimits(caller, reply)
        case .describeEndpoints: try describeEndpoints(caller, reply)
        case .describeContributorInsights: try describeContributorInsights(body, caller, reply)
        case .describeKinesisStreamingDestination:
            try describeKinesisStreamingDestination(body, caller, reply)
        default: try performOnBackups(operation, body, caller, reply)
        }
    }

    /// The body without its content coding.
    private static func decodedBody(
        _ exchange: HTTPExchange, _ head: RequestHead
    ) throws(WireError) -> [UInt8] {
        guard let coding = head.contentEncoding.map({ exchange.fields.bytes[$0] }) else {
            return exchange.body
        }
        let name = String(decoding: coding, as: UTF8.self).lowercased()
        if name == "identity" { return exchange.body }
        guard name == "gzip" else {
            throw .serialization("The content encoding `\(name.prefix(40))` is not known: use gzip")
        }
        do throws(GZipError) {
            return try GZip.decompress(exchange.body, bytesMax: Limits.bodyBytesMax)
        } catch { throw .serialization(error.description) }
    }

    /// Authenticates a signed STS request.
    func authenticateSTS(
        _ exchange: HTTPExchange, _ scratch: ConnectionScratch, _ requestID: RequestID
    ) throws(WireError) -> GatewayCaller {
        try authenticator.authenticate(exchange, scratch, requestID, service: .sts)
    }
}
