import Base
import Registry
import RunTestKit
import Tables
import Tenancy
import Testing

@testable import Audits

/// Who had access to a tenant's data, and what they did.
@Suite struct AccessReportTests {
    private let folder: RegistryFolder
    private let registry: Registry
    private let tenant: TenantID
    private let other: TenantID
    private let start: Timestamp

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
        let random = SeededRandom(seed: 5)
        tenant = TenantID(random: random)
        other = TenantID(random: random)
        start = folder.clock.now()
        let store = try #require(StoreID("pool-basic-1"))
        try registry.transact(
            RegistryTransaction([
                .insert(
                    PlacementRecord(tenant: tenant, store: store, epoch: 1, tables: [:], isDedicated: false))
            ]))
    }

    private func say(
        _ action: String, of tenant: TenantID?, by actor: String = "credential:admin",
        kind: AuditKind = .activity,
        _ detail: [String: String] = [:], outcome: AuditOutcome = .done, after: [String: String] = [:]
    ) throws {
        folder.clock.advance(byMilliseconds: 1000)
        try registry.transact(
            RegistryTransaction(
                [],
                audit: [
                    AuditNote(
                        actor: AuditActor(actor), action: action, subject: "s", tenant: tenant,
                        detail: detail,
                        kind: kind, outcome: outcome, after: after)
                ]))
    }

    private func report(from: Timestamp? = nil, to: Timestamp? = nil) throws -> AccessReport {
        try AccessReportMaker(registry: registry, clock: folder.clock).report(
            on: tenant, from: from ?? start, to: to ?? folder.clock.now().advanced(bySeconds: 1))
    }

    @Test func whatCannotBeGoneThroughInTimeIsRefusedWithWhatToDo() throws {
        #expect(throws: AccessReportError.tooMuch(seconds: 0)) {
            try AccessReportMaker(registry: registry, clock: folder.clock, secondsMax: 0).report(
                on: tenant, from: start, to: folder.clock.now().advanced(bySeconds: 1))
        }
        #expect(try report().entries == 0)
    }

    @Test func looksAtEverybodyAreLooksAtThisTenant() throws {
        for (tenants, store, named) in [
            ("all", "pool-basic-1", nil), ("all", "pool-basic-2", nil), (tenant.text, "pool-basic-2", tenant),
            ("\(other) \(tenant)", "pool-basic-1", nil), (other.text, "pool-basic-1", other),
            ("", "pool-basic-1", nil),
        ] as [(String, String, TenantID?)] {
            try say(
                "operator.looked", of: named, by: "arn:op", kind: .access,
                ["tenants": tenants, "store": store, "items": "1"])
        }
        try say("decisions.read", of: nil, kind: .access)
        let found = try report()
        #expect(
            found.accesses.map { $0.detail["tenants"] ?? "-" } == [
                "all", tenant.text, "\(other) \(tenant)", "-",
            ])
        #expect(found.accessesLeftOut == 0 && found.entries == 4)
    }

    /// A scan of a store that the tenant has left since counts where the move is known.
    @Test func looksAtAnEarlierStoreCount() throws {
        try say(
            "operator.looked", of: nil, kind: .access, ["tenants": "all", "store": "pool-premium-1"])
        #expect(try report().accesses.isEmpty)
        try say("tenant.switched", of: tenant, after: ["store": "pool-premium-1"])
        let found = try report()
        #expect(found.accesses.count == 1)
        #expect(found.disclosures.map(\.action) == ["tenant.switched"])
    }

    @Test func whomTokensAreIssuedToIsNamedWithWhoElseHasTheirSecret() throws {
        func program(_ id: String, of tenant: TenantID, _ change: (inout ServiceAccountRecord) -> Void)
            -> RegistryChange
        {
            var record = ServiceAccountRecord(
                id: id, tenant: tenant, schools: [], role: "service", algorithm: "ES256", secretDigest: "",
                label: "sync", createdAt: start, expiresAt: nil)
            change(&record)
            return .insert(record)
        }
        func member(_ name: String, shownTo staff: String?) throws -> RegistryChange {
            var record = MemberRecord(
                id: MemberRecord.prefix(of: tenant) + name, tenant: tenant,
                name: try #require(MemberName(name)),
                displayName: name, schools: [], role: "teacher", createdAt: start,
                invitation: AccountRecord.Invitation(digest: "", expiresAt: start))
            record.knownTo = staff
            return .insert(record)
        }
        var provider = IdentityProviderRecord(
            name: "sso", tenant: tenant, issuer: "https://sso.example", audiences: ["a"], keysURL: nil,
            sharedBy: nil, mapping: IdentityProviderRecord.Mapping(), grant: "idp_1", createdAt: start)
        provider.registeredBy = "account:op"
        try registry.transact(
            RegistryTransaction([
                program("svc_own", of: tenant) { _ in },
                program("svc_seen", of: tenant) { $0.knownTo = "account:ada" },
                program("svc_over", of: tenant) { $0.expiresAt = start.advanced(bySeconds: 1) },
                program("svc_theirs", of: other) { $0.knownTo = "account:ada" },
                try member("ada", shownTo: "credential:op"), try member("bo", shownTo: nil),
                .insert(provider),
            ]))
        folder.clock.advance(byMilliseconds: 10_000)
        let found = try report(from: start.advanced(bySeconds: 5))
        #expect(
            found.holders.map { "\($0.kind) \($0.key) \($0.knownTo ?? "-")" } == [
                "identity-provider sso account:op",
                "member \(MemberRecord.prefix(of: tenant))ada credential:op", "service-account svc_own -",
                "service-account svc_seen account:ada",
            ])
        #expect(found.holdersLeftOut == 0)
    }

    @Test func deedsAreAddedUp() throws {
        for _ in 0..<3 { try say("tenant.suspended", of: tenant) }
        try say("tenant.suspended", of: tenant, outcome: .refused)
        try say("tenant.suspended", of: other)
        let found = try report()
        #expect(found.deeds.map(\.count) == [3, 1])
        #expect(found.deeds[0].first < found.deeds[0].last && found.deeds[1].outcome == .refused)
    }

    @Test func tokensAndDenialsAreCounted() throws {
        for second in 1...3 {
            try say(
                "token.issued", of: tenant,
                ["school": "s1", "role": "teacher", "expiresAt": "2026-01-01T00:00:0\(second)Z"])
        }
        try say(
            "gateway.denied", of: tenant, kind: .denial,
            ["no-allow": "7", "wall": "1", "total": "8", "from": "x"])
        try say(
            "gateway.denied", of: tenant, kind: .denial,
            ["no-allow": "3", "total": "3", "samples.no-allow": "1"])
        let found = try report()
        #expect(found.tokens.count == 1 && found.tokens[0].count == 3)
        #expect(found.tokens[0].until == "2026-01-01T00:00:03Z")
        #expect(
            found.denials["no-allow"] == 10 && found.denials["wall"] == 1 && found.denials["total"] == nil)
        #expect(found.deeds.isEmpty)
    }

    @Test func thePeriodCounts() throws {
        try say("one", of: tenant)
        let middle = folder.clock.now().advanced(byMilliseconds: 500)
        try say("two", of: tenant)
        #expect(try report(to: middle).deeds.map(\.action) == ["one"])
        #expect(try report(from: middle).deeds.map(\.action) == ["two"])
    }

    @Test func keysThatWereInForceAreListed() throws {
        func key(_ id: String, _ kind: CredentialRecord.Kind, isDisabled: Bool = false) throws {
            try registry.transact(
                RegistryTransaction([
                    .insert(
                        CredentialRecord(
                            id: id, kind: kind, role: "r", secretDigest: "", createdAt: folder.clock.now(),
                            label: "", isDisabled: isDisabled))
                ]))
        }
        try key("admin-1", .admin)
        try key("own", .tenant(tenant))
        try key("foreign", .tenant(other))
        try key("gone", .operators, isDisabled: true)
        folder.clock.advance(byMilliseconds: 1000)
        try registry.transact(
            RegistryTransaction(
                [], audit: [AuditNote(actor: .system, action: "credential.revoked", subject: "gone")]))
        let revokedAt = folder.clock.now()
        folder.clock.advance(byMilliseconds: 1000)
        let later = folder.clock.now()
        try key("new", .reviewer)
        #expect(try report().holders.map(\.key) == ["admin-1", "gone", "new", "own"])
        #expect(try report().holders.first { $0.key == "gone" }?.to == revokedAt)
        #expect(try report(from: later).holders.map(\.key) == ["admin-1", "new", "own"])
        #expect(try report(to: later).holders.map(\.key) == ["admin-1", "gone", "own"])
    }

    @Test func keysThatEndedAndPeopleWithAccountsAreListedForAsLongAsTheyHadAccess() throws {
        let start = folder.clock.now()
        try registry.transact(
            RegistryTransaction([
                .insert(
                    CredentialRecord(
                        id: "crm", kind: .platform([.sales]), role: "sales", secretDigest: "",
                        createdAt: start,
                        label: "", expiresAt: start.advanced(byMilliseconds: 1000)))
            ]))
        for name in ["ada", "bob"] {
            let id = try #require(AccountID("\(name)@vendor.example"))
            var account = AccountRecord(id: id, name: name, roles: [.operator, .admin], createdAt: start)
            account.isDisabled = name == "bob"
            try registry.transact(RegistryTransaction([.insert(account)]))
        }
        folder.clock.advance(byMilliseconds: 1000)
        let closedAt = folder.clock.now()
        try registry.transact(
            RegistryTransaction(
                [],
                audit: [
                    AuditNote(actor: .system, action: "account.disabled", subject: "bob@vendor.example")
                ]))
        folder.clock.advance(byMilliseconds: 1000)
        let holders = try report().holders
        #expect(holders.map(\.key) == ["ada@vendor.example", "bob@vendor.example", "crm"])
        #expect(holders.map(\.to) == [nil, closedAt, start.advanced(byMilliseconds: 1000)])
        #expect(holders.map(\.role) == ["operator,admin", "operator,admin", "sales"])
        #expect(try report(from: folder.clock.now()).holders.map(\.key) == ["ada@vendor.example"])
    }

    @Test func saysWhereItIsCutShort() throws {
        try say("one", of: tenant)
        folder.clock.advance(byMilliseconds: 3 * 86_400_000)
        try say("two", of: tenant)
        try registry.trimAudit(AuditRetention(activityDays: 1, accessDays: 1, denialDays: 1))
        let found = try report()
        #expect(found.isCutShort && found.deeds.map(\.action) == ["two"])
        #expect(try !report(from: folder.clock.now()).isCutShort)
    }
}
