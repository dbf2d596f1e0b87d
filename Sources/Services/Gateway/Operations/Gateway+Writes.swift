import Base
import Items
import Policies
import Tables

extension Gateway {
    /// PutItem, UpdateItem or DeleteItem.
    public func writeItem(
        _ call: WriteItemCall, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<WriteItemResult, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let table = call.table
            let route = try writableRoute(of: caller.session)
            let write = try logicalWrite(call)
            ask(call, write.key, caller)
            try caller.decide(by: policies)
            try checkWritable(table, caller)
            try wall(write.key.partition, table, route, caller)
            try throttle(.write, route)
            let returned = call.returned
            let job = WriteJob(self, .single, [write], by: caller) { result in
                completion(
                    result.flatMap { outcomes in
                        Gateway.finish(outcomes.first, returned, route)
                    })
            }
            job.run(route)
        } catch {
            completion(.failure(error))
        }
    }

    private func logicalWrite(_ call: WriteItemCall) throws(GatewayError) -> LogicalWrite {
        let schema = call.table.schema.key
        return try checked { () throws(ItemError) in
            let key: EncodedKey
            let action: ItemWrite.Action
            switch call.action {
            case .put(let item):
                key = try schema.key(ofItem: item)
                try item.checkSize()
                action = .put(item)
            case .delete(let attributes):
                key = try schema.key(ofKey: attributes)
                action = .delete
            case .update(let attributes, let expression):
                key = try schema.key(ofKey: attributes)
                try expression?.checkKeys(schema)
                action = .update(expression ?? .nothing)
            }
            try call.condition?.checkKeyAccess(schema)
            return LogicalWrite(table: call.table, key: key, action: action, condition: call.condition)
        }
    }

    private func ask(_ call: WriteItemCall, _ key: EncodedKey, _ caller: GatewayCaller) {
        let action: PolicyAction =
            switch call.action {
            case .put: call.isStatement ? .partiQLInsert : .putItem
            case .update: call.isStatement ? .partiQLUpdate : .updateItem
            case .delete: call.isStatement ? .partiQLDelete : .deleteItem
            }
        caller.ask(action, call.table, at: clock.now())
        caller.touch(key.partition, of: call.table.schema.key)
        caller.mention(call.table.schema.key)
        switch call.action {
        case .put(let item): caller.mention(item.attributes.lazy.map(\.key))
        case .update(_, let expression): if let expression { caller.mention(expression.attributeNames) }
        case .delete: break
        }
        if let condition = call.condition { caller.mention(condition.attributeNames) }
        caller.request.context.append(call.returned.rawValue, to: .returnValues)
        if let reports = call.reportsCapacity {
            caller.request.context.append(reports, to: .returnConsumedCapacity)
        }
    }

    static func finish(
        _ outcome: WriteOutcome?, _ returned: WriteItemCall.Returned, _ route: GatewayRoute
    ) -> Result<WriteItemResult, GatewayError> {
        guard let outcome else { return .failure(.fault("a write came back without an outcome")) }
        do throws(TableError) {
            let capacity = CapacityUsed(outcome)
            route.budget.charge(.write, halfUnits: capacity.halfUnits)
            return .success(
                WriteItemResult(attributes: try attributes(of: outcome, returned), capacity: capacity))
        } catch { return .failure(Gateway.error(error)) }
    }

    /// The JSON of what `ReturnValues` asks for; nil where there is nothing of it.
    private static func attributes(
        of outcome: WriteOutcome, _ returned: WriteItemCall.Returned
    ) throws(TableError) -> [UInt8]? {
        switch returned {
        case .none: return nil
        case .allOld: return outcome.old?.bytes
        case .allNew: return outcome.new?.bytes
        case .updatedOld: return try touched(outcome.touched, of: outcome.old)
        case .updatedNew: return try touched(outcome.touched, of: outcome.new)
        }
    }

    private static func touched(_ paths: [DocumentPath], of image: ItemImage?) throws(TableError) -> [UInt8]?
    {
        guard let image else { return nil }
        let selected = DocumentPath.select(paths, from: try image.item())
        return selected.attributes.isEmpty ? nil : selected.encoded()
    }
}
