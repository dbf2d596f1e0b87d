import Base
import HTTPServer
import Registry
import RunTestKit
import Testing

@testable import ControlAPI

/// Requests with an `Idempotency-Key`: done once, answered the same for a day, each caller's apart.
@Suite struct IdempotencyTests {
    private let clock: ManualClock
    private let folder: RegistryFolder
    private let book: IdempotencyBook

    init() throws {
        clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
        folder = try RegistryFolder(clock: clock)
        book = IdempotencyBook(
            registry: try folder.open(), secret: Self.secret, clock: clock, random: SeededRandom(seed: 1))
    }

    private static let secret = [UInt8](repeating: 7, count: 32)

    private func reopened(_ secret: [UInt8] = secret) throws -> IdempotencyBook {
        IdempotencyBook(
            registry: try folder.open(), secret: secret, clock: clock, random: SeededRandom(seed: 2))
    }

    private func request(_ body: String = "{}", target: String = "/v1/keys") -> ControlRequest {
        ControlRequest(
            id: "q1", method: .post, target: Array(target.utf8), path: [], query: RequestQuery(),
            authorization: nil, idempotencyKey: nil, ifMatch: nil, ifNoneMatch: nil, lastEventID: nil,
            contentType: "application/json", remoteAddress: "", body: Array(body.utf8))
    }

    private func enter(
        _ book: IdempotencyBook, _ request: ControlRequest, caller: String = "key:a"
    ) throws -> IdempotencyBook.Entry {
        try book.enter(request, key: "once", caller: caller)
    }

    private func ticket(
        _ book: IdempotencyBook, _ request: ControlRequest, caller: String = "key:a"
    ) throws -> IdempotencyBook.Ticket {
        guard case .new(let ticket) = try enter(book, request, caller: caller) else {
            throw Problem(.conflict, "it was answered before")
        }
        return ticket
    }

    private func answer(_ book: IdempotencyBook, _ request: ControlRequest) throws -> ControlResponse? {
        guard case .answered(let response) = try enter(book, request) else { return nil }
        return response
    }

    private let made = ControlResponse(status: 201, body: Array(#"{"secret":"x"}"#.utf8))
        .adding("Content-Type", "application/json").adding("Location", "/v1/keys/1")

    @Test func theSameRequestIsGivenTheSameAnswerAlsoAfterARestart() throws {
        book.settle(try ticket(book, request()), made, log: .none)
        for book in [book, try reopened()] {
            let again = try #require(try answer(book, request()))
            #expect((again.status, again.body, again.type) == (201, made.body, "application/json"))
            #expect(again.value(of: "Location") == "/v1/keys/1")
            #expect(again.value(of: "Idempotency-Replayed") == "true")
        }
    }

    @Test func anotherRequestUnderTheKeyIsRefused() throws {
        book.settle(try ticket(book, request()), made, log: .none)
        for other in [request("{ }"), request(target: "/v1/keys?a=1"), request(target: "/v1/tokens")] {
            for book in [book, try reopened()] {
                let problem = try #require(throws: Problem.self) { try enter(book, other) }
                #expect(problem.kind == .keyReused && problem.field == "Idempotency-Key")
            }
        }
    }

    @Test func whileOneIsCarriedOutTheSameIsToComeAgain() throws {
        let ticket = try ticket(book, request())
        let same = try #require(throws: Problem.self) { try enter(book, request()) }
        let other = try #require(throws: Problem.self) { try enter(book, request("{ }")) }
        #expect((same.kind, other.kind) == (.keyInUse, .keyReused))
        book.settle(ticket, made, log: .none)
        #expect(try answer(book, request())?.body == made.body)
    }

    @Test func whatFailedMayBeTriedAgainAndMended() throws {
        book.settle(try ticket(book, request()), nil, log: .none)
        let refused = ControlResponse.problem(Problem(.conflict, "no"), requestID: "q")
        book.settle(try ticket(book, request("{ }")), refused, log: .none)
        var waiting = made
        waiting.isFinal = false
        book.settle(try ticket(book, request()), waiting, log: .none)
        #expect(try answer(book, request()) == nil)
    }

    @Test func eachCallerHasKeysOfTheirOwn() throws {
        book.settle(try ticket(book, request()), made, log: .none)
        let other = try ticket(book, request("{ }"), caller: "key:b")
        book.settle(other, made, log: .none)
        #expect(try answer(book, request())?.body == made.body)
    }

    @Test func nobodyReadsTheAnswerWithoutTheDeploymentsSecret() throws {
        book.settle(try ticket(book, request()), made, log: .none)
        let other = try reopened([UInt8](repeating: 8, count: 32))
        let problem = try #require(throws: Problem.self) { try enter(other, request()) }
        #expect(problem.kind == .keyReused && problem.detail.contains("can be read no more"))
        let stored = try #require(
            try folder.open().list(IdempotentAnswer.self).records.first)
        #expect(!"\(stored)".contains("secret"))
    }

    @Test func anAnswerIsForgottenAfterADay() throws {
        book.settle(try ticket(book, request()), made, log: .none)
        clock.advance(byMilliseconds: (Limits.idempotencySeconds - 1) * 1000)
        #expect(try book.forgetOld() == 0)
        #expect(try answer(book, request()) != nil)
        clock.advance(byMilliseconds: 1000)
        // Also where nobody has removed it yet.
        let ticket = try ticket(book, request("{ }"))
        book.settle(ticket, made, log: .none)
        #expect(try book.forgetOld() == 0)
        clock.advance(byMilliseconds: Limits.idempotencySeconds * 1000)
        #expect(try reopened().forgetOld() == 1)
        let registry = try folder.open()
        #expect(try registry.list(IdempotentRequest.self).records.isEmpty)
        #expect(try registry.list(IdempotentAnswer.self).records.isEmpty)
    }

    @Test func anAnswerThatIsTooLargeIsMadeAgainAndItsKeyStillStandsForItsRequest() throws {
        let large = ControlResponse(
            status: 200, body: Array(repeating: 0x20, count: Limits.idempotentAnswerBytesMax + 1))
        book.settle(try ticket(book, request()), large, log: .none)
        #expect(throws: Problem.self) { try enter(book, request("{ }")) }
        book.settle(try ticket(book, request()), large, log: .none)
        #expect(try folder.open().list(IdempotentAnswer.self).records.isEmpty)
    }
}
