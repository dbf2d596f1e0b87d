import Base
import Registry
import Synchronization

/// Where sealing everything anew has come to: after each of these the process may end, and the folder opens.
public enum RewrapStep: Hashable, Sendable {
    /// All data keys open with the old master key and the new one.
    case prepared
    /// So many secrets more are sealed with the new data key.
    case resealed(Int)
    /// The old master key opens nothing any more.
    case finished
}

extension SecretVault {
    /// Seals everything anew: with a new data key, which is sealed under `new` alone. What was begun before goes on.
    ///
    /// Until `.finished` is committed the old master key opens everything, and so does the new one once `.prepared` is.
    /// - Parameters:
    ///   - old: the master keys that the vault was opened with.
    ///   - at: told after each step's commit.
    /// - Returns: how many secrets there are.
    /// - Throws: `SecretError`; `RegistryError`; what `at` throws, which leaves the rest for the next call.
    @discardableResult
    public func rewrap(
        under new: MasterKey, opening old: [MasterKey], actor: AuditActor,
        at: (RewrapStep) throws -> Void = { _ in }
    ) throws -> Int {
        try sealing.withLock { _ in
            let masters = [new] + old.filter { $0.id != new.id }
            let key = try prepare(masters)
            try at(.prepared)
            let count = try resealAll(with: key) { try at(.resealed($0)) }
            try finish(key, under: new, masters, count, actor)
            try at(.finished)
            return count
        }
    }

    /// A new data key under all master keys at hand, and the others opened by them too. Returns its id.
    private func prepare(_ masters: [MasterKey]) throws -> String {
        let known = try dataKeys()
        // Only where sealing anew was begun does the new master key open the current data key.
        let begun = known.count > 1 ? known.first { $0.isCurrent && $0.wraps[masters[0].id] != nil } : nil
        if let begun {
            remember(try Self.open(begun, masters), of: begun)
            return begun.id
        }
        let made = makeDataKey(under: masters)
        var changes: [RegistryChange] = [.insert(made.record)]
        for record in known {
            var record = wrapped(record, try Self.open(record, masters), under: masters)
            record.isCurrent = false
            changes.append(.replace(record))
        }
        try registry.transact(RegistryTransaction(changes))
        remember(made.key, of: made.record)
        return made.record.id
    }

    private func resealAll(with key: String, _ told: (Int) throws -> Void) throws -> Int {
        var (count, after): (Int, String?) = (0, nil)
        repeat {
            let page = try registry.list(SecretRecord.self, after: after, limit: Limits.rewrapRecordsMax)
            count += page.records.count
            after = page.next
            let stale = page.records.filter { $0.dataKey != key }
            guard !stale.isEmpty else { continue }
            let changes = try stale.map { record -> RegistryChange in
                var fresh = seal(try open(record), as: record.id)
                fresh.version = record.version
                return .replace(fresh)
            }
            try registry.transact(RegistryTransaction(changes))
            try told(stale.count)
        } while after != nil
        return count
    }

    private func finish(
        _ key: String, under new: MasterKey, _ masters: [MasterKey], _ count: Int, _ actor: AuditActor
    ) throws {
        var changes: [RegistryChange] = []
        for record in try dataKeys() {
            guard record.id == key else {
                changes.append(.delete(record))
                continue
            }
            var bare = record
            bare.wraps = [:]
            changes.append(.replace(wrapped(bare, try Self.open(record, masters), under: [new])))
        }
        let detail = ["masterKey": new.id, "secrets": String(count)]
        try registry.transact(
            RegistryTransaction(
                changes,
                audit: [
                    AuditNote(
                        actor: actor, action: "master-key.replaced", subject: new.id, detail: detail)
                ], events: [Announcement(type: "master-key.replaced")]))
    }
}

extension Limits {
    /// Secrets that are sealed anew in one commit.
    static let rewrapRecordsMax = 50
}
