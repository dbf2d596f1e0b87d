import Base
import Registry
import RunTestKit
import Testing

@testable import ControlAPI

/// Tokens that are refused and only counted.
@Suite struct RefusedTokenBookTests {
    private static func provider(_ number: UInt64) -> IdentityProviderRecord {
        IdentityProviderRecord(
            name: "own", tenant: TenantID(random: SeededRandom(seed: number)), issuer: "https://idp.example",
            audiences: ["app"], keysURL: nil, sharedBy: nil, mapping: .init(), grant: "idp_\(number)",
            createdAt: Timestamp(milliseconds: 0))
    }

    @Test func eachProviderHasOneEntryOfItsTenants() throws {
        let folder = try RegistryFolder()
        let registry = try folder.open()
        let book = RefusedTokenBook()
        let count = UInt64(Limits.refusedTokenNotesMax + 3)
        for number in 1...count { for _ in 0..<number { book.count(Self.provider(number)) } }
        try book.write(to: registry)
        let entries = try registry.audit(AuditQuery()).entries
        let counts = entries.map { [$0.tenant?.text ?? "", $0.action, $0.detail["count"] ?? ""] }
        let expected = (1...count).map { [Self.provider($0).tenant.text, "token.refused", String($0)] }
        #expect(Set(counts) == Set(expected) && counts.count == expected.count)
        try book.write(to: registry)
        #expect(try registry.audit(AuditQuery()).entries.count == expected.count)
        #expect(try registry.list(OutboxEvent.self).records.isEmpty)
    }
}
