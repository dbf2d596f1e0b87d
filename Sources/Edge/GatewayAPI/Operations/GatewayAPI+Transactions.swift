import Base
import Crypto
import Gateway
import Items
import Tables

/// TransactWriteItems and TransactGetItems.
extension GatewayAPI {
    func transactWriteItems(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTransaction(parsing: body)
        try request.check { $0 != .get }
        var parsed: [(name: String, kind: TransactWriteCall.Action.Kind, condition: ConditionExpression?)] =
            []
        var returnsItem: [Bool] = []
        for element in request.elements ?? [] {
            let actions = element.filter { $0.kind != .get }
            guard let (kind, action) = actions.first, actions.count == 1 else {
                throw .validation("TransactItems can only contain one of Check, Put, Update or Delete")
            }
            let (read, condition) = try Self.read(action, kind)
            parsed.append((action.tableName ?? "", read, condition))
            returnsItem.append(action.returnValuesOnConditionCheckFailure == "ALL_OLD")
        }
        var actions: [TransactWriteCall.Action] = []
        for (name, kind, condition) in parsed {
            actions.append(
                TransactWriteCall.Action(
                    table: try table(name, caller), kind: kind, condition: condition))
        }
        let reports = reported(request.returnConsumedCapacity)
        let token = request.token.map { WriteToken(text: $0, digest: SHA256.hash(Array(request.text)).bytes) }
        let call = TransactWriteCall(actions: actions, token: token, reportsCapacity: reports)
        let collections = request.returnItemCollectionMetrics == "SIZE" ? Self.collections(of: call) : nil
        gateway.transactWrite(call, by: caller) { [returnsItem] result in
            switch result {
            case .success(let done):
                reply.send(Self.body(of: done, reports: reports, collections: collections))
            case .failure(.transactionCancelled(let faults)):
                reply.fail(.cancelled(faults, returningItems: returnsItem))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    /// Reads the expressions of one action.
    private static func read(
        _ action: WireRequest, _ kind: WireTransaction.Kind
    ) throws(WireError) -> (TransactWriteCall.Action.Kind, ConditionExpression?) {
        if let deferred = action.deferred { throw WireError(deferred) }
        var expressions = try WireExpressions(names: action.names, values: action.values)
        try expressions.begin(action.conditionExpression, action.updateExpression)
        let update = try expressions.parse(action.updateExpression, UpdateExpression.parse)
        let condition = try expressions.parse(action.conditionExpression) {
            text, attributes throws(ItemError) in
            try ConditionExpression.parse(text, kind: .condition, &attributes)
        }
        try expressions.finish()
        let key = action.key ?? Item()
        let read: TransactWriteCall.Action.Kind =
            switch kind {
            case .put: .put(action.item ?? Item())
            case .update: .update(key: key, update ?? .nothing)
            case .delete: .delete(key: key)
            case .conditionCheck, .get: .check(key: key)
            }
        return (read, condition)
    }

    /// The collections that a transaction changes.
    private static func collections(of call: TransactWriteCall) -> ItemCollections {
        var collections = ItemCollections()
        for action in call.actions {
            switch action.kind {
            case .put(let item): collections.add(item, in: action.table)
            case .update(let key, _), .delete(let key): collections.add(key, in: action.table)
            case .check: break
            }
        }
        return collections
    }

    private static func body(
        of result: TransactWriteResult, reports: String?, collections: ItemCollections?
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        if let reports {
            json.name("ConsumedCapacity")
            json.capacities(
                result.capacity, reports: reports, result.isReplay ? .read : .write)
        }
        if let collections, !collections.isEmpty {
            json.name("ItemCollectionMetrics")
            collections.write(to: &json)
        }
        json.endObject()
        return json.bytes
    }

    func transactGetItems(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTransaction(parsing: body)
        try request.check { $0 == .get }
        var parsed: [(request: WireRequest, projection: ProjectionExpression?)] = []
        for element in request.elements ?? [] {
            guard let (_, get) = element.first(where: { $0.kind == .get }) else {
                throw .validation("TransactItems can only contain one of Get")
            }
            if let deferred = get.deferred { throw WireError(deferred) }
            var expressions = try WireExpressions(names: get.names, values: nil)
            try expressions.begin(get.projectionExpression)
            let projection = try expressions.parse(get.projectionExpression, ProjectionExpression.parse)
            try expressions.finish()
            parsed.append((get, projection))
        }
        var gets: [TransactGet] = []
        for (get, projection) in parsed {
            gets.append(
                TransactGet(
                    table: try table(get.tableName ?? "", caller), key: get.key ?? Item(),
                    projection: projection))
        }
        let reports = reported(request.returnConsumedCapacity)
        gateway.transactGet(gets, reportsCapacity: reports, by: caller) { result in
            switch result {
            case .success(let found): reply.send(Self.body(of: found, reports: reports))
            case .failure(.transactionCancelled(let faults)):
                reply.fail(.cancelled(faults, returningItems: []))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    private static func body(of result: TransactGetResult, reports: String?) -> [UInt8] {
        let bytes = result.images.reduce(0) { $0 + ($1?.bytes.count ?? 0) + 16 }
        var json = JSONWriter(reserving: bytes + 256)
        json.beginObject()
        json.name("Responses")
        json.beginArray()
        for image in result.images {
            json.beginObject()
            if let image {
                json.name("Item")
                json.raw(image.bytes)
            }
            json.endObject()
        }
        json.endArray()
        if let reports {
            json.name("ConsumedCapacity")
            json.capacities(result.capacity, reports: reports, .read)
        }
        json.endObject()
        return json.bytes
    }
}

extension JSONWriter {
    /// Which units a transaction's capacity is told in beside the plain ones.
    enum UnitKind { case read, write }

    /// What a transaction used, by table.
    mutating func capacities(_ all: [TableCapacity], reports: String, _ kind: UnitKind) {
        beginArray()
        for part in all {
            capacity(part.capacity, of: part.table, reports: reports) { json in
                json.name(kind == .read ? "ReadCapacityUnits" : "WriteCapacityUnits")
                json.double(Double(part.capacity.halfUnits) / 2)
            }
        }
        endArray()
    }
}
