import TestKit

/// What a program, or a part of it, can be made simpler by: each candidate is a little less than the original.
extension ModelOperation {
    var simpler: [ModelOperation] {
        switch self {
        case .reopen: []
        case .get: []
        case .write(let write): write.simpler.map { .write($0) }
        case .batch(let writes):
            (writes.count == 1 ? [.write(writes[0])] : []) + shorter(writes).map { .batch($0) }
        case .transaction(let writes, let token):
            (writes.count == 1 && writes[0].action != .check ? [.write(writes[0])] : [])
                + (token == nil ? [] : [.transaction(writes)])
                + shorter(writes).map { .transaction($0, token: token) }
        case .getTogether(let places): places.map { .get(table: $0.table, key: $0.key) }
        case .read(let read): read.simpler.map { .read($0) }
        }
    }

    private func shorter(_ writes: [ModelWrite]) -> [[ModelWrite]] {
        var lists: [[ModelWrite]] = []
        for number in writes.indices {
            if writes.count > 1 {
                lists.append(Array(writes[..<number] + writes[(number + 1)...]))
            }
            for simpler in writes[number].simpler {
                var changed = writes
                changed[number] = simpler
                lists.append(changed)
            }
        }
        return lists
    }
}

extension ModelWrite {
    fileprivate var simpler: [ModelWrite] {
        var writes: [ModelWrite] = []
        func add(_ change: (inout ModelWrite) -> Void) {
            var write = self
            change(&write)
            writes.append(write)
        }
        if let condition {
            if action != .check { add { $0.condition = nil } }
            for simpler in condition.simpler { add { $0.condition = simpler } }
        }
        switch action {
        case .put(let item):
            for (name, value) in item where key[name] == nil {
                add { $0.action = .put(item.filter { $0.key != name }) }
                for simpler in value.simpler {
                    add { $0.action = .put(item.merging([name: simpler]) { $1 }) }
                }
            }
        case .update(let update):
            for number in update.changes.indices {
                add {
                    $0.action = .update(
                        ModelUpdate(changes: update.changes.enumerated().filter { $0.0 != number }.map(\.1)))
                }
                for simpler in update.changes[number].simpler {
                    add {
                        var changes = update.changes
                        changes[number] = simpler
                        $0.action = .update(ModelUpdate(changes: changes))
                    }
                }
            }
        case .delete, .check: break
        }
        return writes
    }
}

extension ModelUpdate.Change {
    fileprivate var simpler: [ModelUpdate.Change] {
        let actions: [ModelAction] =
            switch action {
            case .remove: []
            case .set(let expression): expression.simpler.map { .set($0) }
            case .add(let value): value.simpler.filter { $0.type == value.type }.map { .add($0) }
            case .delete(let value): value.simpler.filter { $0.type == value.type }.map { .delete($0) }
            }
        return actions.map { ModelUpdate.Change(path: path, action: $0) }
    }
}

extension ModelExpression {
    fileprivate var simpler: [ModelExpression] {
        switch self {
        case .path: [.value(.number("1"))]
        case .value(let value): value.simpler.map { .value($0) }
        case .ifNotExists(let path, let other): [other, .path(path)]
        case .plus(let left, let right), .minus(let left, let right), .listAppend(let left, let right):
            [left, right]
        }
    }
}

extension ModelRead {
    fileprivate var simpler: [ModelRead] {
        var reads: [ModelRead] = []
        func add(_ change: (inout ModelRead) -> Void) {
            var read = self
            change(&read)
            if read != self { reads.append(read) }
        }
        add { $0.filter = nil }
        add { $0.projection = nil }
        add { $0.limit = nil }
        add { $0.bytesMax = nil }
        add { $0.start = nil }
        add { $0.sort = [] }
        add { $0.isForward = true }
        add { $0.isCountOnly = false }
        add { $0.fetchesItems = false }
        if sort.count > 1 { add { $0.sort.removeLast() } }
        add { $0.segments = nil }
        for simpler in filter?.simpler ?? [] { add { $0.filter = simpler } }
        for number in (projection ?? []).indices where projection?.count ?? 0 > 1 {
            add { $0.projection?.remove(at: number) }
        }
        return reads
    }
}

extension ModelCondition {
    fileprivate var simpler: [ModelCondition] {
        switch self {
        case .and(let left, let right):
            [left, right] + left.simpler.map { .and($0, right) } + right.simpler.map { .and(left, $0) }
        case .or(let left, let right):
            [left, right] + left.simpler.map { .or($0, right) } + right.simpler.map { .or(left, $0) }
        case .not(let inner): [inner] + inner.simpler.map { .not($0) }
        case .oneOf(let operand, let others) where others.count > 1:
            others.map { .oneOf(operand, [$0]) }
        case .compare(let comparator, let left, .value(let value)):
            value.simpler.filter { $0.type == value.type }.map { .compare(comparator, left, .value($0)) }
        default: []
        }
    }
}

extension ModelValue {
    fileprivate var simpler: [ModelValue] {
        switch self {
        case .null, .bool: []
        case .number(let number): ["0", "1"].contains(number.text) ? [] : [.number("0"), .number("1")]
        case .string(let text): text == "a" || text == "" ? [] : [.string("a")]
        case .binary(let bytes): bytes.count < 2 ? [] : [.binary([bytes[0]])]
        case .list(let values):
            values.indices.map { number in
                .list(values.enumerated().filter { $0.0 != number }.map(\.1))
            }
                + values.indices.flatMap { number in
                    values[number].simpler.map { simpler in
                        .list(values.enumerated().map { $0.0 == number ? simpler : $0.1 })
                    }
                }
        case .map(let map):
            map.keys.map { name in .map(map.filter { $0.key != name }) }
                + map.flatMap { name, value in
                    value.simpler.map { .map(map.merging([name: $0]) { $1 }) }
                }
        case .strings(let set): set.count == 1 ? [] : set.map { .strings(set.subtracting([$0])) }
        case .numbers(let set): set.count == 1 ? [] : set.map { .numbers(set.subtracting([$0])) }
        case .binaries(let set): set.count == 1 ? [] : set.map { .binaries(set.subtracting([$0])) }
        }
    }
}

extension ModelProgram {
    /// The programs without one of the indexes that no read needs.
    var withFewerIndexes: [ModelProgram] {
        var programs: [ModelProgram] = []
        for table in tables.indices {
            for index in tables[table].indexes.indices where !reads(index, of: table) {
                var program = self
                program.tables[table].indexes.remove(at: index)
                program.operations = operations.map { operation in
                    guard case .read(var read) = operation, read.table == table, let number = read.index,
                        number > index
                    else { return operation }
                    read.index = number - 1
                    return .read(read)
                }
                programs.append(program)
            }
        }
        return programs
    }

    private func reads(_ index: Int, of table: Int) -> Bool {
        operations.contains { operation in
            if case .read(let read) = operation { read.table == table && read.index == index } else { false }
        }
    }

    /// Whether an operation touches the table.
    func uses(_ table: Int) -> Bool {
        operations.contains { operation in
            switch operation {
            case .write(let write): write.table == table
            case .batch(let writes), .transaction(let writes, _): writes.contains { $0.table == table }
            case .getTogether(let places): places.contains { $0.table == table }
            case .get(let number, _): number == table
            case .read(let read): read.table == table
            case .reopen: false
            }
        }
    }
}
