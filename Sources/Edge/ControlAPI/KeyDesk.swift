import Base
import Crypto
import Registry
import Synchronization

/// Makes, rotates and revokes keys: those of programs and people for the control API, and the static ones by which operators use
/// the gateway.
///
/// Of a key for the control API the secret's digest is kept. The secret of a gateway key follows from the key's id and the
/// deployment's master secret: verifying a signature needs the secret itself, so a digest would not do, and nothing but the id is
/// stored.
public final class KeyDesk: Sendable {
    /// A key for the gateway as it is handed out, once.
    struct Issued: Sendable {
        let record: CredentialRecord
        let secret: String
    }

    /// A key for the control API as it is handed out, once.
    struct IssuedControlKey: Sendable {
        let record: CredentialRecord
        let key: ControlKey
    }

    private struct KnownSecret {
        let text: String
        let expiresAt: Timestamp?
    }

    /// What their ids begin with, and no other key's: a start need not read the keys of all tenants.
    private static let idPrefix = "AKIA"
    /// The role of every key for the gateway.
    private static let gatewayRole = PlatformRole.operator.rawValue

    /// When keys for the control API and sessions were used.
    public let uses = UseBook()
    private let registry: Registry
    private let derivation: [UInt8]
    private let clock: any Clock
    private let random: any RandomSource
    /// The secrets of the gateway keys in force.
    private let secrets = Mutex<[String: KnownSecret]>([:])

    /// A desk, which knows the keys in force.
    /// - Parameter master: what secrets are derived from: 32 secret bytes or more, the same over restarts.
    /// - Throws: what the registry throws; `CryptoError` where the master secret is too short.
    public init(registry: Registry, master: [UInt8], clock: any Clock, random: any RandomSource) throws {
        self.registry = registry
        self.clock = clock
        self.random = random
        derivation = try HKDF.derive(secret: master, info: Array("homeroom operator keys".utf8), count: 32)
        var known: [String: KnownSecret] = [:]
        try registry.forEach(CredentialRecord.self, prefix: Self.idPrefix) { record in
            guard record.kind == .operators, !record.isDisabled else { return }
            known[record.id] = KnownSecret(text: secret(of: record.id), expiresAt: record.expiresAt)
        }
        secrets.withLock { $0 = known }
    }

    /// The secret behind an access key id, or nil where there is no such key, or it was revoked or is past its end.
    public func activeSecret(of accessKeyID: String) -> String? {
        guard let known = secrets.withLock({ $0[accessKeyID] }) else { return nil }
        if let end = known.expiresAt, end <= clock.now() { return nil }
        return known.text
    }

    // MARK: Making

    /// Makes a key for the gateway.
    /// - Throws: what the registry throws.
    func createForGateway(label: String, expiresAt: Timestamp?, actor: AuditActor) throws -> Issued {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        let id =
            Self.idPrefix
            + String(decoding: random.bytes(16).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
        let record = CredentialRecord(
            id: id, kind: .operators, role: Self.gatewayRole, secretDigest: "", createdAt: clock.now(),
            label: label, expiresAt: expiresAt)
        try store(record, actor)
        let secret = secret(of: id)
        secrets.withLock { $0[id] = KnownSecret(text: secret, expiresAt: expiresAt) }
        return Issued(record: record, secret: secret)
    }

    /// Makes a key for the control API. Its secret is not kept: this is the only time that anybody has it.
    /// - Parameter roles: what its holder may do; one at the least.
    /// - Throws: what the registry throws.
    func create(
        _ roles: [PlatformRole], label: String, expiresAt: Timestamp?, actor: AuditActor
    ) throws -> IssuedControlKey {
        let key = ControlKey.new(roles, random: random)
        let record = CredentialRecord(
            id: key.id, kind: CredentialRecord.Kind(roles),
            role: roles.map(\.rawValue).joined(separator: ","), secretDigest: key.secretDigest,
            createdAt: clock.now(), label: label, expiresAt: expiresAt)
        try store(record, actor)
        return IssuedControlKey(record: record, key: key)
    }

    private func store(_ record: CredentialRecord, _ actor: AuditActor) throws {
        var after = ["state": "active", "role": record.role]
        after["expiresAt"] = record.expiresAt?.iso8601
        try registry.transact(
            RegistryTransaction(
                [.insert(record)],
                audit: [
                    AuditNote(
                        actor: actor, action: "credential.created", subject: record.id,
                        detail: ["kind": record.kind.name, "label": record.label], after: after)
                ], events: [record.announcement("credential.created")]))
    }

    // MARK: Changing

    /// Gives a key for the control API another secret. The one before stays good for `graceSeconds`; one before that is refused
    /// from now on. A key that ends is good for as long again as it was when it was made.
    /// - Parameters:
    ///   - caller: who is shown the new secret; a tenant's own has no other tenant's keys.
    /// - Throws: `Problem` where there is no such key, or it has no secret of its own, or is refused already; what the registry
    ///   throws.
    func rotate(
        _ id: String, graceSeconds: Int, caller: Caller, actor: AuditActor
    ) throws -> IssuedControlKey {
        try require(id, of: caller.tenant)
        let secret = ControlKey.newSecret(random: random)
        let key = ControlKey(id: id, secret: secret)
        let record = try registry.update(CredentialRecord.self, id) { record, transaction in
            let now = clock.now()
            guard record.kind != .operators else {
                throw Problem(
                    .notApplicable,
                    "a gateway key keeps its secret; make another with `homeroom key create --role operator`, then revoke this one"
                )
            }
            guard record.isInForce(at: now) else {
                throw Problem(.notApplicable, "the key `\(id)` is refused already; make a new one")
            }
            let until = now.advanced(bySeconds: Int64(graceSeconds))
            let lifetime = record.expiresAt.map {
                $0.milliseconds(since: record.rotatedAt ?? record.createdAt)
            }
            record.former = graceSeconds > 0 ? .init(digest: record.secretDigest, until: until) : nil
            if record.kind.tenant != nil {
                record.noteNewSecret(
                    shownTo: Self.witness(of: caller, rotating: id, graceSeconds),
                    formerUntil: record.former?.until)
            }
            record.secretDigest = key.secretDigest
            record.rotatedAt = now
            record.expiresAt = lifetime.map { now.advanced(byMilliseconds: $0) }
            var after = ["formerSecretUntil": until.iso8601]
            after["expiresAt"] = record.expiresAt?.iso8601
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "credential.rotated", subject: id, tenant: record.kind.tenant,
                    after: after))
            transaction.events.append(record.announcement("credential.rotated"))
        }
        return IssuedControlKey(record: record, key: key)
    }

    /// Who of those who run the platform may be the one that is shown the new secret of a tenant's key.
    ///
    /// A key that gives itself another secret and refuses the one before at once is its tenant's alone: had somebody else done that,
    /// the tenant's programs would be let in no more.
    private static func witness(of caller: Caller, rotating id: String, _ graceSeconds: Int) -> String? {
        if graceSeconds == 0, case .tenant(_, let own) = caller, own.identity == .key(id) { return nil }
        return caller.staffName
    }

    /// Notes that somebody is shown the secret that a tenant's key was made with.
    /// - Parameter staff: who, as the audit names them.
    /// - Throws: what the registry throws.
    func noteShown(_ id: String, to staff: String) throws {
        guard let known = try registry.read(CredentialRecord.self, id), known.knownTo == nil else { return }
        _ = try registry.update(CredentialRecord.self, id) { record, transaction in
            guard record.knownTo == nil, record.rotatedAt == nil else { return }
            record.noteNewSecret(shownTo: staff, formerUntil: nil)
        }
    }

    /// Revokes a key of any kind: it is refused from now on. A key that was revoked before stays so.
    /// - Throws: `Problem` where there is none, or it is the caller's own; what the registry throws.
    func revoke(_ id: String, caller: Caller, actor: AuditActor) throws -> CredentialRecord {
        if case .staff(let staff) = caller, staff.identity == .key(id) {
            throw Problem(
                .notApplicable, "the key `\(id)` is the one that this request was sent with; use another")
        }
        try require(id)
        let record = try registry.update(CredentialRecord.self, id) { record, transaction in
            guard !record.isDisabled else { return }
            record.isDisabled = true
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "credential.revoked", subject: id, tenant: record.kind.tenant,
                    before: ["state": "active"], after: ["state": "revoked"]))
            transaction.events.append(record.announcement("credential.revoked"))
        }
        secrets.withLock { $0[id] = nil }
        return record
    }

    /// - Parameter tenant: whose key it has to be; nil for any.
    private func require(_ id: String, of tenant: TenantID? = nil) throws {
        guard let record = try registry.read(CredentialRecord.self, id),
            tenant.map({ record.kind.tenant == $0 }) ?? true
        else {
            throw Problem(
                .notFound, "there is no key `\(id)`; `homeroom key list` shows those there are", field: "key")
        }
    }

    private func secret(of id: String) -> String {
        do throws(CryptoError) {
            // Forty characters, as AWS's secrets have.
            return Base64URL.encode(try HKDF.derive(secret: derivation, info: Array(id.utf8), count: 30))
        } catch { preconditionFailure("30 bytes can be derived: \(error)") }
    }
}

extension CredentialRecord.Kind {
    /// What the API and the audit call it.
    var name: String {
        switch self {
        case .admin: "admin"
        case .tenant: "tenant"
        case .operators: "operator"
        case .reviewer: "reviewer"
        case .platform: "platform"
        }
    }
}

extension CredentialRecord {
    /// What happened to the key, for those who listen: never a secret.
    fileprivate func announcement(_ type: String) -> Announcement {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.member("key", id)
        json.member("kind", kind.name)
        json.member("role", role)
        json.member("expiresAt", ifPresent: expiresAt?.iso8601)
        json.endObject()
        return Announcement(
            type: type, tenant: kind.tenant, payload: String(decoding: json.bytes, as: UTF8.self))
    }
}
