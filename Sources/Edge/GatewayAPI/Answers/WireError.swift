import Base
import Gateway
import Items
import Registry
import SigV4
import Tables

/// An error as DynamoDB's JSON protocol answers it. All errors of the gateway become wire errors here.
///
/// Source: DynamoDB Developer Guide, "Error handling"; the namespaces and where the text stands are those of
/// the service's own answers.
struct WireError: Error {
    /// Which namespace the error's name has.
    enum Namespace: String {
        case service = "com.amazon.coral.service#"
        case validation = "com.amazon.coral.validate#"
        case dynamo = "com.amazonaws.dynamodb.v20120810#"
    }

    let status: Int
    let namespace: Namespace
    let name: String
    /// The text; nil for errors that have none.
    let message: String?
    let outcome: GatewayOutcome
    /// The item that a failed condition met, where the caller asked for it.
    var item: ItemImage?
    /// Why a transaction was cancelled, an entry for each action; nil for those not at fault.
    var reasons: [CancellationReason?]?
    /// After how long the caller may ask again, where that is known.
    var retryMilliseconds: Int?
    /// What the log learns and the caller does not.
    var detail: String?
    /// Who refused the request, where nobody has kept that yet: what the policies refuse is kept where they are asked.
    var refusedBy: DecisionEntry.Judge?

    init(
        _ name: String, _ namespace: Namespace, _ message: String?, status: Int = 400,
        outcome: GatewayOutcome,
        detail: String? = nil
    ) {
        self.status = status
        self.namespace = namespace
        self.name = name
        self.message = message
        self.outcome = outcome
        self.detail = detail
    }

    // MARK: The protocol's own

    static let unknownOperation = WireError("UnknownOperationException", .service, nil, outcome: .invalid)

    static func validation(_ text: String) -> WireError {
        WireError("ValidationException", .validation, text, outcome: .invalid)
    }

    static func serialization(_ text: String?) -> WireError {
        WireError("SerializationException", .service, text, outcome: .invalid)
    }

    static let expiredToken = WireError(
        "ExpiredTokenException", .service, "The security token included in the request is expired",
        outcome: .unauthenticated)

    static let unrecognizedClient = WireError(.unrecognizedClient)

    init(_ error: SigV4Error) {
        self.init(error.exceptionName, .service, error.message, outcome: .unauthenticated)
    }

    // MARK: Requests that bring a token

    /// Why the token that a request brings opens no session in a role. Nothing is told of the role: neither whether it is there
    /// nor what it trusts.
    init(_ error: AdmissionError, role: String) {
        switch error {
        case .expired:
            self.init(
                "ExpiredTokenException", .service,
                "The security token included in the request is expired: get a new one and send the request again",
                outcome: .unauthenticated)
        case .invalid(let reason): self = .invalidBearer(reason)
        case .untrusted(let reason):
            self.init(
                "AccessDeniedException", .service,
                "The bearer token does not open the role `\(role)`: send a token of somebody who may assume it, or name "
                    + "another role in \(BearerCredential.roleFieldName)", outcome: .denied, detail: reason)
        case .notServed(let error):
            self.init(error)
            // It is kept where it was decided.
            refusedBy = nil
        }
    }

    /// A token that is none of this deployment's, or is refused though it verifies.
    static func invalidBearer(_ reason: String) -> WireError {
        WireError(
            "UnrecognizedClientException", .service,
            "The security token included in the request is invalid: \(reason). Send an access token of this Homeroom, which "
                + "its token endpoint issues", outcome: .unauthenticated, detail: reason)
    }

    init(_ error: ItemError) {
        switch error {
        case .validation(let text): self = .validation(text)
        case .serialization(let text): self = .serialization(text)
        case .itemTooLarge: self = .validation(error.text)
        }
    }

    // MARK: The gateway's

    init(_ error: GatewayError) {
        switch error {
        case .invalid(let error): self.init(error)
        case .tableNotFound(let text):
            self.init("ResourceNotFoundException", .dynamo, text, outcome: error.outcome)
        case .resourceInUse(let text):
            self.init("ResourceInUseException", .dynamo, text, outcome: error.outcome)
        case .limitExceeded(let text):
            self.init("LimitExceededException", .dynamo, text, outcome: error.outcome)
        case .denied(let text), .notServed(let text), .walled(let text):
            self.init("AccessDeniedException", .service, text, outcome: error.outcome, detail: text)
            if case .notServed = error { refusedBy = .tenant }
        case .conditionFailed(let item):
            self.init(
                "ConditionalCheckFailedException", .dynamo, "The conditional request failed",
                outcome: error.outcome)
            self.item = item
        case .transactionCancelled(let faults): self = .cancelled(faults, returningItems: [])
        case .tokenMismatch:
            self.init(
                "IdempotentParameterMismatchException", .dynamo,
                "DynamoDB rejected the request because you retried a request with a different payload but with an "
                    + "idempotent token that was already used.", outcome: error.outcome)
        case .overRate, .throttled:
            self.init(
                "ProvisionedThroughputExceededException", .dynamo,
                "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
                    + "provisioning level with the UpdateTable API.", outcome: error.outcome)
            if case .overRate(let milliseconds) = error { retryMilliseconds = milliseconds }
        case .fault(let detail), .breached(let detail), .waitedTooLong(let detail):
            self.init(
                "InternalServerError", .dynamo, "Internal server error", status: 500, outcome: error.outcome,
                detail: detail)
            if case .breached = error { refusedBy = .wall }
        }
    }

    /// A transaction that was cancelled.
    /// - Parameter returningItems: for each action whether it asked for the item that its condition met.
    static func cancelled(_ faults: [TransactionFault?], returningItems: [Bool]) -> WireError {
        let reasons = faults.enumerated().map { place, fault in
            fault.map {
                CancellationReason(
                    $0, returnsItem: returningItems.indices.contains(place) && returningItems[place])
            }
        }
        return cancelled(reasons)
    }

    /// A transaction that was cancelled for these reasons.
    static func cancelled(_ reasons: [CancellationReason?]) -> WireError {
        let codes = reasons.map { $0?.code ?? "None" }.joined(separator: ", ")
        var error = WireError(
            "TransactionCanceledException", .dynamo,
            "Transaction cancelled, please refer cancellation reasons for specific reasons [\(codes)]",
            outcome: .conditionFailed)
        error.reasons = reasons
        return error
    }

    /// The answer's body.
    var body: [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.name("__type")
        json.string(namespace.rawValue + name)
        if let message {
            // Only these have the capital letter; SDKs read either.
            if name == "SerializationException" || name == "AccessDeniedException" || reasons != nil {
                json.name("Message")
            } else {
                json.name("message")
            }
            json.string(message)
        }
        if let item {
            json.name("Item")
            json.raw(item.bytes)
        }
        if let reasons {
            json.name("CancellationReasons")
            json.beginArray()
            for reason in reasons { CancellationReason.write(reason, to: &json) }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }
}
