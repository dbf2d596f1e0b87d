import Base
import Registry
import Tokens

/// The people of identity providers whom their tenants refuse: nothing is issued to them, and what they have ends at once.
public struct RefusedPeople: Sendable {
    private let registry: Registry
    private let revoked: RevokedTokens
    private let clock: any Clock

    /// The refusals of a registry: what is recorded is refused from now on.
    /// - Throws: `RegistryError`.
    public init(registry: Registry, revoked: RevokedTokens, clock: any Clock) throws(RegistryError) {
        self.registry = registry
        self.revoked = revoked
        self.clock = clock
        try registry.forEach(RefusedPersonRecord.self) { apply($0) }
    }

    /// A tenant's refusals behind `after`, an id: also those of people who were let in again.
    /// - Throws: `RegistryError`.
    public func list(
        _ tenant: TenantID, after: String?, limit: Int
    ) throws(RegistryError) -> RegistryPage<RefusedPersonRecord> {
        try registry.list(
            RefusedPersonRecord.self, prefix: RefusedPersonRecord.prefix(of: tenant), after: after,
            limit: limit)
    }

    /// The refusal of a person, by what a provider calls them, behind its name, or by what tokens do.
    /// - Throws: `.noSuchPerson`; what the registry throws.
    public func refusal(_ text: String, of tenant: TenantID) throws -> RefusedPersonRecord {
        for id in [
            RefusedPersonRecord.id(of: text, in: tenant), RefusedPersonRecord.prefix(of: tenant) + text,
        ]
        where id.utf8.count <= Limits.personIDBytesMax {
            if let record = try registry.read(RefusedPersonRecord.self, id) { return record }
        }
        throw IdentityProviderError.noSuchPerson(text, tenant)
    }

    /// Whether a person gets nothing.
    /// - Throws: `RegistryError`.
    public func refuses(_ person: String, of tenant: TenantID) throws(RegistryError) -> Bool {
        try registry.read(RefusedPersonRecord.self, RefusedPersonRecord.id(of: person, in: tenant))?
            .isRefused ?? false
    }

    /// Refuses a person and all that was issued to them, from now on. Nothing where they are refused already.
    /// - Parameter person: the provider's name, a slash, and what it calls them.
    /// - Throws: `.invalid`, `.noSuchProvider`, `.tooManyRefused`; what the registry throws, `.conflict` where somebody else was first.
    public func refuse(
        _ person: String, of tenant: TenantID, reason: String, actor: AuditActor
    ) throws -> RefusedPersonRecord {
        let provider = String(person.prefix { $0 != "/" })
        guard TokenClaims.isText(person), person.utf8.count > provider.utf8.count + 1 else {
            throw IdentityProviderError.invalid(
                field: "person", "expected the provider's name, a slash, and what it calls them")
        }
        guard
            try registry.read(
                IdentityProviderRecord.self, IdentityProviderRecord.id(of: provider, in: tenant)) != nil
        else { throw IdentityProviderError.noSuchProvider(provider, tenant) }
        let now = clock.now()
        var record = RefusedPersonRecord(person: person, tenant: tenant, reason: reason, at: now)
        var transaction = RegistryTransaction([.insert(record)])
        if let known = try registry.read(RefusedPersonRecord.self, record.id) {
            guard !known.isRefused else { return known }
            record = known
            (record.isRefused, record.refusedBefore) = (true, nil)
            (record.reason, record.refusedAt) = (reason, now)
            transaction = RegistryTransaction([.replace(record)])
        } else if try count(of: tenant) >= Limits.refusedPeopleMax {
            throw IdentityProviderError.tooManyRefused(max: Limits.refusedPeopleMax)
        }
        return try commit(&transaction, record, "refused", ["reason": reason], actor)
    }

    /// Lets a person in again: what was issued to them before stays refused. Nothing where they are not refused.
    /// - Throws: `.noSuchPerson`; what the registry throws, `.conflict` where somebody else was first.
    public func allow(_ text: String, of tenant: TenantID, actor: AuditActor) throws -> RefusedPersonRecord {
        var record = try refusal(text, of: tenant)
        guard record.isRefused else { return record }
        // Tokens tell their time in whole seconds: one of this second may be from before.
        (record.isRefused, record.refusedBefore) = (false, clock.now().advanced(bySeconds: 1))
        var transaction = RegistryTransaction([.replace(record)])
        return try commit(&transaction, record, "allowed", [:], actor)
    }

    /// Of who they are the audit has what tokens name them by alone.
    private func commit(
        _ transaction: inout RegistryTransaction, _ record: RefusedPersonRecord, _ state: String,
        _ detail: [String: String], _ actor: AuditActor
    ) throws(RegistryError) -> RefusedPersonRecord {
        let action = "person.\(state)"
        transaction.audit = [
            AuditNote(
                actor: actor, action: action, subject: record.personID, tenant: record.tenant,
                detail: detail, before: ["state": state == "refused" ? "allowed" : "refused"],
                after: ["state": state])
        ]
        transaction.events = [
            Announcement(
                type: action, tenant: record.tenant, payload: #"{"person":"\#(record.personID)"}"#)
        ]
        let written: RefusedPersonRecord = try registry.transact(transaction).record() ?? record
        apply(written)
        return written
    }

    private func count(of tenant: TenantID) throws(RegistryError) -> Int {
        var count = 0
        try registry.forEach(RefusedPersonRecord.self, prefix: RefusedPersonRecord.prefix(of: tenant)) { _ in
            count += 1
        }
        return count
    }

    private func apply(_ record: RefusedPersonRecord) {
        revoked.refuse(
            client: record.personID, issuedBefore: record.isRefused ? nil : record.refusedBefore,
            version: record.version)
    }
}
