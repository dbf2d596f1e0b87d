import Backups
import Base
import ControlAPI
import Crypto
import Gateway
import GatewayAPI
import HTTPServer
import Registry
import Tables
import Tenancy
import Tokens

/// The gateway as the system runs it: its port, its sessions, its log and its figures.
final class GatewayFront: Sendable {
    /// Whom tokens are for.
    static let audience = "sts.amazonaws.com"
    /// At the most; fewer where the process may not open as many files: half of them are the stores'.
    private static let connectionsMax = 16_384

    private let server: HTTPServer
    private let gateway: Gateway

    /// Listens at the options' address.
    /// - Parameters:
    ///   - routes: what `directory` was made with.
    ///   - keyring: what tokens verify with, and what the key of sessions is derived from.
    init(
        _ options: ServeOptions, routes: TenantRoutes, directory: Directory, policies: ActivePolicies,
        keyring: KeyringWiring, issuer: String, keys: KeyDesk, audit: any GatewayAudit,
        backups: BackupDesk, decisions: DecisionRecorder, tls: TLSIdentity?,
        clock: any Clock, log: Log
    ) throws {
        gateway = Gateway(
            routes: routes, directory: directory, policies: policies, clock: clock,
            audit: audit, decisions: decisions)
        let sessionKey = try HKDF.derive(
            secret: keyring.master, info: Array("homeroom gateway sessions".utf8), count: AES256GCM.keyBytes)
        var configuration = GatewayAPI.Configuration(
            issuer: issuer, audience: GatewayFront.audience, sessionKey: sessionKey)
        configuration.acceptsAnyStaticKey = options.isDevelopment
        configuration.isSecure = tls != nil
        let handler = try GatewayAPI(
            gateway: gateway, configuration: configuration,
            verifier: keyring.verifier(issuer: issuer), revoked: keyring.revoked,
            operators: OperatorKeys(desk: keys), backups: backups, clock: clock, random: OpenSSLRandom(),
            log: GatewayLogLines(log: log))
        server = try Loading.server(
            options.gateway, "gateway", threads: options.threads, handler: handler
        ) {
            $0.tls = tls
            $0.trustedProxies = options.trustedProxies
            $0.connectionsMax = min(GatewayFront.connectionsMax, max(options.threads, OpenFiles.limit / 2))
        }
    }

    /// The port it listens on.
    var port: UInt16 { server.port }

    /// The sessions that it has handed out.
    var sessions: SessionLedger { gateway.sessions }

    /// What it has counted.
    func metrics() -> [MetricFamily] { GatewayFigures(metrics: gateway.metrics).families }

    /// Stops accepting and finishes what is in flight.
    func stop(graceSeconds: Int) { server.stop(graceSeconds: graceSeconds) }

    /// The ARN that a role is assumed by.
    static func roleARN(_ role: String) -> String { "arn:aws:iam::\(GatewaySession.account):role/\(role)" }
}

/// The control API's keys, as the gateway asks for them.
private struct OperatorKeys: OperatorCredentials {
    let desk: KeyDesk

    func secret(of accessKeyID: String) -> String? { desk.activeSecret(of: accessKeyID) }
}

/// What operators do, as entries of the registry's audit log.
struct RegistryAudit: GatewayAudit {
    let registry: Registry

    func record(_ notes: [AuditNote]) throws(GatewayError) {
        do throws(RegistryError) { try registry.transact(RegistryTransaction([], audit: notes)) } catch {
            throw .fault("what an operator does cannot be noted: \(error)")
        }
    }
}

/// The gateway's entries as lines of the log.
private struct GatewayLogLines: GatewayLog {
    let log: Log

    func write(_ entry: GatewayLogEntry) {
        let level: LogLevel =
            switch entry.outcome {
            case .fault, .walled: .error
            case .denied, .unauthenticated, .throttled: .info
            case .ok, .invalid, .conditionFailed: .debug
            }
        guard log.writes(level) else { return }
        var log = log
        if let tenant = entry.tenant { log = log.with("tenant", tenant.text) }
        if let caller = entry.caller { log = log.with("caller", caller) }
        if let detail = entry.detail { log = log.with("detail", detail) }
        log.write(
            level, "gateway request",
            [
                "requestId": entry.requestID, "operation": entry.operation.name,
                "outcome": entry.outcome.name, "status": "\(entry.status)", "error": entry.error,
            ])
    }
}
