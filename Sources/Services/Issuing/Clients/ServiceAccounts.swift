import Base
import Crypto
import Registry
import Tokens

/// Programs of tenants that get tokens by their own credentials. Of a secret only its digest is kept: 256 random bits need no
/// slow hash.
public final class ServiceAccounts: Sendable {
    /// What a client's id begins with.
    public static let idPrefix = "svc_"
    private static let secretPrefix = "hrs_"
    /// What a digest is compared with where there is no such account, so that the answer takes as long.
    private static let nobody = SHA256.hash("no secret has this digest")

    private let registry: Registry
    private let revoked: RevokedTokens
    private let clock: any Clock
    private let random: any RandomSource

    /// The accounts of a registry; tokens of those that are disabled are refused from now on.
    /// - Throws: `RegistryError`.
    public init(
        registry: Registry, revoked: RevokedTokens, clock: any Clock, random: any RandomSource
    ) throws(RegistryError) {
        self.registry = registry
        self.revoked = revoked
        self.clock = clock
        self.random = random
        // An earlier version kept accounts without their owners.
        var owned: Set<String> = []
        try registry.forEach(ServiceAccountOwner.self) { owned.insert($0.account) }
        try registry.forEach(ServiceAccountRecord.self) { (record) throws(RegistryError) in
            if !owned.contains(record.id) {
                try registry.transact(RegistryTransaction([.insert(ServiceAccountOwner(record))]))
            }
            refuse(record)
        }
    }

    /// Whether it can be the id of an account.
    public static func isID(_ text: String) -> Bool {
        text.hasPrefix(idPrefix) && text.utf8.count <= Limits.clientIDBytesMax
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
            }
    }

    /// Makes an account.
    /// - Parameters:
    ///   - schools: those that it may act for; none for the district itself.
    ///   - staff: who of those who run the platform is shown the secret; nil where the tenant's own key asks.
    /// - Returns: the account, and the secret, which nobody can read again.
    /// - Throws: `ServiceAccountError.tooMany`; what the registry throws.
    public func create(
        _ tenant: TenantID, schools: [SchoolID], role: String, algorithm: SigningAlgorithm, label: String,
        expiresAt: Timestamp?, shownTo staff: String? = nil, actor: AuditActor
    ) throws -> (record: ServiceAccountRecord, secret: String) {
        let known = try registry.list(
            ServiceAccountOwner.self, prefix: ServiceAccountOwner.prefix(of: tenant),
            limit: Limits.serviceAccountsMax)
        guard known.records.count < Limits.serviceAccountsMax else {
            throw ServiceAccountError.tooMany(max: Limits.serviceAccountsMax)
        }
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        let id =
            Self.idPrefix + String(decoding: random.bytes(20).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
        let secret = newSecret()
        var record = ServiceAccountRecord(
            id: id, tenant: tenant, schools: schools, role: role, algorithm: algorithm.rawValue,
            secretDigest: SHA256.hash(secret).hex, label: label, createdAt: clock.now(),
            expiresAt: expiresAt)
        record.knownTo = staff
        let note = AuditNote(
            actor: actor, action: "service-account.created", subject: id, tenant: tenant,
            detail: ["label": label, "schools": schools.map(\.text).joined(separator: " ")],
            after: ["state": "active", "role": role])
        let commit = try registry.transact(
            RegistryTransaction(
                [.insert(record), .insert(ServiceAccountOwner(record))], audit: [note],
                events: [Self.announce("created", record)]))
        return (commit.record() ?? record, secret)
    }

    /// A tenant's accounts behind `after`, an id: nothing of other tenants' is looked at.
    /// - Throws: `RegistryError`.
    public func list(
        _ tenant: TenantID, after: String?, limit: Int
    ) throws(RegistryError) -> RegistryPage<ServiceAccountRecord> {
        let prefix = ServiceAccountOwner.prefix(of: tenant)
        let page = try registry.list(
            ServiceAccountOwner.self, prefix: prefix, after: after.map { prefix + $0 }, limit: limit)
        var records: [ServiceAccountRecord] = []
        for owner in page.records {
            // One that is removed at this moment is not there any more.
            guard let record = try registry.read(ServiceAccountRecord.self, owner.account) else { continue }
            records.append(record)
        }
        return RegistryPage(records: records, next: page.next.map { String($0.dropFirst(prefix.count)) })
    }

    /// Gives an account another secret.
    /// - Parameters:
    ///   - graceSeconds: how long the one before stays good beside it.
    ///   - staff: who of those who run the platform is shown the secret; nil where the tenant's own key asks.
    /// - Throws: `RegistryError.notFound`; what the registry throws.
    public func rotate(
        _ id: String, graceSeconds: Int64, shownTo staff: String? = nil, actor: AuditActor
    ) throws -> (record: ServiceAccountRecord, secret: String) {
        let secret = newSecret()
        let now = clock.now()
        let record = try registry.update(ServiceAccountRecord.self, id) { record, transaction in
            record.formerDigest = graceSeconds > 0 ? record.secretDigest : nil
            record.formerUntil = graceSeconds > 0 ? now.advanced(bySeconds: graceSeconds) : nil
            record.secretDigest = SHA256.hash(secret).hex
            record.noteNewSecret(shownTo: staff, formerUntil: record.formerUntil)
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "service-account.rotated", subject: id,
                    tenant: record.tenant, detail: ["graceSeconds": String(graceSeconds)]))
            transaction.events.append(Self.announce("rotated", record))
        }
        return (record, secret)
    }

    /// Refuses an account and all that was issued to it, or lets it get tokens again, from the next second on: those from before stay
    /// refused.
    /// - Throws: `RegistryError.notFound`; what the registry throws.
    public func set(
        _ id: String, isDisabled: Bool, actor: AuditActor
    ) throws -> ServiceAccountRecord {
        // Tokens tell their time in whole seconds, so that one of this second may be from before.
        let next = clock.now().advanced(bySeconds: 1)
        let record = try registry.update(ServiceAccountRecord.self, id) { record, transaction in
            guard record.isDisabled != isDisabled else { return }
            record.isDisabled = isDisabled
            record.refusedBefore = next
            let (before, after) = isDisabled ? ("active", "disabled") : ("disabled", "active")
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "service-account.\(isDisabled ? "disabled" : "enabled")",
                    subject: id, tenant: record.tenant, before: ["state": before], after: ["state": after]))
            transaction.events.append(Self.announce(isDisabled ? "disabled" : "enabled", record))
        }
        refuse(record)
        return record
    }

    /// Removes an account; what was issued to it is refused from now on.
    /// - Throws: `RegistryError.notFound`; what the registry throws.
    public func remove(_ id: String, actor: AuditActor) throws(RegistryError) -> ServiceAccountRecord {
        let record = try registry.require(ServiceAccountRecord.self, id)
        // Remembered for as long as anything that was issued to it could be good.
        let until = clock.now().advanced(bySeconds: Limits.revocationSeconds)
        var changes: [RegistryChange] = [
            .delete(record), .insert(TokenRevocationRecord(id: id, until: until)),
        ]
        if let owner = try registry.read(ServiceAccountOwner.self, ServiceAccountOwner(record).id) {
            changes.append(.delete(owner))
        }
        let note = AuditNote(
            actor: actor, action: "service-account.removed", subject: id, tenant: record.tenant,
            before: ["state": record.isDisabled ? "disabled" : "active", "role": record.role],
            after: ["state": "removed"])
        try registry.transact(
            RegistryTransaction(changes, audit: [note], events: [Self.announce("removed", record)]))
        revoked.revoke(id, until: until)
        return record
    }

    /// Refuses what was issued before, where the record says so.
    private func refuse(_ record: ServiceAccountRecord) {
        guard record.isDisabled || record.refusedBefore != nil else { return }
        revoked.refuse(
            client: record.id, issuedBefore: record.isDisabled ? nil : record.refusedBefore,
            version: record.version)
    }

    /// The account whose credentials these are; nil where they are nobody's, or it is disabled or has expired.
    /// - Throws: `RegistryError`.
    public func authenticate(_ id: String, secret: String) throws(RegistryError) -> ServiceAccountRecord? {
        let record = Self.isID(id) ? try registry.read(ServiceAccountRecord.self, id) : nil
        let now = clock.now()
        let digest = SHA256.hash(secret)
        let isCurrent = digest == Self.digest(record?.secretDigest)
        let isFormer =
            digest == Self.digest(record?.formerDigest) && (record?.formerUntil.map { now < $0 } ?? false)
        guard let record, isCurrent || isFormer, Self.isInForce(record, now) else { return nil }
        return record
    }

    /// The account; nil where there is none, or it is disabled or has expired.
    /// - Throws: `RegistryError`.
    public func account(_ id: String) throws(RegistryError) -> ServiceAccountRecord? {
        guard let record = try registry.read(ServiceAccountRecord.self, id) else { return nil }
        return Self.isInForce(record, clock.now()) ? record : nil
    }

    private static func isInForce(_ record: ServiceAccountRecord, _ now: Timestamp) -> Bool {
        !record.isDisabled && (record.expiresAt.map { now < $0 } ?? true)
    }

    private static func digest(_ hex: String?) -> SHA256Digest {
        hex.flatMap { Hex.decode($0) }.flatMap { SHA256Digest($0) } ?? nobody
    }

    private func newSecret() -> String { Self.secretPrefix + Base64URL.encode(random.bytes(32)) }

    /// The id has letters, digits and `_` alone: it needs no escapes.
    private static func announce(_ what: String, _ record: ServiceAccountRecord) -> Announcement {
        Announcement(
            type: "service-account.\(what)", tenant: record.tenant, payload: #"{"client":"\#(record.id)"}"#)
    }
}

/// Why a service account was not made.
public enum ServiceAccountError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The tenant has as many as it may have.
    case tooMany(max: Int)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .tooMany(let max):
            "the tenant has \(max) service accounts already; `homeroom service-account remove` removes one that nobody needs"
        }
    }
}

extension Limits {
    /// Service accounts of one tenant, also those that are disabled or over.
    public static let serviceAccountsMax = 500
    /// The longest id of a client.
    static let clientIDBytesMax = 64
}
