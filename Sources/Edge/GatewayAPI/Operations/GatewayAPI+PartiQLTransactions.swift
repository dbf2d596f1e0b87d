import Base
import Crypto
import Gateway
import Items
import PartiQL
import Tables

/// ExecuteTransaction: statements that read, or statements that write, all together.
extension GatewayAPI {
    func executeTransaction(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireStatements(parsing: body)
        try check(request)
        let members = request.members ?? []
        var statements: [PartiQLStatement] = []
        for (place, member) in members.enumerated() {
            if let deferred = member.deferred { throw WireError(deferred) }
            let statement = try located(place) { () throws(WireError) in try member.parsed() }
            if statement.returning != nil {
                throw Self.fault("RETURNING clause is not supported in ExecuteTransaction.", at: place)
            }
            statements.append(statement)
        }
        let readCount = statements.count { $0.isRead }
        guard readCount == 0 || readCount == statements.count else {
            throw .validation(
                "ExecuteTransaction API does not support both read and write operations in the same request.")
        }
        if readCount > 0 {
            try read(statements, request, caller, reply)
        } else {
            try write(statements, request, caller, reply)
        }
    }

    private func check(_ request: WireStatements) throws(WireError) {
        var check = ConstraintCheck()
        if let token = request.token, !(1...Limits.transactionTokenCharactersMax).contains(token.count) {
            let bound =
                token.isEmpty
                ? "greater than or equal to 1"
                : "less than or equal to \(Limits.transactionTokenCharactersMax)"
            check.fail(token, "clientRequestToken", "Member must have length \(bound)")
        }
        request.checkMembers(&check, "transactStatements", max: Limits.transactionActionsMax)
        try check.finish()
    }

    /// A fault of one statement, which names its place.
    private static func fault(_ text: String, at place: Int) -> WireError {
        .validation("Validation failed in TransactStatements[\(place)]: \(text)")
    }

    private func located<Value>(
        _ place: Int, _ body: () throws(WireError) -> Value
    ) throws(WireError) -> Value {
        do throws(WireError) { return try body() } catch {
            guard error.name == "ValidationException", let text = error.message else { throw error }
            throw Self.fault(text, at: place)
        }
    }

    // MARK: Reads

    private func read(
        _ statements: [PartiQLStatement], _ request: WireStatements, _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        var gets: [TransactGet] = []
        var projections: [PartiQLProjection?] = []
        for case (let place, .select(let select)) in statements.enumerated() {
            guard select.index == nil else {
                throw Self.fault("Reads on indices are not supported within transactions.", at: place)
            }
            let table = try table(named: select.table, caller)
            let single = try located(place) { () throws(WireError) in
                try checked { () throws(ItemError) in try select.singleItem(of: table.schema.key) }
            }
            guard let single, single.condition == nil else {
                throw Self.fault(
                    "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
                    at: place)
            }
            gets.append(TransactGet(table: table, key: single.key))
            projections.append(select.projection)
        }
        let reports = reported(request.returnConsumedCapacity)
        gateway.transactGet(gets, reportsCapacity: reports, isStatement: true, by: caller) {
            [projections] result in
            do throws(GatewayError) {
                let found = try result.get()
                var items: [[UInt8]?] = []
                for (image, projection) in zip(found.images, projections) {
                    items.append(
                        try image.map { image throws(GatewayError) in
                            try Self.shown([image], projection)[0]
                        })
                }
                reply.send(Self.transactionBody(items, found.capacity, reports, .read))
            } catch {
                if case .transactionCancelled(let faults) = error {
                    reply.fail(.cancelled(faults, returningItems: []))
                } else {
                    reply.fail(error)
                }
            }
        }
    }

    // MARK: Writes

    private func write(
        _ statements: [PartiQLStatement], _ request: WireStatements, _ caller: GatewayCaller, _ reply: Reply
    ) throws(WireError) {
        var actions: [TransactWriteCall.Action] = []
        for (place, statement) in statements.enumerated() {
            let table = try table(named: statement.table, caller)
            actions.append(try action(statement, table, place, of: statements.count))
        }
        let reports = reported(request.returnConsumedCapacity)
        let token = request.token.map { WriteToken(text: $0, digest: SHA256.hash(request.membersText).bytes) }
        var call = TransactWriteCall(actions: actions, token: token, reportsCapacity: reports)
        call.isStatement = true
        let returnsItem = (request.members ?? []).map {
            $0.returnValuesOnConditionCheckFailure == "ALL_OLD"
        }
        let isInsert = statements.map { if case .insert = $0 { true } else { false } }
        gateway.transactWrite(call, by: caller) { result in
            switch result {
            case .success(let done):
                reply.send(
                    Self.transactionBody([], done.capacity, reports, done.isReplay ? .read : .write))
            case .failure(.transactionCancelled(let faults)):
                reply.fail(.cancelled(faults, returningItems: returnsItem, inserts: isInsert))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    /// What one statement writes or checks. Where it names no one item the transaction is cancelled.
    private func action(
        _ statement: PartiQLStatement, _ table: GatewayTable, _ place: Int, of count: Int
    ) throws(WireError) -> TransactWriteCall.Action {
        let key = table.schema.key
        do throws(ItemError) {
            switch statement {
            case .insert(let insert):
                let condition = try insert.condition(for: key)
                return TransactWriteCall.Action(table: table, kind: .put(insert.item), condition: condition)
            case .update(let update):
                let target = try update.target(of: key)
                return TransactWriteCall.Action(
                    table: table, kind: .update(key: target.key, update.update), condition: target.condition)
            case .delete(let delete):
                let target = try delete.target(of: key)
                return TransactWriteCall.Action(
                    table: table, kind: .delete(key: target.key), condition: target.condition)
            case .exists, .select: break
            }
        } catch {
            var faults = [TransactionFault?](repeating: nil, count: count)
            faults[place] = .invalid(error)
            throw .cancelled(faults, returningItems: [])
        }
        guard case .exists(let select) = statement else { preconditionFailure("a SELECT writes nothing") }
        guard select.index == nil else {
            throw Self.fault("Operations on indices are not supported in transactions", at: place)
        }
        let single = try located(place) { () throws(WireError) in
            try checked { () throws(ItemError) in try select.singleItem(of: key) }
        }
        guard let single, let condition = single.condition else {
            throw Self.fault("EXISTS() must contain a single item read with additional condition", at: place)
        }
        return TransactWriteCall.Action(table: table, kind: .check(key: single.key), condition: condition)
    }

    private static func transactionBody(
        _ items: [[UInt8]?], _ capacity: [TableCapacity], _ reports: String?, _ kind: JSONWriter.UnitKind
    ) -> [UInt8] {
        var json = JSONWriter(reserving: items.reduce(256) { $0 + ($1?.count ?? 0) + 16 })
        json.beginObject()
        json.name("Responses")
        json.beginArray()
        for item in items {
            json.beginObject()
            if let item {
                json.name("Item")
                json.raw(item)
            }
            json.endObject()
        }
        json.endArray()
        if let reports {
            json.name("ConsumedCapacity")
            json.capacities(capacity, reports: reports, kind)
        }
        json.endObject()
        return json.bytes
    }
}

extension WireError {
    /// A transaction of statements that was cancelled: an INSERT that met an item is a duplicate.
    fileprivate static func cancelled(
        _ faults: [TransactionFault?], returningItems: [Bool], inserts: [Bool]
    ) -> WireError {
        let reasons = faults.enumerated().map { place, fault -> CancellationReason? in
            guard let fault else { return nil }
            if case .conditionFailed = fault, inserts.indices.contains(place), inserts[place] {
                return .duplicateItem
            }
            return CancellationReason(
                fault, returnsItem: returningItems.indices.contains(place) && returningItems[place])
        }
        return .cancelled(reasons)
    }
}
