import Base
import Items

/// Why a table engine did not do what it was asked.
public enum TableError: Error, Equatable, Sendable {
    /// The request contradicts DynamoDB's rules.
    case invalid(ItemError)
    /// A condition did not hold; the item as it is.
    case conditionFailed(ItemImage?)
    /// A transaction was cancelled: a reason for each of its writes, nil for those not at fault.
    case transactionCancelled([TransactionFault?])
    /// A transaction's token was spent on another transaction.
    case tokenMismatch
    /// There is no such table in the store.
    case noSuchTable(TableName)
    /// There is no such index of the table.
    case noSuchIndex(String)
    /// There is such a table already, of another shape.
    case tableExists(TableName)
    /// There is no such store.
    case noSuchStore(StoreID)
    /// The write was routed by a placement that is no longer, or not now, in force: wait for the new one, route again.
    case misrouted(TenantID)
    /// The second wall: the item would not belong to the tenant that writes it.
    case walled(TableName)
    /// More waits to be written than the store takes; try again later.
    case overloaded(StoreID)
    /// The mover's write came to a store that does not take in this tenant's items for this run.
    case notArriving(TenantID)
    /// The store's file or the disk failed; nothing of the request is acknowledged. The details are for the log.
    case storage(String)
}

extension TableError: CustomStringConvertible {
    /// One sentence without item contents, for logs and for the record of a run.
    public var description: String {
        switch self {
        case .invalid(let error): error.text
        case .conditionFailed: "the condition of a write did not hold"
        case .transactionCancelled(let faults):
            "a transaction was cancelled: \(faults.count { $0 != nil }) of its writes could not be made"
        case .tokenMismatch: "a transaction's token was spent on another transaction"
        case .noSuchTable(let table): "there is no table `\(table)`"
        case .noSuchIndex(let index): "there is no index `\(index)`"
        case .tableExists(let table): "there is a table `\(table)` of another shape"
        case .noSuchStore(let store): "there is no store `\(store)`"
        case .misrouted(let tenant):
            "a write of tenant `\(tenant)` came by a placement that is not in force now"
        case .walled(let table): "a write to `\(table)` would have left its tenant's keys"
        case .overloaded(let store): "more writes wait for store `\(store)` than it takes; try again later"
        case .notArriving(let tenant): "the store does not take in items of tenant `\(tenant)` for this run"
        case .storage(let details): "the store failed: \(details)"
        }
    }
}

/// Why one write of a transaction stopped it.
public enum TransactionFault: Equatable, Sendable {
    case conditionFailed(ItemImage?)
    case invalid(ItemError)
}
