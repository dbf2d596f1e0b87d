import Base
import Gateway
import Items
import Tables

/// BatchGetItem and BatchWriteItem.
extension GatewayAPI {
    func batchGetItem(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body, operation: .get)
        let gets = request.batch?.gets ?? []
        try check(request, isEmpty: gets.isEmpty)
        var keysCheck = ConstraintCheck()
        for (table, get) in gets {
            keysCheck.table(table, "requestItems")
            let place = "requestItems.\(table).member.keys"
            keysCheck.require(get.hasKeys, place)
            if get.hasKeys, get.keys.isEmpty {
                keysCheck.fail("[]", place, "Member must have length greater than or equal to 1")
            }
            if get.keys.count > Limits.batchGetKeysMax {
                // The keys themselves are not repeated: they are the caller's data.
                keysCheck.fail(
                    "…", place, "Member must have length less than or equal to \(Limits.batchGetKeysMax)")
            }
            if let names = get.attributesToGet, names.isEmpty {
                keysCheck.fail(
                    "[]", "requestItems.\(table).member.attributesToGet",
                    "Member must have length greater than or equal to 1")
            }
        }
        try keysCheck.finish()
        for (_, get) in gets { try get.styles.check() }
        try throwDeferred(request)
        guard gets.reduce(0, { $0 + $1.request.keys.count }) <= Limits.batchGetKeysMax else {
            throw .validation("Too many items requested for the BatchGetItem call")
        }
        var call: [BatchGetTable] = []
        for (name, get) in gets {
            var expressions = try WireExpressions(names: get.names, values: nil)
            try expressions.begin(get.projectionExpression)
            var projection = try expressions.parse(get.projectionExpression, ProjectionExpression.parse)
            try expressions.finish()
            if let names = get.attributesToGet {
                projection = try checked { () throws(ItemError) in try .attributesToGet(names) }
            }
            call.append(
                BatchGetTable(
                    table: try table(name, caller), keys: get.keys, projection: projection,
                    isConsistent: get.isConsistent ?? false))
        }
        let reports = reported(request.returnConsumedCapacity)
        gateway.batchGetItem(call, reportsCapacity: reports, by: caller) { result in
            switch result {
            case .success(let found): reply.send(Self.body(of: found, gets, reports: reports))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    private func check(_ request: WireRequest, isEmpty: Bool) throws(WireError) {
        guard request.batch != nil else {
            throw .validation("The parameter 'RequestItems' is required but was not present in the request")
        }
        var check = ConstraintCheck()
        check.oneOf(request.returnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
        check.oneOf(request.returnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
        if isEmpty {
            check.fail("{}", "requestItems", "Member must have length greater than or equal to 1")
        }
        try check.finish()
    }

    private static func body(
        of results: [BatchGetTableResult], _ gets: [(table: String, request: WireBatch.Gets)],
        reports: String?
    ) -> [UInt8] {
        let bytes = results.reduce(0) { $0 + $1.items.reduce(0) { $0 + $1.bytes.count + 1 } }
        var json = JSONWriter(reserving: bytes + 256)
        json.beginObject()
        json.name("Responses")
        json.beginObject()
        for result in results {
            json.name(text: result.table.name.text)
            json.beginArray()
            for item in result.items { json.raw(item.bytes) }
            json.endArray()
        }
        json.endObject()
        json.name("UnprocessedKeys")
        json.beginObject()
        for (result, get) in zip(results, gets) where !result.unprocessed.isEmpty {
            json.name(text: get.table)
            json.unprocessed(get.request, result.unprocessed)
        }
        json.endObject()
        if let reports {
            json.name("ConsumedCapacity")
            json.beginArray()
            for result in results { json.capacity(result.capacity, of: result.table, reports: reports) }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }

    func batchWriteItem(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body, operation: .write)
        let writes = request.batch?.writes ?? []
        try check(request, isEmpty: writes.isEmpty)
        var check = ConstraintCheck()
        for (table, requests) in writes {
            check.table(table, "requestItems")
            let place = "requestItems.\(table).member"
            if requests.isEmpty {
                check.fail("[]", place, "Member must have length greater than or equal to 1")
            }
            if requests.count > Limits.batchWritesMax {
                check.fail(
                    "…", place, "Member must have length less than or equal to \(Limits.batchWritesMax)")
            }
        }
        try check.finish()
        try throwDeferred(request)
        guard writes.reduce(0, { $0 + $1.requests.count }) <= Limits.batchWritesMax else {
            throw .validation("Too many items requested for the BatchWriteItem call")
        }
        var call: [BatchWrite] = []
        for (name, requests) in writes {
            let table = try table(name, caller)
            for request in requests {
                switch request {
                case .put(let item): call.append(BatchWrite(table: table, action: .put(item)))
                case .delete(let key): call.append(BatchWrite(table: table, action: .delete(key: key)))
                case .faulty, .malformed:
                    throw .validation(
                        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                            + "supported datatypes")
                }
            }
        }
        let reports = reported(request.returnConsumedCapacity)
        let collections = Self.collections(of: call, request)
        gateway.batchWriteItem(call, reportsCapacity: reports, by: caller) { result in
            switch result {
            case .success(let used):
                reply.send(Self.body(of: used, reports: reports, collections: collections))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    private static func body(
        of used: [(table: GatewayTable, capacity: CapacityUsed)], reports: String?,
        collections: ItemCollections
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.name("UnprocessedItems")
        json.beginObject()
        json.endObject()
        if let reports {
            json.name("ConsumedCapacity")
            json.beginArray()
            for part in used { json.capacity(part.capacity, of: part.table, reports: reports) }
            json.endArray()
        }
        if !collections.isEmpty {
            json.name("ItemCollectionMetrics")
            collections.write(to: &json)
        }
        json.endObject()
        return json.bytes
    }

    /// The collections that a batch changes, where they are asked for.
    private static func collections(of call: [BatchWrite], _ request: WireRequest) -> ItemCollections {
        var collections = ItemCollections()
        guard request.returnItemCollectionMetrics == "SIZE" else { return collections }
        for write in call {
            switch write.action {
            case .put(let item): collections.add(item, in: write.table)
            case .delete(let key): collections.add(key, in: write.table)
            }
        }
        return collections
    }
}

extension JSONWriter {
    /// A KeysAndAttributes structure with the keys at these places, to be sent again as it is.
    fileprivate mutating func unprocessed(_ gets: WireBatch.Gets, _ places: [Int]) {
        beginObject()
        name("Keys")
        beginArray()
        for place in places { value { gets.keys[place].append(to: &$0) } }
        endArray()
        if let expression = gets.projectionExpression {
            name("ProjectionExpression")
            string(expression)
        }
        if let attributes = gets.attributesToGet {
            name("AttributesToGet")
            beginArray()
            for attribute in attributes { string(attribute) }
            endArray()
        }
        if let names = gets.names {
            name("ExpressionAttributeNames")
            beginObject()
            for (key, attribute) in names.sorted(by: { $0.key < $1.key }) {
                name(text: key)
                string(attribute)
            }
            endObject()
        }
        if let isConsistent = gets.isConsistent {
            name("ConsistentRead")
            bool(isConsistent)
        }
        endObject()
    }
}
