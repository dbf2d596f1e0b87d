import Base
import Items
import Tables

/// Why the gateway did not do what a session asked.
public enum GatewayError: Error, Sendable, Equatable {
    /// The request contradicts DynamoDB's rules.
    case invalid(ItemError)
    /// There is no such logical table.
    case tableNotFound(String)
    /// The table is there already, or is being changed. The text is for the caller.
    case resourceInUse(String)
    /// More at a time, or in all, than DynamoDB allows. The text is for the caller.
    case limitExceeded(String)
    /// The policies do not allow it; the text says what, to whom, and which statement decided.
    case denied(String)
    /// The session's tenant is not served: suspended, or not (or no longer) there. The text says which.
    case notServed(String)
    /// The second wall: a key of the request, or of the item to be written, is not the tenant's. The text is
    /// for the caller.
    case walled(String)
    /// The condition did not hold; the item as it is.
    case conditionFailed(ItemImage?)
    /// A transaction was cancelled: a reason for each of its actions, nil for those not at fault.
    case transactionCancelled([TransactionFault?])
    /// A transaction's token was spent on another transaction.
    case tokenMismatch
    /// The tenant is over its tier's rate; what it then asks for after so many milliseconds, alone, goes through.
    case overRate(retryMilliseconds: Int)
    /// More waits already than there is room for.
    case throttled
    /// Ours, or the store's, fault; the text is for the log alone.
    case fault(String)
    /// The second wall found another tenant's item in what was read; the text is for the log alone.
    case breached(String)
    /// The tenant's writes wait for the end of a move, longer or more of them than the gateway holds.
    case waitedTooLong(String)

    /// The kind under which it is counted.
    public var outcome: GatewayOutcome {
        switch self {
        case .invalid, .tableNotFound, .resourceInUse, .limitExceeded, .tokenMismatch: .invalid
        case .denied, .notServed: .denied
        case .walled, .breached: .walled
        case .conditionFailed, .transactionCancelled: .conditionFailed
        case .overRate, .throttled: .throttled
        case .fault, .waitedTooLong: .fault
        }
    }
}

extension GatewayError {
    /// The text of `notServed` for a tenant that has left, or is closed as it leaves.
    public static let noLongerServed = "The tenant of this session is no longer served"
    /// The text of `notServed` for a tenant of which nothing is known.
    public static let notKnown = "The tenant of this session is not known here"
}
