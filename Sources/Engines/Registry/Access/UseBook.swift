import Base
import Synchronization

/// Remembers when keys and sessions were used, to write it down now and then: a write at each request would cost more than the
/// request.
///
/// What is remembered since the last time is lost by a crash.
public final class UseBook: Sendable {
    private let uses = Mutex<[String: Timestamp]>([:])

    /// An empty book.
    public init() {}

    /// Notes that what has this id was used, unless its record says so of a moment ago.
    public func note(_ id: String, recorded last: Timestamp?, at now: Timestamp) {
        if let last, now.milliseconds(since: last) < Limits.useMilliseconds { return }
        uses.withLock { uses in
            guard uses[id] != nil || uses.count < Limits.usesMax else { return }
            uses[id] = now
        }
    }

    /// When it was last used, the time since the last writing included.
    public func lastUse(of id: String, recorded last: Timestamp?) -> Timestamp? {
        uses.withLock { $0[id] } ?? last
    }

    /// Writes down what is remembered: a write for each key and session that was used since.
    /// - Throws: what the registry throws; what could not be written is remembered on.
    public func write(to registry: Registry) throws {
        var waiting = uses.withLock { uses in
            defer { uses.removeAll() }
            return uses
        }
        do {
            for (id, moment) in waiting {
                do { try UseBook.write(id, moment, to: registry) } catch RegistryError.notFound {
                    // It was removed since: a key with its tenant, a session at its end.
                }
                waiting[id] = nil
            }
        } catch {
            uses.withLock { $0.merge(waiting) { newer, _ in newer } }
            throw error
        }
    }

    private static func write(_ id: String, _ moment: Timestamp, to registry: Registry) throws {
        guard id.hasPrefix(SessionRecord.idPrefix) else {
            try registry.update(CredentialRecord.self, id) { record, _ in
                record.lastUsedAt = max(moment, record.lastUsedAt ?? moment)
            }
            return
        }
        try registry.update(SessionRecord.self, id) { record, _ in
            record.lastUsedAt = max(moment, record.lastUsedAt)
        }
    }
}

extension Limits {
    /// How exact the last use of a key or a session is, in milliseconds.
    static let useMilliseconds: Int64 = 60_000
    /// Keys and sessions whose use is remembered between two writings; that of others is not noted until then.
    static let usesMax = 10_000
}
