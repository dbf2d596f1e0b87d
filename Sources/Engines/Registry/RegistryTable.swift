import Base
import FoundationEssentials
import Items
import Tables

/// How records lie in the table: partition and sort key, a version, and the body as JSON text.
enum RegistryTable {
    static let schema = TableSchema(
        name: Registry.tableName,
        key: KeySchema(
            partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .string)),
        indexes: AuditIndex.allCases.map(\.schema))

    // MARK: Reading

    static func read<Record: RegistryRecord>(
        _ type: Record.Type, at key: RegistryKey, in engine: any TableEngine
    ) throws(RegistryError) -> Record? {
        let row: ItemRow?
        do throws(TableError) {
            row = try engine.get(GetItem(table: Registry.tableName, key: encoded(key)))
        } catch { throw .table(error) }
        guard let row else { return nil }
        return try decoded(row)
    }

    static func list<Record: RegistryRecord>(
        _ type: Record.Type, prefix: String, after: String?, limit: Int, isForward: Bool,
        in engine: any TableEngine
    ) throws(RegistryError) -> RegistryPage<Record> {
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(Record.partition.utf8)
        range.sort = prefix.isEmpty ? nil : SortRange(prefix: Array(prefix.utf8))
        range.isForward = isForward
        range.itemsMax = max(1, min(limit, Limits.registryPageRecordsMax))
        range.after = after.map { sort in
            ReadRange.Position(key: encoded(RegistryKey(partition: Record.partition, sort: sort)))
        }
        let page: ReadPage
        do throws(TableError) { page = try engine.read(range) } catch { throw .table(error) }
        var records: [Record] = []
        records.reserveCapacity(page.rows.count)
        for row in page.rows { records.append(try decoded(row)) }
        return RegistryPage(
            records: records, next: page.next.map { String(decoding: $0.key.sort, as: UTF8.self) })
    }

    /// The sort keys of a partition that begin with `prefix`, in order, so many at the most.
    static func sorts(
        in partition: String, prefix: String, limit: Int, _ engine: any TableEngine
    ) throws(RegistryError) -> [String] {
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(partition.utf8)
        range.sort = prefix.isEmpty ? nil : SortRange(prefix: Array(prefix.utf8))
        range.itemsMax = limit
        do throws(TableError) {
            return try engine.read(range).rows.map { String(decoding: $0.key.sort, as: UTF8.self) }
        } catch { throw .table(error) }
    }

    static func newest<Record: RegistryRecord>(
        _ type: Record.Type, in engine: any TableEngine
    ) throws(RegistryError) -> Record? {
        try list(type, prefix: "", after: nil, limit: 1, isForward: false, in: engine).records.first
    }

    /// A row's item, and the text of its record as it is stored.
    static func body(of row: ItemRow) throws(RegistryError) -> (item: Item, text: [UInt8]) {
        let item: Item
        do throws(TableError) { item = try row.image.item() } catch { throw .table(error) }
        guard let body = item["body"]?.string else {
            throw .damaged(decoded(row.key), reason: "`body` is missing")
        }
        return (item, Array(body.utf8))
    }

    static func decoded<Record: RegistryRecord>(_ row: ItemRow) throws(RegistryError) -> Record {
        let key = decoded(row.key)
        let item: Item
        do throws(TableError) { item = try row.image.item() } catch { throw .table(error) }
        guard let body = item["body"]?.string,
            let version = item["version"]?.number.flatMap({ Int64($0.text) })
        else {
            throw .damaged(key, reason: "`body` or `version` is missing")
        }
        do {
            var record = try JSONDecoder().decode(Record.self, from: Data(body.utf8))
            record.version = version
            return record
        } catch { throw .damaged(key, reason: "\(error)") }
    }

    // MARK: Writing

    /// The writes of a transaction's changes, and the records they store.
    static func writes(
        of transaction: RegistryTransaction
    ) throws(RegistryError) -> (writes: [ItemWrite], records: [any RegistryRecord]) {
        var writes: [ItemWrite] = []
        var records: [any RegistryRecord] = []
        for change in transaction.changes {
            switch change {
            case .insert(let record):
                let (action, stored) = try put(record, version: 1)
                writes.append(write(change.key, action, isAbsent))
                records.append(stored)
            case .replace(let record):
                let (action, stored) = try put(record, version: record.version + 1)
                writes.append(write(change.key, action, isAt(record.version)))
                records.append(stored)
            case .delete(let record): writes.append(write(change.key, .delete, isAt(record.version)))
            case .check(let record): writes.append(write(change.key, .check, isAt(record.version)))
            case .checkAbsent(let key): writes.append(write(key, .check, isAbsent))
            }
        }
        return (writes, records)
    }

    /// Commits the writes, and those that follow from them.
    /// - Throws: `.conflict` with the key of the first write whose condition did not hold.
    static func commit(
        _ writes: [ItemWrite], _ sequel: WriteSequel? = nil, to engine: any TableEngine
    ) throws(RegistryError) {
        let isSingle =
            sequel == nil && writes.count == 1
            && !writes.contains { if case .check = $0.action { true } else { false } }
        do throws(TableError) {
            var request = WriteRequest(isSingle ? .single : .transaction, writes)
            request.sequel = sequel
            try engine.write(request)
        } catch {
            switch error {
            case .conditionFailed: throw .conflict(decoded(writes[0].key))
            case .transactionCancelled(let faults):
                for (fault, write) in zip(faults, writes) {
                    if case .conditionFailed = fault { throw .conflict(decoded(write.key)) }
                }
                throw .table(error)
            default: throw .table(error)
            }
        }
    }

    private static func put(
        _ record: some RegistryRecord, version: Int64
    ) throws(RegistryError) -> (action: ItemWrite.Action, stored: any RegistryRecord) {
        var stored = record
        stored.version = version
        let body = text(stored)
        try check(body.utf8.count, record.key)
        return (.put(item(record.key, body: body, version: version)), stored)
    }

    private static func check(_ bytes: Int, _ key: RegistryKey) throws(RegistryError) {
        guard bytes <= Limits.registryRecordBytesMax else { throw .tooLarge(key, bytes: bytes) }
    }

    /// The JSON text of a value: its members in the order of their names, without spaces.
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            preconditionFailure("a record does not encode: \(error)")
        }
    }

    /// The item of a record.
    static func item(_ key: RegistryKey, body: String, version: Int64) -> Item {
        [
            "pk": .string(key.partition), "sk": .string(key.sort), "body": .string(body),
            "version": .number(Number(Int(version))),
        ]
    }

    /// A note as it goes into a commit.
    /// - Throws: `.tooLarge`.
    static func prepared(_ note: AuditNote) throws(RegistryError) -> LedgerSequel.Note {
        let rest = note.text
        // The place before it takes less than this: `auditLineBytesMax`.
        try check(rest.utf8.count, RegistryKey(partition: note.kind.partition, sort: note.action))
        return LedgerSequel.Note(note: note, rest: rest)
    }

    /// The ledger as it is, or nil where nothing has been said yet.
    static func ledger(in engine: any TableEngine) throws(RegistryError) -> Ledger? {
        let row: ItemRow?
        do throws(TableError) { row = try engine.get(Ledger.read) } catch { throw .table(error) }
        guard let row else { return nil }
        return try Ledger(row.image)
    }

    private static func write(
        _ key: RegistryKey, _ action: ItemWrite.Action, _ condition: ConditionExpression
    ) -> ItemWrite {
        ItemWrite(table: Registry.tableName, key: encoded(key), action: action, condition: condition)
    }

    static func encoded(_ key: RegistryKey) -> EncodedKey {
        EncodedKey(partition: Array(key.partition.utf8), sort: Array(key.sort.utf8))
    }

    static func decoded(_ key: EncodedKey) -> RegistryKey {
        RegistryKey(
            partition: String(decoding: key.partition, as: UTF8.self),
            sort: String(decoding: key.sort, as: UTF8.self))
    }

    static let isAbsent = condition("attribute_not_exists(#a)", name: "pk")

    private static func isAt(_ version: Int64) -> ConditionExpression {
        condition("#a = :v", name: "version", values: [":v": .number(Number(Int(version)))])
    }

    private static func condition(
        _ text: String, name: String, values: [String: AttributeValue]? = nil
    ) -> ConditionExpression {
        var attributes = ExpressionAttributes(names: ["#a": name], values: values)
        do throws(ItemError) { return try ConditionExpression.parse(text, &attributes) } catch {
            preconditionFailure("`\(text)` does not parse: \(error)")
        }
    }
}
