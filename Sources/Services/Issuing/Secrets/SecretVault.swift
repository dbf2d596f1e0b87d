import Base
import Crypto
import Registry
import Synchronization

/// The deployment's secrets, sealed in the registry: each with a data key and its own name, the data key under the master key.
public final class SecretVault: Sendable {
    private struct Keys {
        /// All that were known since the start: what was read before secrets were sealed anew still opens.
        var sealers: [String: AES256GCM] = [:]
        var current = ""
    }

    let registry: Registry
    let clock: any Clock
    let random: any RandomSource
    private let keys = Mutex(Keys())
    /// Held by whoever seals something until it is committed, and while all is sealed anew: a data key is not given up while
    /// something is being sealed with it.
    let sealing = Mutex<Void>(())

    /// Whether there are secrets in the registry that need a master key.
    public static func isInUse(in registry: Registry) throws(RegistryError) -> Bool {
        try !registry.list(DataKeyRecord.self, limit: 1).records.isEmpty
    }

    /// Opens the vault; where there is none, makes its first data key. Changes nothing where none of `masters` opens it.
    /// - Parameter masters: the master keys at hand: one, or while a new one comes in force two.
    /// - Throws: `SecretError`; `RegistryError`.
    public init(
        registry: Registry, masters: [MasterKey], clock: any Clock, random: any RandomSource
    ) throws {
        self.registry = registry
        self.clock = clock
        self.random = random
        let records = try dataKeys()
        if records.isEmpty, let master = masters.first {
            let made = makeDataKey(under: [master])
            let note = AuditNote(
                actor: .system, action: "data-key.created", subject: made.record.id,
                detail: ["masterKey": master.id])
            try registry.transact(RegistryTransaction([.insert(made.record)], audit: [note]))
            remember(made.key, of: made.record)
            return
        }
        for record in records { remember(try Self.open(record, masters), of: record) }
    }

    /// Whether the master key opens everything.
    public func isOpened(by master: MasterKey) throws(RegistryError) -> Bool {
        try dataKeys().allSatisfy { $0.wraps[master.id] != nil }
    }

    // MARK: Secrets

    /// The secret of this name; nil where there is none.
    /// - Throws: `SecretError.damaged`; `RegistryError`.
    public func secret(_ name: String) throws -> [UInt8]? {
        guard let record = try registry.read(SecretRecord.self, name) else { return nil }
        return try open(record)
    }

    /// Commits what `body` makes of secrets that it seals with the function it is given.
    /// - Throws: what `body` throws.
    public func withSealing<Result: Sendable>(
        _ body: (_ seal: @escaping (_ name: String, _ secret: [UInt8]) -> SecretRecord) throws -> Result
    ) throws -> Result {
        try sealing.withLock { _ in
            try body { name, secret in self.seal(secret, as: name) }
        }
    }

    func open(_ record: SecretRecord) throws(SecretError) -> [UInt8] {
        guard let sealer = keys.withLock({ $0.sealers[record.dataKey] }),
            let sealed = Base64.decode(record.sealed)
        else { throw .damaged(name: record.id) }
        do throws(CryptoError) {
            return try sealer.open(sealed, associated: Self.associated(record.id))
        } catch { throw .damaged(name: record.id) }
    }

    /// Call it under `sealing`.
    func seal(_ secret: [UInt8], as name: String) -> SecretRecord {
        let (id, sealer) = keys.withLock { ($0.current, $0.sealers[$0.current]) }
        guard let sealer else { preconditionFailure("a vault has a data key") }
        func sealed(_ random: some RandomSource) -> [UInt8] {
            sealer.seal(secret, associated: Self.associated(name), random: random)
        }
        return SecretRecord(id: name, dataKey: id, sealed: Base64.encode(sealed(random)))
    }

    private static func associated(_ name: String) -> [UInt8] { Array("homeroom secret \(name)".utf8) }

    // MARK: Data keys

    func dataKeys() throws(RegistryError) -> [DataKeyRecord] {
        var records: [DataKeyRecord] = []
        try registry.forEach(DataKeyRecord.self) { records.append($0) }
        return records
    }

    func makeDataKey(under masters: [MasterKey]) -> (record: DataKeyRecord, key: [UInt8]) {
        let key = random.bytes(AES256GCM.keyBytes)
        let record = DataKeyRecord(
            id: "d" + Hex.encode(random.bytes(8)), isCurrent: true, wraps: [:], createdAt: clock.now())
        return (wrapped(record, key, under: masters), key)
    }

    func wrapped(_ record: DataKeyRecord, _ key: [UInt8], under masters: [MasterKey]) -> DataKeyRecord {
        func wrap(_ master: MasterKey, _ random: some RandomSource) -> String {
            master.wrap(key, of: record.id, random: random)
        }
        var record = record
        for master in masters { record.wraps[master.id] = wrap(master, random) }
        return record
    }

    static func open(_ record: DataKeyRecord, _ masters: [MasterKey]) throws(SecretError) -> [UInt8] {
        for master in masters {
            if let text = record.wraps[master.id] { return try master.unwrap(text, of: record.id) }
        }
        throw .wrongMasterKey(needed: record.wraps.keys.sorted(), found: masters.map(\.id))
    }

    func remember(_ key: [UInt8], of record: DataKeyRecord) {
        let sealer: AES256GCM
        do throws(CryptoError) { sealer = try AES256GCM(key: key) } catch {
            preconditionFailure("a data key has 32 bytes: \(error)")
        }
        keys.withLock { keys in
            keys.sealers[record.id] = sealer
            if record.isCurrent { keys.current = record.id }
        }
    }
}
