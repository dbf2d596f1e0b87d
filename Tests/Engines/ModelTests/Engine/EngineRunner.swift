import Base
import Items
import Tables

/// Carries the model's operations out on the engine, and tells its answers in the model's terms.
struct EngineRunner {
    private let tables: [ModelSchema]
    private let subject: EngineUnderTest

    init(_ tables: [ModelSchema]) throws {
        self.tables = tables
        subject = try EngineUnderTest(tables)
    }

    func perform(_ operation: ModelOperation) throws -> ModelAnswer {
        do throws(TableError) {
            switch try request(operation) {
            case .reopen:
                try asWrong { try subject.reopen() }
                return .reopened
            case .get(let get): return .item(try item(get))
            case .getTogether(let gets):
                let rows = try Waiting.forResult { subject.engine.getTogether(gets, completion: $0) }
                return .items(try asWrong { try rows.map { try $0.map { try whole($0.image) } } })
            case .write(let request):
                let outcomes = try subject.engine.write(request)
                return .outcomes(try asWrong { try outcomes.map(outcome) })
            case .read(let range, let read):
                if read.partition != nil { return .pages(try pages(of: range, read)) }
                return .scanned(try scanned(range, read))
            }
        } catch {
            return .refused(try refusal(error))
        }
    }

    // MARK: Requests

    private enum Request {
        case write(WriteRequest)
        case get(GetItem)
        case getTogether([GetItem])
        case read(ReadRange, ModelRead)
        case reopen
    }

    /// What is wrong with a request before the engine has it is our mistake, but for expressions' values: `invalid`.
    private func request(_ operation: ModelOperation) throws(TableError) -> Request {
        do {
            switch operation {
            case .reopen: return .reopen
            case .get(let table, let key):
                return .get(GetItem(table: subject.schemas[table].name, key: try encoded(key, table)))
            case .getTogether(let places):
                return .getTogether(
                    try places.map {
                        GetItem(table: subject.schemas[$0.table].name, key: try encoded($0.key, $0.table))
                    })
            case .write(let write): return .write(WriteRequest(try itemWrite(write)))
            case .batch(let writes): return .write(WriteRequest(.batch, try writes.map(itemWrite)))
            case .transaction(let writes, let token):
                var request = WriteRequest(.transaction, try writes.map(itemWrite))
                request.token = token.map {
                    WriteToken(
                        text: "token\($0)",
                        digest: Array(ModelProgram(tables: tables, operations: []).text(operation).utf8))
                }
                return .write(request)
            case .read(let read): return .read(try range(read), read)
            }
        } catch let error as ItemError { throw .invalid(error) } catch { throw .storage("\(error)") }
    }

    private func encoded(_ key: ModelItem, _ table: Int) throws -> EncodedKey {
        try subject.schemas[table].key.key(ofKey: Conversion.item(key))
    }

    private func itemWrite(_ write: ModelWrite) throws -> ItemWrite {
        var writer = ExpressionWriter()
        let condition = try write.condition.map { try writer.text($0) }
        var updateText: String?
        if case .update(let update) = write.action, !update.changes.isEmpty {
            updateText = try writer.text(update)
        }
        var attributes = writer.attributes
        let update = try updateText.map { try UpdateExpression.parse($0, &attributes) }
        let action: ItemWrite.Action =
            switch write.action {
            case .put(let item): .put(try Conversion.item(item))
            case .delete: .delete
            case .check: .check
            case .update: .update(update ?? .nothing)
            }
        let parsed = try condition.map { try ConditionExpression.parse($0, kind: .condition, &attributes) }
        try attributes.checkAllUsed()
        return ItemWrite(
            table: subject.schemas[write.table].name, key: try encoded(write.key, write.table),
            action: action,
            condition: parsed)
    }

    private func range(_ read: ModelRead) throws -> ReadRange {
        let schema = subject.schemas[read.table]
        let index = read.index.map { schema.indexes[$0] }
        var range = ReadRange(table: schema.name, index: index?.name)
        var writer = ExpressionWriter()
        let modelKey = read.index.map { tables[read.table].indexes[$0].key } ?? tables[read.table].key
        let keyText = try writer.text(read, key: modelKey)
        let filter = try read.filter.map { try writer.text($0) }
        let projection = read.projection.map { writer.text($0) }
        var attributes = writer.attributes
        if read.partition != nil {
            let resolved = try KeyConditionExpression.parse(keyText, &attributes)
                .resolve(schema: index?.key ?? schema.key)
            range.partition = resolved.partitionBytes
            range.sort = resolved.sort
        }
        range.filter = try filter.map { try ConditionExpression.parse($0, kind: .filter, &attributes) }
        range.projection = try projection.map { try ProjectionExpression.parse($0, &attributes) }
        try attributes.checkAllUsed()
        range.isForward = read.isForward
        range.itemsMax = read.limit
        if let bytesMax = read.bytesMax { range.bytesMax = bytesMax }
        range.isCountOnly = read.isCountOnly
        range.fetchesItems = read.fetchesItems
        if let start = read.start {
            let item = try Conversion.item(start)
            range.after = ReadRange.Position(
                key: try schema.key.key(ofItem: item),
                indexKey: try index.flatMap { try $0.key.indexKey(of: item, index: $0.name) })
        }
        return range
    }

    // MARK: Answers

    private func item(_ get: GetItem) throws(TableError) -> ModelItem? {
        let row = try subject.engine.get(get)
        if let atOnce = subject.engine.getAtOnce(get), try atOnce.get() != row {
            throw .storage("a read at once answers otherwise than one that may wait")
        }
        guard let row else { return nil }
        guard row.key == get.key else { throw .storage("a read answers another key than it was asked for") }
        return try asWrong { try whole(row.image) }
    }

    /// The item of an image that was not projected.
    private func whole(_ image: ItemImage) throws -> ModelItem {
        let item = try Conversion.modelItem(image)
        guard image.sizeBytes == item.sizeBytes else {
            throw Wrong("\(item.text) counts \(image.sizeBytes) bytes instead of \(item.sizeBytes)")
        }
        return item
    }

    private func outcome(_ outcome: WriteOutcome) throws -> ModelAnswer.Outcome {
        ModelAnswer.Outcome(
            old: try outcome.old.map(whole), new: try outcome.new.map(whole),
            touched: outcome.touched.map { path in
                ModelPath(
                    Text(path.attributeName),
                    path.steps.dropFirst().map { step in
                        switch step {
                        case .name(let name): .name(Text(name))
                        case .index(let index): .index(index)
                        }
                    })
            },
            indexWrites: outcome.indexWrites.map {
                ModelAnswer.IndexWrite(index: $0.index, removed: $0.removedBytes, stored: $0.storedBytes)
            }, isReplay: outcome.isReplay)
    }

    private func pages(of range: ReadRange, _ read: ModelRead) throws(TableError) -> [ModelAnswer.Page] {
        var range = range
        var pages: [ModelAnswer.Page] = []
        repeat {
            guard pages.count < 500 else { throw .storage("a query comes to no end") }
            let page = try subject.engine.read(range)
            range.after = page.next
            var answer = ModelAnswer.Page(
                count: page.count, scannedCount: page.scannedCount, scannedBytes: page.scannedBytes,
                fetchedBlocks: page.fetchedBlocks)
            answer.rows = try asWrong { try page.rows.map { try row($0, read) } }
            answer.next = try asWrong {
                try page.next.map {
                    try Conversion.modelItem(subject.schemas[read.table].key.attributes(of: $0.key))
                }
            }
            pages.append(answer)
        } while range.after != nil
        return pages
    }

    private func row(_ row: ItemRow, _ read: ModelRead) throws -> ModelItem {
        let item = try read.projection == nil ? whole(row.image) : Conversion.modelItem(row.image)
        guard read.projection == nil else { return item }
        guard try subject.schemas[read.table].key.key(ofItem: Conversion.item(item)) == row.key else {
            throw Wrong("the row of \(item.text) has another item's key")
        }
        return item
    }

    /// Reads all segments to their ends, and holds each page against its limits.
    private func scanned(_ range: ReadRange, _ read: ModelRead) throws(TableError) -> ModelAnswer.Scanned {
        var scanned = ModelAnswer.Scanned()
        for number in 0..<(read.segments ?? 1) {
            var range = range
            range.segment = read.segments.map { ReadRange.Segment(number: number, total: $0) }
            var pageCount = 0
            repeat {
                let page = try subject.engine.read(range)
                pageCount += 1
                let isFull =
                    page.scannedCount == read.limit || page.scannedBytes >= range.bytesMax
                    || read.fetchesItems
                guard page.scannedCount <= read.limit ?? .max, isFull || page.next == nil, pageCount < 500
                else { throw .storage("a scan's page is not as its limits say") }
                scanned.count += page.count
                scanned.scannedCount += page.scannedCount
                scanned.scannedBytes += page.scannedBytes
                let items = try asWrong { try page.rows.map { try row($0, read) } }
                for item in items { scanned.rows[item, default: 0] += 1 }
                range.after = page.next
            } while range.after != nil
        }
        return scanned
    }

    // MARK: Refusals

    /// What only a mistake throws becomes an answer that no model gives.
    private func asWrong<Value>(_ body: () throws -> Value) throws(TableError) -> Value {
        do { return try body() } catch { throw .storage("\(error)") }
    }

    private func refusal(_ error: TableError) throws -> ModelAnswer.Refusal {
        switch error {
        case .invalid(let reason): .invalid([reason.text])
        case .conditionFailed(let image): .conditionFailed(try image.map(whole))
        case .transactionCancelled(let faults):
            .cancelled(
                try faults.map { fault in
                    switch fault {
                    case nil: .none
                    case .conditionFailed(let image)?: .conditionFailed(try image.map(whole))
                    case .invalid(let reason)?: .invalid([reason.text])
                    }
                })
        case .tokenMismatch: .tokenMismatch
        default: .other("\(error)")
        }
    }
}
