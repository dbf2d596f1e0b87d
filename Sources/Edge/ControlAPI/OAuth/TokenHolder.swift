import Accounts
import Base
import Issuing
import Registry
import Tokens

/// Whom tokens are issued to by a grant of their own: a program of a tenant, or one of its members.
struct TokenHolder {
    /// Names the holder in tokens and in the audit.
    let id: String
    let tenant: TenantID
    /// The schools that it may act for, one by a token; none where it acts for the district itself.
    let schools: [SchoolID]
    let role: String
    let algorithm: SigningAlgorithm?
    /// What their device keeps, to be known by it when they next sign in; nil where they have not just done so.
    var device: String?
    /// How it showed who it is.
    private let signIn: String

    init(_ account: ServiceAccountRecord) {
        id = account.id
        tenant = account.tenant
        schools = account.schools
        role = account.role
        algorithm = SigningAlgorithm(rawValue: account.algorithm)
        signIn = "client"
    }

    init(_ member: MemberRecord) {
        id = member.id
        tenant = member.tenant
        schools = member.schools
        role = member.role
        algorithm = .es256
        signIn = "password"
    }

    /// The holder of a request, as the audit names it.
    func actor(_ call: ControlCall) -> AuditActor {
        let address = call.request.remoteAddress
        return AuditActor(
            "\(signIn == "client" ? "client" : "member"):\(id)",
            origin: AuditActor.Origin(
                signIn: signIn, address: address.isEmpty ? nil : address, request: call.request.id))
    }
}

extension OAuthDesk {
    /// The holder with this id; nil where there is none, or it gets no tokens.
    func holder(_ id: String) throws -> TokenHolder? {
        if id.hasPrefix(MemberRecord.idPrefix) { return try members?.active(id).map { TokenHolder($0) } }
        return try accounts.account(id).map { TokenHolder($0) }
    }
}
