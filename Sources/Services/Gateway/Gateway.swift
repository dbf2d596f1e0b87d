import Base
import Dispatch
import Items
import Policies
import Registry
import Tables

/// The storage gateway: carries a session's operations on logical tables out on the tenant's physical ones.
///
/// authorize → wall → throttle → route → execute. Each call decides before it returns, completes once, on the
/// caller's thread or later on another, and keeps nothing of the caller.
public final class Gateway: Sendable {
    /// The logical tables.
    public let tables: GatewayTables
    /// The policies in force.
    public let policies: ActivePolicies
    /// What it has done.
    public let metrics: GatewayMetrics
    let clock: any Clock
    let parking: Parking
    let directory: Directory
    /// The physical tables, for operators.
    public let operatorTables: OperatorTables
    let operatorRoute: GatewayRoute
    let audit: any GatewayAudit
    let random: any RandomSource
    /// Who keeps what was decided; nil where nobody does.
    public let decisions: DecisionRecorder?
    /// The sessions that were handed out.
    public let sessions = SessionLedger()
    /// Where calls about tables wait, one behind the other.
    let tableDesk = TableDesk()
    /// Where what operators did is written.
    let operatorDesk = DispatchQueue(label: "homeroom.operators", qos: .utility)

    /// A gateway.
    /// - Parameters:
    ///   - routes: what `directory` was made with: `Directory(following: registry, compile: routes.compile)`.
    ///   - policies: who may do what.
    public init(
        routes: TenantRoutes, directory: Directory, policies: ActivePolicies,
        clock: any Clock = SystemClock(),
        metrics: GatewayMetrics = GatewayMetrics(), audit: any GatewayAudit = NoGatewayAudit(),
        random: any RandomSource = SystemRandom(), decisions: DecisionRecorder? = nil
    ) {
        self.random = random
        self.decisions = decisions
        tables = routes.tables
        self.audit = audit
        operatorTables = OperatorTables(stores: routes.stores, directory: directory)
        operatorRoute = GatewayRoute(
            operatorsOf: routes.stores, tables: routes.tables, now: clock.monotonicNanoseconds())
        self.directory = directory
        self.policies = policies
        self.clock = clock
        self.metrics = metrics
        let parking = Parking(clock: clock, metrics: metrics)
        self.parking = parking
        directory.onChange { parking.release($0) }
    }

    // MARK: Routes

    /// The route of a session as it is now, for what changes nothing.
    /// - Throws: `notServed` where its tenant is suspended, not there or not ready, or its school not served.
    func route(of session: GatewaySession) throws(GatewayError) -> GatewayRoute {
        switch session.scope {
        case .tenant(let tenant, let school):
            let route = try route(of: tenant)
            if let exceptions = route.exceptions { try exceptions.checkServed(school) }
            return route
        case .operators: return operatorRoute
        }
    }

    /// The route of a session as it is now, for what writes.
    /// - Throws: as `route(of:)`, and `notServed` where its tenant may only read.
    func writableRoute(of session: GatewaySession) throws(GatewayError) -> GatewayRoute {
        let route = try route(of: session)
        try route.checkWritable()
        return route
    }

    /// The tenant's route as it is now, for what changes nothing.
    /// - Throws: `notServed` where the tenant is suspended, not there or not ready.
    func route(of tenant: TenantID) throws(GatewayError) -> GatewayRoute {
        guard let route = currentRoute(of: tenant) else {
            throw .notServed(GatewayError.notKnown)
        }
        if route.standing == .readOnly || route.standing == .departing { return route }
        try route.checkWritable()
        return route
    }

    func currentRoute(of tenant: TenantID) -> GatewayRoute? {
        directory.entry(tenant)?.compiled as? GatewayRoute
    }

    /// The table of that name as the session sees it, or nil.
    /// - Throws: `fault` where a store cannot be opened.
    public func table(named name: String, for session: GatewaySession) throws(GatewayError) -> GatewayTable? {
        switch session.scope {
        case .tenant: tables[name]
        case .operators: try operatorTables.table(named: name)
        }
    }

    /// Where a request for a table goes by a route.
    func target(_ table: GatewayTable, _ route: GatewayRoute) throws(GatewayError) -> Target {
        switch table.place {
        case .physical(let physical):
            guard route.tenant == nil else { throw .fault("a tenant's route came to a physical table") }
            return Target(
                place: GatewayRoute.Place(store: physical.store, epoch: 0, isFenced: false, tables: []),
                table: table.name, engine: physical.engine)
        case .logical(let logical):
            guard let place = route.place else { throw .fault("tenant \(route.name) has no place") }
            // A table that came into the catalog after the tenant did.
            guard let physical = place.tables[logical.number] else {
                throw .tableNotFound("Requested resource not found")
            }
            return Target(place: place, table: physical, engine: nil)
        }
    }

    /// A physical table and where it is.
    struct Target {
        let place: GatewayRoute.Place
        let table: TableName
        /// The store, where it is known without asking the route.
        let engine: (any TableEngine)?
    }

    // MARK: The second wall

    /// Checks that a partition key is the tenant's, whatever the policies say.
    func wall(
        _ partition: [UInt8], _ table: GatewayTable, _ route: GatewayRoute, _ caller: GatewayCaller
    ) throws(GatewayError) {
        // A rehearsed request asks about every key, also about those that the wall would not let through.
        guard caller.rehearsal == nil else { return }
        guard route.owns(partition, of: table) else { throw walled(caller) }
        if table.isRecorded { try recordCrossing(table, partition, nil, caller) }
    }

    /// Checks that a partition key of an index is the tenant's.
    func wall(
        _ partition: [UInt8], _ table: GatewayTable, _ index: GatewayIndex, _ route: GatewayRoute,
        _ caller: GatewayCaller
    ) throws(GatewayError) {
        guard caller.rehearsal == nil else { return }
        guard route.owns(partition, of: table, index: index) else { throw walled(caller) }
        if table.isRecorded { try recordCrossing(table, partition, index, caller) }
    }

    /// Operators change only tables of their own: a write to a tenant's items past its placement would be lost to a move.
    func checkWritable(_ table: GatewayTable, _ caller: GatewayCaller) throws(GatewayError) {
        guard table.isProvisioned else { return }
        metrics.wallAlarms.add()
        // That it was tried is said too.
        try recordCrossing(table, caller)
        throw refused(DenialText.provisioned(caller.request), caller)
    }

    private func walled(_ caller: GatewayCaller) -> GatewayError {
        metrics.wallAlarms.add()
        return refused(DenialText.walled(DenialText.Question(caller.request)), caller)
    }

    /// What the gateway refuses by itself, kept among the decisions.
    func refused(_ text: String, _ caller: GatewayCaller) -> GatewayError {
        caller.recordRefusal(by: .wall, text)
        return .walled(text)
    }

    // MARK: Steps that all operations share

    func throttle(_ kind: TenantBudget.Kind, _ route: GatewayRoute) throws(GatewayError) {
        if let wait = route.budget.wait(kind, now: clock.monotonicNanoseconds()) {
            throw .overRate(retryMilliseconds: wait)
        }
    }

    /// Does what may fail, with its error in the gateway's family.
    func checked<Value>(_ body: () throws(ItemError) -> Value) throws(GatewayError) -> Value {
        do throws(ItemError) { return try body() } catch { throw .invalid(error) }
    }

    /// What a table engine's error is to a caller, where nothing else can be done about it.
    static func error(_ error: TableError) -> GatewayError {
        switch error {
        case .invalid(let error): .invalid(error)
        case .conditionFailed(let item): .conditionFailed(item)
        case .overloaded: .throttled
        case .noSuchIndex(let name):
            .invalid(.validation("The table does not have the specified index: \(name)"))
        case .transactionCancelled(let faults): .transactionCancelled(faults)
        case .tokenMismatch: .tokenMismatch
        // It was deleted between the look at it and the call.
        case .noSuchTable: .tableNotFound("Requested resource not found")
        case .tableExists, .noSuchStore, .misrouted, .walled,
            .notArriving, .storage:
            .fault("\(error)")
        }
    }
}

extension Gateway {
    /// Checks that a session of this tenant, and of this school of it, may be opened now.
    /// - Throws: `notServed` where the tenant is not served, or the school closed or not (or no longer) its own.
    public func checkServed(_ tenant: TenantID, school: SchoolID?) throws(GatewayError) {
        let route = try route(of: tenant)
        guard let school else { return }
        if let exceptions = route.exceptions { try exceptions.checkServed(school.text) }
        guard directory.owner(of: school)?.record.id == tenant else {
            throw .notServed("The school of this session does not belong to its tenant")
        }
    }
}
