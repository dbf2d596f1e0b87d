import Base
import Testing

@testable import Tokens

/// What is not believed any more.
@Suite struct RevokedTokensTests {
    private let revoked = RevokedTokens()

    private func isRefused(at seconds: Int64) -> Bool {
        var trace = TokenTrace(issuedAt: Timestamp(milliseconds: seconds * 1000))
        (trace.clientID, trace.keyID) = ("svc_a", "k")
        return revoked.refuses(trace)
    }

    private func refuse(before seconds: Int64?, version: Int64) {
        revoked.refuse(
            client: "svc_a", issuedBefore: seconds.map { Timestamp(milliseconds: $0 * 1000) },
            version: version)
    }

    /// Disabled at 100, enabled at 200, disabled again: each is told after its commit, by threads of their own.
    @Test(arguments: [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]])
    func theNewestVersionHoldsInWhateverOrderTheyCome(order: [Int64]) {
        for version in order { refuse(before: version == 2 ? 200 : nil, version: version) }
        #expect(isRefused(at: 100) && isRefused(at: 300))
        refuse(before: 400, version: 4)
        #expect(isRefused(at: 399) && !isRefused(at: 400))
        refuse(before: nil, version: 3)
        #expect(!isRefused(at: 400))
    }

    @Test func othersAreNotTouched() {
        refuse(before: nil, version: 1)
        var trace = TokenTrace(issuedAt: Timestamp(milliseconds: 0))
        (trace.clientID, trace.keyID) = ("svc_b", "k")
        #expect(!revoked.refuses(trace))
    }
}
