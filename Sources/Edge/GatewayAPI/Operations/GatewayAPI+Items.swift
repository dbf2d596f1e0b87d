import Base
import Gateway
import Items
import Tables

/// GetItem, PutItem, UpdateItem, DeleteItem.
extension GatewayAPI {
    func getItem(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        let name = try requireTableName(request)
        var check = ConstraintCheck()
        check.oneOf(request.returnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
        check.require(request.hasKey, "key")
        request.legacy?.check(&check)
        try check.finish()
        try request.checkStyles(WireRequest.getStyles)
        try throwDeferred(request)
        var projection: ProjectionExpression?
        if request.projectionExpression != nil || request.names != nil {
            var expressions = try WireExpressions(names: request.names, values: nil)
            try expressions.begin(request.projectionExpression)
            projection = try expressions.parse(request.projectionExpression, ProjectionExpression.parse)
            try expressions.finish()
        } else if let legacy = request.legacy {
            projection = try legacy.projection()
        }
        let table = try table(name, caller)
        let reports = reported(request.returnConsumedCapacity)
        let call = GetItemCall(
            table: table, key: request.key ?? Item(), projection: projection,
            isConsistent: request.isConsistent ?? false, reportsCapacity: reports)
        gateway.getItem(call, by: caller) { result in
            switch result {
            case .success(let found): reply.send(Self.body(of: found, table, reports: reports))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    /// The stored image goes into the answer as it is.
    private static func body(of result: GetItemResult, _ table: GatewayTable, reports: String?) -> [UInt8] {
        var json = JSONWriter(reserving: (result.image?.bytes.count ?? 0) + (reports == nil ? 16 : 160))
        json.beginObject()
        if let image = result.image {
            json.name("Item")
            json.raw(image.bytes)
        }
        if let reports {
            json.name("ConsumedCapacity")
            json.capacity(result.capacity, of: table, reports: reports)
        }
        json.endObject()
        return json.bytes
    }

    func putItem(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        let name = try requireTableName(request)
        var check = writeCheck(request)
        check.require(request.hasItem, "item")
        try check.finish()
        try request.checkStyles(WireRequest.writeStyles)
        try requireOldReturn(request)
        try throwDeferred(request)
        try write(request, table: name, caller, reply) { _, _ throws(WireError) in
            .put(request.item ?? Item())
        }
    }

    func deleteItem(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        let name = try requireTableName(request)
        var check = writeCheck(request)
        check.require(request.hasKey, "key")
        try check.finish()
        try request.checkStyles(WireRequest.writeStyles)
        try requireOldReturn(request)
        try throwDeferred(request)
        try write(request, table: name, caller, reply) { _, _ throws(WireError) in
            .delete(key: request.key ?? Item())
        }
    }

    func updateItem(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireRequest(parsing: body)
        let name = try requireTableName(request)
        var check = writeCheck(request)
        check.require(request.hasKey, "key")
        try check.finish()
        try request.checkStyles(WireRequest.updateStyles)
        try throwDeferred(request)
        try write(request, table: name, caller, reply) { expressions, _ throws(WireError) in
            let older = try request.legacy?.update()
            let update = try expressions.parse(request.updateExpression, UpdateExpression.parse)
            return .update(key: request.key ?? Item(), update ?? older)
        }
    }

    private func writeCheck(_ request: WireRequest) -> ConstraintCheck {
        var check = ConstraintCheck()
        check.oneOf(request.returnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
        check.oneOf(
            request.returnValues, "returnValues", "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
        check.oneOf(request.returnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
        check.oneOf(
            request.returnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "ALL_OLD",
            "NONE")
        request.legacy?.check(&check)
        return check
    }

    /// Put and delete know two of the five.
    private func requireOldReturn(_ request: WireRequest) throws(WireError) {
        guard let value = request.returnValues, value != "NONE", value != "ALL_OLD" else { return }
        throw .validation("ReturnValues can only be ALL_OLD or NONE")
    }

    private func write(
        _ request: WireRequest, table name: String, _ caller: GatewayCaller, _ reply: Reply,
        _ action: (inout WireExpressions, WireRequest) throws(WireError) -> WriteItemCall.Action
    ) throws(WireError) {
        var expressions = try WireExpressions(names: request.names, values: request.values)
        try expressions.begin(request.conditionExpression, request.updateExpression)
        let action = try action(&expressions, request)
        var condition = try expressions.parse(request.conditionExpression) {
            text, attributes throws(ItemError) in
            try ConditionExpression.parse(text, kind: .condition, &attributes)
        }
        try expressions.finish()
        if let legacy = request.legacy { condition = try legacy.condition() ?? condition }
        let table = try table(name, caller)
        var call = WriteItemCall(table: table, action: action)
        call.condition = condition
        if let returned = request.returnValues.flatMap(WriteItemCall.Returned.init(rawValue:)) {
            call.returned = returned
        }
        let reports = reported(request.returnConsumedCapacity)
        call.reportsCapacity = reports
        let returnsItem = request.returnValuesOnConditionCheckFailure == "ALL_OLD"
        let collection =
            request.returnItemCollectionMetrics == "SIZE"
            ? ItemCollection(of: request.item ?? request.key, in: table) : nil
        gateway.writeItem(call, by: caller) { result in
            switch result {
            case .success(let written):
                reply.send(Self.body(of: written, table, reports: reports, collection: collection))
            case .failure(.conditionFailed) where !returnsItem: reply.fail(.conditionFailed(nil))
            case .failure(let error): reply.fail(error)
            }
        }
    }

    private static func body(
        of result: WriteItemResult, _ table: GatewayTable, reports: String?, collection: ItemCollection?
    ) -> [UInt8] {
        var json = JSONWriter(reserving: (result.attributes?.count ?? 0) + (reports == nil ? 24 : 160))
        json.beginObject()
        if let attributes = result.attributes {
            json.name("Attributes")
            json.raw(attributes)
        }
        if let reports {
            json.name("ConsumedCapacity")
            json.capacity(result.capacity, of: table, reports: reports)
        }
        if let collection {
            json.name("ItemCollectionMetrics")
            json.metrics(collection)
        }
        json.endObject()
        return json.bytes
    }
}
