import Base
import Gateway
import SigV4
import Synchronization

/// The static keys of operators, as they are now.
public protocol OperatorCredentials: Sendable {
    /// The secret behind an access key id, or nil where there is no such key or it was revoked.
    func secret(of accessKeyID: String) -> String?
}

/// No static keys at all.
public struct NoOperatorCredentials: OperatorCredentials {
    /// No static keys.
    public init() {}

    /// Nil, always.
    public func secret(of accessKeyID: String) -> String? { nil }
}

/// Operators' sessions: one for each key in use, kept so that its signing keys are derived once a day.
final class OperatorVault: Sendable {
    private let credentials: any OperatorCredentials
    private let sessions = Mutex<[AccessKeyID: VaultSession]>([:])

    init(credentials: any OperatorCredentials) { self.credentials = credentials }

    /// The session of a key; nil where there is no such key, or not any more.
    func session(_ id: AccessKeyID) -> VaultSession? {
        let name = id.description
        guard let secret = credentials.secret(of: name) else {
            sessions.withLock { $0[id] = nil }
            return nil
        }
        return sessions.withLock { sessions in
            if let known = sessions[id] { return known }
            let made = Self.session(name, secret: secret)
            sessions[id] = made
            return made
        }
    }

    /// A session whose signature nobody can check: for `serve --dev` alone.
    func unverifiedSession(_ name: String) -> GatewaySession? {
        Self.session(name, secret: "")?.session
    }

    private static func session(_ name: String, secret: String) -> VaultSession? {
        do {
            return VaultSession(
                session: try GatewaySession(operatorKey: name), secret: SigningSecret(secret),
                token: [])
        } catch {
            return nil
        }
    }
}
