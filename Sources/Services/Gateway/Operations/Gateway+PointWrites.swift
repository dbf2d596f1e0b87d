import Base
import Items
import Policies
import Registry
import Tables

/// The short way of a PutItem: most of all puts store an item under a key of texts, whatever was there, and ask for nothing back.
/// It does what `writeItem` does, in the same order, and says only yes: whatever is unusual, refused or wrong before the engine
/// has it is left to `writeItem`, which then does it all again and finds the words.
extension Gateway {
    /// Puts an item of a tenant's. False where `writeItem` is to be called: then nothing has been done, and `completion` is not
    /// called.
    /// - Parameter monotonic: nanoseconds of the clock's own, of this request.
    public func putAtOnce(
        _ name: UnsafeRawBufferPointer, _ item: ItemText, by caller: GatewayCaller, at now: Timestamp,
        monotonic: UInt64, completion: @escaping @Sendable (Result<WriteItemResult, GatewayError>) -> Void
    ) -> Bool {
        guard item.sizeBytes <= Limits.itemBytesMax, let plan = pointWritePlan(name, caller, now),
            let key = plan.key(of: item), let policies = caller.currentPolicies(policies),
            caller.maySkipSample()
        else { return false }
        let route = plan.route
        guard plan.isAllowed(item, key.partition, by: policies, at: now),
            route.owns(key.partition, of: plan.table),
            route.budget.admits(.write, now: monotonic)
        else { return false }
        let write = LogicalWrite(
            table: plan.table, key: key,
            action: .store(ItemImage(bytes: item.image, sizeBytes: item.sizeBytes)), condition: nil)
        let job = WriteJob(
            self, .single, [write], by: caller.session, asking: plan.named,
            requestID: caller.requestID
        ) { result in
            completion(result.flatMap { Gateway.finish($0.first, .none, route) })
        }
        job.run(route)
        return true
    }

    /// Operators' sessions have none: what they may write to is looked at each time.
    private func pointWritePlan(
        _ name: UnsafeRawBufferPointer, _ caller: GatewayCaller, _ now: Timestamp
    ) -> PointWritePlan? {
        guard caller.session.tenant != nil else { return nil }
        for number in tables.all.indices where tables.all[number].hasName(name) {
            if number < caller.pointWrites.count, let plan = caller.pointWrites[number],
                plan.generation == directory.generation
            {
                return plan
            }
            let plan = newPointWritePlan(tables.all[number], caller, now)
            while caller.pointWrites.count <= number { caller.pointWrites.append(nil) }
            caller.pointWrites[number] = plan
            return plan
        }
        return nil
    }

    private func newPointWritePlan(
        _ table: GatewayTable, _ caller: GatewayCaller, _ now: Timestamp
    ) -> PointWritePlan? {
        let generation = directory.generation
        let found: GatewayRoute
        do throws(GatewayError) { found = try writableRoute(of: caller.session) } catch { return nil }
        caller.ask(.putItem, table, at: now)
        caller.request.context.append(WriteItemCall.Returned.none.rawValue, to: .returnValues)
        return PointWritePlan(table, found, generation: generation, question: caller.request)
    }
}
