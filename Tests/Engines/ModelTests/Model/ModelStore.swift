/// The plain store: each table a dictionary, everything else worked out anew whenever it is asked for.
struct ModelStore {
    let tables: [ModelSchema]
    let rules: ModelRules
    /// The items of each table, by key.
    var items: [[ModelKey: ModelItem]]
    /// What the tokens of transactions were spent on.
    private var spent: [Int: [ModelWrite]] = [:]

    init(tables: [ModelSchema], rules: ModelRules = []) {
        self.tables = tables
        self.rules = rules
        items = tables.map { _ in [:] }
    }

    /// Carries out an operation.
    mutating func perform(_ operation: ModelOperation) -> ModelAnswer {
        switch operation {
        case .reopen: return .reopened
        case .get(let table, let key): return .item(item(table, key))
        case .read(let read): return self.read(read)
        case .write(let write): return all([write])
        case .batch(let writes): return all(writes)
        case .transaction(let writes, let token): return transaction(writes, token)
        case .getTogether(let places): return .items(places.map { item($0.table, $0.key) })
        }
    }

    private func item(_ table: Int, _ key: ModelItem) -> ModelItem? {
        ModelKey(of: key, tables[table].key).flatMap { items[table][$0] }
    }

    // MARK: Writes

    /// What a write comes to, as things stand.
    private enum Decision {
        case outcome(ModelAnswer.Outcome)
        case conditionFailed(ModelItem?)
        case invalid(Set<String>)
    }

    private mutating func all(_ writes: [ModelWrite]) -> ModelAnswer {
        var outcomes: [ModelAnswer.Outcome] = []
        var faults: Set<String> = []
        for write in writes {
            switch decide(write) {
            case .outcome(let outcome): outcomes.append(outcome)
            case .conditionFailed(let item): return .refused(.conditionFailed(item))
            case .invalid(let texts): faults.formUnion(texts)
            }
        }
        guard faults.isEmpty else { return .refused(.invalid(faults)) }
        for (write, outcome) in zip(writes, outcomes) { apply(write, outcome) }
        return .outcomes(outcomes)
    }

    private mutating func transaction(_ writes: [ModelWrite], _ token: Int?) -> ModelAnswer {
        let places = writes.map { "\($0.table) \($0.key.text)" }
        guard Set(places).count == places.count else {
            return .refused(
                .invalid(["Transaction request cannot include multiple operations on one item"]))
        }
        if let token, let earlier = spent[token] {
            guard earlier == writes else { return .refused(.tokenMismatch) }
            return .outcomes(
                writes.map { write in
                    let item = item(write.table, write.key)
                    return ModelAnswer.Outcome(old: item, new: item, isReplay: true)
                })
        }
        var outcomes: [ModelAnswer.Outcome] = []
        let reasons: [ModelAnswer.Reason] = writes.map { write in
            switch decide(write) {
            case .outcome(let outcome):
                outcomes.append(outcome)
                return .none
            case .conditionFailed(let item):
                outcomes.append(ModelAnswer.Outcome(old: item, new: item))
                return .conditionFailed(item)
            case .invalid(let texts):
                outcomes.append(ModelAnswer.Outcome())
                return .invalid(texts)
            }
        }
        let isWhole = reasons.allSatisfy { $0 == .none }
        for (number, write) in writes.enumerated()
        where isWhole || (rules.contains(.transactionsAreNotAtomic) && reasons[number] == .none) {
            apply(write, outcomes[number])
        }
        if let token, isWhole { spent[token] = writes }
        return isWhole ? .outcomes(outcomes) : .refused(.cancelled(reasons))
    }

    private mutating func apply(_ write: ModelWrite, _ outcome: ModelAnswer.Outcome) {
        guard let key = ModelKey(of: write.key, tables[write.table].key) else { return }
        items[write.table][key] = outcome.new
    }

    private func decide(_ write: ModelWrite) -> Decision {
        let schema = tables[write.table]
        let old = item(write.table, write.key)
        if let condition = write.condition, !condition.holds(for: old ?? [:], rules: rules) {
            return .conditionFailed(old)
        }
        var outcome = ModelAnswer.Outcome(old: old)
        switch write.action {
        case .check:
            outcome.new = old
            return .outcome(outcome)
        case .delete: break
        case .put(let item):
            outcome.new = item
            if item.sizeBytes > 409_600 {
                return .invalid(["Item size has exceeded the maximum allowed size"])
            }
        case .update(let update) where old == nil && !update.createsItem: break
        case .update(let update):
            do throws(ModelFaults) {
                outcome.new = try update.applied(
                    to: old ?? write.key, keys: schema.keyNames, rules: rules)
                outcome.touched = update.changes.map(\.path)
            } catch { return .invalid(error.texts) }
        }
        let faults = schema.indexes.flatMap { $0.faults(of: outcome.new ?? [:]) }
        guard faults.isEmpty else { return .invalid(Set(faults)) }
        outcome.indexWrites = schema.indexes.compactMap { indexWrite(outcome, in: $0, of: schema) }
        return .outcome(outcome)
    }

    /// What a write does to the entry in an index; nil where it stays as it was.
    private func indexWrite(
        _ outcome: ModelAnswer.Outcome, in index: ModelIndex, of schema: ModelSchema
    ) -> ModelAnswer.IndexWrite? {
        func entry(_ item: ModelItem?) -> (key: ModelKey, image: ModelItem)? {
            guard let item, let key = ModelKey(of: item, index.key) else { return nil }
            return (key, schema.image(of: item, in: index, rules: rules))
        }
        let (old, new) = (entry(outcome.old), entry(outcome.new))
        if let old, let new, old.key == new.key {
            if old.image == new.image { return nil }
            let stored = max(old.image.sizeBytes, new.image.sizeBytes)
            return ModelAnswer.IndexWrite(index: index.name, removed: nil, stored: stored)
        }
        if old == nil, new == nil { return nil }
        return ModelAnswer.IndexWrite(
            index: index.name, removed: old?.image.sizeBytes, stored: new?.image.sizeBytes)
    }
}

extension ModelIndex {
    /// What keeps an item out of the table because of this index: a key attribute of another kind, or empty.
    fileprivate func faults(of item: ModelItem) -> [String] {
        // An item that lacks an attribute of the key is not in the index, but what it has of it must be right.
        key.attributes.compactMap { attribute in
            guard let value = item[attribute.name] else { return nil }
            guard value.type == attribute.type else {
                return "One or more parameter values were invalid: Type mismatch for Index Key "
                    + "\(attribute.name.string) Expected: \(attribute.type.rawValue) Actual: \(value.type.rawValue) "
                    + "IndexName: \(name)"
            }
            let isPartition = key.partition.contains(attribute)
            if value.type != .number, value.sizeBytes > (isPartition ? 2048 : 1024) {
                return "One or more parameter values were invalid: "
                    + (isPartition
                        ? "Size of hashkey has exceeded the maximum size limit of2048 bytes"
                        : "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
            }
            guard value == .string("") || value == .binary([]) else { return nil }
            return
                "One or more parameter values are not valid. A value specified for a secondary index key is "
                + "not supported. The AttributeValue for a key attribute cannot contain an empty "
                + "\(value.type == .string ? "string" : "binary") value. "
                + "IndexName: \(name), IndexKey: \(attribute.name.string)"
        }
    }
}
