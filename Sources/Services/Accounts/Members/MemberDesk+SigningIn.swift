import Base
import Crypto
import Registry

extension MemberDesk {
    /// The member whose name and password these are.
    /// - Parameters:
    ///   - device: what `device(_:of:)` gave when they last signed in there; nil where they have nothing.
    ///   - address: where the caller is; failures are counted by it.
    /// - Throws: `AccountError.wrongCredentials`, `.heldBack`, `.tooOften`; what the registry throws.
    public func signIn(
        _ name: String, password: String, device: String? = nil, of tenant: TenantID, from address: String,
        actor: AuditActor
    ) throws -> MemberRecord {
        let found = try member(named: name, of: tenant)
        let now = clock.now()
        let counted = MemberName(name).map { MemberNameRecord.id($0, tenant) }
        let subjects =
            found.flatMap { self.subjects($0, with: device) }
            ?? SignInGuard.subjects(
                counted, from: address, isKnown: isKnown(address, to: found, at: now))
        try guardian.check(subjects)
        if let found { try guardian.check(signInsOf: found.countedName, from: address) }
        // Asked in any case, so that a member who is not there takes as long.
        let isRight = passwords.isRight(password, for: found?.password)
        guard let member = found, isRight, !member.isDisabled else {
            let seconds = guardian.fail(subjects)
            if seconds > 0, let found { try noteHeldBack(found, seconds: seconds, address, actor) }
            throw AccountError.wrongCredentials
        }
        guardian.succeed(subjects, member.countedName, from: address)
        // What was issued to them now would be taken for what was issued before.
        if let from = member.refusedBefore, now.seconds < from.seconds {
            throw AccountError.heldBack(seconds: 1)
        }
        // Kept anew where what is asked of passwords has changed.
        let rehashed = member.password?.cost == passwords.cost ? nil : passwords.hash(password, at: now)
        return try registry.update(MemberRecord.self, member.id) { record, _ in
            // What was looked at before must still hold.
            guard !record.isDisabled, record.password == member.password else {
                throw AccountError.wrongCredentials
            }
            if let rehashed { record.password = rehashed }
            remember(address, in: &record, at: now)
        }
    }

    /// What a device keeps on which the member has signed in: what it has shown, where that is still good, else something new.
    public func device(_ shown: String?, of member: MemberRecord) -> String {
        let (name, salt) = (member.countedName, member.password?.salt ?? "")
        if let shown, devices.id(shown, of: name, salt: salt) != nil { return shown }
        return devices.make(for: name, salt: salt)
    }

    private func subjects(_ member: MemberRecord, with device: String?) -> [SignInGuard.Subject]? {
        devices.id(device, of: member.countedName, salt: member.password?.salt)
            .map { SignInGuard.subjects(member.countedName, with: $0) }
    }

    /// The member whose invitation this is, for whoever holds it; it stays good.
    /// - Throws: `AccountError.badInvitation`; what the registry throws.
    public func invitee(
        _ name: String, of tenant: TenantID, code: String
    ) throws -> MemberRecord {
        // Failures are not counted: an invitation's code cannot be guessed, and nobody is to be kept from theirs.
        guard let found = try member(named: name, of: tenant), isGood(code, for: found) else {
            throw AccountError.badInvitation
        }
        return found
    }

    /// Sets the first password by an invitation, which is then used up.
    /// - Throws: `AccountError.badInvitation`, `.weakPassword`; what the registry throws.
    public func accept(
        _ name: String, of tenant: TenantID, code: String, password: String, from address: String,
        actor: AuditActor
    ) throws -> MemberRecord {
        let found = try invitee(name, of: tenant, code: code)
        try PasswordHasher.check(password, of: found.name.text)
        let now = clock.now()
        let kept = passwords.hash(password, at: now)
        return try registry.update(MemberRecord.self, found.id) { record, transaction in
            guard isGood(code, for: record) else { throw AccountError.badInvitation }
            record.invitation = nil
            record.password = kept
            remember(address, in: &record, at: now)
            transaction.audit.append(
                AuditNote(
                    actor: AuditActor("member:\(record.id)", origin: actor.origin), action: "member.accepted",
                    subject: record.id, tenant: tenant, before: ["state": "invited"],
                    after: ["state": "active"]))
            transaction.events.append(record.announcement("member.accepted"))
        }
    }

    private func member(named text: String, of tenant: TenantID) throws(RegistryError) -> MemberRecord? {
        guard let name = MemberName(text),
            let named = try registry.read(MemberNameRecord.self, MemberNameRecord.id(name, tenant))
        else { return nil }
        return try registry.read(MemberRecord.self, named.member)
    }

    private func isGood(_ code: String, for record: MemberRecord) -> Bool {
        guard let invitation = record.invitation, !record.isDisabled else { return false }
        let isRight = ConstantTime.equals(SHA256.hash(code).bytes, Hex.decode(invitation.digest) ?? [])
        return isRight && clock.now() < invitation.expiresAt
    }

    private func isKnown(_ address: String, to member: MemberRecord?, at now: Timestamp) -> Bool {
        let network = SignInGuard.network(of: address)
        return member?.knownAddresses.contains {
            $0.address == network && now.milliseconds(since: $0.lastAt) < Limits.knownAddressMilliseconds
        } ?? false
    }

    /// Remembers from where somebody has signed in, to a day: a write at each sign-in would be one too many.
    private func remember(_ address: String, in record: inout MemberRecord, at now: Timestamp) {
        let network = SignInGuard.network(of: address)
        let known = record.knownAddresses.first { $0.address == network }
        if let known, now.milliseconds(since: known.lastAt) < Limits.memberAddressMilliseconds { return }
        record.knownAddresses.removeAll { $0.address == network }
        record.knownAddresses.append(AccountRecord.KnownAddress(address: network, lastAt: now))
        record.knownAddresses = Array(record.knownAddresses.suffix(Limits.knownAddressesMax))
    }

    private func noteHeldBack(
        _ member: MemberRecord, seconds: Int, _ address: String, _ actor: AuditActor
    ) throws(RegistryError) {
        let note = AuditNote(
            actor: actor, action: "member.held-back", subject: member.id, tenant: member.tenant,
            detail: ["address": address, "seconds": String(seconds)], kind: .denial, outcome: .refused)
        try registry.transact(RegistryTransaction([], audit: [note]))
    }
}

extension MemberRecord {
    /// What failures to sign in as them are counted by.
    var countedName: String { MemberNameRecord.id(name, tenant) }
}
