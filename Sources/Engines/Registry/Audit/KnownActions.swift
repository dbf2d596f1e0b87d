import Base
import Items
import Synchronization

/// The name of an action of which there is an entry, stored once: so those that begin alike are found.
enum KnownAction {
    static let partition = "audit-action"

    static func key(of name: String) -> RegistryKey { RegistryKey(partition: partition, sort: name) }

    static func item(_ name: String) -> Item { ["pk": .string(partition), "sk": .string(name)] }
}

/// The names that are stored for certain, so that they need not be looked up in each commit. They are never removed.
final class KnownActions: Sendable {
    private let names = Mutex<Set<String>>([])

    /// Those of the notes' that are not known.
    func unknown(of notes: [AuditNote]) -> [String] {
        let used = Set(notes.compactMap { AuditIndex.action.value(of: $0) })
        return names.withLock { used.subtracting($0) }.sorted()
    }

    /// Remembers names that were committed.
    func remember(_ new: [String]) {
        guard !new.isEmpty else { return }
        names.withLock { if $0.count < Limits.auditActionsRememberedMax { $0.formUnion(new) } }
    }
}
