import Base
import Items
import Tables

/// How far the audit's chains and the outbox have come: one item, which every transaction that says something changes in its
/// commit.
struct Ledger: Equatable, Sendable {
    static let key = RegistryTable.encoded(RegistryKey(partition: "ledger", sort: "ledger"))
    static let read = GetItem(table: Registry.tableName, key: key)

    /// The time of the last stamp that was given out.
    var time: Timestamp
    /// The sequence of the last audit entry's stamp.
    var sequence: Int64
    /// The sequence of the last event's stamp: the events have no gaps.
    var events: Int64
    /// The ends of the chains, in the order of their kinds.
    var heads: [AuditHead]
    /// Stamps up to this sequence are of audit entries from before there were chains.
    let chainedAfter: Int64
    /// Events up to this sequence are from before their sequence had no gaps.
    let eventsAfter: Int64

    /// The beginning, behind what was written before there was a ledger.
    init(after entry: RecordStamp?, _ event: RecordStamp?) {
        let beginning = Timestamp(milliseconds: 0)
        time = max(entry?.time ?? beginning, event?.time ?? beginning)
        sequence = entry?.sequence ?? 0
        events = event?.sequence ?? 0
        chainedAfter = sequence
        eventsAfter = events
        heads = AuditKind.allCases.map { .empty($0) }
    }

    /// The end of this kind's chain.
    func head(_ kind: AuditKind) -> AuditHead { heads.first { $0.kind == kind } ?? .empty(kind) }

    // MARK: Stored

    /// The ledger as it is stored.
    /// - Throws: `.damaged` where it cannot be read.
    init(_ image: ItemImage) throws(RegistryError) {
        let item: Item
        do throws(TableError) { item = try image.item() } catch { throw .table(error) }
        func number(_ name: String) throws(RegistryError) -> Int64 {
            guard let number = item[name]?.number.flatMap({ Int64($0.text) }) else {
                throw Ledger.damaged("`\(name)` is no number")
            }
            return number
        }
        time = Timestamp(milliseconds: try number("time"))
        sequence = try number("sequence")
        events = try number("events")
        chainedAfter = try number("chainedAfter")
        eventsAfter = try number("eventsAfter")
        heads = []
        for kind in AuditKind.allCases {
            guard let text = item[kind.rawValue]?.string, let head = Ledger.head(kind, text) else {
                throw Ledger.damaged("`\(kind.rawValue)` is no end of a chain")
            }
            heads.append(head)
        }
    }

    /// The item that is stored.
    var item: Item {
        var item: Item = [
            "pk": .string("ledger"), "sk": .string("ledger"), "time": Ledger.number(time.milliseconds),
            "sequence": Ledger.number(sequence), "events": Ledger.number(events),
            "chainedAfter": Ledger.number(chainedAfter), "eventsAfter": Ledger.number(eventsAfter),
        ]
        for head in heads {
            item[head.kind.rawValue] = .string("\(head.number) \(head.time.milliseconds) \(head.digest)")
        }
        return item
    }

    private static func number(_ value: Int64) -> AttributeValue { .number(Number(Int(value))) }

    private static func head(_ kind: AuditKind, _ text: String) -> AuditHead? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let number = Int64(parts[0]), let time = Int64(parts[1]) else { return nil }
        return AuditHead(
            kind: kind, number: number, digest: String(parts[2]), time: Timestamp(milliseconds: time))
    }

    private static func damaged(_ reason: String) -> RegistryError {
        .damaged(RegistryKey(partition: "ledger", sort: "ledger"), reason: reason)
    }
}
