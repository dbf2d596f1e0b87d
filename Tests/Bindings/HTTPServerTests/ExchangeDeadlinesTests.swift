import Testing

@testable import HTTPServer

struct ExchangeDeadlinesTests {
    private let deadlines = ExchangeDeadlines(handshakeSeconds: 3, idleSeconds: 10, requestSeconds: 5)

    @Test(
        arguments: zip(
            [ExchangeProgress.handshaking, .waiting, .begun, .receiving, .sending],
            [Int64(3000), 15_000, 5000, 5000, 5000]))
    func cutsAClientOffAfterItsDeadline(progress: ExchangeProgress, milliseconds: Int64) {
        #expect(!deadlines.isOverdue(progress, milliseconds: milliseconds))
        #expect(deadlines.isOverdue(progress, milliseconds: milliseconds + 1))
    }

    @Test(arguments: [ExchangeProgress.handling, .suspended, .answered, .abandoned])
    func neverBlamesTheClientForTheHandler(progress: ExchangeProgress) {
        #expect(!deadlines.isOverdue(progress, milliseconds: .max))
    }
}
