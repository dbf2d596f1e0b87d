import Base
import Registry
import Tokens

/// Seals the ends of the audit's chains: signs them, keeps them in the registry and hands them to those who carry them outside.
public final class HeadSealer: Sendable {
    private let registry: Registry
    private let sign: SignStatement
    private let clock: any Clock
    private let carry: @Sendable (SealedHead) -> Void

    /// A sealer.
    /// - Parameter carry: given each new head; it must not wait.
    public init(
        registry: Registry, sign: @escaping SignStatement, clock: any Clock,
        carry: @escaping @Sendable (SealedHead) -> Void
    ) {
        self.registry = registry
        self.sign = sign
        self.clock = clock
        self.carry = carry
    }

    /// Seals each chain that has grown since it was sealed last.
    /// - Throws: `RegistryError`; the chains that were sealed before it stay so.
    public func round() throws(RegistryError) {
        for head in try registry.auditHeads() where head.number > 0 { try seal(head) }
    }

    private func seal(_ head: AuditHead) throws(RegistryError) {
        let kind = head.kind
        let newest = try registry.list(
            AuditHeadRecord.self, prefix: AuditHeadRecord.prefix(of: kind), limit: 1, isForward: false
        ).records.first
        guard newest?.id.number != head.number else { return }
        let sealed = SealedHead(head, at: clock.now(), sign: sign)
        // No entry of it: the chain would grow by each seal, and would have to be sealed for that.
        try registry.transact(RegistryTransaction([.insert(AuditHeadRecord(sealed))]))
        carry(sealed)
        try prune(kind)
    }

    private func prune(_ kind: AuditKind) throws(RegistryError) {
        var records: [AuditHeadRecord] = []
        try registry.forEach(AuditHeadRecord.self, prefix: AuditHeadRecord.prefix(of: kind)) {
            records.append($0)
        }
        let surplus = HeadHistory.surplus(records.map(\.signedAt), now: clock.now())
        guard !surplus.isEmpty else { return }
        // What is left over goes in the next rounds.
        let removed = surplus.prefix(Limits.auditHeadsRemovedMax).map { RegistryChange.delete(records[$0]) }
        try registry.transact(RegistryTransaction(removed))
    }
}
