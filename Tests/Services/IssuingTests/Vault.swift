import Base
import Crypto
import Registry
import RunTestKit
import TestKit
import Testing
import Tokens

@testable import Issuing

/// A registry with a vault, as processes open it one after the other.
struct Vault {
    static let first = String(repeating: "1f", count: 32)
    static let second = String(repeating: "2e", count: 32)

    let folder: RegistryFolder
    let random = SeededRandom(seed: 11)
    let revoked = RevokedTokens()

    init() throws { folder = try RegistryFolder() }

    var clock: ManualClock { folder.clock }

    func open(_ masters: String..., through registry: Registry? = nil) throws -> SecretVault {
        try SecretVault(
            registry: try registry ?? folder.open(), masters: try masters.map { try MasterKey($0) },
            clock: clock, random: random)
    }

    func keys(_ vault: SecretVault, former: [SigningKey] = [], days: Int = 90) throws -> SigningKeys {
        try SigningKeys(
            registry: vault.registry, vault: vault, former: former, revoked: revoked, clock: clock,
            maxAgeDays: days)
    }

    func store(_ secret: String, as name: String, in vault: SecretVault) throws {
        try vault.withSealing { seal in
            _ = try vault.registry.transact(
                RegistryTransaction([.insert(seal(name, Array(secret.utf8)))]))
        }
    }

    /// Waits until a key that is published now may sign.
    func passCachingTime() {
        clock.advance(byMilliseconds: (Limits.keySetCacheSeconds + 60) * 1000)
    }
}
