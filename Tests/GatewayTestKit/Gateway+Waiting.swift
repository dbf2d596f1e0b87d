import Base
import Gateway
import Items
import Tables

/// The gateway's calls, waiting for their answers.
extension Gateway {
    /// `getItem`, waiting.
    public func getItem(_ call: GetItemCall, by caller: GatewayCaller) throws(GatewayError) -> GetItemResult {
        try Waiting.forResult { getItem(call, by: caller, completion: $0) }
    }

    /// `writeItem`, waiting.
    @discardableResult
    public func writeItem(
        _ call: WriteItemCall, by caller: GatewayCaller
    ) throws(GatewayError) -> WriteItemResult {
        try Waiting.forResult { writeItem(call, by: caller, completion: $0) }
    }

    /// `readRange`, waiting.
    public func readRange(
        _ call: ReadRangeCall, by caller: GatewayCaller
    ) throws(GatewayError) -> ReadRangeResult {
        try Waiting.forResult { readRange(call, by: caller, completion: $0) }
    }

    /// `batchGetItem`, waiting.
    public func batchGetItem(
        _ call: [BatchGetTable], by caller: GatewayCaller
    ) throws(GatewayError) -> [BatchGetTableResult] {
        try Waiting.forResult { batchGetItem(call, reportsCapacity: nil, by: caller, completion: $0) }
    }

    /// `transactWrite`, waiting.
    @discardableResult
    public func transactWrite(
        _ actions: [TransactWriteCall.Action], token: WriteToken? = nil, by caller: GatewayCaller
    ) throws(GatewayError) -> TransactWriteResult {
        try Waiting.forResult {
            transactWrite(TransactWriteCall(actions: actions, token: token), by: caller, completion: $0)
        }
    }

    /// `transactGet`, waiting.
    public func transactGet(
        _ gets: [TransactGet], by caller: GatewayCaller
    ) throws(GatewayError) -> TransactGetResult {
        try Waiting.forResult { transactGet(gets, reportsCapacity: nil, by: caller, completion: $0) }
    }

    /// `batchWriteItem`, waiting.
    public func batchWriteItem(_ call: [BatchWrite], by caller: GatewayCaller) throws(GatewayError) {
        let _: [(table: GatewayTable, capacity: CapacityUsed)] = try Waiting.forResult {
            batchWriteItem(call, reportsCapacity: nil, by: caller, completion: $0)
        }
    }
}
