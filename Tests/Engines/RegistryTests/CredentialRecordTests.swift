import Base
import Crypto
import Foundation
import Registry
import Testing

@Suite struct CredentialRecordTests {
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    private func digest(_ secret: String) -> [UInt8] { SHA256.hash(secret).bytes }

    private func key(expiresAt: Timestamp? = nil) -> CredentialRecord {
        CredentialRecord(
            id: "k1", kind: .platform([.sales]), role: "sales", secretDigest: Hex.encode(digest("new")),
            createdAt: now, label: "", expiresAt: expiresAt)
    }

    @Test func aSecretOpensUntilItsKeyEndsOrIsRevoked() {
        var record = key(expiresAt: now.advanced(byMilliseconds: 1))
        #expect(record.admits(secretDigest: digest("new"), at: now))
        #expect(!record.admits(secretDigest: digest("other"), at: now))
        #expect(!record.admits(secretDigest: digest("new"), at: now.advanced(byMilliseconds: 1)))
        record.expiresAt = nil
        #expect(record.admits(secretDigest: digest("new"), at: now.advanced(bySeconds: 1_000_000)))
        record.isDisabled = true
        #expect(!record.admits(secretDigest: digest("new"), at: now))
    }

    @Test func aFormerSecretOpensUntilItsOwnEnd() {
        var record = key()
        record.former = .init(digest: Hex.encode(digest("old")), until: now.advanced(byMilliseconds: 1))
        #expect(record.admits(secretDigest: digest("old"), at: now))
        #expect(!record.admits(secretDigest: digest("old"), at: now.advanced(byMilliseconds: 1)))
        #expect(record.admits(secretDigest: digest("new"), at: now.advanced(byMilliseconds: 1)))
        record.isDisabled = true
        #expect(!record.admits(secretDigest: digest("old"), at: now))
    }

    @Test(arguments: ["", "no digest", "00"]) func whatIsNoDigestOpensToNobody(stored: String) {
        var record = key()
        record.secretDigest = stored
        for secret in ["", "new", stored] { #expect(!record.admits(secretDigest: digest(secret), at: now)) }
        #expect(!CredentialRecord.admitsNobody(secretDigest: digest("new")))
    }

    @Test func aKeyOfAnEarlierVersionIsRead() throws {
        let text = """
            {"id":"admin-1","kind":{"admin":{}},"role":"admin","secretDigest":"00","createdAt":5,"label":"l",
             "isDisabled":false,"version":1}
            """
        let record = try JSONDecoder().decode(CredentialRecord.self, from: Data(text.utf8))
        #expect(record.kind == .admin && record.kind.roles == [.admin])
        #expect(record.expiresAt == nil && record.former == nil && record.isInForce(at: now))
    }

    @Test func rolesComeOnceAndInOrder() {
        #expect(CredentialRecord.Kind([.reviewer]) == .reviewer)
        #expect(CredentialRecord.Kind([.admin, .admin]) == .admin)
        #expect(CredentialRecord.Kind([.reviewer, .sales]).roles == [.sales, .reviewer])
        #expect(CredentialRecord.Kind.operators.roles.isEmpty)
    }
}
