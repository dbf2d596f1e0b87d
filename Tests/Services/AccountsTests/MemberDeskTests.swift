import Base
import Crypto
import Registry
import RunTestKit
import TestKit
import Testing
import Tokens

@testable import Accounts

/// Members of districts: invited, signed in, and refused from the moment that they are disabled or removed.
@Suite struct MemberDeskTests {
    private static let password = "correct horse battery staple"
    private static let here = "192.0.2.7"
    private let folder: RegistryFolder
    private let registry: Registry
    private let revoked = RevokedTokens()
    private let desk: MemberDesk
    private let tenant = TenantID(random: SeededRandom(seed: 1))
    private let other = TenantID(random: SeededRandom(seed: 2))

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
        desk = try Self.desk(registry, revoked, folder.clock)
    }

    private static func desk(
        _ registry: Registry, _ revoked: RevokedTokens, _ clock: any Clock
    ) throws -> MemberDesk {
        try MemberDesk(
            registry: registry, revoked: revoked, master: [7], clock: clock, random: OpenSSLRandom(),
            cost: #require(Scrypt.Cost(size: 16, blocks: 1, parallel: 1)))
    }

    private func invite(_ name: String = "Ada.Park", to tenant: TenantID? = nil) throws -> MemberDesk.Invited
    {
        try desk.invite(
            .init(name: name, displayName: "Ada Park", schools: [], role: "teacher"),
            to: tenant ?? self.tenant,
            actor: .system)
    }

    private func accept(_ code: String, _ password: String = MemberDeskTests.password) throws -> MemberRecord
    {
        try desk.accept(
            "ada.park", of: tenant, code: code, password: password, from: Self.here, actor: .system)
    }

    private func signIn(
        _ password: String = MemberDeskTests.password, as name: String = "ADA.park",
        with device: String? = nil, of tenant: TenantID? = nil,
        from address: String = MemberDeskTests.here
    ) throws -> MemberRecord {
        try desk.signIn(
            name, password: password, device: device, of: tenant ?? self.tenant, from: address,
            actor: .system)
    }

    private func trace(_ member: MemberRecord) -> TokenTrace {
        var trace = TokenTrace(issuedAt: folder.clock.now())
        (trace.clientID, trace.tokenID, trace.keyID) = (member.id, "t", "k")
        return trace
    }

    @Test func anInvitationIsGoodOnceAndForThreeDays() throws {
        let invited = try invite()
        #expect(invited.record.state == "invited")
        #expect(throws: AccountError.wrongCredentials) { try signIn("") }
        #expect(throws: AccountError.badInvitation) { try accept("wrong") }
        #expect(throws: AccountError.self) { try accept(invited.code, "short") }
        let again = try desk.reset("ada.park", of: tenant, actor: .system)
        #expect(throws: AccountError.badInvitation) { try accept(invited.code) }
        folder.clock.advance(byMilliseconds: Limits.invitationSeconds * 1000)
        #expect(throws: AccountError.badInvitation) { try accept(again.code) }
        let last = try desk.reset(invited.record.id, of: tenant, actor: .system)
        #expect(try accept(last.code).state == "active")
        #expect(throws: AccountError.badInvitation) { try accept(last.code) }
        #expect(throws: AccountError.heldBack(seconds: 1)) { try signIn() }
        folder.clock.advance(byMilliseconds: 1000)
        #expect(try signIn().id == invited.record.id)
        #expect(
            try registry.list(AuditEntry.self).records.map(\.action) == [
                "member.invited", "member.reset", "member.reset", "member.accepted",
            ])
    }

    @Test func anInvitationTellsWhoseItIsToWhoeverHoldsItAlone() throws {
        let invited = try invite()
        func look(
            _ code: String, _ name: String = "ADA.park", of tenant: TenantID? = nil
        ) throws -> MemberRecord {
            try desk.invitee(name, of: tenant ?? self.tenant, code: code)
        }
        #expect(try look(invited.code) == invited.record)
        #expect(throws: AccountError.badInvitation) { try look("wrong") }
        #expect(throws: AccountError.badInvitation) { try look(invited.code, "nobody") }
        #expect(throws: AccountError.badInvitation) { try look(invited.code, "no name") }
        #expect(throws: AccountError.badInvitation) { try look(invited.code, of: other) }
        _ = try desk.set("ada.park", of: tenant, isDisabled: true, actor: .system)
        #expect(throws: AccountError.badInvitation) { try look(invited.code) }
        _ = try desk.set("ada.park", of: tenant, isDisabled: false, actor: .system)
        // A look uses nothing up, and nobody's guesses keep anybody from theirs.
        for _ in 0..<45 { #expect(throws: AccountError.badInvitation) { try look("wrong") } }
        #expect(try look(invited.code) == look(invited.code))
        _ = try accept(invited.code)
        #expect(throws: AccountError.badInvitation) { try look(invited.code) }
    }

    @Test func aNameIsOneMembersWithinItsDistrict() throws {
        let own = try invite()
        let name = try #require(MemberName("ada.park"))
        #expect(throws: MemberError.taken(name)) { try invite("ADA.PARK") }
        let namesake = try invite(to: other)
        #expect(namesake.record.id != own.record.id)
        _ = try accept(own.code)
        #expect(throws: AccountError.wrongCredentials) { try signIn(of: other) }
        #expect(throws: MemberError.noSuchMember(own.record.id, other)) {
            try desk.member(own.record.id, of: other)
        }
        for name in ["", "a b", "a/b", "ä", String(repeating: "a", count: 129)] {
            #expect(throws: MemberError.badName(name)) { try invite(name) }
        }
    }

    @Test func whoGuessesIsHeldBackAndAllWhoAreWrongGetTheSameAnswer() throws {
        _ = try accept(try invite().code)
        for name in ["ada.park", "nobody", "no name"] {
            #expect(throws: AccountError.wrongCredentials) {
                try signIn("wrong", as: name, from: "198.51.100.1")
            }
        }
        for _ in 0..<4 { #expect(throws: AccountError.wrongCredentials) { try signIn("wrong") } }
        #expect(throws: AccountError.wrongCredentials) { try signIn("wrong") }
        #expect(throws: AccountError.heldBack(seconds: 1)) { try signIn() }
        folder.clock.advance(byMilliseconds: 1000)
        _ = try signIn()
        #expect(
            try registry.list(AuditEntry.self).records.contains { $0.action == "member.held-back" } == false)
    }

    /// Where nobody has signed in before, a name that is a member's and one that is nobody's are told the same.
    @Test func whoGuessesDoesNotLearnWhoIsInADistrict() throws {
        _ = try accept(try invite().code)
        func answers(_ name: String, _ address: String) -> [AccountError?] {
            (0..<8).map { _ in
                do {
                    _ = try signIn("wrong", as: name, from: address)
                    return nil
                } catch { return error as? AccountError }
            }
        }
        let known = answers("ada.park", "198.51.100.1")
        #expect(known == answers("nobody", "198.51.100.2"))
        #expect(
            known == Array(repeating: .wrongCredentials, count: 5)
                + Array(repeating: .heldBack(seconds: 1), count: 3))
        // Of names that are nobody's the audit has nothing.
        var denials = AuditQuery()
        denials.kind = .denial
        #expect(try registry.audit(denials).entries.map(\.action) == ["member.held-back"])
    }

    @Test func aResetForgetsWhatHeldThemBack() throws {
        let member = try accept(try invite().code)
        for _ in 0..<5 { #expect(throws: AccountError.wrongCredentials) { try signIn("wrong") } }
        let again = try desk.reset("ada.park", of: tenant, actor: .system)
        folder.clock.advance(byMilliseconds: 1000)
        _ = try accept(again.code)
        #expect(try signIn().id == member.id)
    }

    /// As in a school, where all have one address.
    @Test func aClassmateHoldsNobodyBackWhoHasSignedInOnTheirDevice() throws {
        let device = desk.device(nil, of: try accept(try invite().code))
        for _ in 0..<30 {
            folder.clock.advance(byMilliseconds: 901_000)
            #expect(throws: AccountError.wrongCredentials) { try signIn("wrong") }
        }
        #expect(throws: AccountError.heldBack(seconds: 900)) { try signIn() }
        let member = try signIn(with: device)
        #expect(desk.device(device, of: member) == device)
        // Nobody else's opens the way, and none that is made up.
        let own = try KnownDevices(master: [8], purpose: "members", random: OpenSSLRandom())
            .make(for: member.countedName, salt: #require(member.password).salt)
        for wrong in [own, String(device.dropLast()) + "!", "hrd_", "", String(repeating: "a", count: 1000)] {
            #expect(throws: AccountError.heldBack(seconds: 900)) { try signIn(with: wrong) }
        }
    }

    @Test func nobodyIsKeptFromTheirInvitation() throws {
        let invited = try invite()
        for _ in 0..<200 { #expect(throws: AccountError.badInvitation) { try accept("wrong") } }
        _ = try accept(invited.code)
    }

    @Test func signingInOverAndOverIsHeldBackThoughThePasswordIsRight() throws {
        _ = try accept(try invite().code)
        for _ in 0..<20 { _ = try signIn() }
        #expect(throws: AccountError.tooOften(seconds: 6)) { try signIn() }
        _ = try signIn(from: "198.51.100.1")
        folder.clock.advance(byMilliseconds: 6000)
        _ = try signIn()
    }

    @Test func whatWasIssuedIsRefusedFromTheMomentOn() throws {
        let member = try accept(try invite().code)
        let old = trace(member)
        #expect(!revoked.refuses(old))
        _ = try desk.set("ada.park", of: tenant, isDisabled: true, actor: .system)
        #expect(revoked.refuses(old))
        #expect(throws: AccountError.wrongCredentials) { try signIn() }
        #expect(try desk.active(member.id) == nil)
        _ = try desk.set("ada.park", of: tenant, isDisabled: false, actor: .system)
        #expect(revoked.refuses(old), "though it is of the same second")
        folder.clock.advance(byMilliseconds: 1000)
        #expect(revoked.refuses(old) && !revoked.refuses(trace(member)))
        _ = try signIn()
        // The same of another process, and behind a removal.
        let elsewhere = RevokedTokens()
        _ = try Self.desk(registry, elsewhere, folder.clock)
        #expect(elsewhere.refuses(old))
        _ = try desk.remove("ada.park", of: tenant, actor: .system)
        #expect(revoked.refuses(trace(member)))
        #expect(try registry.list(MemberRecord.self).records.isEmpty)
        #expect(try registry.list(MemberNameRecord.self).records.isEmpty)
        #expect(try registry.list(TokenRevocationRecord.self).records.map(\.id) == [member.id])
        _ = try invite()
    }

    @Test func whoIsSignedOutSignsInAgain() throws {
        let member = try accept(try invite().code)
        let old = trace(member)
        _ = try desk.signOut("ada.park", of: tenant, actor: .system)
        #expect(revoked.refuses(old), "though it is of the same second")
        #expect(throws: AccountError.heldBack(seconds: 1)) { try signIn() }
        folder.clock.advance(byMilliseconds: 1000)
        #expect(try !revoked.refuses(trace(signIn())))
        #expect(throws: MemberError.noSuchMember("ada.park", other)) {
            try desk.signOut("ada.park", of: other, actor: .system)
        }
        #expect(
            try registry.list(AuditEntry.self).records.map(\.action) == [
                "member.invited", "member.accepted", "member.signed-out",
            ])
    }

    @Test func whoHasNoPasswordGetsNoTokens() throws {
        let invited = try invite().record
        #expect(try desk.active(invited.id) == nil)
        let again = try desk.reset("ada.park", of: tenant, actor: .system)
        _ = try accept(again.code)
        #expect(try desk.active(invited.id)?.id == invited.id)
        _ = try desk.reset("ada.park", of: tenant, actor: .system)
        #expect(try desk.active(invited.id) == nil)
    }

    @Test func secretsAreKeptNowhere() throws {
        let invited = try invite()
        #expect(try registry.mentions(of: [invited.code], skipping: []).isEmpty)
        _ = try accept(invited.code)
        #expect(try registry.mentions(of: [invited.code, Self.password], skipping: []).isEmpty)
    }
}
