import Base
import Gateway
import Items
import PartiQL
import Synchronization
import Tables

/// BatchExecuteStatement: each statement succeeds or fails by itself.
extension GatewayAPI {
    func batchExecuteStatement(
        _ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        let request = try WireStatements(parsing: body)
        let members = request.members ?? []
        var check = ConstraintCheck()
        request.checkMembers(&check, "statements", max: Limits.batchStatementsMax)
        try check.finish()
        var parsed: [Result<PartiQLStatement, WireError>] = []
        for member in members {
            do throws(WireError) { parsed.append(.success(try member.parsed())) } catch {
                parsed.append(.failure(error))
            }
        }
        try refuseMixture(parsed)
        let reports = reported(request.returnConsumedCapacity)
        let job = StatementBatch(count: members.count, reports: reports, reply)
        for (position, (member, parsed)) in zip(members, parsed).enumerated() {
            do throws(WireError) {
                try run(try parsed.get(), member, reports, caller) { job.finish(position, $0) }
            } catch {
                let table: String? = if case .success(let statement) = parsed { statement.table } else { nil }
                job.finish(position, StatementOutcome(tableName: table, error: error))
            }
        }
    }

    private func refuseMixture(_ parsed: [Result<PartiQLStatement, WireError>]) throws(WireError) {
        var (hasRead, hasWrite) = (false, false)
        for case .success(let statement) in parsed {
            if statement.isRead { hasRead = true } else { hasWrite = true }
        }
        guard !(hasRead && hasWrite) else {
            throw .validation(
                "BatchExecuteStatement API does not support both read and write operations in the same request."
            )
        }
    }

    /// Starts one statement. What is wrong with it before it is on its way is thrown.
    private func run(
        _ parsed: PartiQLStatement, _ statement: WireStatement, _ reports: String?, _ caller: GatewayCaller,
        completion: @escaping @Sendable (StatementOutcome) -> Void
    ) throws(WireError) {
        let table = try table(named: parsed.table, caller)
        let name = parsed.table
        guard case .select(let select) = parsed else {
            let call = try writeCall(parsed, table, reports)
            gateway.writeItem(call, by: caller) { result in
                switch result {
                case .success(let written):
                    completion(
                        StatementOutcome(
                            tableName: name, item: written.attributes, table: table,
                            capacity: written.capacity))
                case .failure(let error):
                    completion(
                        StatementOutcome(tableName: name, error: WireError(error, of: parsed, statement)))
                }
            }
            return
        }
        // For what is wrong with the index before it is that there is one.
        if select.index != nil { _ = try selectCall(select, table) }
        let single = try checked { () throws(ItemError) in try select.singleItem(of: table.schema.key) }
        guard let single, single.condition == nil else {
            throw .validation(
                "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
            )
        }
        var call = SelectCall(table: table, access: .items([single.key]))
        call.projection = select.projection?.expression
        call.isConsistent = statement.isConsistent ?? false
        call.reportsCapacity = reports
        let projection = select.projection
        gateway.select(call, by: caller) { result in
            do throws(GatewayError) {
                let page = try result.get()
                completion(
                    StatementOutcome(
                        tableName: name, item: try Self.shown(page.items, projection).first, table: table,
                        capacity: page.capacity))
            } catch { completion(StatementOutcome(tableName: name, error: WireError(error))) }
        }
    }
}

/// What became of one statement of a batch.
private struct StatementOutcome: Sendable {
    var tableName: String?
    /// The JSON of the item that it shows.
    var item: [UInt8]?
    var error: WireError?
    var table: GatewayTable?
    var capacity = CapacityUsed()
}

/// A batch on its way: it answers when the last of its statements has come back.
private final class StatementBatch: Sendable {
    private struct State {
        var outcomes: [StatementOutcome?]
        var openCount: Int
    }

    private let state: Mutex<State>
    private let reports: String?
    private let reply: Reply

    init(count: Int, reports: String?, _ reply: Reply) {
        state = Mutex(State(outcomes: Array(repeating: nil, count: count), openCount: count))
        self.reports = reports
        self.reply = reply
    }

    func finish(_ position: Int, _ outcome: StatementOutcome) {
        let outcomes = state.withLock { state -> [StatementOutcome]? in
            state.outcomes[position] = outcome
            state.openCount -= 1
            return state.openCount == 0 ? state.outcomes.compactMap { $0 } : nil
        }
        if let outcomes { reply.send(body(outcomes)) }
    }

    private func body(_ outcomes: [StatementOutcome]) -> [UInt8] {
        var json = JSONWriter(reserving: outcomes.reduce(256) { $0 + ($1.item?.count ?? 0) + 128 })
        json.beginObject()
        json.name("Responses")
        json.beginArray()
        for outcome in outcomes { json.statementOutcome(outcome) }
        json.endArray()
        if let reports {
            json.name("ConsumedCapacity")
            json.beginArray()
            for (table, capacity) in used(outcomes) { json.capacity(capacity, of: table, reports: reports) }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }

    /// What the statements used, by table.
    private func used(_ outcomes: [StatementOutcome]) -> [(GatewayTable, CapacityUsed)] {
        var used: [(table: GatewayTable, capacity: CapacityUsed)] = []
        for outcome in outcomes {
            guard let table = outcome.table else { continue }
            if let place = used.firstIndex(where: { $0.table === table }) {
                used[place].capacity.add(outcome.capacity)
            } else {
                used.append((table, outcome.capacity))
            }
        }
        return used
    }
}

extension JSONWriter {
    /// A BatchStatementResponse structure.
    fileprivate mutating func statementOutcome(_ outcome: StatementOutcome) {
        beginObject()
        if let error = outcome.error {
            name("Error")
            beginObject()
            name("Code")
            string(error.batchCode)
            if let message = error.message {
                name("Message")
                string(message)
            }
            if let item = error.item {
                name("Item")
                raw(item.bytes)
            }
            endObject()
        }
        if let table = outcome.tableName {
            name("TableName")
            string(table)
        }
        if let item = outcome.item {
            name("Item")
            raw(item)
        }
        endObject()
    }
}

extension WireError {
    /// The error's code in a batch's answer. Source: API reference, "BatchStatementError".
    fileprivate var batchCode: String {
        switch name {
        case "ConditionalCheckFailedException": "ConditionalCheckFailed"
        case "DuplicateItemException": "DuplicateItem"
        case "ResourceNotFoundException": "ResourceNotFound"
        case "AccessDeniedException": "AccessDenied"
        case "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded"
        case "InternalServerError": "InternalServerError"
        default: "ValidationError"
        }
    }
}

extension Limits {
    /// Statements in one batch. Source: API reference, "BatchExecuteStatement".
    static let batchStatementsMax = 25
}
