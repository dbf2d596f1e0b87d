import Base
import Gateway
import HTTPServer
import SigV4

/// What is kept with a connection so that its next request allocates little. Used by whoever owns the
/// exchange.
final class ConnectionScratch {
    let verifier = SigV4Verifier()
    var request = SignedRequest()
    var requestIDs: RequestIDSource
    /// The session of the last request: most connections have one only.
    var lastSession: VaultSession?
    var lastAccessKeyID: AccessKeyID?
    var caller: GatewayCaller?
    /// When the request that is under way was authenticated.
    var now = Timestamp(milliseconds: 0)
    /// The session of a developer's last request (`serve --dev`).
    var developer: GatewaySession?

    init(random: any RandomSource) { requestIDs = RequestIDSource(random: random) }

    /// The scratch of a connection.
    static func of(_ exchange: HTTPExchange, random: any RandomSource) -> ConnectionScratch {
        if let found = exchange.userState as? ConnectionScratch { return found }
        let made = ConnectionScratch(random: random)
        exchange.userState = made
        return made
    }
}
