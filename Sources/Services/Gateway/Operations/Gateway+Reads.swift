import Base
import Items
import Policies
import Tables

extension Gateway {
    /// GetItem.
    public func getItem(
        _ call: GetItemCall, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<GetItemResult, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let table = call.table
            let route = try route(of: caller.session)
            let key = try checked { () throws(ItemError) in try table.schema.key.key(ofKey: call.key) }
            caller.ask(.getItem, table, at: clock.now())
            caller.touch(key.partition, of: table.schema.key)
            caller.mention(table.schema.key)
            mentionProjection(call.projection, caller)
            if let reports = call.reportsCapacity {
                caller.request.context.append(reports, to: .returnConsumedCapacity)
            }
            try caller.decide(by: policies)
            try wall(key.partition, table, route, caller)
            try throttle(.read, route)
            let (projection, isConsistent, access) = (call.projection, call.isConsistent, caller.access)
            get(key, table, route) { result in
                if let access, case .success(.some) = result { access.count(items: 1) }
                completion(Gateway.finish(result, projection, isConsistent, route))
            }
        } catch {
            completion(.failure(error))
        }
    }

    /// Which attributes a read brings back: by name, or all of them.
    func mentionProjection(_ projection: ProjectionExpression?, _ caller: GatewayCaller) {
        if let projection { caller.mention(projection.attributeNames) }
        let select = projection == nil ? ReadRangeCall.Select.allAttributes : .specificAttributes
        caller.request.context.append(select.rawValue, to: .select)
    }

    private static func finish(
        _ result: Result<ItemRow?, GatewayError>, _ projection: ProjectionExpression?, _ isConsistent: Bool,
        _ route: GatewayRoute
    ) -> Result<GetItemResult, GatewayError> {
        switch result {
        case .failure(let error): return .failure(error)
        case .success(let row):
            let units = CapacityUsed.readHalfUnits(
                bytes: row?.image.sizeBytes ?? 0, isConsistent: isConsistent)
            route.budget.charge(.read, halfUnits: units)
            let capacity = CapacityUsed(tableHalfUnits: units)
            guard let row else { return .success(GetItemResult(image: nil, capacity: capacity)) }
            do throws(GatewayError) {
                let image = try projected(row.image, projection)
                return .success(GetItemResult(image: image, capacity: capacity))
            } catch { return .failure(error) }
        }
    }

    /// An image with only the attributes asked for.
    static func projected(
        _ image: ItemImage, _ projection: ProjectionExpression?
    ) throws(GatewayError) -> ItemImage {
        guard let projection else { return image }
        do throws(TableError) {
            let item = try image.item()
            return ItemImage(bytes: projection.project(item).encoded(), sizeBytes: image.sizeBytes)
        } catch { throw Gateway.error(error) }
    }

    /// Reads one item, routing anew where the placement has changed meanwhile.
    func get(
        _ key: EncodedKey, _ table: GatewayTable, _ route: GatewayRoute, attempt: Int = 0,
        completion: @escaping @Sendable (Result<ItemRow?, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let target = try target(table, route)
            let place = target.place
            guard let engine = try engine(route, target, attempt) else {
                return get(key, table, try renewed(route), attempt: attempt + 1, completion: completion)
            }
            let operation = GetItem(table: target.table, key: key)
            if let result = engine.getAtOnce(operation) {
                return take(result, of: place, key, table, route, attempt, completion)
            }
            engine.get(operation) { [self] result in
                take(result, of: place, key, table, route, attempt, completion)
            }
        } catch {
            completion(.failure(error))
        }
    }

    /// Takes what a store has answered, unless the tenant has left it meanwhile.
    private func take(
        _ result: Result<ItemRow?, TableError>, of place: GatewayRoute.Place, _ key: EncodedKey,
        _ table: GatewayTable, _ route: GatewayRoute, _ attempt: Int,
        _ completion: @escaping @Sendable (Result<ItemRow?, GatewayError>) -> Void
    ) {
        if let next = newRoute(insteadOf: place, route, attempt) {
            return get(key, table, next, attempt: attempt + 1, completion: completion)
        }
        switch result {
        case .success(let row): completion(.success(row))
        case .failure(let error): completion(.failure(Gateway.error(error)))
        }
    }

    /// Reads a page, routing anew where the placement has changed meanwhile.
    func read(
        _ range: ReadRange, _ table: GatewayTable, _ route: GatewayRoute, attempt: Int = 0,
        completion: @escaping @Sendable (Result<ReadPage, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let target = try target(table, route)
            let place = target.place
            guard let engine = try engine(route, target, attempt) else {
                return read(range, table, try renewed(route), attempt: attempt + 1, completion: completion)
            }
            var routed = range
            routed.table = target.table
            engine.read(routed) { [self] result in
                if let next = newRoute(insteadOf: place, route, attempt) {
                    return read(range, table, next, attempt: attempt + 1, completion: completion)
                }
                switch result {
                case .success(let page): completion(.success(page))
                case .failure(let error): completion(.failure(Gateway.error(error)))
                }
            }
        } catch {
            completion(.failure(error))
        }
    }

    /// The store of a route; nil where it is gone but the tenant is somewhere else by now, so that a new
    /// route helps.
    func engine(
        _ route: GatewayRoute, _ target: Target, _ attempt: Int
    ) throws(GatewayError) -> (any TableEngine)? {
        if let engine = target.engine { return engine }
        do throws(TableError) { return try route.engine(target.place) } catch {
            if newRoute(insteadOf: target.place, route, attempt) != nil { return nil }
            throw Gateway.error(error)
        }
    }

    /// The same route as it is now.
    func renewed(_ route: GatewayRoute) throws(GatewayError) -> GatewayRoute {
        guard let tenant = route.tenant else { return route }
        return try self.route(of: tenant)
    }

    /// The route to use in place of one whose store the tenant has left while a request was under way.
    ///
    /// What was read at the old store may already have been cleaned up then, a missing item as well as an
    /// error: the answer does not count. A placement is announced before anything is cleaned up, so an answer
    /// that came from the store that is still the tenant's is a true one.
    func newRoute(insteadOf place: GatewayRoute.Place, _ route: GatewayRoute, _ attempt: Int) -> GatewayRoute?
    {
        guard attempt < Limits.rerouteAttemptsMax, let tenant = route.tenant,
            let current = currentRoute(of: tenant), current !== route, let now = current.place,
            now.store != place.store
        else { return nil }
        metrics.rerouted.add()
        return current
    }
}
