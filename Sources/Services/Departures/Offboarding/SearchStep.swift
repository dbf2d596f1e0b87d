import Base
import Items
import Registry
import Tables
import Workflows

/// Looks everywhere for what remains. Anything found stops the run, which says where.
struct SearchStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "search"
    /// What is found does not go by itself.
    let retry = RetryPolicy(attemptsMax: 3)

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        var search = RemovalReceipt.Search()
        var found: [String] = []
        var explained: [RemovalReceipt.Remainder] = []
        let scrubbed = try context.value(for: OffboardMemory.scrubbed, as: [String: Bool].self) ?? [:]
        guard
            let copies = try context.value(
                for: OffboardMemory.remainders, as: [RemovalReceipt.Remainder].self)
        else { return .fail(reason: "copies were not looked at") }
        for store in try environment.storesOf(leaving.tenant.id) {
            guard scrubbed[store.id.text] != nil else {
                return .fail(reason: "the file of store `\(store.id)` was not looked at")
            }
            let isScrubbed = scrubbed[store.id.text] == true
            try searchStore(
                store, isScrubbed: isScrubbed, leaving, &search, found: &found, explained: &explained)
        }
        found += try elsewhere(leaving)
        guard found.isEmpty else {
            let shown = found.prefix(Limits.remainsShownMax).joined(separator: "; ")
            return .fail(reason: "\(found.count) remains were found, so the tenant is not gone: \(shown)")
        }
        search.at = context.clock.now()
        try context.set(search, for: OffboardMemory.search)
        let others = copies.filter { $0.what != Self.unused && $0.what != Self.mentions }
        try context.set(others + explained, for: OffboardMemory.remainders)
        return .done
    }

    private static let unused = "unused parts of a store's file"
    private static let mentions = "other tenants' items that mention it"

    private func searchStore(
        _ store: any TraceKeeper, isScrubbed: Bool, _ leaving: Leaving, _ search: inout RemovalReceipt.Search,
        found: inout [String], explained: inout [RemovalReceipt.Remainder]
    ) throws {
        search.stores.append(store.id.text)
        let traces = try store.traces(of: leaving.tenant.id)
        if !traces.isEmpty { found.append("\(traces.count) traces in store `\(store.id)`") }
        for (_, range) in environment.ranges(of: leaving.tenant, in: store) {
            search.ranges += 1
            let items = try store.extent(of: range).items
            if items > 0 { found.append("\(items) items in `\(range.table)` of store `\(store.id)`") }
        }
        guard isScrubbed else {
            explained.append(
                RemovalReceipt.Remainder(
                    what: Self.unused, name: store.id.text, until: nil,
                    remedy:
                        "what was removed may be read there with tools for damaged files until the store overwrites it; "
                        + "`VACUUM` the file while no server runs"))
            return
        }
        search.filesSearched.append(store.id.text)
        let names = environment.names(of: leaving.tenant).map { Array($0.utf8) }
        let bytes = try store.occurrences(of: names)
        guard bytes > 0 else { return }
        // Another tenant may have written the id into items of its own: those are not this tenant's to remove.
        let mentions = try self.mentions(of: names, in: store)
        if mentions == 0 {
            found.append("its ids \(bytes) times in the file of store `\(store.id)`")
        } else {
            explained.append(
                RemovalReceipt.Remainder(
                    what: Self.mentions, name: "\(mentions) in store \(store.id)", until: nil, remedy: nil))
        }
    }

    private func mentions(of names: [[UInt8]], in store: any MovableStore) throws -> Int {
        var count = 0
        for schema in store.schemas() {
            let range = KeyRange(table: schema.name, lower: [], upper: nil)
            var after: EncodedKey?
            while true {
                let rows = try store.rows(
                    in: range, after: after, itemsMax: Limits.departureChunkItemsMax,
                    bytesMax: Limits.departureChunkBytesMax)
                guard let last = rows.last else { break }
                after = last.key
                count += rows.count { row in
                    names.contains {
                        ByteText.holds(row.image.bytes, $0) || ByteText.holds(row.key.partition, $0)
                    }
                }
            }
        }
        return count
    }

    /// What is left outside of stores: copies, decisions, records.
    private func elsewhere(_ leaving: Leaving) throws -> [String] {
        var found: [String] = []
        let export = try leaving.context.value(for: OffboardMemory.export, as: ArchivedExport.self)
        for hoard in environment.hoards {
            let left = try hoard.holdings(of: leaving.tenant).filter {
                !$0.isShared && $0.name != export?.folder
            }
            if !left.isEmpty { found.append("\(left.count) \(hoard.name)") }
        }
        let names = environment.names(of: leaving.tenant)
        if let decisions = environment.decisions {
            environment.flushDecisions()
            let left = try decisions.count(of: leaving.tenant.id, naming: names)
            if left > 0 { found.append("\(left) recorded decisions") }
        }
        let records = try environment.registry.mentions(of: names, skipping: Self.keptRecords)
        for (kind, count) in records.sorted(by: { $0.key < $1.key }) {
            found.append("\(count) records of kind `\(kind)`")
        }
        return found
    }

    /// The kinds of records that may name the tenant when it is gone: the audit log, what says that there was a run or an event,
    /// receipts, the policies of all tenants; and those that the last step removes or empties. By what their names begin with,
    /// or as a whole with a zero behind.
    private static let keptRecords = [
        "audit", "idempotency", "name", "outbox", "placement", "policy-", "receipt", "removal-receipt",
        "restore-receipt", "run", "school-receipt", "store", "tenant\0",
    ]
}

/// Bytes in bytes.
enum ByteText {
    /// Whether `text` stands somewhere in `bytes`.
    static func holds(_ bytes: [UInt8], _ text: [UInt8]) -> Bool {
        guard let first = text.first, text.count <= bytes.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            (0...(bytes.count - text.count)).contains { start in
                bytes[start] == first && text.indices.allSatisfy { bytes[start + $0] == text[$0] }
            }
        }
    }
}
