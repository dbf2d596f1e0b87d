import Base
import Crypto
import Registry

extension AccountDesk {
    // MARK: Passwords

    /// Sets the first password by an invitation, which is then used up.
    /// - Throws: `.badInvitation`, `.weakPassword`; what the registry throws.
    public func accept(
        _ text: String, code: String, password: String, from address: String, actor: AuditActor
    ) throws -> AccountRecord {
        // Failures are not counted: an invitation's code cannot be guessed, and nobody is to be kept from theirs.
        guard let id = AccountID(text), let found = try registry.read(AccountRecord.self, id),
            isGood(code, for: found)
        else { throw AccountError.badInvitation }
        try PasswordHasher.check(password, of: id.text)
        let kept = passwords.hash(password, at: clock.now())
        return try registry.update(AccountRecord.self, id) { record, transaction in
            guard isGood(code, for: record) else { throw AccountError.badInvitation }
            record.invitation = nil
            record.password = kept
            remember(address, in: &record, at: clock.now())
            transaction.audit.append(
                AuditNote(
                    actor: AuditActor("account:\(id)", origin: actor.origin), action: "account.accepted",
                    subject: id.text, before: ["state": "invited"], after: ["state": "active"]))
            transaction.events.append(record.announcement("account.accepted"))
        }
    }

    private func isGood(_ code: String, for record: AccountRecord) -> Bool {
        guard let invitation = record.invitation, !record.isDisabled else { return false }
        let isRight = ConstantTime.equals(SHA256.hash(code).bytes, Hex.decode(invitation.digest) ?? [])
        return isRight && clock.now() < invitation.expiresAt
    }

    /// Sets another password; the account's other sessions are over.
    /// - Throws: `.wrongCredentials`, `.weakPassword`, `.heldBack`; what the registry throws.
    public func changePassword(
        of id: AccountID, from current: String, to new: String, keeping session: String,
        actor: AuditActor
    ) throws {
        let account = try requirePassword(current, of: id)
        try PasswordHasher.check(new, of: id.text)
        guard !passwords.isRight(new, for: account.password) else {
            throw AccountError.weakPassword("that is the password already; choose another")
        }
        let kept = passwords.hash(new, at: clock.now())
        try registry.update(AccountRecord.self, id) { record, transaction in
            guard record.password == account.password else { throw AccountError.wrongCredentials }
            record.password = kept
            for other in record.sessions where other != session {
                guard let found = try registry.read(SessionRecord.self, other) else { continue }
                transaction.changes.append(.delete(found))
            }
            record.sessions = record.sessions.filter { $0 == session }
            transaction.audit.append(
                AuditNote(actor: actor, action: "account.credentials-changed", subject: id.text))
            transaction.events.append(record.announcement("account.credentials-changed"))
        }
    }

    /// The account, where that is its password: asked again before its secrets are changed.
    private func requirePassword(_ password: String, of id: AccountID) throws -> AccountRecord {
        let account = try registry.require(AccountRecord.self, id)
        let subjects = Self.inSession(id)
        try guardian.check(subjects)
        guard passwords.isRight(password, for: account.password) else {
            _ = guardian.fail(subjects)
            throw AccountError.wrongCredentials
        }
        return account
    }

    /// Whoever has a session has signed in: strangers' failures do not count here.
    private static func inSession(_ id: AccountID) -> [SignInGuard.Subject] {
        SignInGuard.subjects(id.text, with: "session")
    }

    // MARK: The second factor

    /// A second factor that is not confirmed.
    public struct Enrolment: Sendable {
        /// The secret in base 32, to be typed into an authenticator program.
        public let secret: String
        /// The same with the account's name, as a picture has it.
        public let uri: String
    }

    /// Begins a second factor, which is asked for once it is confirmed.
    /// - Throws: `.wrongCredentials`, `.heldBack`; `.notApplicable` where there is one already; what the registry throws.
    public func enrol(
        _ id: AccountID, password: String, actor: AuditActor
    ) throws -> Enrolment {
        _ = try requirePassword(password, of: id)
        let secret = random.bytes(OneTimeCode.secretBytes)
        let sealed = Base64URL.encode(seal.seal(secret, associated: Array(id.text.utf8), random: random))
        try registry.update(AccountRecord.self, id) { record, transaction in
            guard record.secondFactor?.isConfirmed != true else {
                throw AccountError.notApplicable(
                    "the account has a second factor already; remove that one first")
            }
            record.secondFactor = AccountRecord.SecondFactor(sealedSecret: sealed)
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "account.second-factor-begun", subject: id.text,
                    after: ["secondFactor": "not confirmed"]))
        }
        return Enrolment(
            secret: Base32.encode(secret), uri: OneTimeCode.uri(secret: secret, account: id.text))
    }

    /// Confirms a second factor by a code of it; from then on it is asked for.
    /// - Returns: recovery codes, each good once in place of a code; they are not kept.
    /// - Throws: `.wrongCredentials`, `.heldBack`; `.notApplicable` where none is begun; what the registry throws.
    public func confirm(
        _ id: AccountID, code: String, actor: AuditActor
    ) throws -> [String] {
        let subjects = Self.inSession(id)
        try guardian.check(subjects)
        let codes = (0..<Limits.recoveryCodes).map { _ in recoveryCode() }
        do {
            try registry.update(AccountRecord.self, id) { record, transaction in
                guard var factor = record.secondFactor, !factor.isConfirmed else {
                    throw AccountError.notApplicable("there is no second factor that waits to be confirmed")
                }
                guard let step = try step(of: code, factor, id) else { throw AccountError.wrongCredentials }
                factor.isConfirmed = true
                factor.lastStep = step
                factor.recoveryDigests = codes.map { SHA256.hash(Self.plain($0)).hex }
                record.secondFactor = factor
                transaction.audit.append(
                    AuditNote(
                        actor: actor, action: "account.second-factor-added", subject: id.text,
                        before: ["secondFactor": "off"], after: ["secondFactor": "on"]))
                transaction.events.append(record.announcement("account.second-factor-added"))
            }
        } catch AccountError.wrongCredentials {
            _ = guardian.fail(subjects)
            throw AccountError.wrongCredentials
        }
        return codes
    }

    /// Removes the second factor.
    /// - Throws: `.wrongCredentials`, `.codeNeeded`, `.heldBack`; `.notApplicable` where there is none; what the registry throws.
    public func removeSecondFactor(
        of id: AccountID, password: String, code: String?, actor: AuditActor
    ) throws {
        _ = try requirePassword(password, of: id)
        do {
            try registry.update(AccountRecord.self, id) { record, transaction in
                guard record.secondFactor?.isConfirmed == true else {
                    throw AccountError.notApplicable("the account has no second factor")
                }
                _ = try passSecondFactor(of: &record, code, at: clock.now())
                record.secondFactor = nil
                transaction.audit.append(
                    AuditNote(
                        actor: actor, action: "account.second-factor-removed", subject: id.text,
                        before: ["secondFactor": "on"], after: ["secondFactor": "off"]))
                transaction.events.append(record.announcement("account.second-factor-removed"))
            }
        } catch AccountError.wrongCredentials {
            _ = guardian.fail(Self.inSession(id))
            throw AccountError.wrongCredentials
        }
    }

    /// Takes a code, which is not taken again; how many recovery codes are left where it was one of those. Nothing is asked of an
    /// account without a confirmed second factor.
    func passSecondFactor(
        of record: inout AccountRecord, _ code: String?, at now: Timestamp
    ) throws -> Int? {
        guard var factor = record.secondFactor, factor.isConfirmed else { return nil }
        guard let code else { throw AccountError.codeNeeded }
        if let step = try step(of: code, factor, record.id) {
            factor.lastStep = step
            record.secondFactor = factor
            return nil
        }
        let digest = SHA256.hash(Self.plain(code)).bytes
        // All are looked at, whichever it is.
        let matches = factor.recoveryDigests.map { ConstantTime.equals(digest, Hex.decode($0) ?? []) }
        guard let place = matches.firstIndex(of: true) else { throw AccountError.wrongCredentials }
        factor.recoveryDigests.remove(at: place)
        record.secondFactor = factor
        return factor.recoveryDigests.count
    }

    private func step(
        of code: String, _ factor: AccountRecord.SecondFactor, _ id: AccountID
    ) throws -> Int64? {
        let sealed = Base64URL.decode(factor.sealedSecret) ?? []
        let secret = try seal.open(sealed, associated: Array(id.text.utf8))
        return OneTimeCode.step(of: code, secret: secret, behind: factor.lastStep, at: clock.now())
    }

    /// Four groups of four: 80 bits.
    private func recoveryCode() -> String {
        let text = Array(Base32.encode(random.bytes(10)).lowercased())
        return stride(from: 0, to: text.count, by: 4).map { String(text[$0..<($0 + 4)]) }
            .joined(separator: "-")
    }

    /// A recovery code as its digest is made: however it was typed.
    private static func plain(_ code: String) -> String {
        code.lowercased().filter { $0 != "-" && $0 != " " }
    }
}
