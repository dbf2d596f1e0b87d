import Base
import Registry

/// Who sends a request.
enum Caller: Sendable, Equatable {
    /// Nobody known.
    case anonymous
    /// The holder of a tenant's key with this id.
    case tenant(TenantID, key: String)
    /// One of those who run the platform.
    case staff(Staff)

    /// A person or a program that runs the platform, with what it may do.
    struct Staff: Sendable, Equatable {
        /// How they showed who they are.
        enum Identity: Sendable, Equatable {
            case key(String)
            case session(String, of: AccountID)
        }

        let roles: Set<PlatformRole>
        let identity: Identity
    }

    /// Names the caller, and nobody else: the id of the key or of the session.
    var credential: String {
        switch self {
        case .anonymous: ""
        case .tenant(_, let key): "key:" + key
        case .staff(let staff):
            switch staff.identity {
            case .key(let key): "key:" + key
            case .session(let id, _): "session:" + id
            }
        }
    }

    /// Names who it is, whatever secret they show: the id of the key, or the account of the session.
    var holder: String { account.map { "account:\($0)" } ?? credential }

    /// Whether it is one of those who run the platform.
    var isStaff: Bool { if case .staff = self { true } else { false } }

    /// Who is shown a secret of a tenant's that the tenant would have alone, as the audit names them; nil for the tenant itself.
    var staffName: String? { isStaff ? actor(from: "", request: "").text : nil }

    /// Whose account it signed in with; nil for a key's holder.
    var account: AccountID? {
        if case .staff(let staff) = self, case .session(_, let account) = staff.identity {
            account
        } else {
            nil
        }
    }

    /// Whether it has that role.
    func has(_ role: PlatformRole) -> Bool {
        if case .staff(let staff) = self { staff.roles.contains(role) } else { false }
    }

    /// Whether it may know that there is this tenant.
    func maySee(_ tenant: TenantID) -> Bool {
        switch self {
        case .anonymous: false
        case .tenant(let own, _): own == tenant
        // A reviewer alone has no business with tenants.
        case .staff(let staff): staff.roles.contains { $0 != .reviewer }
        }
    }

    /// The caller of the request with this id, from this address, of this trace, as the audit names them.
    func actor(from address: String, request id: String, trace: String? = nil) -> AuditActor {
        let (actor, signIn): (AuditActor, String?) =
            switch self {
            case .anonymous: (AuditActor("anonymous"), nil)
            case .tenant(_, let key): (.credential(key), "key")
            case .staff(let staff):
                switch staff.identity {
                case .key(let key): (.credential(key), "key")
                case .session(_, let account): (AuditActor("account:\(account)"), "session")
                }
            }
        return AuditActor(
            actor.text,
            origin: AuditActor.Origin(
                signIn: signIn, address: address.isEmpty ? nil : address, request: id, trace: trace))
    }
}
