import Base
import Crypto
import Registry
import Synchronization
import Tokens

/// The keys that sign tokens: kept in the registry, their private halves sealed, replaced in time.
///
/// INVARIANT (known before it signs): a key signs only when it has been published for as long as anybody may go on with published
/// keys that they have fetched before; the one exception is a current key that is revoked, since no token is better than a forged
/// one. A key that has signed is published until its last token has expired.
public final class SigningKeys: Sendable {
    /// For how long a key signs unless somebody says otherwise.
    public static let maxAgeDaysStandard = 90

    let registry: Registry
    let vault: SecretVault
    let clock: any Clock
    /// After how many seconds a current key is replaced.
    let maxAgeSeconds: Int64
    private let state: Mutex<SigningKeyRing>
    /// Held while keys are changed, from the look at them until the ring shows it.
    private let changing = Mutex<Void>(())
    private let revoked: RevokedTokens

    /// Opens the keys; where there are none, makes the first ones.
    /// - Parameters:
    ///   - former: keys that another version kept elsewhere, the newest first: they are taken over as they are.
    ///   - revoked: told of keys whose tokens are not believed any more.
    /// - Throws: `SecretError`, `RegistryError`, `TokenError` where something stored cannot be read.
    public init(
        registry: Registry, vault: SecretVault, former: [SigningKey] = [], revoked: RevokedTokens,
        clock: any Clock, maxAgeDays: Int = SigningKeys.maxAgeDaysStandard
    ) throws {
        self.registry = registry
        self.vault = vault
        self.clock = clock
        self.revoked = revoked
        maxAgeSeconds = Int64(maxAgeDays) * 86_400
        var records = try Self.records(in: registry)
        if let change = try Self.missing(records, former, vault, now: clock.now()) {
            try vault.withSealing { seal in
                let transaction = change(seal)
                if !transaction.isEmpty { try registry.transact(transaction) }
            }
            records = try Self.records(in: registry)
        }
        state = Mutex(try Self.ring(records, vault))
        for record in records {
            if let at = record.revokedAt { revoked.revoke(key: record.id, at: at) }
        }
    }

    /// The keys as they are now.
    public var ring: SigningKeyRing { state.withLock { $0 } }

    /// Signs statements with the key that is current at the time.
    public var signStatement: SignStatement {
        { [self] type, payload in ring.signStatement(type, payload) }
    }

    /// All keys that there are or were, the newest first.
    /// - Throws: `RegistryError`.
    public func list() throws(RegistryError) -> [SigningKeyRecord] {
        try Self.records(in: registry).sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// From when on a key that is published now may sign.
    static func maySign(_ record: SigningKeyRecord) -> Timestamp {
        record.createdAt.advanced(bySeconds: Limits.keySetCacheSeconds + leewaySeconds)
    }

    /// When the last token of a key that signed until then has expired for every verifier.
    static func expires(_ signedUntil: Timestamp) -> Timestamp {
        signedUntil.advanced(bySeconds: Limits.tokenLifetimeSecondsMax + leewaySeconds)
    }

    /// How far clocks may differ, and how long an answer may be under way.
    private static let leewaySeconds: Int64 = 60

    /// What a change of the keys is made of.
    struct Ground {
        let records: [SigningKeyRecord]
        /// The sealed private halves, by their names.
        let secrets: [String: SecretRecord]
        let now: Timestamp
        let actor: AuditActor
        let seal: (SigningKey) -> SecretRecord

        /// The key of the algorithm in that state, of which there is one at the most.
        func key(_ algorithm: SigningAlgorithm, _ state: SigningKeyRecord.State) -> SigningKeyRecord? {
            records.first { $0.algorithm == algorithm.rawValue && $0.state == state }
        }
    }

    /// Carries out a change of the keys: what `body` makes of all of them is committed, and the ring shows it before this returns.
    func change<Result: Sendable>(
        by actor: AuditActor, _ body: (Ground) throws -> (RegistryTransaction, Result)
    ) throws -> Result {
        try changing.withLock { _ in
            let result = try vault.withSealing { seal in
                var secrets: [String: SecretRecord] = [:]
                try registry.forEach(SecretRecord.self, prefix: "signing-key/") { secrets[$0.id] = $0 }
                let ground = Ground(
                    records: try Self.records(in: registry), secrets: secrets, now: clock.now(), actor: actor
                ) { seal("signing-key/" + $0.keyID, Array($0.pem.utf8)) }
                let (transaction, result) = try body(ground)
                if !transaction.isEmpty { try registry.transact(transaction) }
                return result
            }
            let records = try Self.records(in: registry)
            let fresh = try Self.ring(records, vault)
            state.withLock { $0 = fresh }
            for record in records {
                if let at = record.revokedAt { revoked.revoke(key: record.id, at: at) }
            }
            return result
        }
    }

    // MARK: Records

    private static func records(in registry: Registry) throws(RegistryError) -> [SigningKeyRecord] {
        var records: [SigningKeyRecord] = []
        try registry.forEach(SigningKeyRecord.self) { records.append($0) }
        return records
    }

    static func record(
        of key: SigningKey, _ state: SigningKeyRecord.State, signsFrom: Timestamp? = nil,
        signedUntil: Timestamp? = nil
    ) -> SigningKeyRecord {
        SigningKeyRecord(
            id: key.keyID, algorithm: key.algorithm.rawValue, publicKey: key.publicKey.webKey,
            createdAt: key.createdAt, state: state, signsFrom: signsFrom, signedUntil: signedUntil)
    }

    /// The change that makes the keys that there must be and are not; nil where none is missing.
    private static func missing(
        _ records: [SigningKeyRecord], _ former: [SigningKey], _ vault: SecretVault, now: Timestamp
    ) throws -> (((String, [UInt8]) -> SecretRecord) -> RegistryTransaction)? {
        var taken: [SigningKeyRecord] = []
        var made: [SigningKey] = []
        for (index, key) in former.enumerated() where !records.contains(where: { $0.id == key.keyID }) {
            // An older key stopped signing when the next one was made.
            let isCurrent = index == 0 && !records.contains { $0.state == .current }
            taken.append(
                record(
                    of: key, isCurrent ? .current : .former, signsFrom: key.createdAt,
                    signedUntil: isCurrent ? nil : index == 0 ? now : former[index - 1].createdAt))
            if isCurrent { made.append(key) }
        }
        for algorithm in SigningAlgorithm.allCases {
            for state in [SigningKeyRecord.State.current, .next] {
                let isThere = (records + taken).contains {
                    $0.state == state && $0.algorithm == algorithm.rawValue
                }
                if isThere { continue }
                let key = SigningKey.generate(algorithm, now: now)
                taken.append(record(of: key, state, signsFrom: state == .current ? now : nil))
                made.append(key)
            }
        }
        guard !taken.isEmpty else { return nil }
        return { seal in
            RegistryTransaction(
                taken.map { .insert($0) }
                    + made.map { .insert(seal("signing-key/" + $0.keyID, Array($0.pem.utf8))) },
                audit: taken.map { key in
                    AuditNote(
                        actor: .system, action: "signing-key.created", subject: key.id,
                        detail: ["algorithm": key.algorithm], after: ["state": key.state.rawValue])
                })
        }
    }

    private static func ring(_ records: [SigningKeyRecord], _ vault: SecretVault) throws -> SigningKeyRing {
        var signing: [SigningKey] = []
        for record in records where record.state == .current {
            guard let algorithm = SigningAlgorithm(rawValue: record.algorithm) else { continue }
            guard let pem = try vault.secret(record.secretName) else {
                throw SecretError.damaged(name: record.secretName)
            }
            signing.append(
                try SigningKey(
                    pem: String(decoding: pem, as: UTF8.self), algorithm, createdAt: record.createdAt))
        }
        guard let current = signing.first(where: { $0.algorithm == .es256 }) else {
            throw SecretError.damaged(name: "signing-key")
        }
        func keys(_ states: Set<SigningKeyRecord.State>) throws -> [SigningPublicKey] {
            let chosen = records.filter { states.contains($0.state) }.sorted { $0.createdAt > $1.createdAt }
            return try chosen.map { try SigningPublicKey(webKey: $0.publicKey) }
        }
        // Statements are signed with ES256 alone.
        let gone = records.filter { $0.state == .gone && $0.algorithm == SigningAlgorithm.es256.rawValue }
        return SigningKeyRing(
            current: current, others: signing.filter { $0.algorithm != .es256 },
            verifying: try keys([.next, .former]),
            vouching: try gone.map { try SigningPublicKey(webKey: $0.publicKey) })
    }
}
