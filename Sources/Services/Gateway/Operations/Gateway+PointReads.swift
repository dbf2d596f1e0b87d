import Base
import Items
import Policies
import Registry
import Tables

/// The short way of a GetItem: most of all requests read one item by a key of texts, all of it, from a store that answers at
/// once. It does what `getItem` does, in the same order, and says only yes: whatever is unusual, refused or wrong is left to
/// `getItem`, which then does it all again and finds the words.
extension Gateway {
    /// What a read of one item found.
    public enum PointOutcome: Sendable, Equatable {
        /// The item's image has been appended to the buffer.
        case found
        /// There is no such item.
        case absent
    }

    /// Reads an item by its key and appends its image to `buffer`. Nil where `getItem` is to be called: then nothing has been
    /// counted, and what was appended means nothing.
    /// - Parameter monotonic: nanoseconds of the clock's own, of this request.
    public func readAtOnce(
        _ table: UnsafeRawBufferPointer, _ key: PointKey, isConsistent: Bool, by caller: GatewayCaller,
        at now: Timestamp, monotonic: UInt64, into buffer: ByteBuffer
    ) -> PointOutcome? {
        guard let plan = pointReadPlan(table, caller, now), let key = plan.key(key),
            let policies = caller.currentPolicies(policies), caller.maySkipSample()
        else { return nil }
        let route = plan.route
        guard plan.isAllowed(key.partition, by: policies, at: now),
            route.owns(key.partition, of: plan.table),
            route.budget.admits(.read, now: monotonic)
        else { return nil }
        let outcome = plan.reader.read(partition: key.partition, sort: key.sort, into: buffer)
        // The answer does not count where the tenant may have moved meanwhile: see `newRoute(insteadOf:)`.
        guard directory.generation == plan.generation else { return nil }
        switch outcome {
        case .unknown: return nil
        case .absent:
            route.budget.charge(
                .read, halfUnits: CapacityUsed.readHalfUnits(bytes: 0, isConsistent: isConsistent))
            return .absent
        case .found(let sizeBytes):
            route.budget.charge(
                .read, halfUnits: CapacityUsed.readHalfUnits(bytes: sizeBytes, isConsistent: isConsistent))
            return .found
        }
    }

    /// Operators' sessions have none: each of their looks at tenants' items is noted first.
    private func pointReadPlan(
        _ name: UnsafeRawBufferPointer, _ caller: GatewayCaller, _ now: Timestamp
    ) -> PointReadPlan? {
        guard caller.session.tenant != nil else { return nil }
        for number in tables.all.indices where tables.all[number].hasName(name) {
            if number < caller.pointReads.count, let plan = caller.pointReads[number],
                plan.generation == directory.generation, plan.reader.isCurrent
            {
                return plan
            }
            let plan = newPointReadPlan(tables.all[number], caller, now)
            while caller.pointReads.count <= number { caller.pointReads.append(nil) }
            caller.pointReads[number] = plan
            return plan
        }
        return nil
    }

    private func newPointReadPlan(
        _ table: GatewayTable, _ caller: GatewayCaller, _ now: Timestamp
    ) -> PointReadPlan? {
        let generation = directory.generation
        let found: (route: GatewayRoute, reader: any PointReader)
        do throws(GatewayError) {
            let route = try route(of: caller.session)
            let target = try target(table, route)
            guard let reader = try engine(route, target, 0)?.pointReader(of: target.table) else { return nil }
            found = (route, reader)
        } catch {
            return nil
        }
        caller.ask(.getItem, table, at: now)
        caller.mention(table.schema.key)
        mentionProjection(nil, caller)
        return PointReadPlan(
            table, found.route, found.reader, generation: generation, question: caller.request)
    }
}
