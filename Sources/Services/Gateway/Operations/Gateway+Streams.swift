import Base
import Items
import Policies
import Registry
import Tables
import Tenancy

/// Streams: finding them, and reading one with the second wall behind it.
extension Gateway {
    /// ListStreams: those of one table, or of all that the session sees; by table and start.
    public func listStreams(
        ofTable name: String?, by caller: GatewayCaller
    ) throws(GatewayError) -> [GatewayStream] {
        let route = try route(of: caller.session)
        caller.askAboutTables(.listStreams, at: clock.now())
        try caller.decide(by: policies)
        var tables: [GatewayTable]
        if let name {
            tables = [try streamedTable(name, caller)].compactMap { $0 }
        } else if route.tenant == nil {
            tables = try operatorTables.all()
        } else {
            tables = self.tables.all
        }
        tables.sort { $0.name < $1.name }
        var found: [GatewayStream] = []
        for table in tables { found += try streams(of: table, route) }
        return found
    }

    /// The stream of that table and label, for an action on it.
    /// - Throws: `denied` where the policies do not allow the action; `tableNotFound` where there is no such stream.
    public func stream(
        ofTable name: String, label: String, for action: PolicyAction, by caller: GatewayCaller
    ) throws(GatewayError) -> GatewayStream {
        let route = try route(of: caller.session)
        let resource = GatewayStream.resource(table: name, label: label)
        caller.ask(action, aboutResource: resource, at: clock.now())
        try caller.decide(by: policies)
        if let table = try streamedTable(name, caller),
            let stream = try streams(of: table, route).first(where: { $0.label == label })
        {
            return stream
        }
        throw .tableNotFound(
            "Requested resource not found: Stream: arn:aws:dynamodb:\(caller.regionName):"
                + "\(GatewaySession.account):\(resource) not found")
    }

    /// The table of that name, or of a table that was deleted and whose stream is still there.
    private func streamedTable(
        _ name: String, _ caller: GatewayCaller
    ) throws(GatewayError) -> GatewayTable? {
        try table(named: name, for: caller.session)
    }

    /// A store that has been in charge, and in which epochs.
    private struct Stay {
        let store: StoreID
        let table: TableName
        let epochs: ClosedRange<Int64>
        let isOver: Bool
        var source: (any StreamSource)?
    }

    private func stays(
        _ table: GatewayTable, _ route: GatewayRoute
    ) throws(GatewayError) -> [Stay] {
        switch table.place {
        case .physical(let physical):
            // A tenant's changes are the tenant's to read.
            guard !physical.isProvisioned else { return [] }
            return [
                Stay(
                    store: physical.store, table: table.name, epochs: 0...0, isOver: false,
                    source: physical.engine as? any StreamSource)
            ]
        case .logical:
            guard let tenant = route.tenant, let placement = directory.entry(tenant)?.placement else {
                return []
            }
            var stays: [Stay] = []
            for earlier in placement.earlier ?? [] {
                guard let name = earlier.tables[table.name.text] else { continue }
                // A dedicated store that was removed took its records with it.
                stays.append(
                    Stay(
                        store: earlier.store, table: name, epochs: earlier.epochs, isOver: true,
                        source: try source(earlier.store)))
            }
            guard let name = placement.tables[table.name.text] else { return stays }
            stays.append(
                Stay(
                    store: placement.store, table: name, epochs: (placement.sinceEpoch ?? 0)...Int64.max,
                    isOver: false, source: try source(placement.store)))
            return stays
        }
    }

    private func source(_ store: StoreID) throws(GatewayError) -> (any StreamSource)? {
        do throws(TableError) { return try operatorTables.stores.store(store) as? any StreamSource } catch {
            if case .noSuchStore = error { return nil }
            throw Gateway.error(error)
        }
    }

    private func streams(
        of table: GatewayTable, _ route: GatewayRoute
    ) throws(GatewayError) -> [GatewayStream] {
        var found: [Timestamp: GatewayStream] = [:]
        for stay in try stays(table, route) {
            guard let source = stay.source else { continue }
            do throws(TableError) {
                for stream in try source.streams() where stream.table == stay.table {
                    guard let bounds = try source.streamBounds(of: stay.table, startedAt: stream.startedAt)
                    else { continue }
                    let before = found[stream.startedAt]
                    let shard = GatewayShard(
                        id: GatewayShard.id(
                            epoch: stay.epochs.lowerBound, store: stay.store, table: stay.table),
                        parent: before?.shards.last?.id, isClosed: stay.isOver || stream.endedAt != nil,
                        bounds: bounds, epochs: stay.epochs, physical: stay.table, source: source)
                    found[stream.startedAt] = GatewayStream(
                        table: table, key: stream.key, viewType: stream.viewType, startedAt: stream.startedAt,
                        isOn: !stay.isOver && stream.endedAt == nil, shards: (before?.shards ?? []) + [shard])
                }
            } catch { throw Gateway.error(error) }
        }
        return found.values.sorted { $0.startedAt < $1.startedAt }
    }

    // MARK: Records

    /// Records of a shard behind a place; nil where some behind it are trimmed.
    public func records(
        of stream: GatewayStream, _ shard: GatewayShard, after place: Int64, itemsMax: Int,
        by caller: GatewayCaller
    ) throws(GatewayError) -> GatewayStreamPage? {
        guard place >= shard.bounds.trimHorizon else { return nil }
        let route = try route(of: caller.session)
        if stream.table.isRecorded { try recordCrossing(stream.table, caller) }
        let selection = ChangeSelection(
            table: shard.physical, startedAt: stream.startedAt, tenant: route.tenant, epochs: shard.epochs,
            after: place, itemsMax: itemsMax)
        let changes: [ItemChange]
        do throws(TableError) { changes = try shard.source.streamChanges(selection) } catch {
            throw Gateway.error(error)
        }
        // The second wall over what was read: one foreign key makes the whole answer an error. What was a school's that nobody
        // has any more, since it was withdrawn, is left out: it is nobody else's, and the records behind it must not wait.
        let own = changes.filter { route.owns($0.key.partition, of: stream.table) }
        guard own.count == changes.count || changes.allSatisfy({ isOwnOrNobodys($0, stream.table, route) })
        else {
            metrics.wallAlarms.add()
            throw .breached(
                "the second wall: tenant \(route.name) read a change of somebody else in table \(stream.table.name)"
            )
        }
        let bytes = changes.reduce(0) { $0 + ($1.old?.sizeBytes ?? 0) + ($1.new?.sizeBytes ?? 0) }
        if let last = changes.last, changes.count == itemsMax || bytes >= selection.bytesMax {
            return GatewayStreamPage(changes: own, next: last.sequence)
        }
        // The bounds were read before the changes: all up to them has been seen, so the place moves on where nothing of this
        // tenant's was, too, and does not fall behind the trim horizon.
        let next = max(shard.bounds.latest, changes.last?.sequence ?? 0, place)
        return GatewayStreamPage(changes: own, next: shard.isClosed ? nil : next)
    }

    /// Whether a change is of an item of the route's tenant, or of one whose owner is not there any more.
    private func isOwnOrNobodys(_ change: ItemChange, _ table: GatewayTable, _ route: GatewayRoute) -> Bool {
        if route.owns(change.key.partition, of: table) { return true }
        guard case .logical(let logical) = table.place else { return false }
        switch logical.ownedKeys.owner(of: change.key.partition) {
        case .school(let school): return directory.owner(of: school) == nil
        case .tenant, nil: return false
        }
    }
}
