import Base
import Crypto
import Gateway
import SigV4
import Synchronization
import Tokens

/// A session as requests name it: with the secret that signs them.
final class VaultSession: Sendable {
    let session: GatewaySession
    let secret: SigningSecret
    let token: [UInt8]
    /// The token that opened it; nil for an operator's, which no token has opened.
    private let trace: TokenTrace?
    /// The number of what is revoked at which it was last believed.
    private let believed = Atomic<Int>(0)

    init(session: GatewaySession, secret: SigningSecret, token: [UInt8], trace: TokenTrace? = nil) {
        self.session = session
        self.secret = secret
        self.token = token
        self.trace = trace
    }

    /// Whether what has opened it is still believed. Costs two loads where nothing was revoked since the last time.
    func isBelieved(_ revoked: RevokedTokens) -> Bool {
        guard let trace else { return true }
        // Read first: what is revoked meanwhile has another number.
        let generation = revoked.generation
        if believed.load(ordering: .relaxed) == generation { return true }
        guard !revoked.refuses(trace) else { return false }
        believed.store(generation, ordering: .relaxed)
        return true
    }
}

/// Temporary credentials as STS hands them out.
struct TemporaryCredentials: Sendable {
    let accessKeyID: String
    let secretAccessKey: String
    let sessionToken: String
}

/// Makes and opens sessions without storing any: everything about a session is sealed in its token, so
/// sessions outlive a restart of the server, and the secret follows from the access key id and the vault's
/// key.
final class SessionVault: Sendable {
    private static let shardCount = 16

    private final class Shard: Sendable {
        let sessions = Mutex<[AccessKeyID: VaultSession]>([:])
    }

    private let sealer: AES256GCM
    private let secretKey: [UInt8]
    private let random: any RandomSource
    private let shards: [Shard]

    /// - Parameter key: 32 secret bytes that outlive the server.
    /// - Throws: `CryptoError` where the key is too short.
    init(key: [UInt8], random: any RandomSource) throws(CryptoError) {
        guard key.count >= AES256GCM.keyBytes else {
            throw .wrongKeyBytes(expected: AES256GCM.keyBytes, found: key.count)
        }
        sealer = try AES256GCM(
            key: HKDF.derive(
                secret: key, info: Array("homeroom session token".utf8), count: AES256GCM.keyBytes))
        secretKey = try HKDF.derive(secret: key, info: Array("homeroom session secret".utf8), count: 32)
        self.random = random
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    /// Credentials for a session with these tags.
    func issue(_ contents: SessionContents) -> TemporaryCredentials {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        let accessKeyID =
            "ASIA" + String(decoding: random.bytes(16).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
        // The access key id is part of what is sealed: a token is good for its own key only.
        let sealed = seal(contents.json, for: accessKeyID)
        return TemporaryCredentials(
            accessKeyID: accessKeyID, secretAccessKey: secret(of: accessKeyID),
            sessionToken: Base64URL.encode(sealed))
    }

    private func seal(_ plain: [UInt8], for accessKeyID: String) -> [UInt8] {
        func seal(_ random: some RandomSource) -> [UInt8] {
            sealer.seal(plain, associated: Array(accessKeyID.utf8), random: random)
        }
        return seal(random)
    }

    private func secret(of accessKeyID: String) -> String {
        do throws(CryptoError) {
            let bytes = try HKDF.derive(secret: secretKey, info: Array(accessKeyID.utf8), count: 30)
            return Base64URL.encode(bytes)
        } catch { preconditionFailure("30 bytes can be derived: \(error)") }
    }

    /// The session that a request names by its key id and token; nil where no vault with this key has issued
    /// them together.
    func session(_ authorization: SigV4Authorization, of request: SignedRequest) -> VaultSession? {
        let id = authorization.accessKeyID
        let shard = shards[abs(id.hashValue % Self.shardCount)]
        if let found = shard.sessions.withLock({ $0[id] }) {
            return authorization.hasSessionToken(found.token, in: request) ? found : nil
        }
        guard let opened = open(authorization, of: request) else { return nil }
        shard.sessions.withLock { sessions in
            if sessions.count >= Limits.cachedSessionsMax / Self.shardCount, let any = sessions.keys.first {
                sessions[any] = nil
            }
            sessions[id] = opened
        }
        return opened
    }

    private func open(_ authorization: SigV4Authorization, of request: SignedRequest) -> VaultSession? {
        guard let token = authorization.sessionToken(in: request),
            token.utf8.count <= Limits.sessionTokenBytesMax,
            let sealed = Base64URL.decode(token)
        else { return nil }
        let accessKeyID = authorization.accessKeyID.description
        let plain: [UInt8]
        do throws(CryptoError) {
            plain = try sealer.open(sealed, associated: Array(accessKeyID.utf8))
        } catch {
            return nil
        }
        guard let contents = SessionContents(parsing: plain), let session = contents.session else {
            return nil
        }
        return VaultSession(
            session: session, secret: SigningSecret(secret(of: accessKeyID)), token: Array(token.utf8),
            trace: contents.trace ?? TokenTrace(issuedAt: contents.issuedAt))
    }
}

extension Limits {
    /// Sessions that are kept opened; one that gives way is opened again from its token.
    static let cachedSessionsMax = 16_384
    /// The longest session token, in characters.
    static let sessionTokenBytesMax = 16_384
}
