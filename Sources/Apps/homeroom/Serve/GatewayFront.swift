import Base
import ControlAPI
import HTTPServer
import Policies
import Registry
import Tables
import Tenancy
import Tokens

/// The gateway as the system runs it: until it has landed, a port that answers 503.
final class GatewayFront: Sendable {
    /// Whom tokens are for.
    static let audience = "sts.amazonaws.com"

    /// What the directory compiles for each tenant.
    struct Routing: Sendable {
        init(catalog: Catalog, stores: any StoreProvider, clock: any Clock) {}

        func compile(_ record: TenantRecord, _ placement: PlacementRecord?) -> (any AnyObject & Sendable)? { nil }
    }

    private let server: HTTPServer

    init(
        _ options: ServeOptions, routing: Routing, directory: Directory, policies: PolicyCatalog,
        ring: SigningKeyRing, issuer: String, master: [UInt8], clock: any Clock, log: Log
    ) throws {
        server = try Loading.server(options.gateway, "gateway", threads: options.threads, handler: LateHandler()) { _ in }
    }

    var port: UInt16 { server.port }

    func metrics() -> [MetricFamily] { [] }

    func stop(graceSeconds: Int) { server.stop(graceSeconds: graceSeconds) }

    /// The ARN that a role is assumed by.
    static func roleARN(_ role: String) -> String { "arn:aws:iam::000000000000:role/\(role)" }
}
