import Base
import Crypto
import Registry
import Tokens

/// The members of districts who sign in with a password of their own: invited, changed and closed by their district, or by those who
/// run the platform.
///
/// What needs a password takes a third of a second of a core and 32 MiB: call it on few threads.
public final class MemberDesk: Sendable {
    let registry: Registry
    let revoked: RevokedTokens
    let clock: any Clock
    let random: any RandomSource
    let passwords: PasswordHasher
    let guardian: SignInGuard
    let devices: KnownDevices

    /// The members of a registry; tokens of those who are disabled are refused from now on.
    /// - Parameters:
    ///   - master: what the codes of devices are derived from: secret bytes, the same over restarts.
    ///   - cost: of passwords.
    /// - Throws: `RegistryError`.
    public init(
        registry: Registry, revoked: RevokedTokens, master: [UInt8], clock: any Clock,
        random: any RandomSource,
        cost: Scrypt.Cost = .passwords
    ) throws(RegistryError) {
        self.registry = registry
        self.revoked = revoked
        self.clock = clock
        self.random = random
        passwords = PasswordHasher(cost: cost, random: random)
        guardian = SignInGuard(clock: clock)
        devices = KnownDevices(master: master, purpose: "members", random: random)
        try registry.forEach(MemberRecord.self) { refuse($0) }
    }

    /// A member with the code that lets them in, once.
    public struct Invited: Sendable {
        /// The member.
        public let record: MemberRecord
        /// The code: shown this once, not kept.
        public let code: String
    }

    /// Who is to be invited.
    public struct Draft: Sendable {
        /// What they will sign in with.
        public var name: String
        /// What people call them.
        public var displayName: String
        /// The schools that they may act for; none for the district itself.
        public var schools: [SchoolID]
        /// The students whose records are theirs to read.
        public var students: [StudentLink]
        /// The role of their tokens.
        public var role: String
        /// Who of those who run the platform is shown the invitation; nil where the tenant's own key asks.
        public var shownTo: String?

        /// Somebody.
        public init(
            name: String, displayName: String, schools: [SchoolID], students: [StudentLink] = [],
            role: String, shownTo: String? = nil
        ) {
            self.shownTo = shownTo
            self.name = name
            self.displayName = displayName
            self.schools = schools
            self.students = students
            self.role = role
        }
    }

    // MARK: Reading

    /// A tenant's member by their id or by their name.
    /// - Throws: `.noSuchMember`; what the registry throws.
    public func member(_ text: String, of tenant: TenantID) throws -> MemberRecord {
        let named = try MemberName(text).flatMap {
            try registry.read(MemberNameRecord.self, MemberNameRecord.id($0, tenant))
        }
        let isID =
            text.hasPrefix(MemberRecord.prefix(of: tenant)) && text.utf8.count <= Limits.memberIDBytesMax
        guard let id = named?.member ?? (isID ? text : nil),
            let record = try registry.read(MemberRecord.self, id)
        else { throw MemberError.noSuchMember(text, tenant) }
        return record
    }

    /// The member with this id; nil where there is none, or they are disabled or have no password.
    /// - Throws: `RegistryError`.
    public func active(_ id: String) throws(RegistryError) -> MemberRecord? {
        guard id.hasPrefix(MemberRecord.idPrefix), let record = try registry.read(MemberRecord.self, id),
            !record.isDisabled, record.password != nil
        else { return nil }
        return record
    }

    /// A tenant's members behind `after`.
    /// - Throws: `RegistryError`.
    public func list(
        _ tenant: TenantID, after: String?, limit: Int, isForward: Bool = true
    ) throws(RegistryError) -> RegistryPage<MemberRecord> {
        try registry.list(
            MemberRecord.self, prefix: MemberRecord.prefix(of: tenant), after: after, limit: limit,
            isForward: isForward)
    }

    // MARK: Changing

    /// Invites somebody.
    /// - Throws: `.taken`, `.badName`, `.badStudents`; `AccountError.badName` for what people call them; what the registry throws.
    public func invite(_ draft: Draft, to tenant: TenantID, actor: AuditActor) throws -> Invited {
        guard let name = MemberName(draft.name) else { throw MemberError.badName(draft.name) }
        guard (1...Limits.accountNameBytesMax).contains(draft.displayName.utf8.count) else {
            throw AccountError.badName(bytesMax: Limits.accountNameBytesMax)
        }
        let (invitation, code) = invitation()
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        let tail = random.bytes(16).map { alphabet[Int($0 & 31)] }
        var record = MemberRecord(
            id: MemberRecord.prefix(of: tenant) + String(decoding: tail, as: UTF8.self), tenant: tenant,
            name: name, displayName: draft.displayName, schools: draft.schools, role: draft.role,
            createdAt: clock.now(), invitation: invitation)
        record.knownTo = draft.shownTo
        record.students = try Self.checked(draft.students, of: record)
        var after = ["state": "invited", "role": record.role]
        after["students"] = record.pseudonyms
        let note = AuditNote(
            actor: actor, action: "member.invited", subject: record.id, tenant: tenant,
            detail: ["schools": record.schools.map(\.text).joined(separator: " ")],
            after: after)
        let commit: RegistryCommit
        do throws(RegistryError) {
            commit = try registry.transact(
                RegistryTransaction(
                    [.insert(record), .insert(MemberNameRecord(record))], audit: [note],
                    events: [record.announcement("member.invited")]))
        } catch {
            guard case .conflict = error else { throw error }
            throw MemberError.taken(name)
        }
        return Invited(record: commit.record() ?? record, code: code)
    }

    /// Refuses a member and all that was issued to them, or lets them sign in again: tokens from before stay refused.
    /// - Throws: `.noSuchMember`; what the registry throws.
    public func set(
        _ text: String, of tenant: TenantID, isDisabled: Bool, actor: AuditActor
    ) throws -> MemberRecord {
        let now = clock.now()
        let record = try update(text, of: tenant) { record, transaction in
            guard record.isDisabled != isDisabled else { return }
            record.isDisabled = isDisabled
            record.refusedBefore = Self.behind(now)
            let (before, after) = isDisabled ? ("active", "disabled") : ("disabled", "active")
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "member.\(after == "active" ? "enabled" : after)",
                    subject: record.id, tenant: tenant, before: ["state": before], after: ["state": after]))
            transaction.events.append(record.announcement(isDisabled ? "member.disabled" : "member.enabled"))
        }
        refuse(record)
        return record
    }

    /// Takes a member's password, refuses what was issued to them, forgets their failures and invites them anew.
    /// - Parameter staff: who of those who run the platform is shown the invitation; nil where the tenant's own key asks.
    /// - Throws: `.noSuchMember`; what the registry throws.
    public func reset(
        _ text: String, of tenant: TenantID, shownTo staff: String? = nil, actor: AuditActor
    ) throws -> Invited {
        let (invitation, code) = invitation()
        let now = clock.now()
        let record = try update(text, of: tenant) { record, transaction in
            record.invitation = invitation
            record.password = nil
            record.knownTo = staff
            record.refusedBefore = Self.behind(now)
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "member.reset", subject: record.id, tenant: tenant,
                    after: ["invitationUntil": invitation.expiresAt.iso8601]))
            transaction.events.append(record.announcement("member.reset"))
        }
        refuse(record)
        guardian.forget(record.countedName)
        return Invited(record: record, code: code)
    }

    /// Refuses what was issued to a member, who signs in again with the password that they have.
    /// - Throws: `.noSuchMember`; what the registry throws.
    public func signOut(_ text: String, of tenant: TenantID, actor: AuditActor) throws -> MemberRecord {
        let next = Self.behind(clock.now())
        let record = try update(text, of: tenant) { record, transaction in
            record.refusedBefore = next
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "member.signed-out", subject: record.id, tenant: tenant,
                    after: ["refusedBefore": next.iso8601]))
            transaction.events.append(record.announcement("member.signed-out"))
        }
        refuse(record)
        return record
    }

    /// Removes a member with all that is known of them; what was issued to them is refused from now on.
    /// - Throws: `.noSuchMember`; what the registry throws.
    public func remove(_ text: String, of tenant: TenantID, actor: AuditActor) throws -> MemberRecord {
        let record = try member(text, of: tenant)
        var changes: [RegistryChange] = [.delete(record)]
        if let name = try registry.read(
            MemberNameRecord.self, MemberNameRecord.id(record.name, tenant))
        {
            changes.append(.delete(name))
        }
        // Remembered for as long as anything that was issued to them could be good.
        let until = clock.now().advanced(bySeconds: Limits.memberRemovalSeconds)
        changes.append(.insert(TokenRevocationRecord(id: record.id, until: until)))
        let note = AuditNote(
            actor: actor, action: "member.removed", subject: record.id, tenant: tenant,
            before: ["state": record.state, "role": record.role], after: ["state": "removed"])
        try registry.transact(
            RegistryTransaction(changes, audit: [note], events: [record.announcement("member.removed")]))
        revoked.revoke(record.id, until: until)
        return record
    }

    // MARK: Shared

    func update(
        _ text: String, of tenant: TenantID,
        _ mutate: (inout MemberRecord, inout RegistryTransaction) throws -> Void
    ) throws -> MemberRecord {
        try registry.update(MemberRecord.self, try member(text, of: tenant).id, mutate)
    }

    /// From when on tokens may be new: these tell their time in whole seconds, so that one of this second may be from before.
    static func behind(_ now: Timestamp) -> Timestamp { now.advanced(bySeconds: 1) }

    /// Refuses what was issued before, where the record says so.
    func refuse(_ record: MemberRecord) {
        guard record.isDisabled || record.refusedBefore != nil else { return }
        revoked.refuse(
            client: record.id, issuedBefore: record.isDisabled ? nil : record.refusedBefore,
            version: record.version)
    }

    private func invitation() -> (AccountRecord.Invitation, code: String) {
        let code = Base64URL.encode(random.bytes(24))
        let end = clock.now().advanced(bySeconds: Limits.invitationSeconds)
        return (AccountRecord.Invitation(digest: SHA256.hash(code).hex, expiresAt: end), code)
    }
}

extension MemberRecord {
    /// How far they are.
    public var state: String { isDisabled ? "disabled" : password == nil ? "invited" : "active" }

    /// What happened to them, for those who listen: who they are, the id alone says, which needs no escapes.
    func announcement(_ type: String) -> Announcement {
        Announcement(type: type, tenant: tenant, payload: #"{"member":"\#(id)"}"#)
    }
}
