import Base
import Crypto
import Registry
import RunTestKit
import TestKit
import Testing

@testable import Issuing

/// Secrets that are sealed at rest.
@Suite struct SecretVaultTests {
    private let world: Vault

    init() throws { world = try Vault() }

    @Test func aSecretIsReadBackAndNowhereInTheClear() throws {
        let vault = try world.open(Vault.first)
        try world.store("open sesame", as: "door", in: vault)
        #expect(try vault.secret("door") == Array("open sesame".utf8))
        #expect(try vault.secret("window") == nil)
        let again = try world.open(Vault.first)
        #expect(try again.secret("door") == Array("open sesame".utf8))
        let record = try #require(try again.registry.read(SecretRecord.self, "door"))
        let bytes = try #require(Base64.decode(record.sealed))
        #expect(bytes.count == 11 + AES256GCM.overheadBytes)
        #expect(try again.registry.mentions(of: ["open sesame"], skipping: []).isEmpty)
    }

    @Test func aWrongMasterKeyOpensNothingAndChangesNothing() throws {
        try world.store("open sesame", as: "door", in: try world.open(Vault.first))
        let before = try records()
        let (right, wrong) = (try MasterKey(Vault.first).id, try MasterKey(Vault.second).id)
        #expect(throws: SecretError.wrongMasterKey(needed: [right], found: [wrong])) {
            try world.open(Vault.second)
        }
        #expect(try records() == before)
    }

    @Test func aSecretOpensUnderItsOwnNameAlone() throws {
        let vault = try world.open(Vault.first)
        try world.store("open sesame", as: "door", in: vault)
        let door = try #require(try vault.registry.read(SecretRecord.self, "door"))
        let moved = SecretRecord(id: "gate", dataKey: door.dataKey, sealed: door.sealed)
        try vault.registry.transact(RegistryTransaction([.insert(moved)]))
        #expect(throws: SecretError.damaged(name: "gate")) { try vault.secret("gate") }
    }

    @Test(arguments: ["", "1f", String(repeating: "1f", count: 33), String(repeating: "xy", count: 32)])
    func aMasterKeyHasOneForm(text: String) {
        #expect(throws: SecretError.malformedMasterKey) { try MasterKey(text) }
    }

    @Test func aNewMasterKeyTakesTheOldOnesPlace() throws {
        let vault = try world.open(Vault.first)
        for number in 0..<120 { try world.store("secret \(number)", as: "name \(number)", in: vault) }
        let (old, new) = (try MasterKey(Vault.first), try MasterKey(Vault.second))
        #expect(try vault.rewrap(under: new, opening: [old], actor: .system) == 120)
        // The process that did it goes on.
        #expect(try vault.secret("name 7") == Array("secret 7".utf8))
        try world.store("later", as: "name 120", in: vault)
        #expect(throws: SecretError.self) { try world.open(Vault.first) }
        let after = try world.open(Vault.second)
        for number in 0..<120 {
            #expect(try after.secret("name \(number)") == Array("secret \(number)".utf8))
        }
        #expect(try after.secret("name 120") == Array("later".utf8))
        #expect(try after.dataKeys().count == 1)
        let entry = try after.registry.list(AuditEntry.self, limit: 1, isForward: false).records.first
        #expect(entry?.action == "master-key.replaced" && entry?.subject == new.id)
    }

    struct Killed: Error {}

    /// Whatever was committed last, the folder opens with a key that is at hand, and the same call goes on to the end.
    @Test func rewrappingCanBeKilledAfterAnyStep() throws {
        var steps = 0
        var step = 1
        repeat {
            let world = try Vault()
            let vault = try world.open(Vault.first)
            for number in 0..<120 { try world.store("secret \(number)", as: "name \(number)", in: vault) }
            steps = 0
            do {
                try vault.rewrap(
                    under: try MasterKey(Vault.second), opening: [try MasterKey(Vault.first)], actor: .system
                ) { _ in
                    steps += 1
                    if steps == step { throw Killed() }
                }
            } catch is Killed {}
            try check(world, isFinished: steps == 5)
            step += 1
        } while steps == step - 1
        // Prepared, 120 secrets in three commits, finished.
        #expect(steps == 5)
    }

    /// The same where the process dies at a write, before it or after it.
    @Test(arguments: MortalEngine.Death.allCases)
    func rewrappingCanBeKilledAtAnyWrite(death: MortalEngine.Death) throws {
        for write in 1...5 {
            let world = try Vault()
            let vault = try world.open(Vault.first)
            for number in 0..<120 { try world.store("secret \(number)", as: "name \(number)", in: vault) }
            let dying = try world.folder.open(
                through: MortalEngine(world.folder.store, dyingAt: write, death))
            let doomed = try world.open(Vault.first, through: dying)
            #expect(throws: (any Error).self) {
                try doomed.rewrap(
                    under: try MasterKey(Vault.second), opening: [try MasterKey(Vault.first)], actor: .system)
            }
            try check(world, isFinished: write == 5 && death == .afterWrite)
        }
    }

    private func check(_ world: Vault, isFinished: Bool) throws {
        let old = try MasterKey(Vault.first)
        let new = try MasterKey(Vault.second)
        if !isFinished {
            let before = try world.open(Vault.first)
            #expect(try before.secret("name 0") == Array("secret 0".utf8))
            #expect(try before.secret("name 119") == Array("secret 119".utf8))
        }
        let vault = try world.open(Vault.first, Vault.second)
        try vault.rewrap(under: new, opening: [old, new], actor: .system)
        let after = try world.open(Vault.second)
        for number in [0, 50, 100, 119] {
            #expect(try after.secret("name \(number)") == Array("secret \(number)".utf8))
        }
        #expect(try after.dataKeys().count == 1)
        #expect(throws: SecretError.self) { try world.open(Vault.first) }
    }

    private func records() throws -> [SecretRecord] {
        try world.folder.open().list(SecretRecord.self).records
    }
}
