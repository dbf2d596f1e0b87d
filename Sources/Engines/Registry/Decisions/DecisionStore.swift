import Base
import FoundationEssentials
import Items
import Synchronization
import Tables

/// Where decisions are kept: a table of its own in a store of its own, so that a flood of them holds up nobody else's writes.
///
/// A partition for each tenant's denials and one for its sampled allows, in the order of time; each bounded by number, all by
/// age. Calls wait for the table.
public final class DecisionStore: Sendable {
    /// How much is kept.
    public struct Retention: Sendable {
        /// For how long.
        public var days = Limits.decisionDaysMax
        /// Denials of one tenant.
        public var deniedPerTenant = Limits.decisionsDeniedPerTenantMax
        /// Allows of one tenant.
        public var allowedPerTenant = Limits.decisionsAllowedPerTenantMax
        /// All together.
        public var total = Limits.decisionsMax

        /// The limits of `Limits`.
        public init() {}
    }

    /// The store that holds the table.
    public static let storeID: StoreID = {
        guard let id = StoreID("decisions") else { preconditionFailure("a valid name") }
        return id
    }()

    static let table: TableName = {
        guard let name = TableName("homeroom-decisions") else { preconditionFailure("a valid name") }
        return name
    }()

    /// The table that the engine must hold.
    public static let schema = TableSchema(
        name: table,
        key: KeySchema(
            partition: KeyAttribute(name: "pk", type: .string), sort: KeyAttribute(name: "sk", type: .string))
    )

    struct Known {
        /// How many decisions each partition holds; nil until somebody has counted.
        var counts: [String: Int]?
        var sequence: Int64 = 0
        var prunedAt: Timestamp?
    }

    private let opened: @Sendable () throws(TableError) -> any TableEngine
    let clock: any Clock
    let retention: Retention
    /// Held while decisions are added or removed, so that the counts are true.
    let known = Mutex(Known())

    /// The decisions in an engine that holds the table `schema`.
    /// - Parameter engine: asked at each call, so that an engine that cannot be opened now keeps nobody from anything else.
    public init(
        clock: any Clock, retention: Retention = Retention(),
        engine: @escaping @Sendable () throws(TableError) -> any TableEngine
    ) {
        opened = engine
        self.clock = clock
        self.retention = retention
    }

    /// Adds decisions, in order, and removes the oldest where there are too many.
    /// - Throws: what the store throws; what was not added is lost.
    public func append(_ entries: [DecisionEntry]) throws(TableError) {
        let engine = try opened()
        try known.withLock { (known) throws(TableError) in
            try count(&known, in: engine)
            for start in stride(from: 0, to: entries.count, by: Limits.decisionsPerCommitMax) {
                var writes: [ItemWrite] = []
                for entry in entries[start..<min(start + Limits.decisionsPerCommitMax, entries.count)] {
                    known.sequence += 1
                    let stamp = RecordStamp(time: entry.time, sequence: known.sequence)
                    writes.append(Self.put(entry, stamp))
                    known.counts?[Self.partition(entry.tenant, entry.outcome), default: 0] += 1
                }
                do throws(TableError) { try engine.write(WriteRequest(.batch, writes)) } catch {
                    // What is there now is counted anew.
                    known.counts = nil
                    throw error
                }
            }
            try prune(&known, in: engine)
        }
    }

    /// The store as it can be had now.
    func engine() throws(TableError) -> any TableEngine { try opened() }

    /// Counts what is there, once.
    func count(_ known: inout Known, in engine: any TableEngine) throws(TableError) {
        guard known.counts == nil else { return }
        var counts: [String: Int] = [:]
        var range = ReadRange(table: Self.table)
        repeat {
            let page = try engine.read(range)
            for row in page.rows {
                counts[String(decoding: row.key.partition, as: UTF8.self), default: 0] += 1
                known.sequence = max(known.sequence, Self.sequence(of: row.key))
            }
            range.after = page.next
        } while range.after != nil
        known.counts = counts
    }

    // MARK: How decisions lie in the table

    /// Denials, the counts of those left out among them, and allows of one tenant are apart, so that neither crowd the other out.
    static func partition(_ tenant: TenantID?, _ outcome: DecisionEntry.Outcome) -> String {
        "\(outcome == .allowed ? "allowed" : "denied")/\(tenant?.text ?? "-")"
    }

    static func key(_ partition: String, _ sort: String) -> EncodedKey {
        EncodedKey(partition: Array(partition.utf8), sort: Array(sort.utf8))
    }

    private static func sequence(of key: EncodedKey) -> Int64 {
        let text = String(decoding: key.sort, as: UTF8.self)
        return text.split(separator: "-").last.flatMap { Int64($0) } ?? 0
    }

    private static func put(_ entry: DecisionEntry, _ stamp: RecordStamp) -> ItemWrite {
        let body: String
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            body = String(decoding: try encoder.encode(entry), as: UTF8.self)
        } catch { preconditionFailure("a decision does not encode: \(error)") }
        let (partition, sort) = (partition(entry.tenant, entry.outcome), stamp.sortText)
        let item: Item = ["pk": .string(partition), "sk": .string(sort), "body": .string(body)]
        return ItemWrite(table: table, key: key(partition, sort), action: .put(item))
    }

    /// The decision of a row.
    /// - Throws: `.storage` where it is none.
    static func entry(of row: ItemRow) throws(TableError) -> DecisionEntry {
        guard let body = try row.image.item()["body"]?.string else {
            throw .storage("a decision has no body")
        }
        do { return try JSONDecoder().decode(DecisionEntry.self, from: Data(body.utf8)) } catch {
            throw .storage("a decision cannot be read: \(error)")
        }
    }
}
