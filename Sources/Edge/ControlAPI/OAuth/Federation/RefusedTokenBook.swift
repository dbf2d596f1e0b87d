import Base
import Registry
import Synchronization

/// How many tokens were refused, by the provider that they name, beyond those that the audit has an entry each of: anybody can send
/// more without end. What has no entry yet is lost by a crash, at most one interval of it.
final class RefusedTokenBook: Sendable {
    /// A provider of a tenant.
    struct Provider: Hashable, Sendable {
        let tenant: TenantID
        let name: String
    }

    private let counts = Mutex<[Provider: Int]>([:])

    /// Counts a token that names this provider's issuer.
    func count(_ provider: IdentityProviderRecord) {
        counts.withLock { $0[Provider(tenant: provider.tenant, name: provider.name), default: 0] += 1 }
    }

    /// Writes an entry for each provider with a count, and begins anew. Call it each minute and at the end.
    /// - Throws: `RegistryError`; what is not written is kept for the next time.
    func write(to registry: Registry) throws(RegistryError) {
        var waiting = Array(take())[...]
        while !waiting.isEmpty {
            let part = waiting.prefix(Limits.refusedTokenNotesMax)
            do throws(RegistryError) {
                try registry.transact(
                    RegistryTransaction([], audit: part.map { Self.note($0.key, $0.value) }))
            } catch {
                let kept = waiting
                counts.withLock { counts in
                    for (provider, count) in kept { counts[provider, default: 0] += count }
                }
                throw error
            }
            waiting = waiting.dropFirst(part.count)
        }
    }

    private func take() -> [Provider: Int] {
        counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
    }

    private static func note(_ provider: Provider, _ count: Int) -> AuditNote {
        AuditNote(
            actor: .system, action: "token.refused", subject: provider.name, tenant: provider.tenant,
            detail: ["count": String(count)], kind: .denial, outcome: .refused)
    }
}

extension Limits {
    /// Entries of one commit about tokens that were only counted.
    static let refusedTokenNotesMax = 20
}
