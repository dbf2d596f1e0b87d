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
        ControlRoute(.get, path, query: ["role", "school", "state", "sort", "cursor", "limit"], list),
        ControlRoute(.get, path + "/{}") { call in
            let record = try desk(call).member(call.parameters[1], of: try call.tenantID())
            var unused = record
            unused.knownAddresses = []
            return .json { write(record, to: &$0) }.tagged { write(unused, to: &$0) }
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
        ControlRoute(.put, path + "/{}/students", link),
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
        let body = try RequestBody(call.request, known: ["member", "name", "schools", "students", "role"])
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
                schools: Set(chosen).sorted(),
                students: try body.students("students", of: tenant.schools.filter { chosen.contains($0.id) }),
                role: role, shownTo: call.caller.staffName),
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

    static let order = ListOrder<MemberRecord>(
        id: { $0.id },
        [
            "member": { $0.name.text }, "name": { $0.displayName.lowercased() },
            "createdAt": { $0.createdAt.iso8601 },
            "lastSignInAt": { $0.knownAddresses.last?.lastAt.iso8601 ?? "" },
        ])

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let (tenant, desk, query) = (try call.tenantID(), try desk(call), call.request.query)
        let (role, school) = (query["role"], try query.school())
        let state = try query.word("state", among: AccountRoutes.states)
        let isFiltered = role != nil || school != nil || state != nil
        let wanted = { (record: MemberRecord) in
            (role.map { record.role == $0 } ?? true) && (school.map(record.schools.contains) ?? true)
                && (state.map { record.state == $0 } ?? true)
        }
        let list = RecordList(order: order, takes: isFiltered ? wanted : nil) {
            try desk.list(tenant, after: $0, limit: $1, isForward: $2)
        }
        let page = try list.page(query)
        return .page("members", of: page.records, next: page.next) { write($0, to: &$1) }
    }

    /// Says whose records are a member's to read.
    private static func link(_ call: ControlCall) throws -> ControlResponse {
        let id = try call.tenantID()
        let body = try RequestBody(call.request, known: ["students"])
        guard let tenant = call.services.directory.entry(id)?.record else {
            throw Problem.noSuchTenant(id.text)
        }
        guard body.has("students") else {
            throw Problem.invalid("`students` is missing; an empty list takes all away", field: "students")
        }
        let member = try desk(call).member(call.parameters[1], of: id)
        let students = try body.students(
            "students", of: tenant.schools.filter { member.schools.contains($0.id) })
        let record = try desk(call).link(member.id, of: id, to: students, actor: call.actor)
        return .json { write(record, to: &$0) }
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
        json.name("students")
        json.beginArray()
        for link in record.students {
            json.beginObject()
            json.member("school", link.school.text)
            json.member("student", link.student.text)
            json.endObject()
        }
        json.endArray()
        json.member("role", record.role)
        json.member("state", record.state)
        json.member("createdAt", record.createdAt.iso8601)
        json.member("lastSignInAt", ifPresent: record.knownAddresses.last?.lastAt.iso8601)
        json.endObject()
    }
}
