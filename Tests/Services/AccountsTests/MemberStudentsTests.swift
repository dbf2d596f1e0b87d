import Base
import Crypto
import Registry
import RunTestKit
import TestKit
import Testing
import Tokens

@testable import Accounts

/// Whose records are a member's to read.
@Suite struct MemberStudentsTests {
    private let folder: RegistryFolder
    private let registry: Registry
    private let revoked = RevokedTokens()
    private let desk: MemberDesk
    private let tenant = TenantID(random: SeededRandom(seed: 1))
    private let schools = [SeededRandom(seed: 2), SeededRandom(seed: 3)].map { SchoolID(random: $0) }

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
        desk = try MemberDesk(
            registry: registry, revoked: revoked, master: [7], clock: folder.clock, random: OpenSSLRandom(),
            cost: #require(Scrypt.Cost(size: 16, blocks: 1, parallel: 1)))
    }

    private func links(_ ids: String..., at school: Int = 0) throws -> [StudentLink] {
        try ids.map { StudentLink(school: schools[school], student: try #require(StudentID($0))) }
    }

    private func invite(
        _ name: String, role: String = "parent", schools: [SchoolID]? = nil, _ students: [StudentLink]
    ) throws -> MemberRecord {
        try desk.invite(
            .init(
                name: name, displayName: "Ada Park", schools: schools ?? self.schools, students: students,
                role: role), to: tenant, actor: .system
        ).record
    }

    private func isRefused(_ member: MemberRecord, issuedAt: Timestamp) -> Bool {
        var trace = TokenTrace(issuedAt: issuedAt)
        (trace.clientID, trace.tokenID, trace.keyID) = (member.id, "t", "k")
        return revoked.refuses(trace)
    }

    @Test func aParentHasTwentyAndAStudentOne() throws {
        let most = try (1...21).flatMap { try links("\($0)") }
        #expect(throws: MemberError.self) { try invite("ada", most) }
        #expect(try invite("ada", Array(most.prefix(20))).students.count == 20)
        #expect(throws: MemberError.self) { try invite("ben", role: "student", links("1", "2")) }
        let ben = try invite("ben", role: "student", links("1"))
        #expect(try desk.member("ben", of: tenant).students == links("1"))
        #expect(throws: MemberError.self) {
            try desk.link("ben", of: tenant, to: links("1", "2"), actor: .system)
        }
        #expect(try desk.member(ben.id, of: tenant).students == links("1"))
    }

    /// Two schools may call two students the same.
    @Test func theyAreOfTheMembersSchools() throws {
        let one = [schools[0]]
        #expect(throws: MemberError.self) { try invite("ada", schools: one, links("1", at: 1)) }
        #expect(throws: MemberError.self) { try invite("ada", schools: [], links("1")) }
        #expect(throws: MemberError.self) { try invite("ada", links("1", "1")) }
        let both = try links("1", at: 1) + links("1")
        #expect(try invite("ada", both).students == both.sorted())
    }

    @Test func anotherLinkRefusesWhatWasIssued() throws {
        let ada = try invite("ada", links("1", "2"))
        let before = folder.clock.now()
        #expect(!isRefused(ada, issuedAt: before))
        // The same once more changes nothing.
        let version = try desk.member("ada", of: tenant).version
        _ = try desk.link("ada", of: tenant, to: links("2", "1"), actor: .system)
        #expect(try desk.member("ada", of: tenant).version == version && !isRefused(ada, issuedAt: before))
        folder.clock.advance(byMilliseconds: 5000)
        let changed = try desk.link("ada", of: tenant, to: links("2"), actor: .system)
        #expect(try changed.students == links("2"))
        #expect(isRefused(ada, issuedAt: before) && isRefused(ada, issuedAt: folder.clock.now()))
        #expect(!isRefused(ada, issuedAt: folder.clock.now().advanced(bySeconds: 1)))
        // And over a restart.
        let later = RevokedTokens()
        _ = try MemberDesk(
            registry: registry, revoked: later, master: [7], clock: folder.clock, random: OpenSSLRandom(),
            cost: #require(Scrypt.Cost(size: 16, blocks: 1, parallel: 1)))
        var trace = TokenTrace(issuedAt: before)
        (trace.clientID, trace.tokenID, trace.keyID) = (ada.id, "t", "k")
        #expect(later.refuses(trace))
    }

    /// Who may have to be forgotten is not named there.
    @Test func theAuditNamesNoStudent() throws {
        _ = try invite("ada", links("4711"))
        _ = try desk.link("ada", of: tenant, to: links("4712"), actor: .system)
        _ = try desk.link("ada", of: tenant, to: [], actor: .system)
        let entries = try registry.list(AuditEntry.self).records
        #expect(entries.map(\.action) == ["member.invited", "member.linked", "member.linked"])
        #expect(!entries.contains { "\($0)".contains("4711") || "\($0)".contains("4712") })
        let name = try #require(links("4711").first).pseudonym(in: tenant)
        #expect(entries[0].after?["students"] == name && entries[1].before?["students"] == name)
        #expect(entries[2].after?["students"] == "")
    }
}
