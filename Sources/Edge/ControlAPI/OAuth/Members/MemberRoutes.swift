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
                status: 200, call)
        },
    ]

    /// The desk that keeps members.
    static func desk(_ call: ControlCall) throws(Problem) -> MemberDesk {
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
        if !AccessTable.line(.get, path).admits(call.caller) {
            try checkFirst(role, schools, id, call)
        }
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
        return answer(invited, status: 201, call)
    }

    /// Whoever may not see a district's members may invite its first administrator, who invites the others.
    private static func checkFirst(
        _ role: String, _ schools: [String], _ tenant: TenantID, _ call: ControlCall
    ) throws {
        guard role == AdministratorToken.role, schools.isEmpty else {
            throw Problem(
                .forbidden,
                "your roles invite a district's first administrator alone: the role `\(AdministratorToken.role)`, for no school"
            )
        }
        guard try desk(call).list(tenant, after: nil, limit: 1).records.isEmpty else {
            throw Problem(
                .forbidden,
                "the district has members already; its administrators invite others, or an operator does")
        }
    }

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let limit = try call.request.query.limit()
        let page = try desk(call).list(
            try call.tenantID(), after: try call.request.query.cursor(), limit: limit)
        return .page("members", of: page.records, next: page.next) { write($0, to: &$1) }
    }

    private static func set(_ call: ControlCall, isDisabled: Bool) throws -> ControlResponse {
        _ = try RequestBody(call.request, known: [])
        let tenant = try call.tenantID()
        let record = try desk(call).set(
            call.parameters[1], of: tenant, isDisabled: isDisabled, actor: call.actor)
        return .json { write(record, to: &$0) }
    }

    private static func answer(
        _ invited: MemberDesk.Invited, status: Int, _ call: ControlCall
    ) -> ControlResponse {
        let link = InvitationLink(base: call.services.tokens.issuer, invited.record, code: invited.code)
        return .json(status: status) { json in
            json.beginObject()
            json.name("member")
            write(invited.record, to: &json)
            json.member("invitation", invited.code)
            json.member("invitationUrl", link.text)
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
