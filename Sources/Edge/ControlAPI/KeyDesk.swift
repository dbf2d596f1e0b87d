import Base
import Crypto
import Registry
import Synchronization

/// Makes, lists and revokes keys: the static ones by which operators use the gateway, and reviewers' for the control API.
///
/// An operator's secret follows from the key's id and the deployment's master secret: verifying a signature needs the secret
/// itself, so a digest would not do, and nothing but the id is stored.
public final class KeyDesk: Sendable {
    /// A key as it is handed out, once.
    struct Issued: Sendable {
        let record: CredentialRecord
        let secret: String
    }

    /// What their ids begin with, and no other key's: a start need not read the keys of all tenants.
    private static let idPrefix = "AKIA"
    /// The role of every key that is made here.
    static let operatorRole = "operator"
    /// The role of a key that opens the policies.
    static let reviewerRole = "reviewer"

    private let registry: Registry
    private let derivation: [UInt8]
    private let clock: any Clock
    private let random: any RandomSource
    /// The secrets of the keys in force.
    private let secrets = Mutex<[String: String]>([:])

    /// A desk, which knows the keys in force.
    /// - Parameter master: what secrets are derived from: 32 secret bytes or more, the same over restarts.
    /// - Throws: what the registry throws; `CryptoError` where the master secret is too short.
    public init(registry: Registry, master: [UInt8], clock: any Clock, random: any RandomSource) throws {
        self.registry = registry
        self.clock = clock
        self.random = random
        derivation = try HKDF.derive(secret: master, info: Array("homeroom operator keys".utf8), count: 32)
        var known: [String: String] = [:]
        try registry.forEach(CredentialRecord.self, prefix: Self.idPrefix) { record in
            if record.kind == .operators, !record.isDisabled { known[record.id] = secret(of: record.id) }
        }
        secrets.withLock { $0 = known }
    }

    /// The secret behind an access key id, or nil where there is no such key or it was revoked.
    public func activeSecret(of accessKeyID: String) -> String? { secrets.withLock { $0[accessKeyID] } }

    /// Makes a key.
    /// - Throws: what the registry throws.
    func create(label: String, actor: AuditActor) throws -> Issued {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        let id =
            Self.idPrefix
            + String(decoding: random.bytes(16).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
        let record = CredentialRecord(
            id: id, kind: .operators, role: Self.operatorRole, secretDigest: "", createdAt: clock.now(),
            label: label)
        try registry.transact(
            RegistryTransaction(
                [.insert(record)],
                audit: [
                    AuditNote(
                        actor: actor, action: "credential.created", subject: id,
                        detail: ["kind": "operator", "label": label],
                        after: ["state": "active", "role": Self.operatorRole])
                ]))
        let secret = secret(of: id)
        secrets.withLock { $0[id] = secret }
        return Issued(record: record, secret: secret)
    }

    /// Makes a reviewer's key for the control API. Its secret is not kept: this is the only time that anybody has it.
    /// - Throws: what the registry throws.
    func createReviewer(
        label: String, actor: AuditActor
    ) throws -> (record: CredentialRecord, key: ControlKey) {
        let key = ControlKey.newReviewer(random: random)
        let record = CredentialRecord(
            id: key.id, kind: .reviewer, role: Self.reviewerRole, secretDigest: key.secretDigest,
            createdAt: clock.now(), label: label)
        try registry.transact(
            RegistryTransaction(
                [.insert(record)],
                audit: [
                    AuditNote(
                        actor: actor, action: "credential.created", subject: key.id,
                        detail: ["kind": "reviewer", "label": label],
                        after: ["state": "active", "role": Self.reviewerRole])
                ]))
        return (record, key)
    }

    /// Revokes a key of any kind: it is refused from now on. A key that was revoked before stays so.
    /// - Throws: `Problem` where there is none, or it is the caller's own; what the registry throws.
    func revoke(_ id: String, caller: Caller, actor: AuditActor) throws -> CredentialRecord {
        if case .admin(let own) = caller, own == id {
            throw Problem(
                .notApplicable, "the key `\(id)` is the one that this request was sent with; use another")
        }
        guard try registry.read(CredentialRecord.self, id) != nil else {
            throw Problem(
                .notFound, "there is no key `\(id)`; `homeroom key list` shows those there are", field: "key")
        }
        let record = try registry.update(CredentialRecord.self, id) { record, transaction in
            guard !record.isDisabled else { return }
            record.isDisabled = true
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "credential.revoked", subject: id, tenant: record.kind.tenant,
                    before: ["state": "active"], after: ["state": "revoked"]))
        }
        secrets.withLock { $0[id] = nil }
        return record
    }

    private func secret(of id: String) -> String {
        do throws(CryptoError) {
            // Forty characters, as AWS's secrets have.
            return Base64URL.encode(try HKDF.derive(secret: derivation, info: Array(id.utf8), count: 30))
        } catch { preconditionFailure("30 bytes can be derived: \(error)") }
    }
}
