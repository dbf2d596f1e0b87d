import Base
import Registry
import RunTestKit
import TestKit
import Testing

@testable import Issuing
@testable import Tokens

/// Who of those who run the platform has seen a program's secret.
@Suite struct KnownSecretTests {
    private let world: Vault
    private let accounts: ServiceAccounts
    private let tenant = TenantID(random: SeededRandom(seed: 1))

    init() throws {
        world = try Vault()
        accounts = try ServiceAccounts(
            registry: try world.folder.open(), revoked: world.revoked, clock: world.clock,
            random: world.random)
    }

    private func create(shownTo staff: String?) throws -> ServiceAccountRecord {
        try accounts.create(
            tenant, schools: [], role: "service", algorithm: .es256, label: "", expiresAt: nil,
            shownTo: staff, actor: .system
        ).record
    }

    private func rotate(
        _ record: ServiceAccountRecord, shownTo staff: String?, grace: Int64 = 0
    ) throws -> ServiceAccountRecord {
        try accounts.rotate(record.id, graceSeconds: grace, shownTo: staff, actor: .system).record
    }

    @Test func itIsRememberedUntilTheTenantsOwnKeyAsksForAnother() throws {
        #expect(try create(shownTo: nil).knownTo == nil)
        let record = try create(shownTo: "account:ada")
        #expect(record.knownTo == "account:ada" && record.knownUntil == nil)
        #expect(try rotate(record, shownTo: "credential:op").knownTo == "credential:op")
        #expect(try rotate(record, shownTo: nil).knownTo == nil)
        #expect(try rotate(record, shownTo: "account:ada", grace: 60).knownTo == "account:ada")
    }

    @Test func theSecretBeforeIsStillTheirsWhileItIsGood() throws {
        let record = try create(shownTo: "account:ada")
        let until = world.clock.now().advanced(bySeconds: 60)
        let rotated = try rotate(record, shownTo: nil, grace: 60)
        #expect(rotated.knownTo == "account:ada" && rotated.knownUntil == until)
        // Now the one before is the tenant's own.
        let again = try rotate(record, shownTo: nil, grace: 60)
        #expect(again.knownTo == nil && again.knownUntil == nil)
    }
}
