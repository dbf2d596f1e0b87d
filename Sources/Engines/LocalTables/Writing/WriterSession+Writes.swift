import Base
import Items
import Tables

/// Writes: everything is decided before anything is changed, so a refusal leaves nothing behind.
extension WriterSession {
    /// What a write comes to.
    private struct Decision {
        let write: PreparedWrite.Write
        let found: TableStatements.Row?
        let new: ItemImage?
        let newItem: Item?
        let touched: [DocumentPath]
        let indexChanges: [IndexChange]
        var old: ItemImage? { found?.image }
    }

    func perform(_ prepared: PreparedWrite) throws(TableError) -> [WriteOutcome] {
        // Relies on the order of jobs: a table may have got or lost an index, or been deleted, since the request came.
        let request = prepared.generation == tables.generation ? prepared : try prepared.renewed(tables)
        var isCaptured = false
        if let route = request.route {
            // INVARIANT (epoch at commit): the standing is looked up in the transaction that commits the write.
            let resident = resident(route.tenant)
            guard isInCharge(resident, of: route) else { throw .misrouted(route.tenant) }
            isCaptured = resident?.isCaptured ?? false
            #if MUTANTS
                if Mutant.isOn(.transactionsNotCaptured), request.kind == .transaction { isCaptured = false }
            #endif
        }
        if let token = request.token, try tokens.isSpent(token, by: request.route?.tenant) {
            return try replay(request)
        }
        var decisions = try decide(request)
        let ownCount = decisions.count
        if let sequel = request.sequel { decisions += try decide(sequel, of: request) }
        if request.kind == .transaction { try checkSize(decisions) }
        // Not before: a refusal leaves nothing behind.
        if let token = request.token { try tokens.spend(token, by: request.route?.tenant) }
        if let route = request.route { rates.note(route.tenant, writes: ownCount) }
        var outcomes: [WriteOutcome] = []
        outcomes.reserveCapacity(decisions.count)
        var change = Extent()
        for decision in decisions {
            // INVARIANT (sequels): what a sequel writes is captured and followed as any write is; only its outcome is nobody's.
            if case .check = decision.write.action {
                outcomes.append(WriteOutcome(old: decision.old, new: decision.old))
                continue
            }
            try apply(decision)
            if !journal.isIdle || !expiry.isIdle { try follow(decision, route: request.route) }
            if isCaptured, let route = request.route {
                try capture(route.tenant, by: decision.write)
            }
            change = change + tally(decision, of: request.route?.tenant)
            outcomes.append(
                WriteOutcome(
                    old: decision.old, new: decision.new, touched: decision.touched,
                    indexWrites: decision.indexChanges.map(\.write)))
        }
        if let route = request.route { tallies.note(route.tenant, change) }
        return ownCount == decisions.count ? outcomes : Array(outcomes[..<ownCount])
    }

    /// How the write changes the extent of the tenant's items; a count that is under way learns of it.
    private func tally(_ decision: Decision, of tenant: TenantID?) -> Extent {
        let change = Extent(of: decision.new, inPlaceOf: decision.old)
        if let tenant, tallies.isCounting(tenant) {
            let write = decision.write
            tallies.note(tenant, change, table: write.table.schema.name, key: write.key)
        }
        return change
    }

    /// The change log tells of the write in its own transaction.
    private func capture(_ tenant: TenantID, by write: PreparedWrite.Write) throws(TableError) {
        #if MUTANTS
            if Mutant.isOn(.captureAfterWrite) {
                return lateCaptures.append((tenant, write.table, write.key))
            }
        #endif
        try capture(tenant, table: write.table, key: write.key)
    }

    private func isInCharge(_ resident: Resident?, of route: WriteRoute) -> Bool {
        guard let resident else { return false }
        #if MUTANTS
            if Mutant.isOn(.epochNotChecked) { return true }
        #endif
        return resident.state == .active && resident.epoch == route.epoch
    }

    /// What the transaction's sequel comes to, by what the transactions before it left.
    private func decide(_ sequel: WriteSequel, of request: PreparedWrite) throws(TableError) -> [Decision] {
        var found: [ItemImage?] = []
        for read in sequel.reads { found.append(try image(read.key, in: try tables.table(read.table))) }
        let writes = try sequel.writes(found)
        do throws(TableError) {
            return try decide(try request.followed(by: writes, tables: tables))
        } catch {
            // The faults are told in the order of the writes, the transaction's own first.
            guard case .transactionCancelled(let faults) = error else { throw error }
            let own = [TransactionFault?](repeating: nil, count: request.writes.count)
            throw .transactionCancelled(own + faults)
        }
    }

    private func checkSize(_ decisions: [Decision]) throws(TableError) {
        let bytes = decisions.reduce(0) { $0 + max($1.old?.sizeBytes ?? 0, $1.new?.sizeBytes ?? 0) }
        guard bytes <= TableLimits.transactionBytesMax else {
            throw .invalid(.validation(TableLimits.transactionTooLarge))
        }
    }

    /// The outcome of a transaction that was committed before: the items as they are.
    private func replay(_ request: PreparedWrite) throws(TableError) -> [WriteOutcome] {
        var outcomes: [WriteOutcome] = []
        for write in request.writes {
            let image = try image(write.key, in: write.table)
            var outcome = WriteOutcome(old: image, new: image)
            outcome.isReplay = true
            outcomes.append(outcome)
        }
        return outcomes
    }

    private func decide(_ request: PreparedWrite) throws(TableError) -> [Decision] {
        guard request.kind == .transaction else {
            var decisions: [Decision] = []
            decisions.reserveCapacity(request.writes.count)
            for write in request.writes { decisions.append(try decide(write, route: request.route)) }
            return decisions
        }
        var decisions: [Decision] = []
        var faults: [TransactionFault?] = []
        for write in request.writes {
            do {
                decisions.append(try decide(write, route: request.route))
                faults.append(nil)
            } catch {
                switch error {
                case .conditionFailed(let item): faults.append(.conditionFailed(item))
                case .invalid(let reason): faults.append(.invalid(reason))
                case .transactionCancelled, .tokenMismatch, .noSuchTable, .noSuchIndex, .tableExists,
                    .noSuchStore,
                    .misrouted,
                    .walled, .overloaded, .notArriving, .storage:
                    throw error
                }
            }
        }
        guard faults.allSatisfy({ $0 == nil }) else { throw .transactionCancelled(faults) }
        return decisions
    }

    private func decide(_ write: PreparedWrite.Write, route: WriteRoute?) throws(TableError) -> Decision {
        let schema = write.table.schema
        let found = try row(write.key, in: write.table)
        let old = found?.image
        var needsOldItem = write.condition != nil
        if case .update = write.action { needsOldItem = true }
        // Equal images are equal items: nothing changes in an index then.
        let isSame = !needsOldItem && write.image != nil && ItemImage.areSame(old, write.image)
        let isOutside = write.image.map(write.table.isSurelyOutOfIndexes) ?? true
        let changesIndexes =
            !schema.indexes.isEmpty
            && (needsOldItem
                || !isSame && !(isOutside && old.map(write.table.isSurelyOutOfIndexes) ?? true))
        needsOldItem = needsOldItem || changesIndexes
        let oldItem = needsOldItem ? try old?.item() : nil

        if let condition = write.condition {
            let holds: Bool
            do { holds = try condition.matches(oldItem) } catch { throw .invalid(error) }
            guard holds else { throw .conditionFailed(old) }
        }
        var newItem: Item?
        var new = write.image
        var touched: [DocumentPath] = []
        switch write.action {
        case .put(let item): newItem = item
        case .store(let image):
            // Outside of all indexes an item without attributes is the same to them and to the wall.
            newItem = isOutside && expiry.attribute(of: write.table) == nil ? Item() : try image.item()
        case .delete: break
        case .check:
            newItem = oldItem
            new = old
        case .update(let expression) where oldItem == nil && !expression.createsItem: break
        case .update(let expression):
            do {
                let change = try expression.apply(
                    to: oldItem, key: schema.key.attributes(of: write.key), schema: schema.key)
                newItem = change.item
                touched = change.touched
                new = ItemImage(change.item)
            } catch { throw .invalid(error) }
        }
        if let new, new.sizeBytes > Limits.itemBytesMax {
            throw .invalid(.validation(write.image == nil ? Self.updateTooLarge : Self.itemTooLarge))
        }
        if let newItem, let route, !route.wall.permits(newItem, key: write.key, in: schema) {
            throw .walled(schema.name)
        }
        return Decision(
            write: write, found: found, new: new, newItem: newItem, touched: touched,
            indexChanges: changesIndexes
                ? try indexChanges(
                    of: write.table, from: WholeItem(old, oldItem), to: WholeItem(new, newItem),
                    by: write.action) : [])
    }

    // The two texts of AWS for an item over 400 KB: by a put, and by an update.
    private static var itemTooLarge: String { "Item size has exceeded the maximum allowed size" }
    private static var updateTooLarge: String { "Item size to update has exceeded the maximum allowed size" }

    func image(_ key: EncodedKey, in table: LocalTable) throws(TableError) -> ItemImage? {
        try row(key, in: table)?.image
    }

    func row(_ key: EncodedKey, in table: LocalTable) throws(TableError) -> TableStatements.Row? {
        let statements = try statements(of: table)
        do { return try statements.row(key) } catch { throw .storage("\(error)") }
    }

    private func apply(_ decision: Decision) throws(TableError) {
        guard decision.new != nil || decision.old != nil else { return }
        // Relies on INVARIANT (found rows): the keys of one request are all different.
        let write = decision.write
        try store(decision.new, write.key, over: decision.found, in: write.table)
        try change(decision.indexChanges, of: write.key, in: write.table)
    }

    /// Stores the image in the place of the row that was found under the key, or removes it. Its entries in indexes stay as they are.
    func store(
        _ new: ItemImage?, _ key: EncodedKey, over found: TableStatements.Row?, in table: LocalTable
    ) throws(TableError) {
        let statements = try statements(of: table)
        do {
            if let new {
                try statements.store(new, key: key, over: found)
            } else {
                try statements.remove(key)
            }
        } catch { throw .storage("\(error)") }
    }

    /// What a change brings with it where the table has a stream, a recovery or an expiry attribute.
    private func follow(_ decision: Decision, route: WriteRoute?) throws(TableError) {
        let write = decision.write
        if expiry.attribute(of: write.table) != nil {
            try noteExpiry(of: decision.newItem, key: write.key, in: write.table)
        }
        try journal.note(
            Journal.Entry(
                table: write.table, key: write.key, old: decision.old, new: decision.new,
                tenant: route?.tenant,
                epoch: route?.epoch ?? 0, cause: .request))
    }
}
