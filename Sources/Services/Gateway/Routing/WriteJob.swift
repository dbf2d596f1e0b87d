import Base
import Items
import Policies
import Registry
import Synchronization
import Tables

/// A write to a logical table.
struct LogicalWrite: Sendable {
    let table: GatewayTable
    let key: EncodedKey
    let action: ItemWrite.Action
    let condition: ConditionExpression?
}

/// Writes on their way: they are routed, wait for a move where they must, and are routed again.
final class WriteJob: Parking.Waiter {
    let session: GatewaySession
    let deadlineNanoseconds: UInt64
    private let gateway: Gateway
    private let kind: WriteRequest.Kind
    private let writes: [LogicalWrite]
    private let token: WriteToken?
    // What was asked of the policies, for messages.
    private let question: DenialText.Question
    private let requestID: RequestID?
    private let attempts = Atomic<Int>(0)
    private let hasWaited = Atomic<Bool>(false)
    private let completion: @Sendable (Result<[WriteOutcome], GatewayError>) -> Void

    init(
        _ gateway: Gateway, _ kind: WriteRequest.Kind, _ writes: [LogicalWrite], token: WriteToken? = nil,
        by session: GatewaySession, asking question: DenialText.Question, requestID: RequestID?,
        completion: @escaping @Sendable (Result<[WriteOutcome], GatewayError>) -> Void
    ) {
        self.gateway = gateway
        self.kind = kind
        self.writes = writes
        self.token = token
        self.session = session
        self.question = question
        self.requestID = requestID
        self.completion = completion
        deadlineNanoseconds =
            gateway.clock.monotonicNanoseconds() + UInt64(Limits.parkedWriteMillisecondsMax) * 1_000_000
    }

    convenience init(
        _ gateway: Gateway, _ kind: WriteRequest.Kind, _ writes: [LogicalWrite], token: WriteToken? = nil,
        by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<[WriteOutcome], GatewayError>) -> Void
    ) {
        self.init(
            gateway, kind, writes, token: token, by: caller.session,
            asking: DenialText.Question(caller.request), requestID: caller.requestID, completion: completion)
    }

    func retry() {
        do throws(GatewayError) { run(try gateway.writableRoute(of: session)) } catch {
            completion(.failure(error))
        }
    }

    func giveUp() {
        completion(.failure(.waitedTooLong("a write of tenant \(tenantName) waited too long for its move")))
    }

    private var tenantName: String { session.tenant?.text ?? "(operators)" }

    /// Carries the writes out by a route.
    func run(_ route: GatewayRoute) {
        do throws(GatewayError) {
            guard let first = writes.first else { return completion(.success([])) }
            // Also after a wait: the tenant may have been suspended meanwhile.
            try route.checkWritable()
            if let exceptions = route.exceptions {
                for write in writes { try exceptions.checkWritable(write.table, write.key) }
            }
            let target = try gateway.target(first.table, route)
            let place = target.place
            let request = try request(route, target)
            guard let engine = try gateway.engine(route, target, attempts.load(ordering: .relaxed)) else {
                return rerun(place, route, .noSuchStore(place.store))
            }
            engine.write(request) { [self] result in
                switch result {
                case .success(let outcomes):
                    // Where one got through the others will too.
                    if hasWaited.load(ordering: .relaxed), let tenant = session.tenant {
                        gateway.parking.release(tenant)
                    }
                    completion(.success(outcomes))
                case .failure(.misrouted): park(place)
                case .failure(.walled):
                    gateway.metrics.wallAlarms.add()
                    completion(.failure(walled(DenialText.walledItem(question))))
                case .failure(.conditionFailed(let found)):
                    chargeRefusal(found, route)
                    completion(.failure(.conditionFailed(found)))
                case .failure(let error): rerun(place, route, error)
                }
            }
        } catch {
            completion(.failure(error))
        }
    }

    /// A write whose condition did not hold costs what it would have cost the table. Source: DynamoDB Developer Guide, "Write
    /// consumption".
    private func chargeRefusal(_ found: ItemImage?, _ route: GatewayRoute) {
        var bytes = found?.sizeBytes ?? 0
        switch writes.first?.action {
        case .put(let item): bytes = max(bytes, item.sizeBytes)
        case .store(let image): bytes = max(bytes, image.sizeBytes)
        case .delete, .update, .check, nil: break
        }
        route.budget.charge(.write, halfUnits: CapacityUsed.writeHalfUnits(bytes: bytes))
    }

    private func request(
        _ route: GatewayRoute, _ first: Gateway.Target
    ) throws(GatewayError) -> WriteRequest {
        var routed: [ItemWrite] = []
        routed.reserveCapacity(writes.count)
        for write in writes {
            // Also after a wait: a school may have left the tenant meanwhile.
            guard route.owns(write.key.partition, of: write.table) else {
                gateway.metrics.wallAlarms.add()
                throw walled(DenialText.walled(question))
            }
            let target = try gateway.target(write.table, route)
            try gateway.checkTogether(target, first, write.table)
            routed.append(
                ItemWrite(
                    table: target.table, key: write.key, action: write.action, condition: write.condition))
        }
        let writeRoute = route.tenant.map { WriteRoute(tenant: $0, epoch: first.place.epoch, wall: route) }
        var request = WriteRequest(kind, routed, route: writeRoute)
        request.token = token
        return request
    }

    private func walled(_ text: String) -> GatewayError {
        gateway.decisions?.recordDenial(of: session.tenant, for: .wall) {
            DecisionEntry(
                refused: question, by: .wall, session, requestID, at: gateway.clock.now(), summary: text)
        }
        return .walled(text)
    }

    /// Waits for the tenant's placement to change from `place`.
    private func park(_ place: GatewayRoute.Place) {
        guard let tenant = session.tenant else {
            return completion(.failure(.fault("a write without a tenant was asked to wait for a move")))
        }
        if !hasWaited.exchange(true, ordering: .relaxed) { gateway.metrics.parked.add() }
        guard gateway.parking.park(self, of: tenant) else {
            return completion(
                .failure(
                    .waitedTooLong("more writes of tenant \(tenantName) wait for its move than are held")))
        }
        // The announcement may have come between the answer and the parking: then nobody would announce it
        // again.
        let current = gateway.currentRoute(of: tenant)?.place
        if current?.epoch != place.epoch || current?.store != place.store {
            gateway.parking.release(tenant)
        }
    }

    /// Starts over where the tenant has moved on; fails where it has not.
    private func rerun(_ place: GatewayRoute.Place, _ route: GatewayRoute, _ error: TableError) {
        // Only errors that come before anything is written: any other may have been written, and is not done
        // twice.
        let isBeforeWriting =
            switch error {
            case .noSuchStore, .noSuchTable: true
            default: false
            }
        let attempt = attempts.wrappingAdd(1, ordering: .relaxed).oldValue
        guard isBeforeWriting, let next = gateway.newRoute(insteadOf: place, route, attempt) else {
            return completion(.failure(Gateway.error(error)))
        }
        run(next)
    }
}
