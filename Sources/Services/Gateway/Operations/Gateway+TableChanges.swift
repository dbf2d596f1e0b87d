import Base
import Items
import Policies
import Tables

/// CreateTable, UpdateTable and DeleteTable.
extension Gateway {
    /// CreateTable. The table can be used when this completes; the answer says, as AWS's does, that it is being created.
    public func createTable(
        _ definition: TableDefinition, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableDescription, GatewayError>) -> Void
    ) throws(GatewayError) {
        let name = definition.schema.name
        _ = try route(of: caller.session)
        caller.ask(.createTable, tableNamed: name, at: clock.now())
        caller.tag(Array(definition.options.tags.keys), values: definition.options.tags)
        try caller.decide(by: policies)
        try checkOperator(caller)
        try checkNewName(name)
        try recordChange("table/\(name)", caller)
        let now = clock.now()
        var options = definition.options
        options.stream?.startedAt = now
        options.billedByRequestSince = options.throughput == nil ? now : nil
        let record = TableRecord(
            schema: definition.schema, options: options, id: TableRecord.newID(random), createdAt: now)
        let own = operatorTables
        tableDesk.submit(completion) { () throws(GatewayError) in try Self.create(record, in: own) }
    }

    /// Refuses the name of a new table, created or restored, where it is one that tables of tenants have or can get, or one of
    /// tables that are being restored: an operator's table must never pass for either.
    public func checkNewName(_ name: TableName) throws(GatewayError) {
        guard !name.isRestoring else {
            throw .invalid(
                .validation("Invalid table name: `\(name)` is kept for tables that are being restored"))
        }
        guard let prefix = tables.physicalName(like: name) else { return }
        throw .invalid(
            .validation(
                "Invalid table name: names that are `\(prefix)` or begin with `\(prefix)-` are kept for tables of tenants"
            ))
    }

    private static func create(
        _ record: TableRecord, in own: OperatorTables
    ) throws(GatewayError) -> TableDescription {
        let name = record.schema.name
        let exists = GatewayError.resourceInUse("Table already exists: \(name)")
        guard try own.table(named: name.text) == nil else { throw exists }
        let keeper = try own.keeper()
        guard keeper.records().count < Limits.operatorTablesMax else {
            throw .limitExceeded(
                "Subscriber limit exceeded: There is a limit of \(Limits.operatorTablesMax) tables per subscriber"
            )
        }
        do throws(TableError) { try keeper.create(record) } catch {
            if case .tableExists = error { throw exists }
            throw Self.error(error, name)
        }
        // Of two that made it at once the other one may have been first.
        guard let made = keeper.record(of: name), made.id == record.id else { throw exists }
        return TableDescription(made, .creating)
    }

    /// UpdateTable.
    public func updateTable(
        _ name: TableName, _ change: TableChange, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableDescription, GatewayError>) -> Void
    ) throws(GatewayError) {
        let table = try changeable(name, .updateTable, caller)
        let now = clock.now()
        tableDesk.submit(completion) { () throws(GatewayError) in
            try Self.update(table, change, now: now)
        }
    }

    private static func update(
        _ table: KeptTable, _ change: TableChange, now: Timestamp
    ) throws(GatewayError) -> TableDescription {
        let old = try record(of: table)
        let builds = table.keeper.builds(of: table.physical)
        let rules = TableChangeRules(record: old, builds: builds, change: change)
        try rules.check()
        let index = try rules.addedIndex()
        let keeper = table.keeper
        let changed: TableRecord
        do throws(TableError) {
            if let index {
                changed = try keeper.addIndex(index, to: table.physical) { change.apply(to: &$0, now: now) }
            } else if let removed = change.removedIndex {
                changed = try keeper.removeIndex(removed, of: table.physical) {
                    change.apply(to: &$0, now: now)
                }
            } else {
                changed = try keeper.updateOptions(of: table.physical) { change.apply(to: &$0, now: now) }
            }
        } catch { throw Self.error(error, table.name) }
        var description = TableDescription(shown(changed, table), change.isSlow ? .updating : .active)
        // It may be complete by now; what was asked for has only begun.
        description.builds = index.map { [IndexBuild(index: $0.name, items: 0)] } ?? builds
        description.removedIndex = change.removedIndex.flatMap { old.schema.index(named: $0) }
        do throws(TableError) {
            description.sizes = try keeper.sizes(of: table.physical)
        } catch { throw Self.error(error, table.name) }
        return description
    }

    /// DeleteTable.
    public func deleteTable(
        _ name: TableName, by caller: GatewayCaller,
        completion: @escaping @Sendable (Result<TableDescription, GatewayError>) -> Void
    ) throws(GatewayError) {
        let table = try changeable(name, .deleteTable, caller)
        tableDesk.submit(completion) { () throws(GatewayError) in
            do throws(TableError) {
                let record = try table.keeper.delete(table.physical) { record throws(TableError) in
                    guard !record.options.isDeletionProtected else {
                        // AWS's text.
                        throw .invalid(
                            .validation(
                                "Resource cannot be deleted as it is currently protected against deletion. "
                                    + "Disable deletion protection first."))
                    }
                }
                return TableDescription(record, .deleting)
            } catch { throw Self.error(error, table.name) }
        }
    }
}

extension TableChange {
    /// Whether AWS takes a while for it, during which the table is said to be updating.
    fileprivate var isSlow: Bool {
        billing != nil || throughput != nil || !indexThroughput.isEmpty || addedIndex != nil
            || removedIndex != nil || stream != nil || tableClass != nil || warmThroughput != nil
            || onDemandMax != nil
    }

    /// Changes the options as it says; all rules are kept.
    fileprivate func apply(to options: inout TableOptions, now: Timestamp) {
        switch billing {
        case .byRequest:
            if options.throughput != nil || options.billedByRequestSince == nil {
                options.billedByRequestSince = now
            }
            options.throughput = nil
            options.indexThroughput = [:]
        case .provisioned, nil:
            if let throughput {
                options.throughput = throughput
                options.onDemandMax = nil
            }
        }
        for update in indexThroughput { options.indexThroughput[update.index] = update.throughput }
        if let addedIndex { options.indexThroughput[addedIndex.name] = addedIndex.throughput }
        if let removedIndex { options.indexThroughput[removedIndex] = nil }
        switch stream {
        case .on(let viewType): options.stream = TableOptions.Stream(viewType: viewType, startedAt: now)
        case .off: options.stream = nil
        case nil: break
        }
        switch encryption {
        case .on(let encryption): options.encryption = encryption
        case .off: options.encryption = nil
        case nil: break
        }
        if let isDeletionProtected { options.isDeletionProtected = isDeletionProtected }
        if let tableClass { options.tableClass = tableClass }
        if let onDemandMax {
            options.onDemandMax =
                onDemandMax.readUnits == nil && onDemandMax.writeUnits == nil ? nil : onDemandMax
        }
        if let warmThroughput { options.warmThroughput = warmThroughput }
    }
}
