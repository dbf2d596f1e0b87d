import Base
import Registry
import RunTestKit
import TestKit
import Testing
import Tokens

@testable import Issuing

/// A provider that is registered is changed: what may be another, what not, and what becomes of that which was issued.
@Suite struct ProviderChangeTests {
    private let folder: RegistryFolder
    private let registry: Registry
    private let providers: IdentityProviders
    private let revoked = RevokedTokens()
    private let tenant = TenantID(random: SeededRandom(seed: 1))
    private let school: SchoolRecord

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
        providers = IdentityProviders(
            registry: registry,
            revocations: try TokenRevocations(registry: registry, revoked: revoked, clock: folder.clock),
            clock: folder.clock, random: SeededRandom(seed: 2))
        school = SchoolRecord(
            id: SchoolID(random: SeededRandom(seed: 3)), name: "Lincoln", createdAt: folder.clock.now())
        var shared = draft
        (shared.name, shared.issuer, shared.sharedBy) = ("google", "https://accounts.google.com", "hd")
        shared.mapping.required = ["hd": "a.example"]
        for draft in [draft, shared] {
            _ = try providers.add(draft, to: tenant, schools: [school], actor: .system)
        }
    }

    private var draft: IdentityProviders.Draft {
        var mapping = IdentityProviderRecord.Mapping()
        mapping.schoolDefault = "Lincoln"
        mapping.roleClaim = "type"
        mapping.roles = [.init(value: "t", target: "teacher")]
        return IdentityProviders.Draft(
            name: "own", issuer: "https://idp.example", audiences: ["app", "old app"], mapping: mapping)
    }

    private func change(
        refusesIssued: Bool = false, _ body: (inout IdentityProviders.Draft) -> Void
    ) throws -> IdentityProviderRecord {
        var draft = draft
        body(&draft)
        return try providers.change(
            to: draft, of: tenant, schools: [school], refusesIssued: refusesIssued, actor: .system)
    }

    private func refuses(_ grant: String) -> Bool {
        var trace = TokenTrace(issuedAt: folder.clock.now())
        trace.grant = grant
        return revoked.refuses(trace)
    }

    private func changes() throws -> [AuditEntry] {
        try registry.list(AuditEntry.self).records.filter { $0.action == "identity-provider.changed" }
    }

    @Test func allButWhatItIsCanBeAnother() throws {
        let former = try providers.provider("own", of: tenant)
        let changed = try change {
            $0.audiences = ["app"]
            $0.keysURL = "https://idp.example/keys"
            $0.mapping.roles = [.init(value: "t", target: "student")]
            $0.mapping.required = ["email_verified": "true"]
        }
        #expect(try providers.provider("own", of: tenant) == changed)
        #expect(changed.audiences == ["app"] && changed.keysURL == "https://idp.example/keys")
        #expect(
            changed.mapping.schoolDefault == school.id.text && changed.mapping.roles[0].target == "student")
        #expect(changed.grant == former.grant && changed.createdAt == former.createdAt)
        #expect(!refuses(former.grant), "what was issued is good until it ends")
        let note = try #require(try changes().last)
        #expect(note.detail["changed"] == "audiences keysUrl required roles")
        #expect(note.before?["roles"] == "t=teacher" && note.after?["roles"] == "t=student")
        #expect(note.before?["audiences"] == "app old app" && note.after?["audiences"] == "app")
        let events = try registry.list(OutboxEvent.self).records.map(\.type)
        #expect(events.filter { $0 == "identity-provider.changed" }.count == 1)
    }

    @Test func aChangeToWhatItIsAlreadyWritesNothing() throws {
        let former = try providers.provider("own", of: tenant)
        #expect(try change { _ in } == former)
        #expect(try changes().isEmpty)
    }

    @Test func whatWasIssuedIsRefusedWhereThatIsSaid() throws {
        let former = try providers.provider("own", of: tenant)
        let changed = try change(refusesIssued: true) { $0.audiences = ["app"] }
        #expect(refuses(former.grant) && !refuses(changed.grant))
        let again = try change(refusesIssued: true) { $0.audiences = ["app"] }
        #expect(refuses(changed.grant) && !refuses(again.grant), "also where nothing else is changed")
        #expect(try changes().map { $0.detail["issued"] } == ["refused", "refused"])
        let other = try providers.provider("google", of: tenant)
        #expect(!refuses(other.grant))
    }

    @Test func anotherIssuerOrShareIsAnotherProvider() throws {
        for issuer in ["https://idp.example/", "https://other.example"] {
            #expect(throws: IdentityProviderError.fixed(field: "issuer")) {
                try change { $0.issuer = issuer }
            }
        }
        #expect(throws: IdentityProviderError.fixed(field: "sharedBy")) {
            try change {
                $0.sharedBy = "hd"
                $0.mapping.required = ["hd": "a.example"]
            }
        }
        for (claim, value, field) in [("hd", "b.example", "required"), ("tid", "a.example", "sharedBy")] {
            #expect(throws: IdentityProviderError.fixed(field: field)) {
                try change {
                    ($0.name, $0.issuer, $0.sharedBy) = ("google", "https://accounts.google.com", claim)
                    $0.mapping.required = [claim: value]
                }
            }
        }
        #expect(throws: IdentityProviderError.noSuchProvider("other", tenant)) {
            try change { $0.name = "other" }
        }
        #expect(try changes().isEmpty)
    }

    @Test func aChangeIsAsGoodAsARegistration() throws {
        let changes: [(String, (inout IdentityProviders.Draft) -> Void)] = [
            ("audiences", { $0.audiences = [] }), ("schools", Self.misnameASchool),
            ("roles", { $0.mapping.roles = [] }), ("keysUrl", { $0.keysURL = "http://127.0.0.1/keys" }),
        ]
        for (field, change) in changes {
            do {
                _ = try self.change(change)
                Issue.record("\(field) is taken")
            } catch IdentityProviderError.invalid(let found, _) { #expect(found == field) }
        }
    }

    private static func misnameASchool(_ draft: inout IdentityProviders.Draft) {
        draft.mapping.schoolClaim = "school"
        draft.mapping.schools = [.init(value: "1", target: "Heritage")]
    }
}
