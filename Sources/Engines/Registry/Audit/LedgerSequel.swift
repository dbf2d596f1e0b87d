import Base
import FoundationEssentials
import Items
import Tables

/// What a transaction says in the audit and to the outbox, encoded as far as that goes before its commit; the commit gives it
/// its numbers, stamps and predecessors.
struct LedgerSequel: Sendable {
    /// A note in the audit.
    struct Note: Sendable {
        let note: AuditNote
        /// Its text behind the place.
        let rest: String
    }

    let notes: [Note]
    /// The events' texts behind their places.
    let events: [String]
    /// The names of actions that may not be known yet.
    let newActions: [String]
    /// What there is where there is no ledger yet.
    let beginning: Ledger
    let clock: any Clock

    /// The writes that give them their places.
    var sequel: WriteSequel {
        let actionReads = newActions.map { name in
            GetItem(table: Registry.tableName, key: RegistryTable.encoded(KnownAction.key(of: name)))
        }
        return WriteSequel(reads: [Ledger.read] + actionReads) { found throws(TableError) in
            try writes(after: found)
        }
    }

    private func writes(after found: [ItemImage?]) throws(TableError) -> [ItemWrite] {
        var ledger = beginning
        if let image = found[0] {
            do throws(RegistryError) { ledger = try Ledger(image) } catch {
                // Nothing is changed while it cannot be said: only this transaction is refused.
                throw .invalid(.validation("the ledger of the audit cannot be read: \(error)"))
            }
        }
        ledger.time = max(ledger.time, clock.now())
        var writes: [ItemWrite] = []
        for note in notes { writes.append(append(note, to: &ledger)) }
        for rest in events { writes.append(append(event: rest, to: &ledger)) }
        for (name, image) in zip(newActions, found.dropFirst()) where image == nil {
            writes.append(Self.write(KnownAction.key(of: name), KnownAction.item(name)))
        }
        writes.append(
            ItemWrite(table: Registry.tableName, key: Ledger.key, action: .put(ledger.item)))
        return writes
    }

    private func append(_ note: Note, to ledger: inout Ledger) -> ItemWrite {
        ledger.sequence += 1
        let stamp = RecordStamp(time: ledger.time, sequence: ledger.sequence)
        let kind = note.note.kind
        let head = ledger.head(kind)
        let text = AuditText.text(
            stamp, kind, number: head.number + 1, previous: head.digest, rest: note.rest)
        ledger.heads = ledger.heads.map { old in
            guard old.kind == kind else { return old }
            return AuditHead(
                kind: kind, number: head.number + 1, digest: AuditText.digest(of: text.utf8),
                time: stamp.time)
        }
        let key = RegistryKey(partition: kind.partition, sort: stamp.shortText)
        var item = RegistryTable.item(key, body: text, version: 1)
        for index in AuditIndex.allCases {
            item[index.rawValue] = index.value(of: note.note).map { .string($0) }
        }
        return Self.write(key, item)
    }

    private func append(event rest: String, to ledger: inout Ledger) -> ItemWrite {
        ledger.events += 1
        let stamp = RecordStamp(time: ledger.time, sequence: ledger.events)
        let key = RegistryKey(partition: OutboxEvent.partition, sort: OutboxEvent.sortKey(of: stamp))
        let text = """
            {"id":{"sequence":\(stamp.sequence),"time":\(stamp.time.milliseconds)},\(rest)
            """
        return Self.write(key, RegistryTable.item(key, body: text, version: 1))
    }

    /// Never over what is there: where the ledger was set back behind the entries nothing is written any more.
    private static func write(_ key: RegistryKey, _ item: Item) -> ItemWrite {
        ItemWrite(
            table: Registry.tableName, key: RegistryTable.encoded(key), action: .put(item),
            condition: RegistryTable.isAbsent)
    }
}

extension AuditNote {
    /// What stands behind the place in the text of an entry.
    var text: String {
        struct Body: Encodable {
            let action: String
            let actor: AuditActor
            let after: [String: String]?
            let before: [String: String]?
            let detail: [String: String]?
            let outcome: AuditOutcome
            let subject: String
            let tenant: TenantID?
        }
        return LedgerSequel.inside(
            Body(
                action: action, actor: actor, after: after.isEmpty ? nil : after,
                before: before.isEmpty ? nil : before, detail: detail.isEmpty ? nil : detail,
                outcome: outcome, subject: subject, tenant: tenant))
    }
}

extension Announcement {
    /// What stands behind the place in the text of an event.
    var text: String {
        struct Body: Encodable {
            let payload: String
            let tenant: TenantID?
            let type: String
        }
        return LedgerSequel.inside(Body(payload: payload, tenant: tenant, type: type))
    }
}

extension LedgerSequel {
    /// The JSON text of a value with members, without the brace that opens it.
    static func inside(_ value: some Encodable) -> String { String(RegistryTable.text(value).dropFirst()) }
}
