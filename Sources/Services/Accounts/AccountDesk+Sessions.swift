import Base
import Crypto
import Registry

extension AccountDesk {
    /// A session that has begun.
    public struct SignedIn: Sendable {
        /// The session.
        public let session: SessionRecord
        /// Whose it is.
        public let account: AccountRecord
        /// The secret half of what its owner sends: shown this once, not kept.
        public let secret: String
        /// How many recovery codes are left, where one was used.
        public let recoveryCodesLeft: Int?
        /// What the device keeps, to be known by it at the next sign-in.
        public let device: String
    }

    /// What somebody shows to sign in.
    public struct Credentials: Sendable {
        /// The account, as typed.
        public var account: String
        /// The password.
        public var password: String
        /// A code of the second factor, or a recovery code.
        public var code: String?
        /// What the device was given when somebody last signed in on it.
        public var device: String?

        /// What they show.
        public init(account: String, password: String, code: String? = nil, device: String? = nil) {
            self.device = device
            self.account = account
            self.password = password
            self.code = code
        }
    }

    // MARK: Signing in

    /// Begins a session.
    /// - Parameter address: where the caller is; failures are counted by it.
    /// - Throws: `.wrongCredentials`, `.codeNeeded`, `.heldBack`; what the registry throws.
    public func signIn(_ shown: Credentials, from address: String, actor: AuditActor) throws -> SignedIn {
        let id = AccountID(shown.account)
        let found = try id.flatMap { try registry.read(AccountRecord.self, $0) }
        let subjects = subjects(id, found, shown.device, address)
        try guardian.check(subjects)
        if let found { try guardian.check(signInsOf: found.id.text, from: address) }
        // Asked in any case, so that an account that is not there takes as long.
        let isRight = passwords.isRight(shown.password, for: found?.password)
        guard let account = found, isRight, !account.isDisabled else {
            throw try refusal(of: found, subjects, address, actor)
        }
        do { return try begin(account, shown, subjects, address, actor) } catch AccountError.wrongCredentials
        {
            throw try refusal(of: found, subjects, address, actor)
        }
    }

    private func subjects(
        _ id: AccountID?, _ account: AccountRecord?, _ device: String?, _ address: String
    ) -> [SignInGuard.Subject] {
        if let id, let known = devices.id(device, of: id.text, salt: account?.password?.salt) {
            return SignInGuard.subjects(id.text, with: known)
        }
        let network = SignInGuard.network(of: address)
        let now = clock.now()
        let isKnown =
            account?.knownAddresses.contains {
                $0.address == network
                    && now.milliseconds(since: $0.lastAt) < Limits.knownAddressMilliseconds
            } ?? false
        return SignInGuard.subjects(id?.text, from: address, isKnown: isKnown)
    }

    /// Counts a failure. Where that holds somebody back, the audit says so.
    private func refusal(
        of account: AccountRecord?, _ subjects: [SignInGuard.Subject], _ address: String, _ actor: AuditActor
    ) throws -> AccountError {
        let seconds = guardian.fail(subjects)
        guard seconds > 0, let account else { return .wrongCredentials }
        let note = AuditNote(
            actor: actor, action: "account.held-back", subject: account.id.text,
            detail: ["address": address, "seconds": String(seconds)], kind: .denial, outcome: .refused)
        try registry.transact(RegistryTransaction([], audit: [note]))
        return .wrongCredentials
    }

    private func begin(
        _ account: AccountRecord, _ shown: Credentials, _ subjects: [SignInGuard.Subject],
        _ address: String, _ actor: AuditActor
    ) throws -> SignedIn {
        let now = clock.now()
        let secret = Base64URL.encode(random.bytes(32))
        let session = SessionRecord(
            id: SessionRecord.idPrefix + Hex.encode(random.bytes(12)), account: account.id,
            secretDigest: SHA256.hash(secret).hex, createdAt: now, address: address)
        // Kept anew where what is asked of passwords has changed.
        let rehashed =
            account.password?.cost == passwords.cost ? nil : passwords.hash(shown.password, at: now)
        var left: Int?
        let updated = try registry.update(AccountRecord.self, account.id) { record, transaction in
            // What was looked at before must still hold.
            guard !record.isDisabled, record.password == account.password else {
                throw AccountError.wrongCredentials
            }
            left = try passSecondFactor(of: &record, shown.code, at: now)
            if let rehashed { record.password = rehashed }
            remember(address, in: &record, at: now)
            try makeRoom(in: &record, &transaction)
            record.sessions.append(session.id)
            transaction.changes.append(.insert(session))
            var note = AuditNote(
                actor: AuditActor("account:\(record.id)", origin: actor.origin), action: "session.started",
                subject: session.id, after: ["state": "open", "roles": record.rolesText])
            if let left { note.detail["recoveryCodesLeft"] = String(left) }
            transaction.audit.append(note)
        }
        guardian.succeed(subjects, account.id.text, from: address)
        return SignedIn(
            session: session, account: updated, secret: secret, recoveryCodesLeft: left,
            device: device(shown.device, of: updated))
    }

    /// What the device is known by: what it has shown, where that is still good, else something new.
    private func device(_ shown: String?, of account: AccountRecord) -> String {
        let (id, salt) = (account.id.text, account.password?.salt ?? "")
        if let shown, devices.id(shown, of: id, salt: salt) != nil { return shown }
        return devices.make(for: id, salt: salt)
    }

    /// Remembers that the account's owner was there.
    func remember(_ address: String, in record: inout AccountRecord, at now: Timestamp) {
        let network = SignInGuard.network(of: address)
        record.knownAddresses.removeAll { $0.address == network }
        record.knownAddresses.append(AccountRecord.KnownAddress(address: network, lastAt: now))
        record.knownAddresses = Array(record.knownAddresses.suffix(Limits.knownAddressesMax))
    }

    /// Ends sessions that are over, and the oldest where there would be too many.
    private func makeRoom(in record: inout AccountRecord, _ transaction: inout RegistryTransaction) throws {
        var kept: [String] = []
        for id in record.sessions.reversed() {
            guard let session = try registry.read(SessionRecord.self, id) else { continue }
            if kept.count < Limits.accountSessionsMax - 1, !isOver(session) {
                kept.insert(id, at: 0)
            } else {
                transaction.changes.append(.delete(session))
            }
        }
        record.sessions = kept
    }

    // MARK: Sessions

    /// Whose session it is, where the secret is right and the session goes on. Its account is read at each call, so that one that
    /// is disabled opens nothing from then on.
    /// - Throws: what the registry throws.
    public func session(_ id: String, secretDigest: [UInt8]) throws -> (SessionRecord, AccountRecord)? {
        guard let session = try registry.read(SessionRecord.self, id),
            ConstantTime.equals(secretDigest, Hex.decode(session.secretDigest) ?? []), !isOver(session),
            let account = try registry.read(AccountRecord.self, session.account), !account.isDisabled
        else { return nil }
        uses.note(id, recorded: session.lastUsedAt, at: clock.now())
        return (session, account)
    }

    private func isOver(_ session: SessionRecord) -> Bool {
        let lastUse = uses.lastUse(of: session.id, recorded: session.lastUsedAt) ?? session.lastUsedAt
        return session.isOver(at: clock.now(), lastUse: lastUse)
    }

    /// Ends a session.
    /// - Throws: what the registry throws.
    public func signOut(_ id: String, of account: AccountID, actor: AuditActor) throws {
        try registry.update(AccountRecord.self, account) { record, transaction in
            guard let session = try registry.read(SessionRecord.self, id) else { return }
            record.sessions.removeAll { $0 == id }
            transaction.changes.append(.delete(session))
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "session.ended", subject: id, before: ["state": "open"],
                    after: ["state": "ended"]))
        }
    }

    /// Ends all sessions of an account; how many there were.
    /// - Throws: `.noSuchAccount`; what the registry throws.
    public func signOutEverywhere(_ text: String, actor: AuditActor) throws -> Int {
        var count = 0
        _ = try update(text) { record, transaction in
            count = record.sessions.count
            guard count > 0 else { return }
            try endSessions(of: &record, &transaction)
            transaction.audit.append(
                AuditNote(
                    actor: actor, action: "account.signed-out", subject: record.id.text,
                    before: ["sessions": String(count)], after: ["sessions": "0"]))
            transaction.events.append(record.announcement("account.signed-out"))
        }
        return count
    }

    /// Removes the sessions that are over; one round of a chore.
    /// - Throws: what the registry throws.
    public func removeEndedSessions() throws {
        var ended: [SessionRecord] = []
        try registry.forEach(SessionRecord.self) { if isOver($0) { ended.append($0) } }
        for session in ended {
            do {
                try registry.update(AccountRecord.self, session.account) { record, transaction in
                    guard let now = try registry.read(SessionRecord.self, session.id) else { return }
                    record.sessions.removeAll { $0 == session.id }
                    transaction.changes.append(.delete(now))
                }
            } catch RegistryError.conflict { continue }
        }
    }
}
