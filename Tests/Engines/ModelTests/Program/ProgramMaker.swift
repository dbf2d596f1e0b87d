import Base
import TestKit

/// Makes programs up from a seed, out of a small stock of keys, names and values, so that operations meet often.
struct ProgramMaker {
    let random: SeededRandom
    let values: ValueMaker
    private var tables: [ModelSchema] = []
    private var conditions: ConditionMaker
    /// Transactions that a later one may repeat.
    private var sent: [ModelOperation] = []

    init(_ random: SeededRandom) {
        self.random = random
        values = ValueMaker(random: random)
        conditions = ConditionMaker(random: random, values: values, keyNames: [])
    }

    /// A program of up to 40 operations on one or two tables.
    mutating func program() -> ModelProgram {
        tables = (0...(random.oneIn(3) ? 1 : 0)).map { schema(number: $0) }
        let count = 4 + random.below(36)
        // Puts come first more often, so that there is something to find.
        let operations = (0..<count).map { operation(isEarly: $0 < count / 3) }
        return ModelProgram(
            tables: tables, operations: operations + (random.oneIn(4) ? [.reopen] : []) + scans)
    }

    /// All that the tables and indexes hold in the end.
    private var scans: [ModelOperation] {
        tables.enumerated().flatMap { table, schema in
            [.read(ModelRead(table: table))]
                + schema.indexes.indices.map { .read(ModelRead(table: table, index: $0)) }
        }
    }

    // MARK: Tables

    private func schema(number: Int) -> ModelSchema {
        let types = ["p", "s", "g", "h", "i", "j"].map { name in
            ModelKeyAttribute(name: Text(name), type: random.pick([.string, .number, .binary, .string]))
        }
        let key = ModelKeySchema(partition: [types[0]], sort: random.oneIn(4) ? [] : [types[1]])
        let indexes = (0..<random.below(4)).map { number in
            let isLocal = !key.sort.isEmpty && random.oneIn(4)
            return ModelIndex(
                name: "index\(number)", key: isLocal ? localKey(key, types) : globalKey(key, types),
                projection: random.pick([
                    .all, .keysOnly, .include(["a", "m"]), .include(["n"]), .include(["Ä."]),
                ]),
                isLocal: isLocal)
        }
        return ModelSchema(name: "table\(number)", key: key, indexes: indexes)
    }

    private func localKey(_ key: ModelKeySchema, _ types: [ModelKeyAttribute]) -> ModelKeySchema {
        ModelKeySchema(partition: key.partition, sort: [random.pick(Array(types[2...]))])
    }

    /// Mostly one partition and one sort attribute, sometimes up to four of each.
    private func globalKey(_ key: ModelKeySchema, _ types: [ModelKeyAttribute]) -> ModelKeySchema {
        guard random.oneIn(3) else {
            let candidates = key.attributes + types[2...3]
            let partition = random.oneIn(4) ? random.pick(candidates) : types[2]
            let sorts = candidates.filter { $0 != partition }
            let sort = random.oneIn(3) ? random.pick(sorts) : sorts[sorts.count - 1]
            return ModelKeySchema(partition: [partition], sort: random.oneIn(3) ? [] : [sort])
        }
        let mixed = (types[2...] + key.attributes).map { (random.next(), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        let partitions = 1 + random.below(min(4, mixed.count - 1))
        return ModelKeySchema(
            partition: Array(mixed[..<partitions]),
            sort: Array(mixed[partitions...].prefix(random.below(5))))
    }

    /// The table's key attributes with values.
    private func key(_ schema: ModelSchema) -> ModelItem {
        ModelItem(
            uniqueKeysWithValues: schema.key.attributes.map {
                // A table without sort keys has as many partitions as items.
                (
                    $0.name,
                    values.key($0, isPartition: $0 != schema.key.sort.first && !schema.key.sort.isEmpty)
                )
            })
    }

    // MARK: Operations

    private mutating func operation(isEarly: Bool) -> ModelOperation {
        switch random.below(isEarly ? 14 : 26) {
        case 0...7: return .write(write([.put]))
        case 8...10: return .write(write([.update, .update, .delete]))
        case 11: return .batch(batch())
        case 12: return transactionOrAgain()
        case 13: return .read(read())
        case 14: return .write(write([.update, .delete]))
        case 15, 16:
            let table = random.below(tables.count)
            return .get(table: table, key: key(tables[table]))
        case 17 where random.oneIn(6): return .reopen
        case 18, 19: return .write(write([.update]))
        case 17: return transactionOrAgain()
        case 20 where random.oneIn(2):
            return .getTogether(
                (0...random.below(3)).map { _ in
                    let table = random.below(tables.count)
                    return ModelPlace(table: table, key: key(tables[table]))
                })
        default: return .read(read())
        }
    }

    private enum Kind { case put, delete, update, check }

    private mutating func write(_ kinds: [Kind], isConditional: Bool? = nil) -> ModelWrite {
        let table = random.below(tables.count)
        let schema = tables[table]
        let key = key(schema)
        conditions.keyNames = schema.keyNames
        let kind = random.pick(kinds)
        let action: ModelWrite.Action =
            switch kind {
            case .put: .put(item(schema, key))
            case .delete: .delete
            case .check: .check
            case .update: .update(UpdateMaker(random: random, values: values, schema: schema).update())
            }
        let hasCondition = kind == .check || isConditional ?? random.oneIn(6)
        return ModelWrite(
            table: table, key: key, action: action, condition: hasCondition ? conditions.condition() : nil)
    }

    private func item(_ schema: ModelSchema, _ key: ModelItem) -> ModelItem {
        var item = values.attributes()
        for attribute in schema.indexes.flatMap(\.key.attributes) where !random.oneIn(5) {
            item[attribute.name] = values.key(attribute, isPartition: attribute.name != "h")
            // Now and then of the wrong kind, empty, or as long as may be or one byte longer.
            if random.oneIn(60) { item[attribute.name] = values.any() }
            if random.oneIn(80), attribute.type != .number {
                item[attribute.name] = attribute.type == .string ? .string("") : .binary([])
            }
            let isAlone = schema.indexes.allSatisfy { $0.key.partition.count == 1 && $0.key.sort.count < 2 }
            if isAlone, random.oneIn(80) { item[attribute.name] = values.longKey(attribute) }
        }
        item.merge(key) { _, key in key }
        return random.oneIn(150) ? filled(item) : item
    }

    /// The item made as large as may be, or one byte larger.
    private func filled(_ item: ModelItem) -> ModelItem {
        var item = item
        item["b"] = .string("")
        let room = 409_600 - item.sizeBytes
        item["b"] = .string(Text(String(repeating: "f", count: room + random.below(2))))
        return item
    }

    private mutating func batch() -> [ModelWrite] {
        var places: Set<String> = []
        return (0...random.below(6)).map { _ in write([.put, .put, .delete], isConditional: false) }
            .filter { places.insert("\($0.table) \($0.key.text)").inserted }
    }

    /// A transaction, with a token now and then; or one that was sent before, once more.
    private mutating func transactionOrAgain() -> ModelOperation {
        if !sent.isEmpty, random.oneIn(4) { return random.pick(sent) }
        let operation = ModelOperation.transaction(
            transaction(), token: random.oneIn(2) ? random.below(3) : nil)
        sent.append(operation)
        return operation
    }

    private mutating func transaction() -> [ModelWrite] {
        let writes = (0...random.below(4)).map { _ in write([.put, .update, .delete, .check]) }
        if random.oneIn(10) { return writes }
        var places: Set<String> = []
        return writes.filter { places.insert("\($0.table) \($0.key.text)").inserted }
    }

    // MARK: Reads

    private mutating func read() -> ModelRead {
        let table = random.below(tables.count)
        let schema = tables[table]
        var read = ModelRead(table: table)
        if !schema.indexes.isEmpty, !random.oneIn(3) { read.index = random.below(schema.indexes.count) }
        let shape = read.index.map { schema.indexes[$0].key } ?? schema.key
        conditions.keyNames = schema.keyNames
        if random.oneIn(4) {
            if random.oneIn(3) { read.segments = 1 + random.below(4) }
        } else {
            read.partition = shape.partition.map { values.key($0, isPartition: true) }
            read.isForward = !random.oneIn(3)
            if !shape.sort.isEmpty, !random.oneIn(3) { read.sort = sortTerms(shape.sort) }
            if random.oneIn(5) { read.start = start(schema, shape, partition: read.partition ?? []) }
        }
        if read.index != nil { read.fetchesItems = random.oneIn(5) }
        if random.oneIn(2) { read.limit = 1 + random.below(4) }
        if random.oneIn(6) { read.bytesMax = 1 + random.below(120) }
        if random.oneIn(3) { read.filter = conditions.condition() }
        if random.oneIn(6) {
            read.isCountOnly = true
        } else if random.oneIn(4) {
            read.projection = conditions.distinctPaths(1 + random.below(4))
        }
        return read
    }

    /// Equalities on the first attributes, and any condition on the one behind them.
    private func sortTerms(_ attributes: [ModelKeyAttribute]) -> [ModelSortTerm] {
        let equal = attributes.prefix(random.below(attributes.count)).map {
            ModelSortTerm.compare(.equal, values.key($0))
        }
        return equal + [sortTerm(attributes[equal.count])]
    }

    private func sortTerm(_ attribute: ModelKeyAttribute) -> ModelSortTerm {
        switch random.below(attribute.type == .number ? 4 : 6) {
        case 0, 1:
            let comparators = ModelComparator.allCases.filter { $0 != .notEqual }
            return .compare(random.pick(comparators), values.key(attribute))
        case 2, 3:
            let bounds = [values.key(attribute), values.key(attribute)]
            let isRising = bounds[1].precedes(bounds[0]) != true
            return isRising ? .between(bounds[0], bounds[1]) : .between(bounds[1], bounds[0])
        default: return .beginsWith(values.key(attribute))
        }
    }

    /// A place to begin behind: in the partition, with other values at random.
    private func start(
        _ schema: ModelSchema, _ shape: ModelKeySchema, partition: [ModelValue]
    ) -> ModelItem {
        var start = key(schema)
        for attribute in shape.sort where start[attribute.name] == nil {
            start[attribute.name] = values.key(attribute)
        }
        for (attribute, value) in zip(shape.partition, partition) { start[attribute.name] = value }
        return start
    }
}
