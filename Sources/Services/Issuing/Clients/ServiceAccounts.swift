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
        try registry.forEach(ServiceAccountRecord.self) { record in
            if record.isDisabled || record.refusedBefore != nil {
                revoked.refuse(
                    client: record.id, issuedBefore: record.isDisabled ? nil : record.refusedBefore)
            }
        }
    }

    /// Makes an account.
    /// - Parameters:
    ///   - schools: those that it may act for; none for the district itself.
    ///   - staff: who of those who run the platform is shown the secret; nil where the tenant's own key asks.
    /// - Returns: the account, and the secret, which nobody can read again.
    /// - Throws: `RegistryError`.
    public func create(
        _ tenant: TenantID, schools: [SchoolID], role: String, algorithm: SigningAlgorithm, label: String,
        expiresAt: Timestamp?, shownTo staff: String? = nil, actor: AuditActor
    ) throws -> (record: ServiceAccountRecord, secret: String) {
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
                [.insert(record)], audit: [note], events: [Self.announce("created", record)]))
        return (commit.record() ?? record, secret)
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
            Self.note(staff, in: &record)
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "service-account.rotated", subject: id,
                    tenant: record.tenant, detail: ["graceSeconds": String(graceSeconds)]))
            transaction.events.append(Self.announce("rotated", record))
        }
        return (record, secret)
    }

    /// Refuses an account and all that was issued to it, or lets it get tokens again: those from before stay refused.
    /// - Throws: `RegistryError.notFound`; what the registry throws.
    public func set(
        _ id: String, isDisabled: Bool, actor: AuditActor
    ) throws -> ServiceAccountRecord {
        let now = clock.now()
        let record = try registry.update(ServiceAccountRecord.self, id) { record, transaction in
            guard record.isDisabled != isDisabled else { return }
            record.isDisabled = isDisabled
            record.refusedBefore = now
            let (before, after) = isDisabled ? ("active", "disabled") : ("disabled", "active")
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "service-account.\(isDisabled ? "disabled" : "enabled")",
                    subject: id, tenant: record.tenant, before: ["state": before], after: ["state": after]))
            transaction.events.append(Self.announce(isDisabled ? "disabled" : "enabled", record))
        }
        if record.refusedBefore != nil {
            revoked.refuse(client: id, issuedBefore: record.isDisabled ? nil : record.refusedBefore)
        }
        return record
    }

    /// The account whose credentials these are; nil where they are nobody's, or it is disabled or has expired.
    /// - Throws: `RegistryError`.
    public func authenticate(_ id: String, secret: String) throws(RegistryError) -> ServiceAccountRecord? {
        let isName = id.hasPrefix(Self.idPrefix) && id.utf8.count <= Limits.clientIDBytesMax
        let record = isName ? try registry.read(ServiceAccountRecord.self, id) : nil
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

    /// Notes who of those who run the platform has the secrets that are good now: `staff` the new one, somebody else the one before.
    private static func note(_ staff: String?, in record: inout ServiceAccountRecord) {
        if let staff {
            (record.knownTo, record.knownUntil) = (staff, nil)
        } else if record.knownTo != nil, record.knownUntil == nil, let until = record.formerUntil {
            record.knownUntil = until
        } else {
            (record.knownTo, record.knownUntil) = (nil, nil)
        }
    }

    private func newSecret() -> String { Self.secretPrefix + Base64URL.encode(random.bytes(32)) }

    /// The id has letters, digits and `_` alone: it needs no escapes.
    private static func announce(_ what: String, _ record: ServiceAccountRecord) -> Announcement {
        Announcement(
            type: "service-account.\(what)", tenant: record.tenant, payload: #"{"client":"\#(record.id)"}"#)
    }
}

extension Limits {
    /// The longest id of a client.
    static let clientIDBytesMax = 64
}
