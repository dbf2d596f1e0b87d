import Base
import Items
import Policies
import Tables

extension Gateway {
    /// Query or Scan.
    public func readRange(
        _ call: ReadRangeCall, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<ReadRangeResult, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let route = try route(of: caller.session)
            let plan = try RangePlan(call)
            try authorize(plan, caller)
            try wall(plan, route, caller)
            try throttle(.read, route)
            let access = caller.access
            read(plan.range, call.table, route) { [self] result in
                let finished = result.flatMap { finish($0, plan, route) }
                if let access, case .success(let page) = finished { access.count(items: page.count) }
                completion(finished)
            }
        } catch {
            completion(.failure(error))
        }
    }

    private func authorize(_ plan: RangePlan, _ caller: GatewayCaller) throws(GatewayError) {
        let call = plan.call
        caller.ask(plan.partition == nil ? .scan : .query, call.table, plan.index, at: clock.now())
        if let partition = plan.partition { caller.touch(partition, of: plan.key) }
        if let condition = call.keyCondition { caller.mention(condition.attributeNames) }
        if let filter = call.filter { caller.mention(filter.attributeNames) }
        if let projection = call.projection { caller.mention(projection.attributeNames) }
        if call.exclusiveStartKey != nil {
            caller.mention(call.table.schema.key)
            if let index = plan.index { caller.mention(index.schema.key) }
        }
        caller.request.context.append(plan.select.rawValue, to: .select)
        if let reports = call.reportsCapacity {
            caller.request.context.append(reports, to: .returnConsumedCapacity)
        }
        try caller.decide(by: policies)
    }

    /// What a range read names of keys must be the tenant's: the partition, and where it is to go on.
    func wall(
        _ plan: RangePlan, _ route: GatewayRoute, _ caller: GatewayCaller
    ) throws(GatewayError) {
        let table = plan.call.table
        if let partition = plan.partition {
            if let index = plan.index {
                try wall(partition, table, index, route, caller)
            } else {
                try wall(partition, table, route, caller)
            }
        }
        if plan.partition == nil, table.isRecorded { try recordCrossing(table, caller) }
        guard let start = plan.range.after else { return }
        try wall(start.key.partition, table, route, caller)
        if let index = plan.index, let indexKey = start.indexKey {
            try wall(indexKey.partition, table, index, route, caller)
        }
    }

    /// What the caller gets of a page, once the second wall has looked at it.
    func finish(
        _ page: ReadPage, _ plan: RangePlan, _ route: GatewayRoute
    ) -> Result<ReadRangeResult, GatewayError> {
        do throws(GatewayError) {
            try checkOwned(page, plan, route)
            var result = ReadRangeResult()
            result.capacity = CapacityUsed(
                page, index: plan.index?.schema, isConsistent: plan.call.isConsistent)
            route.budget.charge(.read, halfUnits: result.capacity.halfUnits)
            result.hasItems = plan.select != .count
            result.scannedCount = page.scannedCount
            result.lastEvaluatedKey = page.next.map { plan.keyAttributes(of: $0) }
            try select(page, plan, into: &result)
            return .success(result)
        } catch { return .failure(error) }
    }

    /// The second wall over what was read: every item looked at, also those that a filter would hide, and the
    /// place where the page ends. One foreign key makes the whole answer an error: neither items nor counts
    /// of others get out.
    private func checkOwned(
        _ page: ReadPage, _ plan: RangePlan, _ route: GatewayRoute
    ) throws(GatewayError) {
        let table = plan.call.table
        var isOwned = page.rows.allSatisfy { route.owns($0.key.partition, of: table) }
        if let next = page.next { isOwned = isOwned && route.owns(next.key.partition, of: table) }
        // Where the engine has filtered, the partition that it stayed in has been checked before.
        if plan.isCheckedByRow { isOwned = isOwned && page.rows.count == page.scannedCount }
        guard !isOwned else { return }
        metrics.wallAlarms.add()
        throw .breached(
            "the second wall: tenant \(route.name) read an item of somebody else in table \(table.name)"
                + (plan.index.map { " by index \($0.schema.name)" } ?? ""))
    }

    /// Filters and projects what the engine has not.
    private func select(
        _ page: ReadPage, _ plan: RangePlan, into result: inout ReadRangeResult
    ) throws(GatewayError) {
        guard plan.isCheckedByRow else {
            result.count = page.count
            if result.hasItems { result.items = page.rows.map(\.image) }
            return
        }
        let filter = plan.call.filter
        // Of a statement the caller gets whole items, and shows what it names.
        let projection = plan.call.isStatement ? nil : plan.call.projection
        for row in page.rows {
            guard filter != nil || (projection != nil && result.hasItems) else {
                result.count += 1
                if result.hasItems { result.items.append(row.image) }
                continue
            }
            let item: Item
            do throws(TableError) { item = try row.image.item() } catch { throw Gateway.error(error) }
            if let filter {
                guard try checked({ () throws(ItemError) in try filter.matches(item) }) else { continue }
            }
            result.count += 1
            guard result.hasItems else { continue }
            result.items.append(
                projection.map {
                    ItemImage(bytes: $0.project(item).encoded(), sizeBytes: row.image.sizeBytes)
                } ?? row.image)
        }
    }
}
