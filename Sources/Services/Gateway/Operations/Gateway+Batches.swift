import Base
import Items
import Policies
import Synchronization
import Tables

extension Gateway {
    /// BatchGetItem: every key is authorized before any is read.
    public func batchGetItem(
        _ call: [BatchGetTable], reportsCapacity: String?, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<[BatchGetTableResult], GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let route = try route(of: caller.session)
            let keys = try distinctKeys(call)
            for (part, keys) in zip(call, keys) {
                for key in keys {
                    caller.ask(.batchGetItem, part.table, at: clock.now())
                    caller.touch(key.partition, of: part.table.schema.key)
                    caller.mention(part.table.schema.key)
                    mentionProjection(part.projection, caller)
                    if let reportsCapacity {
                        caller.request.context.append(reportsCapacity, to: .returnConsumedCapacity)
                    }
                    try caller.decide(by: policies)
                    try wall(key.partition, part.table, route, caller)
                }
            }
            try throttle(.read, route)
            let access = caller.access
            BatchGetJob(self, call, keys, route) { result in
                if let access, case .success(let parts) = result {
                    access.count(items: parts.reduce(0) { $0 + $1.items.count })
                }
                completion(result)
            }.readNext()
        } catch {
            completion(.failure(error))
        }
    }

    private func distinctKeys(_ call: [BatchGetTable]) throws(GatewayError) -> [[EncodedKey]] {
        var all: [[EncodedKey]] = []
        for part in call {
            var seen: Set<EncodedKey> = []
            var keys: [EncodedKey] = []
            for attributes in part.keys {
                let key = try checked { () throws(ItemError) in
                    try part.table.schema.key.key(ofKey: attributes)
                }
                guard seen.insert(key).inserted else { throw Gateway.duplicates }
                keys.append(key)
            }
            all.append(keys)
        }
        return all
    }

    private static var duplicates: GatewayError {
        .invalid(.validation("Provided list of item keys contains duplicates"))
    }

    /// BatchWriteItem: every write is authorized before any is done, and all share one commit.
    public func batchWriteItem(
        _ call: [BatchWrite], reportsCapacity: String?, by caller: GatewayCaller,
        completion:
            @escaping @Sendable (Result<[(table: GatewayTable, capacity: CapacityUsed)], GatewayError>) ->
            Void
    ) {
        do throws(GatewayError) {
            let route = try writableRoute(of: caller.session)
            let writes = try distinctWrites(call)
            for (part, write) in zip(call, writes) {
                caller.ask(.batchWriteItem, part.table, at: clock.now())
                caller.touch(write.key.partition, of: part.table.schema.key)
                caller.mention(part.table.schema.key)
                if case .put(let item) = part.action { caller.mention(item.attributes.lazy.map(\.key)) }
                if let reportsCapacity {
                    caller.request.context.append(reportsCapacity, to: .returnConsumedCapacity)
                }
                try caller.decide(by: policies)
                try checkWritable(part.table, caller)
                try wall(write.key.partition, part.table, route, caller)
            }
            try throttle(.write, route)
            let job = WriteJob(self, .batch, writes, by: caller) { result in
                completion(result.map { Gateway.finish($0, writes, route) })
            }
            job.run(route)
        } catch {
            completion(.failure(error))
        }
    }

    private func distinctWrites(_ call: [BatchWrite]) throws(GatewayError) -> [LogicalWrite] {
        struct Place: Hashable {
            let table: TableName
            let key: EncodedKey
        }
        var seen: Set<Place> = []
        var writes: [LogicalWrite] = []
        for part in call {
            let schema = part.table.schema.key
            let write = try checked { () throws(ItemError) in
                switch part.action {
                case .put(let item):
                    try item.checkSize()
                    return LogicalWrite(
                        table: part.table, key: try schema.key(ofItem: item), action: .put(item),
                        condition: nil)
                case .delete(let attributes):
                    return LogicalWrite(
                        table: part.table, key: try schema.key(ofKey: attributes), action: .delete,
                        condition: nil)
                }
            }
            guard seen.insert(Place(table: part.table.name, key: write.key)).inserted else {
                throw Gateway.duplicates
            }
            writes.append(write)
        }
        return writes
    }

    private static func finish(
        _ outcomes: [WriteOutcome], _ writes: [LogicalWrite], _ route: GatewayRoute
    ) -> [(table: GatewayTable, capacity: CapacityUsed)] {
        var used: [(table: GatewayTable, capacity: CapacityUsed)] = []
        for (outcome, write) in zip(outcomes, writes) {
            let capacity = CapacityUsed(outcome)
            if let place = used.firstIndex(where: { $0.table === write.table }) {
                used[place].capacity.add(capacity)
            } else {
                used.append((write.table, capacity))
            }
        }
        route.budget.charge(.write, halfUnits: used.reduce(0) { $0 + $1.capacity.halfUnits })
        return used
    }
}

/// A BatchGetItem on its way: one read after the other, so that no more than the answer's bytes are held.
private final class BatchGetJob: Sendable {
    private struct State {
        var part = 0
        var place = 0
        var bytes = 0
        var results: [BatchGetTableResult]
    }

    private let gateway: Gateway
    private let call: [BatchGetTable]
    private let keys: [[EncodedKey]]
    private let route: GatewayRoute
    private let completion: @Sendable (Result<[BatchGetTableResult], GatewayError>) -> Void
    private let state: Mutex<State>

    init(
        _ gateway: Gateway, _ call: [BatchGetTable], _ keys: [[EncodedKey]], _ route: GatewayRoute,
        _ completion: @escaping @Sendable (Result<[BatchGetTableResult], GatewayError>) -> Void
    ) {
        self.gateway = gateway
        self.call = call
        self.keys = keys
        self.route = route
        self.completion = completion
        state = Mutex(State(results: call.map { BatchGetTableResult(table: $0.table) }))
    }

    /// Reads the next key, and so on until all are read. At most `Limits.batchGetKeysMax` calls deep where
    /// the store answers at once.
    func readNext() {
        let next = state.withLock { state -> (part: Int, place: Int)? in
            while state.part < keys.count, state.place == keys[state.part].count {
                state.part += 1
                state.place = 0
            }
            guard state.part < keys.count else { return nil }
            defer { state.place += 1 }
            return (state.part, state.place)
        }
        guard let next else { return finish(nil) }
        let part = call[next.part]
        gateway.get(keys[next.part][next.place], part.table, route) { [self] result in
            do throws(GatewayError) {
                try take(try result.get(), next.part, next.place)
                readNext()
            } catch { finish(error) }
        }
    }

    /// What was read is charged, also where the rest could not be.
    private func finish(_ error: GatewayError?) {
        let results = state.withLock { $0.results }
        route.budget.charge(.read, halfUnits: results.reduce(0) { $0 + $1.capacity.halfUnits })
        completion(error.map { .failure($0) } ?? .success(results))
    }

    private func take(_ row: ItemRow?, _ part: Int, _ place: Int) throws(GatewayError) {
        let units = CapacityUsed.readHalfUnits(
            bytes: row?.image.sizeBytes ?? 0, isConsistent: call[part].isConsistent)
        let image = try row.map { row throws(GatewayError) in
            try Gateway.projected(row.image, call[part].projection)
        }
        state.withLock { state in
            // By the whole item's size: a projection saves nothing of the 16 MB. Source: API reference,
            // BatchGetItem.
            let bytes = row?.image.sizeBytes ?? 0
            guard state.bytes + bytes <= Limits.batchGetBytesMax else {
                state.results[part].unprocessed.append(place)
                // What comes behind is not read either.
                for later in keys.indices where later >= part {
                    let start = later == part ? place + 1 : 0
                    state.results[later].unprocessed += Array(start..<max(start, keys[later].count))
                }
                state.part = keys.count
                return
            }
            state.bytes += bytes
            if let image { state.results[part].items.append(image) }
            state.results[part].capacity.add(CapacityUsed(tableHalfUnits: units))
        }
    }
}
