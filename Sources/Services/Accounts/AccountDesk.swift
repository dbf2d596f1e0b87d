import Base
import Crypto
import Registry

/// The accounts of those who run the platform: made, changed and closed by administrators.
///
/// What needs a password takes a third of a second of a core and 32 MiB: call it on one thread.
public final class AccountDesk: Sendable {
    let registry: Registry
    let clock: any Clock
    let random: any RandomSource
    let passwords: PasswordHasher
    let guardian: SignInGuard
    let devices: KnownDevices
    /// What the secrets of second factors are encrypted with.
    let seal: AES256GCM
    /// When sessions were used.
    let uses: UseBook

    /// A desk.
    /// - Parameters:
    ///   - master: what the key of second factors is derived from: 32 secret bytes or more, the same over restarts.
    ///   - uses: where the use of sessions is noted; whoever owns it writes it down.
    ///   - cost: of passwords.
    /// - Throws: `CryptoError` where the master secret is too short.
    public init(
        registry: Registry, master: [UInt8], uses: UseBook, clock: any Clock, random: any RandomSource,
        cost: Scrypt.Cost = .passwords
    ) throws {
        self.registry = registry
        self.clock = clock
        self.random = random
        self.uses = uses
        passwords = PasswordHasher(cost: cost, random: random)
        guardian = SignInGuard(clock: clock)
        devices = KnownDevices(master: master, purpose: "accounts", random: random)
        seal = try AES256GCM(
            key: HKDF.derive(
                secret: master, info: Array("homeroom account second factors".utf8),
                count: AES256GCM.keyBytes))
    }

    /// An account with the code that lets its owner in, once.
    public struct Invited: Sendable {
        /// The account.
        public let record: AccountRecord
        /// The code: shown this once, not kept.
        public let code: String
    }

    // MARK: Reading

    /// The account of that name.
    /// - Throws: `.noSuchAccount`; what the registry throws.
    public func account(_ text: String) throws -> AccountRecord {
        guard let id = AccountID(text), let record = try registry.read(AccountRecord.self, id) else {
            throw AccountError.noSuchAccount(text)
        }
        return record
    }

    /// The accounts behind `after`, in the order of their names.
    public func list(
        after: String?, limit: Int, isForward: Bool = true
    ) throws(RegistryError) -> RegistryPage<AccountRecord> {
        try registry.list(AccountRecord.self, after: after, limit: limit, isForward: isForward)
    }

    // MARK: Changing

    /// Makes an account and invites its owner.
    /// - Throws: `.taken`, `.badName`; what the registry throws.
    public func create(
        _ id: AccountID, name: String, roles: [PlatformRole], actor: AuditActor
    ) throws -> Invited {
        guard (1...Limits.accountNameBytesMax).contains(name.utf8.count) else {
            throw AccountError.badName(bytesMax: Limits.accountNameBytesMax)
        }
        let (invitation, code) = invite()
        let record = AccountRecord(
            id: id, name: name, roles: roles, createdAt: clock.now(), invitation: invitation)
        let transaction = RegistryTransaction(
            [.insert(record)],
            audit: [
                AuditNote(
                    actor: actor, action: "account.created", subject: id.text,
                    after: [
                        "state": "invited", "roles": record.rolesText,
                        "invitationUntil": invitation.expiresAt.iso8601,
                    ])
            ], events: [record.announcement("account.created")])
        let commit: RegistryCommit
        do throws(RegistryError) { commit = try registry.transact(transaction) } catch {
            guard case .conflict = error else { throw error }
            throw AccountError.taken(id)
        }
        return Invited(record: commit.record(AccountRecord.self) ?? record, code: code)
    }

    /// Gives an account other roles; its sessions go on with them.
    /// - Throws: `.noSuchAccount`; `.ownAccount` where a caller would take `admin` from their own; what the registry throws.
    public func setRoles(
        _ text: String, to roles: [PlatformRole], caller: AccountID?, actor: AuditActor
    ) throws -> AccountRecord {
        try update(text) { record, transaction in
            let wanted = PlatformRole.ordered(roles)
            guard wanted != record.roles else { return }
            if caller == record.id, !wanted.contains(.admin) { throw AccountError.ownAccount(record.id) }
            let before = record.rolesText
            record.roles = wanted
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "account.roles-changed", subject: record.id.text,
                    before: ["roles": before], after: ["roles": record.rolesText]))
            transaction.events.append(record.announcement("account.roles-changed"))
        }
    }

    /// Closes an account: nobody signs in, and its sessions are over from the next request on.
    /// - Throws: `.noSuchAccount`; `.ownAccount`; what the registry throws.
    public func disable(_ text: String, caller: AccountID?, actor: AuditActor) throws -> AccountRecord {
        try update(text) { record, transaction in
            guard !record.isDisabled else { return }
            if caller == record.id { throw AccountError.ownAccount(record.id) }
            record.isDisabled = true
            try endSessions(of: &record, &transaction)
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "account.disabled", subject: record.id.text,
                    before: ["state": "active"], after: ["state": "disabled"]))
            transaction.events.append(record.announcement("account.disabled"))
        }
    }

    /// Opens a closed account again, with its password.
    /// - Throws: `.noSuchAccount`; what the registry throws.
    public func enable(_ text: String, actor: AuditActor) throws -> AccountRecord {
        try update(text) { record, transaction in
            guard record.isDisabled else { return }
            record.isDisabled = false
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "account.enabled", subject: record.id.text,
                    before: ["state": "disabled"], after: ["state": "active"]))
            transaction.events.append(record.announcement("account.enabled"))
        }
    }

    /// Takes password and second factor from an account, ends its sessions, forgets its failures and invites its owner anew.
    /// - Throws: `.noSuchAccount`; what the registry throws.
    public func reset(_ text: String, actor: AuditActor) throws -> Invited {
        let (invitation, code) = invite()
        let record = try update(text) { record, transaction in
            record.invitation = invitation
            record.password = nil
            record.secondFactor = nil
            try endSessions(of: &record, &transaction)
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "account.reset", subject: record.id.text,
                    after: ["invitationUntil": invitation.expiresAt.iso8601]))
            transaction.events.append(record.announcement("account.reset"))
        }
        guardian.forget(record.id.text)
        return Invited(record: record, code: code)
    }

    // MARK: Shared

    /// Changes an account in one commit.
    func update(
        _ text: String, _ mutate: (inout AccountRecord, inout RegistryTransaction) throws -> Void
    ) throws -> AccountRecord {
        let id = try account(text).id
        return try registry.update(AccountRecord.self, id, mutate)
    }

    /// Ends all sessions of an account in the same commit.
    func endSessions(of record: inout AccountRecord, _ transaction: inout RegistryTransaction) throws {
        for id in record.sessions {
            guard let session = try registry.read(SessionRecord.self, id) else { continue }
            transaction.changes.append(.delete(session))
        }
        record.sessions = []
    }

    private func invite() -> (AccountRecord.Invitation, code: String) {
        let code = Base64URL.encode(random.bytes(24))
        let end = clock.now().advanced(bySeconds: Limits.invitationSeconds)
        return (AccountRecord.Invitation(digest: SHA256.hash(code).hex, expiresAt: end), code)
    }
}

extension AccountRecord {
    /// The roles as the audit writes them.
    var rolesText: String { roles.map(\.rawValue).joined(separator: ",") }

    /// What happened to the account, for those who listen: never a secret.
    func announcement(_ type: String) -> Announcement {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.name("account")
        json.string(id.text)
        json.name("roles")
        json.beginArray()
        for role in roles { json.string(role.rawValue) }
        json.endArray()
        json.endObject()
        return Announcement(type: type, payload: String(decoding: json.bytes, as: UTF8.self))
    }
}
