import Base
import Items
import Tables

/// Writes: everything is decided before anything is changed, so a refusal leaves nothing behind.
extension WriterSession {
    /// What a write comes to.
    private struct Decision {
        let write: PreparedWrite.Write
        let old: ItemImage?
        let oldItem: Item?
        let new: ItemImage?
        let newItem: Item?
        let touched: [DocumentPath]
        let oldIndexKeys: [EncodedKey?]
        let newIndexKeys: [EncodedKey?]
    }

    func perform(_ request: PreparedWrite) throws(TableError) -> [WriteOutcome] {
        var isCaptured = false
        if let route = request.route {
            // INVARIANT (epoch at commit): the standing is looked up in the transaction that commits the write.
            guard let resident = resident(route.tenant), resident.state == .active,
                resident.epoch == route.epoch
            else { throw .misrouted(route.tenant) }
            isCaptured = resident.isCaptured
        }
        let decisions = try decide(request)
        var outcomes: [WriteOutcome] = []
        outcomes.reserveCapacity(decisions.count)
        for decision in decisions {
            if case .check = decision.write.action {
                outcomes.append(WriteOutcome(old: decision.old, new: decision.old))
                continue
            }
            let indexWrites = try apply(decision)
            if !journal.isIdle || !expiry.isIdle { try follow(decision, route: request.route) }
            if isCaptured, let route = request.route {
                try capture(route.tenant, table: decision.write.table, key: decision.write.key)
            }
            outcomes.append(
                WriteOutcome(
                    old: decision.old, new: decision.new, touched: decision.touched, indexWrites: indexWrites)
            )
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
                case .transactionCancelled, .noSuchTable, .noSuchIndex, .tableExists, .noSuchStore,
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
        let old = try image(write.key, in: write.table)
        var needsOldItem = write.condition != nil || !schema.indexes.isEmpty
        if case .update = write.action { needsOldItem = true }
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
            write: write, old: old, oldItem: oldItem, new: new, newItem: newItem, touched: touched,
            oldIndexKeys: try indexKeys(of: oldItem, in: schema),
            newIndexKeys: try indexKeys(of: newItem, in: schema))
    }

    // The two texts of AWS for an item over 400 KB: by a put, and by an update.
    private static var itemTooLarge: String { "Item size has exceeded the maximum allowed size" }
    private static var updateTooLarge: String { "Item size to update has exceeded the maximum allowed size" }

    func image(_ key: EncodedKey, in table: LocalTable) throws(TableError) -> ItemImage? {
        let statements = try statements(of: table)
        do { return try statements.image(key) } catch { throw .storage("\(error)") }
    }

    func indexKeys(of item: Item?, in schema: TableSchema) throws(TableError) -> [EncodedKey?] {
        guard let item, !schema.indexes.isEmpty else { return [] }
        var keys: [EncodedKey?] = []
        for index in schema.indexes {
            do { keys.append(try index.key.indexKey(of: item, index: index.name)) } catch {
                throw .invalid(error)
            }
        }
        return keys
    }

    /// Changes the rows; answers how many index entries it wrote.
    private func apply(_ decision: Decision) throws(TableError) -> Int {
        let write = decision.write
        if let new = decision.new {
            return try replace(
                write.key, in: write.table, by: new, item: decision.newItem,
                newIndexKeys: decision.newIndexKeys,
                oldItem: decision.oldItem, oldIndexKeys: decision.oldIndexKeys)
        }
        guard decision.old != nil else { return 0 }
        return try replace(
            write.key, in: write.table, by: nil, item: nil, newIndexKeys: [], oldItem: decision.oldItem,
            oldIndexKeys: decision.oldIndexKeys)
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

    /// Puts one item's row and index entries in place of the old ones; answers how many index entries it wrote.
    func replace(
        _ key: EncodedKey, in table: LocalTable, by new: ItemImage?, item: Item?, newIndexKeys: [EncodedKey?],
        oldItem: Item?, oldIndexKeys: [EncodedKey?]
    ) throws(TableError) -> Int {
        let statements = try statements(of: table)
        var indexWrites = 0
        do {
            if let new { try statements.store(new, key: key) } else { try statements.remove(key) }
            for (number, index) in table.schema.indexes.enumerated() {
                let before = number < oldIndexKeys.count ? oldIndexKeys[number] : nil
                let after = number < newIndexKeys.count ? newIndexKeys[number] : nil
                if let before, before != after {
                    try statements.remove(index: number, indexKey: before, key: key)
                    indexWrites += 1
                }
                guard let after, let item, let new else { continue }
                let image = index.image(of: item, whole: new, table: table.schema)
                if before == after, let oldItem, index.projects(oldItem, equallyTo: item, table: table.schema)
                {
                    continue
                }
                try statements.store(image, index: number, indexKey: after, key: key)
                indexWrites += 1
            }
        } catch { throw .storage("\(error)") }
        return indexWrites
    }
}

extension IndexSchema {
    /// What the index holds of `item`: the whole image, or one of the projected attributes.
    func image(of item: Item, whole: ItemImage, table: TableSchema) -> ItemImage {
        guard let names = projectedNames(table: table) else { return whole }
        return ItemImage(item.keeping(names))
    }

    /// Whether an entry made of `old` equals one made of `new`.
    func projects(_ old: Item, equallyTo new: Item, table: TableSchema) -> Bool {
        guard let names = projectedNames(table: table) else { return old == new }
        return old.keeping(names) == new.keeping(names)
    }

    /// The attributes that an entry holds, or nil for all.
    private func projectedNames(table: TableSchema) -> Set<String>? {
        var names = Set(table.key.attributes.map(\.name)).union(key.attributes.map(\.name))
        switch projection {
        case .all: return nil
        case .keysOnly: return names
        case .include(let more):
            names.formUnion(more)
            return names
        }
    }
}

extension Item {
    /// The item with only the attributes of these names.
    func keeping(_ names: Set<String>) -> Item {
        var kept = AttributeMap()
        for (name, value) in attributes where names.contains(name) { kept[name] = value }
        return Item(attributes: kept)
    }
}
