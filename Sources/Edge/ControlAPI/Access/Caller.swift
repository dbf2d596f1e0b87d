import Base
import Registry

/// Who sends a request.
enum Caller: Sendable, Equatable {
    /// Nobody known.
    case anonymous
    /// A tenant's own program or administrator.
    case tenant(TenantID, Own)
    /// One of those who run the platform.
    case staff(Staff)

    /// Somebody who acts for a tenant, over all that is its own.
    struct Own: Sendable, Equatable {
        /// How they showed who they are.
        enum Identity: Sendable, Equatable {
            /// A program, by the tenant's key with this id.
            case key(String)
            /// One of the district's administrators, by a token: the member with this id.
            case member(String)
            /// The same, by a token that an identity provider's was exchanged for: what the provider calls them, behind its name.
            case person(String)
        }

        let identity: Identity
        /// Who of those who run the platform may be the one behind it, as the audit names them: they were shown what it is shown by.
        var knownTo: String?
    }

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
        case .tenant(let tenant, let own):
            switch own.identity {
            case .key(let key): "key:" + key
            case .member(let id): "member:" + id
            case .person(let subject): "person:\(tenant)/\(subject)"
            }
        case .staff(let staff):
            switch staff.identity {
            case .key(let key): "key:" + key
            case .session(let id, _): "session:" + id
            }
        }
    }

    /// Whether it is one of those who run the platform.
    var isStaff: Bool { if case .staff = self { true } else { false } }

    /// Who of those who run the platform is the one that asks, or may be, as the audit names them: whoever is shown a secret of a
    /// tenant's. Nil where the tenant alone can be.
    var staffName: String? {
        switch self {
        case .anonymous: nil
        case .tenant(_, let own): own.knownTo
        case .staff: actor(from: "", request: "").text
        }
    }

    /// The tenant whose own it is; nil for others.
    var tenant: TenantID? { if case .tenant(let tenant, _) = self { tenant } else { nil } }

    /// Which column of the access table it has; nil for those of the platform, who have one for each of their roles.
    var ownGrantee: AccessLine.Grantee? {
        guard case .tenant(_, let own) = self else { return nil }
        if case .key = own.identity { return .tenant }
        return .districtAdmin
    }

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

    /// The caller of the request with this id, from this address, as the audit names them.
    func actor(from address: String, request id: String) -> AuditActor {
        let (actor, signIn): (AuditActor, String?) =
            switch self {
            case .anonymous: (AuditActor("anonymous"), nil)
            case .tenant(_, let own):
                switch own.identity {
                case .key(let key): (.credential(key), "key")
                case .member(let id): (AuditActor("member:\(id)"), "token")
                case .person(let subject): (AuditActor("person:\(subject)"), "token")
                }
            case .staff(let staff):
                switch staff.identity {
                case .key(let key): (.credential(key), "key")
                case .session(_, let account): (AuditActor("account:\(account)"), "session")
                }
            }
        return AuditActor(
            actor.text,
            origin: AuditActor.Origin(
                signIn: signIn, address: address.isEmpty ? nil : address, request: id))
    }
}
