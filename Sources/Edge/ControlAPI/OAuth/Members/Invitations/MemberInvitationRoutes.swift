import Accounts
import Base
import HTTPServer
import Registry

/// What somebody does who was invited to be a member of a district: opens the link, looks what it is for, sets a password.
enum MemberInvitationRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, InvitationLink.path) { _ in InvitationPage.response },
        ControlRoute(.post, "/v1/member-invitations/check", check),
        ControlRoute(.post, "/v1/member-invitations", pool: .memberPasswords(tenant: nil), accept),
    ]

    /// An invitation as it is shown: what a request and its answer have in common.
    private struct Shown {
        let tenant: TenantID
        let member: String
        let code: String

        init(_ body: RequestBody) throws {
            let text = try body.string("tenant")
            (member, code) = (try body.string("member"), try body.string("code"))
            // As with a wrong code: whether there is such a tenant is nobody's business here.
            guard let tenant = TenantID(text) else { throw AccountError.badInvitation }
            self.tenant = tenant
        }
    }

    /// Says what the invitation is for, to whoever holds it alone.
    private static func check(_ call: ControlCall) throws -> ControlResponse {
        let shown = try Shown(try RequestBody(call.request, known: ["tenant", "member", "code"]))
        let record = try MemberRoutes.desk(call).invitee(
            shown.member, of: shown.tenant, code: shown.code)
        guard let tenant = call.services.directory.entry(shown.tenant)?.record,
            let invitation = record.invitation
        else { throw AccountError.badInvitation }
        return .json { json in
            json.beginObject()
            json.member("tenant", tenant.id.text)
            json.member("tenantName", tenant.name)
            json.member("member", record.name.text)
            json.member("name", record.displayName)
            json.name("schools")
            json.beginArray()
            for school in tenant.schools where record.schools.contains(school.id) {
                json.beginObject()
                json.member("id", school.id.text)
                json.member("name", school.name)
                json.endObject()
            }
            json.endArray()
            json.member("role", record.role)
            json.member("invitationUntil", invitation.expiresAt.iso8601)
            json.endObject()
        }
    }

    private static func accept(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["tenant", "member", "code", "password"])
        let password = try body.string("password")
        guard password.utf8.count <= Limits.passwordBytesMax else {
            throw Problem.invalid(
                "expected a password of at most \(Limits.passwordBytesMax) bytes", field: "password")
        }
        let shown = try Shown(body)
        let record = try MemberRoutes.desk(call).accept(
            shown.member, of: shown.tenant, code: shown.code, password: password,
            from: call.request.remoteAddress, actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.member("id", record.id)
            json.endObject()
        }
    }
}
