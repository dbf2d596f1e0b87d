import Base
import Items
import Policies
import Synchronization
import Tables

extension Gateway {
    /// A PartiQL SELECT: every read of it is authorized before any is done.
    public func select(
        _ call: SelectCall, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<SelectResult, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let route = try route(of: caller.session)
            let parts = try parts(of: call)
            for part in parts {
                try authorize(part, of: call, caller)
                switch part {
                case .item(let key): try wall(key.partition, call.table, route, caller)
                case .range(let plan): try wall(plan, route, caller)
                }
            }
            try throttle(.read, route)
            SelectJob(self, call, parts, route, completion).readNext()
        } catch {
            completion(.failure(error))
        }
    }

    /// The reads from where the page begins.
    private func parts(of call: SelectCall) throws(GatewayError) -> [SelectPart] {
        try check(call)
        let first = call.start?.part ?? 0
        let count =
            switch call.access {
            case .items(let keys): keys.count
            case .ranges(let conditions): conditions.count
            case .scan: 1
            }
        guard first >= 0, first < count else {
            throw .invalid(.validation("The provided starting key is invalid"))
        }
        var parts: [SelectPart] = []
        for part in first..<count {
            switch call.access {
            case .items(let keys):
                let schema = call.table.schema.key
                parts.append(
                    .item(try checked { () throws(ItemError) in try schema.key(ofKey: keys[part]) }))
            case .ranges(let conditions):
                parts.append(.range(try RangePlan(call.range(conditions[part], isFirst: part == first))))
            case .scan: parts.append(.range(try RangePlan(call.range(nil, isFirst: true))))
            }
        }
        return parts
    }

    /// What a statement is refused for in other words than Query and Scan are.
    private func check(_ call: SelectCall) throws(GatewayError) {
        let table = call.table
        try checked { () throws(ItemError) in try call.filter?.checkKeyAccess(table.schema.key) }
        guard let name = call.index else { return }
        guard let index = table.index(named: name) else {
            throw .invalid(.validation("The table does not have the specified index"))
        }
        let isGlobal = index.schema.kind == .global
        guard !call.isConsistent || !isGlobal else {
            throw .invalid(
                .validation("Strongly consistent read is not supported on Global Secondary Indexes"))
        }
        guard let held = index.schema.heldAttributes(tableKey: table.schema.key) else { return }
        let hidden = (call.projection?.paths ?? []).map(\.attributeName).filter { !held.contains($0) }
        guard hidden.isEmpty || !isGlobal else {
            throw .invalid(
                .validation(
                    "One or more parameter values were invalid: Global secondary index \(name) does not project "
                        + "[\(hidden.joined(separator: ", "))]"))
        }
        // A scan of the index finds nothing there, and says so.
        guard case .ranges = call.access, let names = call.filter?.attributeNames else { return }
        let missing = names.subtracting(held)
        guard missing.isEmpty else {
            throw .invalid(
                .validation(
                    "One or more parameter values were invalid: Secondary index \(name) does not project one or more "
                        + "filter attributes: [\(missing.joined(separator: ", "))]"))
        }
    }

    /// Asks about one read of a SELECT: about its partition, or about the whole table or index.
    private func authorize(
        _ part: SelectPart, of call: SelectCall, _ caller: GatewayCaller
    ) throws(GatewayError) {
        let table = call.table
        switch part {
        case .item(let key):
            caller.ask(.partiQLSelect, table, at: clock.now())
            caller.touch(key.partition, of: table.schema.key)
            caller.mention(table.schema.key)
            caller.request.context.append(false, to: .fullTableScan)
        case .range(let plan):
            caller.ask(.partiQLSelect, table, plan.index, at: clock.now())
            if let partition = plan.partition { caller.touch(partition, of: plan.key) }
            if let condition = plan.call.keyCondition { caller.mention(condition.attributeNames) }
            caller.request.context.append(plan.partition == nil, to: .fullTableScan)
        }
        if let filter = call.filter { caller.mention(filter.attributeNames) }
        if let projection = call.projection { caller.mention(projection.attributeNames) }
        let select: ReadRangeCall.Select =
            call.projection != nil
            ? .specificAttributes : call.index == nil ? .allAttributes : .allProjectedAttributes
        caller.request.context.append(select.rawValue, to: .select)
        if let reports = call.reportsCapacity {
            caller.request.context.append(reports, to: .returnConsumedCapacity)
        }
        try caller.decide(by: policies)
    }
}

/// One read of a SELECT, checked.
private enum SelectPart: Sendable {
    case item(EncodedKey)
    case range(RangePlan)
}

extension SelectCall {
    /// One of its reads as a query or a scan.
    fileprivate func range(_ condition: KeyConditionExpression?, isFirst: Bool) -> ReadRangeCall {
        var call = ReadRangeCall(table: table)
        call.index = index
        call.keyCondition = condition
        call.filter = filter
        call.projection = projection
        call.isForward = isForward
        call.isConsistent = isConsistent
        call.limit = limit
        call.exclusiveStartKey = isFirst ? start?.startKey : nil
        call.isStatement = true
        return call
    }
}

/// A SELECT on its way: one read after the other, until a page is full.
private final class SelectJob: Sendable {
    private struct State {
        /// The next of `parts`.
        var part = 0
        var scannedCount = 0
        var bytes = 0
        var result = SelectResult()
    }

    private let gateway: Gateway
    private let call: SelectCall
    private let parts: [SelectPart]
    private let route: GatewayRoute
    private let completion: @Sendable (Result<SelectResult, GatewayError>) -> Void
    private let state = Mutex(State())

    init(
        _ gateway: Gateway, _ call: SelectCall, _ parts: [SelectPart], _ route: GatewayRoute,
        _ completion: @escaping @Sendable (Result<SelectResult, GatewayError>) -> Void
    ) {
        self.gateway = gateway
        self.call = call
        self.parts = parts
        self.route = route
        self.completion = completion
    }

    /// Reads the next part, and so on until the page is full or nothing is left. As many calls deep as a
    /// statement has parts, where the store answers at once.
    func readNext() {
        let (part, scannedCount) = state.withLock { state -> (Int?, Int) in
            let isFull =
                state.result.next != nil || call.limit.map { state.scannedCount >= $0 } == true
                || state.bytes >= Limits.selectBytesMax
            guard state.part < parts.count, !isFull else {
                if state.part < parts.count, state.result.next == nil {
                    state.result.next = SelectCall.Position(part: firstPart + state.part)
                }
                return (nil, 0)
            }
            defer { state.part += 1 }
            return (state.part, state.scannedCount)
        }
        guard let part else { return completion(.success(state.withLock { $0.result })) }
        switch parts[part] {
        case .item(let key):
            gateway.get(key, call.table, route) { [self] result in
                goOn { () throws(GatewayError) in try take(try result.get()) }
            }
        case .range(let plan):
            var range = plan.range
            range.projection = nil
            if let limit = call.limit { range.itemsMax = limit - scannedCount }
            gateway.read(range, call.table, route) { [self] result in
                goOn { () throws(GatewayError) in
                    let page = try result.get()
                    try take(try gateway.finish(page, plan, route).get(), part)
                }
            }
        }
    }

    private var firstPart: Int { call.start?.part ?? 0 }

    private func goOn(_ take: () throws(GatewayError) -> Void) {
        do throws(GatewayError) { try take() } catch { return completion(.failure(error)) }
        readNext()
    }

    private func take(_ page: ReadRangeResult, _ part: Int) throws(GatewayError) {
        state.withLock { state in
            state.scannedCount += page.scannedCount
            state.result.items += page.items
            state.bytes += page.items.reduce(0) { $0 + $1.sizeBytes }
            state.result.capacity.add(page.capacity)
            state.result.next = page.lastEvaluatedKey.map {
                SelectCall.Position(part: firstPart + part, startKey: $0)
            }
        }
    }

    private func take(_ row: ItemRow?) throws(GatewayError) {
        let units = CapacityUsed.readHalfUnits(
            bytes: row?.image.sizeBytes ?? 0, isConsistent: call.isConsistent)
        route.budget.charge(.read, halfUnits: units)
        var image = row?.image
        if let filter = call.filter, let found = image {
            let item: Item
            do throws(TableError) { item = try found.item() } catch { throw Gateway.error(error) }
            if try !gateway.checked({ () throws(ItemError) in try filter.matches(item) }) { image = nil }
        }
        state.withLock { state in
            state.scannedCount += row == nil ? 0 : 1
            state.result.capacity.add(CapacityUsed(tableHalfUnits: units))
            guard let image else { return }
            state.result.items.append(image)
            state.bytes += image.sizeBytes
        }
    }
}

extension Limits {
    /// How many bytes of items a page of a SELECT has before no further read is begun. Source: DynamoDB's 1 MB
    /// a page.
    static let selectBytesMax = 1024 * 1024
}
