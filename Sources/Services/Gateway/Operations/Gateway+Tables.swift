import Base
import Policies
import Tables

/// Calls about tables. Each decides before it returns, and completes once, later, on another thread.
extension Gateway {
    /// A table that a call is about, and who keeps it.
    struct KeptTable: Sendable {
        let keeper: any TableKeeper
        /// Its name there.
        let physical: TableName
        /// Its name in the session.
        let name: TableName
        /// Whether it holds tenants' items.
        let isProvisioned: Bool
        /// Since when the session's tenant has it; nil for a table of operators.
        let createdAt: Timestamp?
        /// Whether others' items lie in it too, so that its size is none of the session's business.
        let isShared: Bool
    }

    /// DescribeTable.
    public func describeTable(
        _ name: TableName, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableDescription, GatewayError>) -> Void
    ) throws(GatewayError) {
        let table = try kept(name, .describeTable, caller)
        tableDesk.submit(completion) { () throws(GatewayError) in try Self.description(of: table) }
    }

    /// ListTables: the tables that the session sees, by name.
    public func listTables(by caller: GatewayCaller) throws(GatewayError) -> [GatewayTable] {
        let route = try route(of: caller.session)
        caller.askAboutTables(.listTables, at: clock.now())
        try caller.decide(by: policies)
        guard let place = route.place else { return try operatorTables.all() }
        return tables.all.filter { table in table.number.map { place.tables[$0] != nil } ?? false }
    }

    /// Decides an action that is about no table in particular.
    public func authorize(_ action: PolicyAction, by caller: GatewayCaller) throws(GatewayError) {
        _ = try route(of: caller.session)
        caller.askAboutTables(action, at: clock.now())
        try caller.decide(by: policies)
    }

    // MARK: Parts that calls about tables share

    /// The table, where the session may do this with it.
    /// - Throws: `tableNotFound`, in AWS's words.
    func kept(
        _ name: TableName, _ action: PolicyAction, _ caller: GatewayCaller
    ) throws(GatewayError) -> KeptTable {
        let route = try route(of: caller.session)
        guard let table = try table(named: name.text, for: caller.session) else { throw .noTable(name) }
        caller.ask(action, table, at: clock.now())
        try caller.decide(by: policies)
        return try kept(table, route)
    }

    /// The table, where the session may change it in this way.
    ///
    /// INVARIANT (who changes tables): operators, and only tables of their own, whatever a policy says.
    /// - Parameter tags: what the request sets or removes, for the policies.
    func changeable(
        _ name: TableName, _ action: PolicyAction, _ caller: GatewayCaller,
        tags: (keys: [String], values: [String: String]) = ([], [:])
    ) throws(GatewayError) -> KeptTable {
        let route = try route(of: caller.session)
        let found = try table(named: name.text, for: caller.session)
        if let found {
            caller.ask(action, found, at: clock.now())
        } else {
            caller.ask(action, tableNamed: name, at: clock.now())
        }
        caller.tag(tags.keys, values: tags.values)
        try caller.decide(by: policies)
        try checkOperator(caller)
        guard let table = found else { throw .noTable(name) }
        try checkWritable(table, caller)
        try recordChange("table/\(name)", caller)
        return try kept(table, route)
    }

    /// Refuses a tenant's session.
    func checkOperator(_ caller: GatewayCaller) throws(GatewayError) {
        guard case .tenant = caller.session.scope else { return }
        metrics.wallAlarms.add()
        throw refused(DenialText.tablesOfTenants(caller.request), caller)
    }

    private func kept(_ table: GatewayTable, _ route: GatewayRoute) throws(GatewayError) -> KeptTable {
        let target = try target(table, route)
        let engine: any TableEngine
        do throws(TableError) {
            engine = if let known = target.engine { known } else { try route.engine(target.place) }
        } catch { throw Self.error(error) }
        guard let keeper = engine as? any TableKeeper else {
            throw .fault("the store `\(engine.id)` keeps no records of its tables")
        }
        return KeptTable(
            keeper: keeper, physical: target.table, name: table.name, isProvisioned: table.isProvisioned,
            createdAt: route.tenant.map { _ in route.createdAt }, isShared: route.tenant != nil)
    }

    /// The table as it is.
    static func description(of table: KeptTable) throws(GatewayError) -> TableDescription {
        let record = try record(of: table)
        let builds = table.keeper.builds(of: table.physical)
        var description = TableDescription(record, builds.isEmpty ? .active : .updating)
        description.builds = builds
        guard !table.isShared else { return description }
        do throws(TableError) {
            description.sizes = try table.keeper.sizes(of: table.physical)
        } catch { throw Self.error(error, table.name) }
        return description
    }

    /// The table's record, under the name that the session uses.
    static func record(of table: KeptTable) throws(GatewayError) -> TableRecord {
        guard let record = table.keeper.record(of: table.physical) else { throw .noTable(table.name) }
        return shown(record, table)
    }

    static func shown(_ record: TableRecord, _ table: KeptTable) -> TableRecord {
        // A tenant's table is the same one wherever its items lie, and as old as the tenant.
        TableRecord(
            schema: record.schema.renamed(table.name), options: record.options,
            id: table.createdAt == nil ? record.id : "", createdAt: table.createdAt ?? record.createdAt)
    }

    /// What a store's error is to somebody who named this table.
    static func error(_ error: TableError, _ name: TableName) -> GatewayError {
        switch error {
        case .noSuchTable: .noTable(name)
        case .noSuchIndex: .tableNotFound("Requested resource not found")
        default: Self.error(error)
        }
    }
}

extension GatewayError {
    /// There is no such table, in the words of the calls about tables.
    static func noTable(_ name: TableName) -> GatewayError {
        .tableNotFound("Requested resource not found: Table: \(name) not found")
    }
}
