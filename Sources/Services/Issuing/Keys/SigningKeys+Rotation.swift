import Base
import Registry
import Tokens

/// Why keys are not changed as somebody has asked.
public enum SigningKeyError: Error, Equatable, CustomStringConvertible {
    /// The next key has not been published for long enough.
    case tooSoon(from: Timestamp)
    /// So many keys are published already that no more may be.
    case tooMany
    /// There is no such key.
    case unknown(String)

    /// One sentence without a full stop.
    public var description: String {
        switch self {
        case .tooSoon(let from):
            "the next key is not known to all verifiers yet; it can sign from \(from.iso8601) on: ask again then"
        case .tooMany:
            "\(Limits.signingKeysMax) keys for one algorithm are published already; the oldest goes when its last "
                + "token has expired"
        case .unknown(let id):
            "there is no signing key `\(id)`; `homeroom signing-key list` shows those there are"
        }
    }
}

extension SigningKeys {
    /// Lets the next key of each algorithm sign from now on. The one before verifies until its last token has expired, and its
    /// private half is destroyed.
    /// - Throws: `SigningKeyError.tooSoon`, `.tooMany`; what the registry throws.
    public func rotate(actor: AuditActor) throws {
        try change(by: actor) { ground in
            var transaction = RegistryTransaction()
            for algorithm in SigningAlgorithm.allCases {
                if let reason = Self.obstacle(to: algorithm, ground) { throw reason }
                transaction.append(Self.rotation(of: algorithm, ground))
            }
            return (transaction, ())
        }
    }

    /// Refuses all tokens of a key from now on, and the sessions that they have opened. A current key's place is taken at once.
    /// - Returns: the key's record.
    /// - Throws: `SigningKeyError.unknown`; what the registry throws.
    @discardableResult
    public func revoke(_ id: String, actor: AuditActor) throws -> SigningKeyRecord {
        try change(by: actor) { ground in
            guard var record = ground.records.first(where: { $0.id == id }),
                let algorithm = SigningAlgorithm(rawValue: record.algorithm)
            else { throw SigningKeyError.unknown(id) }
            let before = record.state
            guard before != .revoked else { return (RegistryTransaction(), record) }
            record.state = .revoked
            record.revokedAt = ground.now
            if before == .current { record.signedUntil = ground.now }
            var transaction = Self.step(record, from: before, "signing-key.revoked", ground)
            if before == .current { transaction.append(Self.promotion(of: algorithm, ground)) }
            if before == .current || before == .next {
                transaction.append(Self.successor(algorithm, ground))
            }
            return (transaction, record)
        }
    }

    /// What time brings: keys that have signed for long enough are replaced, keys whose last token has expired go. A round of a
    /// chore.
    /// - Throws: what the registry throws.
    public func tend() throws {
        guard try list().contains(where: { isDue($0, clock.now()) || isOld($0, clock.now()) }) else { return }
        try change(by: .system) { ground in
            var transaction = RegistryTransaction()
            for var record in ground.records where isDue(record, ground.now) {
                record.state = .gone
                transaction.append(Self.step(record, from: .former, "signing-key.gone", ground))
            }
            for algorithm in SigningAlgorithm.allCases {
                // Where something is in the way the next round asks again.
                guard let current = ground.key(algorithm, .current), isOld(current, ground.now),
                    Self.obstacle(to: algorithm, ground) == nil
                else { continue }
                transaction.append(Self.rotation(of: algorithm, ground))
            }
            return (transaction, ())
        }
    }

    private func isDue(_ record: SigningKeyRecord, _ now: Timestamp) -> Bool {
        record.state == .former && record.signedUntil.map { Self.expires($0) <= now } ?? false
    }

    private func isOld(_ record: SigningKeyRecord, _ now: Timestamp) -> Bool {
        record.state == .current
            && record.signsFrom.map { $0.advanced(bySeconds: maxAgeSeconds) <= now } ?? false
    }

    // MARK: Parts of a change

    /// Why the algorithm's next key cannot sign yet; nil where it can.
    private static func obstacle(to algorithm: SigningAlgorithm, _ ground: Ground) -> SigningKeyError? {
        let published = ground.records.filter {
            $0.algorithm == algorithm.rawValue && [.next, .current, .former].contains($0.state)
        }
        if published.count >= Limits.signingKeysMax { return .tooMany }
        guard let next = ground.key(algorithm, .next) else { return nil }
        let from = maySign(next)
        return from > ground.now ? .tooSoon(from: from) : nil
    }

    /// The current key stops, the next one signs, and another is made to be the next.
    private static func rotation(of algorithm: SigningAlgorithm, _ ground: Ground) -> RegistryTransaction {
        var transaction = RegistryTransaction()
        if var current = ground.key(algorithm, .current) {
            current.state = .former
            current.signedUntil = ground.now
            transaction.append(step(current, from: .current, "signing-key.retired", ground))
        }
        transaction.append(promotion(of: algorithm, ground))
        transaction.append(successor(algorithm, ground))
        return transaction
    }

    private static func promotion(of algorithm: SigningAlgorithm, _ ground: Ground) -> RegistryTransaction {
        guard var next = ground.key(algorithm, .next) else { return RegistryTransaction() }
        next.state = .current
        next.signsFrom = ground.now
        return step(next, from: .next, "signing-key.signs", ground)
    }

    private static func successor(_ algorithm: SigningAlgorithm, _ ground: Ground) -> RegistryTransaction {
        let key = SigningKey.generate(algorithm, now: ground.now)
        let note = AuditNote(
            actor: ground.actor, action: "signing-key.created", subject: key.keyID,
            detail: ["algorithm": algorithm.rawValue],
            after: ["state": SigningKeyRecord.State.next.rawValue])
        return RegistryTransaction(
            [.insert(record(of: key, .next)), .insert(ground.seal(key))], audit: [note])
    }

    /// A key comes into another state; one that does not sign any more loses its private half.
    private static func step(
        _ record: SigningKeyRecord, from before: SigningKeyRecord.State, _ action: String, _ ground: Ground
    ) -> RegistryTransaction {
        var transaction = RegistryTransaction([.replace(record)])
        if record.state != .current, let secret = ground.secrets[record.secretName] {
            transaction.changes.append(.delete(secret))
        }
        transaction.audit = [
            AuditNote(
                actor: ground.actor, action: action, subject: record.id,
                detail: ["algorithm": record.algorithm], before: ["state": before.rawValue],
                after: ["state": record.state.rawValue])
        ]
        // The id is a thumbprint: it needs no escapes.
        let payload =
            #"{"key":"\#(record.id)","algorithm":"\#(record.algorithm)","state":"\#(record.state.rawValue)"}"#
        transaction.events = [Announcement(type: action, payload: payload)]
        return transaction
    }
}
