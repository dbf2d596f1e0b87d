import Base
import Crypto
import Gateway

/// A place in a shard as a client carries it from call to call: sealed, so that nobody reads it, changes it, or uses another's.
struct ShardIterator: Equatable {
    /// How long one can be used. Source: DynamoDB API reference, GetShardIterator.
    static let lifeSeconds: Int64 = 15 * 60

    var table: String
    var label: String
    var shard: String
    /// The place behind which to go on.
    var after: Int64
    var issuedAt: Timestamp

    func isExpired(at now: Timestamp) -> Bool {
        now.milliseconds(since: issuedAt) > ShardIterator.lifeSeconds * 1000
    }
}

/// Seals and opens iterators.
struct ShardIteratorSeal: Sendable {
    private let sealer: AES256GCM
    private let random: any RandomSource

    /// - Parameter key: the vault's: 32 secret bytes or more that outlive the server.
    init(key: [UInt8], random: any RandomSource) throws(CryptoError) {
        sealer = try AES256GCM(
            key: HKDF.derive(
                secret: key, info: Array("homeroom shard iterator".utf8), count: AES256GCM.keyBytes))
        self.random = random
    }

    /// The iterator as the session's client gets it: good for sessions of the same scope only.
    func seal(_ iterator: ShardIterator, for session: GatewaySession) -> String {
        // No part of it holds a blank: names, labels and ids are made of letters, digits and marks.
        let text = [
            iterator.table, iterator.label, iterator.shard, "\(iterator.after)",
            "\(iterator.issuedAt.milliseconds)",
        ].joined(separator: " ")
        func seal(_ random: some RandomSource) -> [UInt8] {
            sealer.seal(Array(text.utf8), associated: Self.holder(session), random: random)
        }
        return Base64URL.encode(seal(random))
    }

    /// The iterator that was sealed for such a session; nil for any other text.
    func open(_ text: String, for session: GatewaySession) -> ShardIterator? {
        guard let sealed = Base64URL.decode(text) else { return nil }
        let plain: [UInt8]
        do throws(CryptoError) { plain = try sealer.open(sealed, associated: Self.holder(session)) } catch {
            return nil
        }
        let parts = String(decoding: plain, as: UTF8.self).split(separator: " ").map(String.init)
        guard parts.count == 5, let after = Int64(parts[3]), let issued = Int64(parts[4]) else { return nil }
        return ShardIterator(
            table: parts[0], label: parts[1], shard: parts[2], after: after,
            issuedAt: Timestamp(milliseconds: issued))
    }

    private static func holder(_ session: GatewaySession) -> [UInt8] {
        switch session.scope {
        case .tenant(let tenant, _): Array("tenant \(tenant)".utf8)
        case .operators: Array("operators".utf8)
        }
    }
}
