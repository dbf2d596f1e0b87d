import Accounts
import Base
import HTTPServer
import Registry
import Tokens

/// Operations on the members of a district who have a password of their own.
enum MemberRoutes {
    private static let path = "/v1/tenants/{}/members"

    static let routes: [ControlRoute] = [
        ControlRoute(.post, path, invite),
        ControlRoute(.get, path, query: ["cursor", "limit"], list),
        ControlRoute(.get, path + "/{}") { call in
            let record = try desk(call).member(call.parameters[1], of: try call.tenantID())
            return .json { write(record, to: &$0) }
        },
        ControlRoute(.delete, path + "/{}") { call in
            let tenant = try call.tenantID()
            let record = try desk(call).remove(call.parameters[1], of: tenant, actor: call.actor)
            return .json { json in
                json.beginObject()
                json.member("id", record.id)
                json.endObject()
            }
        },
        ControlRoute(.post, path + "/{}/disable") { try set($0, isDisabled: true) },
        ControlRoute(.post, path + "/{}/enable") { try set($0, isDisabled: false) },
        ControlRoute(.post, path + "/{}/sign-out") { call in
            _ = try RequestBody(call.request, known: [])
            let tenant = try call.tenantID()
            let record = try desk(call).signOut(call.parameters[1], of: tenant, actor: call.actor)
            return .json { write(record, to: &$0) }
        },
        ControlRoute(.post, path + "/{}/reset") { call in
            _ = try RequestBody(call.request, known: [])
            let tenant = try call.tenantID()
            return answer(
                try desk(call).reset(
                    call.parameters[1], of: tenant, shownTo: call.caller.staffName, actor: call.actor),
                status: 200)
        },
        ControlRoute(.post, "/v1/member-invitations", pool: .memberPasswords(tenant: nil), accept),
    ]

    private static func desk(_ call: ControlCall) throws(Problem) -> MemberDesk {
        guard let desk = call.services.oauth?.members else {
            throw Problem(.notApplicable, "this server keeps no members of districts")
        }
        return desk
    }

    private static func invite(_ call: ControlCall) throws -> ControlResponse {
        let id = try call.tenantID()
        let body = try RequestBody(call.request, known: ["member", "name", "schools", "role"])
        guard let tenant = call.services.directory.entry(id)?.record else {
            throw Problem.noSuchTenant(id.text)
        }
        let role = try body.string("role")
        try call.services.tokens.check(role: role)
        let schools = try body.strings("schools", max: Limits.accountSchoolsMax)
        let chosen = try schools.compactMap { name throws(Problem) -> SchoolID? in
            switch try TokenDesk.scope(name, of: tenant) {
            case .school(let school): school
            case .district: nil
            }
        }
        let invited = try desk(call).invite(
            MemberDesk.Draft(
                name: try body.string("member"), displayName: try body.string("name"),
                schools: Set(chosen).sorted(), role: role, shownTo: call.caller.staffName),
            to: id, actor: call.actor)
        return answer(invited, status: 201)
    }

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let limit = try call.request.query.integer("limit", in: 1...Limits.pageMax) ?? Limits.pageStandard
        let page = try desk(call).list(
            try call.tenantID(), after: try call.request.query.cursor(), limit: limit)
        return .json { json in
            json.beginObject()
            json.name("members")
            json.beginArray()
            for record in page.records { write(record, to: &json) }
            json.endArray()
            json.member("next", ifPresent: page.next)
            json.endObject()
        }
    }

    private static func set(_ call: ControlCall, isDisabled: Bool) throws -> ControlResponse {
        _ = try RequestBody(call.request, known: [])
        let tenant = try call.tenantID()
        let record = try desk(call).set(
            call.parameters[1], of: tenant, isDisabled: isDisabled, actor: call.actor)
        return .json { write(record, to: &$0) }
    }

    private static func accept(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["tenant", "member", "code", "password"])
        let (text, name) = (try body.string("tenant"), try body.string("member"))
        let (code, password) = (try body.string("code"), try body.string("password"))
        guard password.utf8.count <= Limits.passwordBytesMax else {
            throw Problem.invalid(
                "expected a password of at most \(Limits.passwordBytesMax) bytes", field: "password")
        }
        // As with a wrong code: whether there is such a tenant is nobody's business here.
        guard let tenant = TenantID(text) else { throw AccountError.badInvitation }
        let record = try desk(call).accept(
            name, of: tenant, code: code, password: password, from: call.request.remoteAddress,
            actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.member("id", record.id)
            json.endObject()
        }
    }

    private static func answer(_ invited: MemberDesk.Invited, status: Int) -> ControlResponse {
        .json(status: status) { json in
            json.beginObject()
            json.name("member")
            write(invited.record, to: &json)
            json.member("invitation", invited.code)
            json.member("invitationUntil", ifPresent: invited.record.invitation?.expiresAt.iso8601)
            json.endObject()
        }
    }

    private static func write(_ record: MemberRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.id)
        json.member("tenant", record.tenant.text)
        json.member("member", record.name.text)
        json.member("name", record.displayName)
        json.name("schools")
        json.beginArray()
        for school in record.schools { json.string(school.text) }
        json.endArray()
        json.member("role", record.role)
        json.member("state", record.state)
        json.member("createdAt", record.createdAt.iso8601)
        json.member("lastSignInAt", ifPresent: record.knownAddresses.last?.lastAt.iso8601)
        json.endObject()
    }
}
