import Base
import HTTPServer
import Issuing
import JSONText
import Registry
import Tokens

/// Operations on the identity providers of districts.
enum IdentityProviderRoutes {
    private static let path = "/v1/tenants/{}/identity-providers"
    private static let members = [
        "name", "issuer", "audiences", "keysUrl", "sharedBy", "required", "schoolClaim", "schools",
        "defaultSchool", "studentClaim", "roleClaim", "roles", "defaultRole",
    ]

    /// What identity providers can be sorted by.
    static let order = ListOrder<IdentityProviderRecord>(
        id: { $0.name }, own: ["name": { $0.name }, "issuer": { $0.issuer }])

    static let routes: [ControlRoute] = [
        ControlRoute(.post, path, add),
        ControlRoute(.get, path, query: ["sort", "cursor", "limit"]) { call in
            let page = try order.page(
                of: try federation(call).providers.list(try call.tenantID()), call.request.query)
            return .page("providers", of: page.elements, next: page.next) {
                IdentityProviderDocument.write($0, to: &$1)
            }
        },
        ControlRoute(.get, path + "/{}") { call in
            let provider = try provider(call)
            return .json { IdentityProviderDocument.write(provider, to: &$0) }
        },
        ControlRoute(.put, path + "/{}", change),
        ControlRoute(.delete, path + "/{}") { call in
            let tenant = try call.tenantID()
            try federation(call).providers.remove(call.parameters[1], of: tenant, actor: call.actor)
            return .json { json in
                json.beginObject()
                json.member("name", call.parameters[1])
                json.endObject()
            }
        },
        ControlRoute(.post, path + "/{}/test", pool: .providers, test),
    ]

    private static func federation(_ call: ControlCall) throws(Problem) -> OAuthDesk.Federation {
        guard let federation = call.services.oauth?.federation else {
            throw Problem(.notApplicable, "this server exchanges no tokens of identity providers")
        }
        return federation
    }

    private static func provider(_ call: ControlCall) throws -> IdentityProviderRecord {
        try federation(call).providers.provider(call.parameters[1], of: try call.tenantID())
    }

    // MARK: Registering

    private static func add(_ call: ControlCall) throws -> ControlResponse {
        let tenant = try tenant(call)
        let body = try RequestBody(call.request, known: members)
        let draft = try draft(body, call, name: try body.string("name"), issuer: try body.string("issuer"))
        let record = try federation(call).providers.add(
            draft, to: tenant.id, schools: tenant.schools, actor: call.actor)
        return .json(status: 201) { IdentityProviderDocument.write(record, to: &$0) }
    }

    /// What the request does not say is not so any more, but for what cannot be another: that may be left out.
    private static func change(_ call: ControlCall) throws -> ControlResponse {
        let tenant = try tenant(call)
        let known = try provider(call)
        let body = try RequestBody(call.request, known: members.filter { $0 != "name" } + ["refuseIssued"])
        var draft = try draft(
            body, call, name: known.name, issuer: try body.stringIfPresent("issuer") ?? known.issuer)
        draft.sharedBy = draft.sharedBy ?? known.sharedBy
        if let claim = known.sharedBy, draft.mapping.required[claim] == nil {
            draft.mapping.required[claim] = known.share
        }
        let record = try federation(call).providers.change(
            to: draft, of: tenant.id, schools: tenant.schools,
            refusesIssued: try body.bool("refuseIssued"), actor: call.actor)
        return .json { IdentityProviderDocument.write(record, to: &$0) }
    }

    private static func draft(
        _ body: RequestBody, _ call: ControlCall, name: String, issuer: String
    ) throws -> IdentityProviders.Draft {
        var mapping = IdentityProviderRecord.Mapping()
        if body.has("required") {
            mapping.required = try body.stringsByName("required", max: Limits.providerRequiredMax)
        }
        mapping.schoolClaim = try body.stringIfPresent("schoolClaim")
        mapping.schools = try body.lines("schools", target: "school", max: Limits.providerSchoolsMax)
        mapping.schoolDefault = try body.stringIfPresent("defaultSchool")
        mapping.studentClaim = try body.stringIfPresent("studentClaim")
        mapping.roleClaim = try body.stringIfPresent("roleClaim")
        mapping.roles = try body.lines("roles", target: "role", max: Limits.providerRolesMax)
        mapping.roleDefault = try body.stringIfPresent("defaultRole")
        for role in mapping.roles.map(\.target) + [mapping.roleDefault].compactMap({ $0 }) {
            try call.services.tokens.check(role: role)
        }
        return IdentityProviders.Draft(
            name: name, issuer: issuer,
            audiences: try body.strings("audiences", max: Limits.providerAudiencesMax),
            keysURL: try body.stringIfPresent("keysUrl"), sharedBy: try body.stringIfPresent("sharedBy"),
            mapping: mapping)
    }

    private static func tenant(_ call: ControlCall) throws(Problem) -> TenantRecord {
        let id = try call.tenantID()
        guard let record = call.services.directory.entry(id)?.record else { throw .noSuchTenant(id.text) }
        return record
    }

    // MARK: Testing

    /// Looks at a token as the token endpoint would, and issues none.
    private static func test(_ call: ControlCall) throws -> ControlResponse {
        let tenant = try tenant(call)
        let provider = try provider(call)
        let subjects = try federation(call).subjects
        let body = try RequestBody(call.request, known: ["token", "scope", "student"])
        let token = try body.string("token")
        let scope = try body.stringIfPresent("scope")
        let student = try body.studentIfPresent("student")
        let wanted: TokenScope?
        do throws(OAuthError) { wanted = try TokenExchange.scope(scope) } catch {
            throw Problem.invalid(error.description, field: "scope")
        }
        do {
            guard try subjects.provider(of: token).id == provider.id else {
                return refused([], "issuer", "the token's issuer is registered under another name")
            }
        } catch let refusal as SubjectTokenRefusal { return refused([], "issuer", refusal.description) }
        let examination = subjects.examine(
            token, by: provider, schools: tenant.schools, wanted: wanted, student: student,
            traceparent: call.trace.traceparent)
        switch examination.outcome {
        case .failure(let refusal):
            return refused(examination.steps, examination.failedStep ?? "", refusal.whole)
        case .success(let person):
            do throws(Problem) {
                try call.services.tokens.checkIssuable(tenant, school: person.schoolText, role: person.role)
            } catch { return refused(examination.steps, "issue", error.detail) }
            return IdentityProviderDocument.verdict(
                examination.steps, failed: nil, person: person, of: tenant)
        }
    }

    private static func refused(
        _ steps: [SubjectTokenExamination.Step], _ step: String, _ reason: String
    ) -> ControlResponse {
        IdentityProviderDocument.verdict(steps, failed: (step, reason), person: nil, of: nil)
    }
}

extension RequestBody {
    /// A table of a request: a list of objects with `value` and what that stands for; none where it is missing.
    fileprivate func lines(
        _ name: String, target: String, max: Int
    ) throws(Problem) -> [IdentityProviderRecord.Line] {
        guard let node = value(name) else { return [] }
        let expected = Problem.invalid(
            "expected `\(name)` as a list of at most \(max) objects with the texts `value` and `\(target)`",
            field: name)
        guard case .array(let elements) = node.value, elements.count <= max else { throw expected }
        var lines: [IdentityProviderRecord.Line] = []
        for element in elements {
            guard case .object(let members) = element.value, members.count == 2,
                let value = members.text("value"), let text = members.text(target)
            else { throw expected }
            lines.append(IdentityProviderRecord.Line(value: value, target: text))
        }
        return lines
    }
}

extension [JSONText.Member] {
    fileprivate func text(_ name: String) -> String? {
        guard case .string(let text)? = first(where: { $0.name == name })?.node.value else { return nil }
        return text
    }
}
