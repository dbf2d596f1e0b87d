import Accounts
import Base
import Issuing
import Registry

/// The grants of members who have a password of their own: the password, and refresh tokens. A program that has shown a secret of
/// its own with the password shows it with the refresh tokens too; others are public, and what they show is the member's alone.
/// Source: RFC 6749 sections 2.1, 4.3 and 6.
enum MemberGrants {
    static let grantType = "password"

    /// The member of a request for a token; nil where it is a client's.
    static func holder(_ form: OAuthForm, _ desk: OAuthDesk, _ call: ControlCall) throws -> TokenHolder? {
        switch form["grant_type"] {
        case grantType: return try signIn(form, desk, call)
        case "refresh_token":
            guard let token = form["refresh_token"] else { return nil }
            return try renewing(token, by: try desk.clientIfPresent(call, form), desk)
        default: return nil
        }
    }

    /// Whose refresh token it is: a member's, else the program's that asks.
    private static func renewing(
        _ token: String, by client: ServiceAccountRecord?, _ desk: OAuthDesk
    ) throws -> TokenHolder {
        // Looked at alone: whether it was used before, and what follows then, is for the grant itself.
        guard let grant = try desk.refresh.look(token) else { throw OAuthTokenRoute.invalidGrant }
        let isMembers = grant.family.client.hasPrefix(MemberRecord.idPrefix)
        if let client, !isMembers { return TokenHolder(client) }
        if client == nil, !isMembers || grant.family.program != nil {
            throw OAuthError.client(isBasic: false)
        }
        guard grant.family.program == client?.id, let holder = try desk.holder(of: grant.family) else {
            throw OAuthTokenRoute.invalidGrant
        }
        return holder
    }

    private static func signIn(
        _ form: OAuthForm, _ desk: OAuthDesk, _ call: ControlCall
    ) throws -> TokenHolder {
        guard let members = desk.members else {
            throw OAuthError(.unsupportedGrantType, "this server keeps no members of districts")
        }
        let address = call.request.remoteAddress
        let client = try desk.clientIfPresent(call, form)
        let (name, password) = (try form.needed("username"), try form.needed("password"))
        guard password.utf8.count <= Limits.passwordBytesMax, let tenant = TenantID(try form.needed("tenant"))
        else { throw wrong }
        guard client.map({ $0.tenant == tenant }) ?? true else {
            throw OAuthError(.unauthorizedClient, "the client is another district's than the member")
        }
        let actor = AuditActor("anonymous", origin: call.origin(signIn: nil))
        do {
            let member = try members.signIn(
                name, password: password, device: form["device"], of: tenant, from: address, actor: actor)
            var holder = TokenHolder(member)
            holder.program = client?.id
            holder.device = members.device(form["device"], of: member)
            return holder
        } catch AccountError.heldBack(let seconds) {
            throw OAuthError.slower(seconds)
        } catch AccountError.tooOften(let seconds) {
            throw OAuthError.slower(seconds)
        } catch AccountError.wrongCredentials { throw wrong }
    }

    /// One text for all, so that nobody learns which it is. Source: RFC 6749 section 5.2.
    private static let wrong = OAuthError(
        .invalidGrant, "the tenant, the username or the password is wrong, or the member is disabled")
}
