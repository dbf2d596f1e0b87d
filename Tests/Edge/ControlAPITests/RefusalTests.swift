import Base
import HTTPServer
import Registry
import Testing

@testable import ControlAPI

/// What the audit says of calls that were not done.
@Suite struct RefusalTests {
    private static let now = Timestamp(milliseconds: 1_767_225_600_000)
    private let book = RefusalBook()

    @Test func oneKeyHasSoManyEntriesAMinuteAndTheRestIsCounted() {
        let actor = AuditActor.credential("k1")
        let admitted = (0..<100).filter { _ in book.admits(actor, at: Self.now) }.count
        #expect(admitted == Limits.controlRefusalsPerMinuteMax)
        // Another key is not kept from having its own.
        #expect(book.admits(.credential("k2"), at: Self.now))
        #expect(book.take() == ["credential:k1": 100 - Limits.controlRefusalsPerMinuteMax])
        #expect(book.take().isEmpty)
        #expect(book.admits(actor, at: Self.now.advanced(bySeconds: 60)))
    }

    @Test func keysBeyondTheLimitAreCountedTogether() {
        for number in 0..<Limits.controlRefusalActorsMax {
            #expect(book.admits(.credential("k\(number)"), at: Self.now))
        }
        for number in 0..<1000 { #expect(!book.admits(.credential("x\(number)"), at: Self.now)) }
        let counts = book.take()
        #expect(counts.values.reduce(0, +) == 1000)
        #expect(counts.count <= Limits.controlRefusalActorsMax + 1 && counts[RefusalBook.others] != nil)
    }

    @Test func whatCouldNotBeWrittenIsCountedOn() {
        for _ in 0..<3 { book.countUnauthenticated() }
        let counts = book.take()
        book.countUnauthenticated()
        book.putBack(counts)
        #expect(book.take() == [RefusalBook.unauthenticated: 4])
    }

    private func call(
        _ method: HTTPMethod, caller: Caller, _ parameters: [String] = ["t1"]
    ) -> RefusedCall {
        let path = method == .get ? "/v1/tenants/{}" : "/v1/tenants/{}/suspend"
        return RefusedCall(
            route: ControlRoute(method, path) { _ in ControlResponse() }, parameters: parameters,
            caller: caller, actor: caller.actor(from: "192.0.2.7", request: "q1"))
    }

    private static let admin = Caller.staff(Caller.Staff(roles: [.admin], identity: .key("k")))
    private static let tenant = TenantID(random: SeededRandom(seed: 1))

    @Test(arguments: Problem.Kind.allCases) func eachProblemOfAChangeIsInTheAuditOrNot(kind: Problem.Kind) {
        let expected: AuditOutcome? =
            switch kind.status {
            case 403, 409, 422: .refused
            case 500: kind == .internalError ? .failed : nil
            case 507: kind == .noSpace ? .failed : .refused
            default: nil
            }
        #expect(call(.post, caller: Self.admin).outcome(of: kind) == expected)
        // Of what only reads: that a key may not read it.
        let read = call(.get, caller: Self.admin).outcome(of: kind)
        #expect(read == (kind == .forbidden ? .refused : nil))
    }

    @Test func aTenantsKeyThatNamesAnothersThingIsRefusedThoughTheAnswerIsThatThereIsNone() {
        #expect(
            call(.get, caller: .tenant(Self.tenant, .init(identity: .key("k")))).outcome(of: .notFound)
                == .refused)
        #expect(call(.get, caller: Self.admin).outcome(of: .notFound) == nil)
    }

    @Test(arguments: [
        ("t0123", "POST /v1/tenants/t0123/suspend"), ("Ada Park", "POST /v1/tenants/{}/suspend"),
        ("a@b.example", "POST /v1/tenants/{}/suspend"), ("", "POST /v1/tenants/{}/suspend"),
        (String(repeating: "a", count: 65), "POST /v1/tenants/{}/suspend"),
    ]) func ofPathsOnlyIDsAreRepeated(parameter: String, subject: String) {
        #expect(
            call(.post, caller: Self.admin, [parameter]).subject == subject)
    }

    @Test func theActorHasWhereItCameFrom() {
        let actor = Caller.staff(Caller.Staff(roles: [.reviewer], identity: .key("r1"))).actor(
            from: "192.0.2.7", request: "q1")
        #expect(actor.text == "credential:r1")
        #expect(actor.origin == AuditActor.Origin(signIn: "key", address: "192.0.2.7", request: "q1"))
        #expect(Caller.anonymous.actor(from: "", request: "q1").origin.signIn == nil)
    }
}
