import Base
import Items
import Policies
import Tables

/// TransactWriteItems and TransactGetItems: every item is authorized by itself, and all share one commit or one moment.
///
/// What of a request is wrong by itself is a ValidationException; what contradicts the tables or the items cancels the
/// transaction, with a reason for the action at fault. Source: AWS's own answers.
extension Gateway {
    /// TransactWriteItems.
    public func transactWrite(
        _ call: TransactWriteCall, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TransactWriteResult, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let route = try writableRoute(of: caller.session)
            let writes = try transactWrites(call)
            for (action, write) in zip(call.actions, writes) {
                ask(action, of: call, caller)
                caller.touch(write.key.partition, of: action.table.schema.key)
                try caller.decide(by: policies)
                try checkWritable(action.table, caller)
                try wall(write.key.partition, action.table, route, caller)
            }
            try throttle(.write, route)
            let job = WriteJob(self, .transaction, writes, token: call.token, by: caller) { result in
                completion(result.flatMap { Gateway.finish($0, call, route) })
            }
            job.run(route)
        } catch {
            completion(.failure(error))
        }
    }

    private func transactWrites(_ call: TransactWriteCall) throws(GatewayError) -> [LogicalWrite] {
        try checked { () throws(ItemError) in
            for action in call.actions {
                let (schema, attributes) = (action.table.schema, action.attributes)
                try schema.key.checkNotEmpty(attributes)
                if case .put(let item) = action.kind {
                    for index in schema.indexes { try index.key.checkNotEmpty(item, index: index.name) }
                    try item.checkSize()
                }
                if case .update(_, let expression) = action.kind {
                    try expression.checkKeys(schema.key)
                    for index in schema.indexes { try expression.checkNotEmpty(index.key) }
                }
                try action.condition?.checkKeyAccess(schema.key)
            }
        }
        var writes: [LogicalWrite] = []
        for (place, action) in call.actions.enumerated() {
            do throws(ItemError) { writes.append(try action.write()) } catch {
                throw .cancelled(error, at: place, of: call.actions.count)
            }
        }
        try checkDistinct(writes.map { ($0.table.name, $0.key) })
        return writes
    }

    private func checkDistinct(_ places: [(TableName, EncodedKey)]) throws(GatewayError) {
        struct Place: Hashable {
            let table: TableName
            let key: EncodedKey
        }
        var seen: Set<Place> = []
        for (table, key) in places where !seen.insert(Place(table: table, key: key)).inserted {
            throw .invalid(
                .validation("Transaction request cannot include multiple operations on one item"))
        }
    }

    private func ask(_ action: TransactWriteCall.Action, of call: TransactWriteCall, _ caller: GatewayCaller)
    {
        let isStatement = call.isStatement
        let asked: PolicyAction =
            switch action.kind {
            case .put: isStatement ? .partiQLInsert : .putItem
            case .update: isStatement ? .partiQLUpdate : .updateItem
            case .delete: isStatement ? .partiQLDelete : .deleteItem
            case .check: isStatement ? .partiQLSelect : .conditionCheckItem
            }
        caller.ask(asked, action.table, at: clock.now())
        caller.mention(action.table.schema.key)
        switch action.kind {
        case .put(let item): caller.mention(item.attributes.lazy.map(\.key))
        case .update(_, let expression): caller.mention(expression.attributeNames)
        case .delete, .check: break
        }
        if let condition = action.condition { caller.mention(condition.attributeNames) }
        caller.request.context.append(
            isStatement ? "ExecuteTransaction" : "TransactWriteItems", to: .enclosingOperation)
        caller.request.context.append("NONE", to: .returnValues)
        if let reports = call.reportsCapacity {
            caller.request.context.append(reports, to: .returnConsumedCapacity)
        }
    }

    private static func finish(
        _ outcomes: [WriteOutcome], _ call: TransactWriteCall, _ route: GatewayRoute
    ) -> Result<TransactWriteResult, GatewayError> {
        var result = TransactWriteResult()
        for (outcome, action) in zip(outcomes, call.actions) {
            guard !outcome.isReplay else {
                result.isReplay = true
                let units = CapacityUsed.readHalfUnits(bytes: outcome.billedBytes, isConsistent: true)
                result.capacity.add(CapacityUsed(tableHalfUnits: units * 2), of: action.table)
                continue
            }
            // Source: DynamoDB Developer Guide, "Transactional API operations": twice as much.
            result.capacity.add(CapacityUsed(outcome).multiplied(by: 2), of: action.table)
        }
        let units = result.capacity.reduce(0) { $0 + $1.capacity.halfUnits }
        route.budget.charge(result.isReplay ? .read : .write, halfUnits: units)
        return .success(result)
    }

    // MARK: Reads

    /// TransactGetItems, or the same asked for by PartiQL statements.
    public func transactGet(
        _ gets: [TransactGet], reportsCapacity: String?, isStatement: Bool = false, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TransactGetResult, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let route = try route(of: caller.session)
            let keys = try transactKeys(gets)
            for (get, key) in zip(gets, keys) {
                caller.ask(isStatement ? .partiQLSelect : .getItem, get.table, at: clock.now())
                caller.touch(key.partition, of: get.table.schema.key)
                caller.mention(get.table.schema.key)
                mentionProjection(get.projection, caller)
                caller.request.context.append(
                    isStatement ? "ExecuteTransaction" : "TransactGetItems", to: .enclosingOperation)
                if let reportsCapacity {
                    caller.request.context.append(reportsCapacity, to: .returnConsumedCapacity)
                }
                try caller.decide(by: policies)
                try wall(key.partition, get.table, route, caller)
            }
            try throttle(.read, route)
            let access = caller.access
            getTogether(Array(zip(gets.map(\.table), keys)), route) { result in
                if let access, case .success(let rows) = result {
                    access.count(items: rows.count { $0 != nil })
                }
                completion(result.flatMap { Gateway.finish($0, gets, route) })
            }
        } catch {
            completion(.failure(error))
        }
    }

    private func transactKeys(_ gets: [TransactGet]) throws(GatewayError) -> [EncodedKey] {
        try checked { () throws(ItemError) in
            for get in gets { try get.table.schema.key.checkNotEmpty(get.key) }
        }
        var keys: [EncodedKey] = []
        for (place, get) in gets.enumerated() {
            do throws(ItemError) { keys.append(try get.table.schema.key.key(ofKey: get.key)) } catch {
                throw .cancelled(error, at: place, of: gets.count)
            }
        }
        try checkDistinct(Array(zip(gets.map(\.table.name), keys)))
        return keys
    }

    /// Reads several items as of one moment, routing anew where the placement has changed meanwhile.
    private func getTogether(
        _ keys: [(GatewayTable, EncodedKey)], _ route: GatewayRoute, attempt: Int = 0,
        completion: @escaping @Sendable (Result<[ItemRow?], GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            guard let first = keys.first else { return completion(.success([])) }
            let target = try target(first.0, route)
            guard let engine = try engine(route, target, attempt) else {
                return getTogether(keys, try renewed(route), attempt: attempt + 1, completion: completion)
            }
            var operations: [GetItem] = []
            for (table, key) in keys {
                let own = try self.target(table, route)
                try checkTogether(own, target, table)
                operations.append(GetItem(table: own.table, key: key))
            }
            engine.getTogether(operations) { [self] result in
                if let next = newRoute(insteadOf: target.place, route, attempt) {
                    return getTogether(keys, next, attempt: attempt + 1, completion: completion)
                }
                completion(result.mapError { Gateway.error($0) })
            }
        } catch {
            completion(.failure(error))
        }
    }

    /// One commit, or one moment, is one store's.
    /// - Throws: `invalid` where the tables are in two.
    func checkTogether(_ target: Target, _ first: Target, _ table: GatewayTable) throws(GatewayError) {
        guard target.place.store != first.place.store else { return }
        throw .invalid(
            .validation(
                "The tables of one request must be in one store: `\(table.name)` is not in that of the first table"
            ))
    }

    private static func finish(
        _ rows: [ItemRow?], _ gets: [TransactGet], _ route: GatewayRoute
    ) -> Result<TransactGetResult, GatewayError> {
        var result = TransactGetResult()
        let bytes = rows.reduce(0) { $0 + ($1?.image.sizeBytes ?? 0) }
        guard bytes <= TableLimits.transactionBytesMax else {
            return .failure(
                .invalid(.validation(TableLimits.transactionTooLarge)))
        }
        do throws(GatewayError) {
            for (row, get) in zip(rows, gets) {
                result.images.append(
                    try row.map { row throws(GatewayError) in try projected(row.image, get.projection) })
                let units = CapacityUsed.readHalfUnits(bytes: row?.image.sizeBytes ?? 0, isConsistent: true)
                result.capacity.add(CapacityUsed(tableHalfUnits: units * 2), of: get.table)
            }
        } catch { return .failure(error) }
        route.budget.charge(.read, halfUnits: result.capacity.reduce(0) { $0 + $1.capacity.halfUnits })
        return .success(result)
    }
}

extension TransactWriteCall.Action {
    /// The attributes that hold the key: the item that is put, or the key that is named.
    fileprivate var attributes: Item {
        switch kind {
        case .put(let item): item
        case .update(let key, _), .delete(let key), .check(let key): key
        }
    }

    fileprivate func write() throws(ItemError) -> LogicalWrite {
        let schema = table.schema
        let (key, action): (EncodedKey, ItemWrite.Action)
        switch kind {
        case .put(let item):
            (key, action) = (try schema.key.key(ofItem: item), .put(item))
            for index in schema.indexes { _ = try index.key.indexKey(of: item, index: index.name) }
        case .update(let attributes, let expression):
            (key, action) = (try schema.key.key(ofKey: attributes), .update(expression))
        case .delete(let attributes): (key, action) = (try schema.key.key(ofKey: attributes), .delete)
        case .check(let attributes): (key, action) = (try schema.key.key(ofKey: attributes), .check)
        }
        return LogicalWrite(table: table, key: key, action: action, condition: condition)
    }
}

extension GatewayError {
    /// A transaction that one of its actions cancels.
    fileprivate static func cancelled(_ error: ItemError, at place: Int, of count: Int) -> GatewayError {
        var faults = [TransactionFault?](repeating: nil, count: count)
        faults[place] = .invalid(error)
        return .transactionCancelled(faults)
    }
}
