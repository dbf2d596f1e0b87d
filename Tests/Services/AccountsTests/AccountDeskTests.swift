import Base
import Crypto
import Registry
import RunTestKit
import Testing

@testable import Accounts

@Suite struct AccountDeskTests {
    private static let actor = AuditActor.credential("admin-1")
    private static let password = "correct horse battery staple"
    private static let here = "192.0.2.1"

    private let folder: RegistryFolder
    private let registry: Registry
    private let desk: AccountDesk
    private let ada: AccountID

    init() throws {
        folder = try RegistryFolder()
        registry = try folder.open()
        desk = try Self.desk(registry, folder.clock, size: 16)
        ada = try #require(AccountID("Ada@Vendor.example"))
    }

    private static func desk(_ registry: Registry, _ clock: any Clock, size: UInt64) throws -> AccountDesk {
        try AccountDesk(
            registry: registry, master: [UInt8](repeating: 7, count: 32), uses: UseBook(), clock: clock,
            random: OpenSSLRandom(), cost: #require(Scrypt.Cost(size: size, blocks: 1, parallel: 1)))
    }

    /// Makes Ada's account with a password.
    private func invite(_ roles: [PlatformRole] = [.sales]) throws {
        let invited = try desk.create(ada, name: "Ada Park", roles: roles, actor: Self.actor)
        _ = try desk.accept(
            "ada@vendor.example", code: invited.code, password: Self.password, from: Self.here,
            actor: AuditActor("anonymous"))
    }

    private func signIn(
        _ password: String = AccountDeskTests.password, code: String? = nil, device: String? = nil,
        from address: String = AccountDeskTests.here
    ) throws -> AccountDesk.SignedIn {
        try desk.signIn(
            .init(account: "ada@vendor.example", password: password, code: code, device: device),
            from: address, actor: AuditActor("anonymous"))
    }

    private func goesOn(_ begun: AccountDesk.SignedIn) throws -> Bool {
        try desk.session(begun.session.id, secretDigest: SHA256.hash(begun.secret).bytes) != nil
    }

    private func actions() throws -> [String] {
        try registry.list(AuditEntry.self).records.map(\.action)
    }

    // MARK: Invitations

    @Test func anInvitationIsGoodOnceAndForThreeDays() throws {
        let invited = try desk.create(ada, name: "Ada Park", roles: [.sales], actor: Self.actor)
        #expect(invited.record.id.text == "ada@vendor.example" && invited.record.password == nil)
        #expect(throws: AccountError.taken(ada)) {
            try desk.create(ada, name: "Ada", roles: [.admin], actor: Self.actor)
        }
        func accept(_ code: String, _ password: String = AccountDeskTests.password) throws -> AccountRecord {
            try desk.accept(
                "ada@vendor.example", code: code, password: password, from: Self.here, actor: Self.actor)
        }
        #expect(throws: AccountError.badInvitation) { try accept("wrong") }
        #expect(throws: AccountError.self) { try accept(invited.code, "short") }
        let late = try desk.reset("ada@vendor.example", actor: Self.actor)
        #expect(throws: AccountError.badInvitation) { try accept(invited.code) }
        folder.clock.advance(byMilliseconds: Limits.invitationSeconds * 1000)
        #expect(throws: AccountError.badInvitation) { try accept(late.code) }
        let last = try desk.reset("ada@vendor.example", actor: Self.actor)
        folder.clock.advance(byMilliseconds: Limits.invitationSeconds * 1000 - 1)
        #expect(try accept(last.code).invitation == nil)
        #expect(throws: AccountError.badInvitation) { try accept(last.code) }
        _ = try signIn()
        #expect(
            try actions() == [
                "account.created", "account.reset", "account.reset", "account.accepted", "session.started",
            ])
        #expect(
            try registry.events(after: 0).events.map(\.type) == [
                "account.created", "account.reset", "account.reset", "account.accepted",
            ])
    }

    @Test(arguments: [
        "", "fourteen chars", "aaaaaaaaaaaaaaaaaaaa", "my ada@vendor.example pass",
        String(repeating: "ab cd ef ", count: 30),
    ]) func whatIsEasilyGuessedIsNoPassword(password: String) {
        #expect(throws: AccountError.self) { try PasswordHasher.check(password, of: ada.text) }
    }

    // MARK: Signing in

    @Test func whoeverIsRightGetsASessionAndAllOthersTheSameAnswer() throws {
        try invite([.reviewer, .sales])
        let begun = try signIn()
        let (session, account) = try #require(
            try desk.session(begun.session.id, secretDigest: SHA256.hash(begun.secret).bytes))
        #expect(session.account == ada && account.roles == [.sales, .reviewer])
        #expect(try desk.session(begun.session.id, secretDigest: SHA256.hash("other").bytes) == nil)
        #expect(try desk.session("session-0", secretDigest: SHA256.hash(begun.secret).bytes) == nil)
        #expect(session.secretDigest != begun.secret)

        for (name, password) in [
            ("ada@vendor.example", "wrong"), ("nobody@vendor.example", Self.password), ("no address", ""),
        ] {
            #expect(throws: AccountError.wrongCredentials) {
                try desk.signIn(.init(account: name, password: password), from: Self.here, actor: Self.actor)
            }
        }
        _ = try desk.disable("ada@vendor.example", caller: nil, actor: Self.actor)
        #expect(throws: AccountError.wrongCredentials) { try signIn() }
    }

    @Test func whoGuessesDoesNotLearnWhoHasAnAccount() throws {
        try invite()
        func answers(_ name: String, _ address: String) -> [AccountError?] {
            (0..<8).map { _ in
                do {
                    _ = try desk.signIn(
                        .init(account: name, password: "wrong"), from: address, actor: Self.actor)
                    return nil
                } catch { return error as? AccountError }
            }
        }
        let known = answers("ada@vendor.example", "198.51.100.1")
        #expect(known.last == .heldBack(seconds: 1))
        #expect(known == answers("nobody@vendor.example", "198.51.100.2"))
    }

    @Test func aNeighbourAtTheSameAddressHoldsNobodyBackWhoHasSignedInOnTheirDevice() throws {
        try invite()
        let device = try signIn().device
        for _ in 0..<30 {
            folder.clock.advance(byMilliseconds: 901_000)
            #expect(throws: AccountError.wrongCredentials) { try signIn("wrong") }
        }
        #expect(throws: AccountError.heldBack(seconds: 900)) { try signIn() }
        #expect(try signIn(device: device).device == device)
        #expect(throws: AccountError.heldBack(seconds: 900)) { try signIn() }
        // With it guessing is as slow, and counts for the device alone.
        for _ in 0..<5 {
            #expect(throws: AccountError.wrongCredentials) { try signIn("wrong", device: device) }
        }
        #expect(throws: AccountError.heldBack(seconds: 1)) { try signIn(device: device) }
        #expect(throws: AccountError.heldBack(seconds: 1)) {
            try signIn(device: device, from: "198.51.100.1")
        }
        // A password that is set anew makes all devices strangers.
        let again = try desk.reset(ada.text, actor: Self.actor)
        _ = try desk.accept(
            ada.text, code: again.code, password: Self.password, from: Self.here, actor: Self.actor)
        for _ in 0..<5 { #expect(throws: AccountError.wrongCredentials) { try signIn("wrong") } }
        #expect(throws: AccountError.heldBack(seconds: 1)) { try signIn(device: device) }
    }

    @Test func nobodyIsKeptFromTheirInvitation() throws {
        let invited = try desk.create(ada, name: "Ada Park", roles: [.sales], actor: Self.actor)
        func accept(_ code: String) throws -> AccountRecord {
            try desk.accept(
                ada.text, code: code, password: Self.password, from: Self.here, actor: Self.actor)
        }
        for _ in 0..<200 { #expect(throws: AccountError.badInvitation) { try accept("wrong") } }
        _ = try accept(invited.code)
    }

    @Test func signingInOverAndOverIsHeldBackThoughThePasswordIsRight() throws {
        try invite()
        for _ in 0..<20 { _ = try signIn() }
        #expect(throws: AccountError.tooOften(seconds: 6)) { try signIn() }
        _ = try signIn(from: "198.51.100.1")
    }

    @Test func anAccountWithoutAPasswordOpensToNobody() throws {
        _ = try desk.create(ada, name: "Ada", roles: [.admin], actor: Self.actor)
        for password in ["", Self.password] {
            #expect(throws: AccountError.wrongCredentials) { try signIn(password) }
        }
    }

    @Test func aPasswordIsKeptAnewWhereTheCostHasChanged() throws {
        try invite()
        let old = try #require(try registry.read(AccountRecord.self, ada)?.password)
        let dearer = try Self.desk(registry, folder.clock, size: 32)
        _ = try dearer.signIn(
            .init(account: ada.text, password: Self.password), from: Self.here, actor: Self.actor)
        let new = try #require(try registry.read(AccountRecord.self, ada)?.password)
        #expect(old.cost.size == 16 && new.cost.size == 32 && new.salt != old.salt)
        _ = try dearer.signIn(
            .init(account: ada.text, password: Self.password), from: Self.here, actor: Self.actor)
        #expect(try registry.read(AccountRecord.self, ada)?.password == new)
    }

    @Test func failuresHoldBackAndTheAuditSaysSo() throws {
        try invite()
        for _ in 0..<5 { #expect(throws: AccountError.wrongCredentials) { try signIn("wrong") } }
        #expect(throws: AccountError.heldBack(seconds: 1)) { try signIn() }
        folder.clock.advance(byMilliseconds: 1000)
        _ = try signIn()
        let held = try registry.list(AuditEntry.self, limit: 100).records.filter {
            $0.action == "account.held-back"
        }
        #expect(held.isEmpty, "it is in the chain of denials")
        // From elsewhere strangers fail on; here, where Ada works, she gets in.
        for number in 0..<40 {
            for _ in 0..<2 {
                folder.clock.advance(byMilliseconds: 301_000)
                #expect(throws: AccountError.self) { try signIn("wrong", from: "198.51.100.\(number)") }
            }
        }
        #expect(throws: AccountError.heldBack(seconds: 300)) { try signIn(from: "203.0.113.9") }
        _ = try signIn()
    }

    // MARK: Ends of sessions

    @Test func aSessionEndsUnusedAndEndsUsed() throws {
        try invite()
        let idle = try signIn()
        folder.clock.advance(byMilliseconds: Limits.sessionIdleMilliseconds - 1)
        #expect(try goesOn(idle))
        folder.clock.advance(byMilliseconds: Limits.sessionIdleMilliseconds - 1)
        #expect(try goesOn(idle), "it was used a moment ago")
        folder.clock.advance(byMilliseconds: Limits.sessionIdleMilliseconds)
        #expect(try !goesOn(idle))
        let busy = try signIn()
        for _ in 0..<48 {
            #expect(try goesOn(busy))
            folder.clock.advance(byMilliseconds: 900_000)
        }
        #expect(try !goesOn(busy))
        try desk.removeEndedSessions()
        #expect(try registry.list(SessionRecord.self).records.isEmpty)
        #expect(try registry.read(AccountRecord.self, ada)?.sessions == [])
    }

    @Test func whatEndsSessionsEndsThemAtOnce() throws {
        try invite()
        var (one, other) = (try signIn(), try signIn())
        try desk.signOut(one.session.id, of: ada, actor: Self.actor)
        #expect(try !goesOn(one) && goesOn(other))
        one = try signIn()
        #expect(try desk.signOutEverywhere(ada.text, actor: Self.actor) == 2)
        #expect(try !goesOn(one) && !goesOn(other))
        one = try signIn()
        _ = try desk.disable(ada.text, caller: nil, actor: Self.actor)
        #expect(try !goesOn(one))
        _ = try desk.enable(ada.text, actor: Self.actor)
        #expect(try !goesOn(one), "a session that has ended does not begin again")
        (one, other) = (try signIn(), try signIn())
        try desk.changePassword(
            of: ada, from: Self.password, to: "another fine long password", keeping: one.session.id,
            actor: Self.actor)
        #expect(try goesOn(one) && !goesOn(other))
        #expect(throws: AccountError.wrongCredentials) { try signIn() }
        _ = try desk.reset(ada.text, actor: Self.actor)
        #expect(try !goesOn(one))
        #expect(throws: AccountError.wrongCredentials) { try signIn("another fine long password") }
    }

    @Test func rolesChangeInASessionThatGoesOn() throws {
        try invite()
        let begun = try signIn()
        _ = try desk.setRoles(ada.text, to: [.operator], caller: nil, actor: Self.actor)
        let (_, account) = try #require(
            try desk.session(begun.session.id, secretDigest: SHA256.hash(begun.secret).bytes))
        #expect(account.roles == [.operator])
    }

    @Test func nobodyTakesTheirOwnRightsAway() throws {
        try invite([.admin])
        #expect(throws: AccountError.ownAccount(ada)) {
            try desk.disable(ada.text, caller: ada, actor: Self.actor)
        }
        #expect(throws: AccountError.ownAccount(ada)) {
            try desk.setRoles(ada.text, to: [.sales], caller: ada, actor: Self.actor)
        }
        #expect(
            try desk.setRoles(ada.text, to: [.sales, .admin], caller: ada, actor: Self.actor).roles == [
                .sales, .admin,
            ])
    }

    @Test func anAccountHasSoManySessionsAndTheOldestMakesRoom() throws {
        try invite()
        var begun: [AccountDesk.SignedIn] = []
        for _ in 0...Limits.accountSessionsMax { begun.append(try signIn()) }
        #expect(try !goesOn(begun[0]))
        for session in begun.dropFirst() { #expect(try goesOn(session)) }
        #expect(try registry.list(SessionRecord.self).records.count == Limits.accountSessionsMax)
    }

    // MARK: The second factor

    private func code(_ enrolled: AccountDesk.Enrolment) throws -> String {
        let record = try #require(try registry.read(AccountRecord.self, ada)?.secondFactor)
        let secret = try desk.seal.open(
            try #require(Base64URL.decode(record.sealedSecret)), associated: Array(ada.text.utf8))
        #expect(Base32.encode(secret) == enrolled.secret)
        return OneTimeCode.code(secret: secret, step: OneTimeCode.step(at: folder.clock.now()))
    }

    @Test func aConfirmedSecondFactorIsAskedForAndEachCodeIsGoodOnce() throws {
        try invite()
        #expect(throws: AccountError.wrongCredentials) {
            try desk.enrol(ada, password: "wrong", actor: Self.actor)
        }
        let enrolled = try desk.enrol(ada, password: Self.password, actor: Self.actor)
        _ = try signIn()  // Not yet.
        #expect(throws: AccountError.wrongCredentials) {
            try desk.confirm(ada, code: "000000x", actor: Self.actor)
        }
        let codes = try desk.confirm(ada, code: code(enrolled), actor: Self.actor)
        #expect(Set(codes).count == Limits.recoveryCodes && codes.allSatisfy { $0.utf8.count == 19 })
        #expect(throws: AccountError.codeNeeded) { try signIn() }
        #expect(throws: AccountError.wrongCredentials) { try signIn(code: code(enrolled)) }
        folder.clock.advance(byMilliseconds: 30_000)
        let current = try code(enrolled)
        #expect(throws: AccountError.wrongCredentials) { try signIn("wrong", code: current) }
        _ = try signIn(code: current)
        #expect(throws: AccountError.wrongCredentials) { try signIn(code: current) }
    }

    @Test func aRecoveryCodeIsGoodOnce() throws {
        try invite()
        let enrolled = try desk.enrol(ada, password: Self.password, actor: Self.actor)
        let codes = try desk.confirm(ada, code: code(enrolled), actor: Self.actor)
        #expect(try signIn(code: codes[3].uppercased()).recoveryCodesLeft == Limits.recoveryCodes - 1)
        #expect(throws: AccountError.wrongCredentials) { try signIn(code: codes[3]) }
        #expect(
            throws: AccountError.notApplicable(
                "the account has a second factor already; remove that one first")
        ) {
            try desk.enrol(ada, password: Self.password, actor: Self.actor)
        }
        #expect(throws: AccountError.codeNeeded) {
            try desk.removeSecondFactor(
                of: ada, password: Self.password, code: nil, actor: Self.actor)
        }
        try desk.removeSecondFactor(
            of: ada, password: Self.password, code: codes[4], actor: Self.actor)
        #expect(try signIn().recoveryCodesLeft == nil)
        let stored = try #require(try registry.read(AccountRecord.self, ada))
        #expect(!"\(stored)".contains(codes[5]))
    }

    @Test func theSecretOfAnotherAccountDoesNotOpen() throws {
        try invite()
        _ = try desk.enrol(ada, password: Self.password, actor: Self.actor)
        let sealed = try #require(try registry.read(AccountRecord.self, ada)?.secondFactor?.sealedSecret)
        #expect(throws: CryptoError.sealBroken) {
            try desk.seal.open(
                try #require(Base64URL.decode(sealed)), associated: Array("bob@vendor.example".utf8))
        }
    }
}
