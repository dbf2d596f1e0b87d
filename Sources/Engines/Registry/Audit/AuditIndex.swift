import Base
import FoundationEssentials
import Items
import Tables

/// The orders in which entries of the audit are found, beside their own: each by stamp. Only entries of a chain are in them,
/// and only those that have what it goes by.
enum AuditIndex: String, CaseIterable {
    case tenant
    case actor
    case action

    /// The longest value that is found by an index, in bytes. Source: DynamoDB Developer Guide, "Quotas": a sort key's,
    /// which names of actions are as well.
    static let valueBytesMax = 1024

    var name: String { "audit-by-\(rawValue)" }

    var schema: IndexSchema {
        IndexSchema(
            name: name,
            key: KeySchema(
                partition: KeyAttribute(name: rawValue, type: .string),
                sort: KeyAttribute(name: "sk", type: .string)),
            projection: .keysOnly)
    }

    /// What the note's entry is found by, or nil where it is not in the index.
    ///
    /// Nobody looks for what the system did by itself: nearly all entries would be in that index.
    func value(of note: AuditNote) -> String? {
        let value: String? =
            switch self {
            case .tenant: note.tenant?.text
            case .actor: note.actor == .system ? nil : note.actor.text
            case .action: note.action
            }
        return value.flatMap { (1...Self.valueBytesMax).contains($0.utf8.count) ? $0 : nil }
    }
}

extension AuditIndex {
    /// Whether the entry with this text is found by what it says.
    static func finds(_ item: Item, _ text: [UInt8]) -> Bool {
        if isPlain(item, text) { return true }
        let note: AuditNote
        do { note = try JSONDecoder().decode(AuditEntry.self, from: Data(text)).note } catch { return false }
        return allCases.allSatisfy { $0.value(of: note) == item[$0.rawValue]?.string }
    }

    /// The same for what shows without reading all of it: nearly always.
    private static func isPlain(_ item: Item, _ text: [UInt8]) -> Bool {
        guard let action = item[Self.action.rawValue]?.string,
            let end = text.firstIndex(of: UInt8(ascii: "}"))
        else { return false }
        let actor = item[Self.actor.rawValue]?.string ?? AuditActor.system.text
        // No quote and nothing that JSON escapes, so that the text is the value's and no part of another.
        let values = [action, actor] + (item[tenant.rawValue]?.string.map { [$0] } ?? [])
        guard
            values.allSatisfy({
                $0.utf8.allSatisfy { (0x2A...0x5B).contains($0) || (0x5F...0x7A).contains($0) }
            })
        else { return false }
        let begin = Array(#","action":"\#(action)","actor":"\#(actor)","#.utf8)
        guard text[(end + 1)...].starts(with: begin) else { return false }
        guard values.count == 3 else { return !text.ends(with: Array(#""}"#.utf8)) }
        return text.ends(with: Array(#","tenant":"\#(values[2])"}"#.utf8))
    }
}

extension [UInt8] {
    fileprivate func ends(with other: [UInt8]) -> Bool { suffix(other.count).elementsEqual(other) }
}

extension AuditEntry {
    /// What the entry says.
    fileprivate var note: AuditNote {
        AuditNote(
            actor: actor, action: action, subject: subject, tenant: tenant, detail: detail, kind: kind,
            outcome: outcome, before: before ?? [:], after: after ?? [:])
    }
}
