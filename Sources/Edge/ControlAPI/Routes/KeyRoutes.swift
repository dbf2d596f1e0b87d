import Base
import HTTPServer
import Registry
import Tenancy

/// Operations on keys: those of people, programs and tenants for the control API, and operators' static keys for the gateway.
enum KeyRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/keys", create),
        ControlRoute(.get, "/v1/keys", query: ["cursor", "limit"], list),
        ControlRoute(.post, "/v1/keys/{}/rotate", rotate),
        ControlRoute(.delete, "/v1/keys/{}") { call in
            let record = try call.services.keys.revoke(
                call.parameters[0], caller: call.caller, actor: call.actor)
            return .json { write(record, call, to: &$0) }
        },
    ]

    private static func create(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["role", "roles", "opens", "label", "expires"])
        let roles = try roles(of: body)
        let opensGateway = try opensGateway(body, roles)
        let label = try body.stringIfPresent("label") ?? ""
        guard label.utf8.count <= Limits.keyLabelBytesMax else {
            throw Problem.invalid("at most \(Limits.keyLabelBytesMax) bytes", field: "label")
        }
        let end = try end(body, now: call.services.clock.now())
        guard opensGateway else {
            let issued = try call.services.keys.create(
                roles, label: label, expiresAt: end, actor: call.actor)
            return answer(issued, call, status: 201)
        }
        let issued = try call.services.keys.createForGateway(label: label, expiresAt: end, actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.name("key")
            write(issued.record, call, to: &json)
            json.member("accessKeyId", issued.record.id)
            json.member("secretAccessKey", issued.secret)
            json.member("endpoint", call.services.gatewayURL)
            json.endObject()
        }
    }

    private static func rotate(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["graceSeconds"])
        let grace = try body.integer("graceSeconds", in: 0...Limits.keyGraceSecondsMax)
        let issued = try call.services.keys.rotate(
            call.parameters[0], graceSeconds: grace ?? Limits.keyGraceSeconds, caller: call.caller,
            actor: call.actor)
        return answer(issued, call, status: 200)
    }

    private static func answer(
        _ issued: KeyDesk.IssuedControlKey, _ call: ControlCall, status: Int
    ) -> ControlResponse {
        .json(status: status) { json in
            json.beginObject()
            json.name("key")
            write(issued.record, call, to: &json)
            json.member("controlKey", issued.key.text)
            json.endObject()
        }
    }

    // MARK: Reading what is asked for

    /// The roles that stand in `role` or `roles`.
    static func roles(of body: RequestBody) throws(Problem) -> [PlatformRole] {
        let known = PlatformRole.allCases.map(\.rawValue)
        var roles: [PlatformRole] = []
        var names = try body.strings("roles", max: known.count)
        let field = names.isEmpty ? "role" : "roles"
        if names.isEmpty { names = [try body.string("role")] }
        for name in names {
            guard let role = PlatformRole(rawValue: name) else {
                throw .invalid(
                    "there is no role `\(name)` of the platform; \(Suggestion.remedy(for: name, among: known)). Members of a "
                        + "district get theirs by a token (`homeroom token issue`)",
                    field: field)
            }
            roles.append(role)
        }
        return PlatformRole.ordered(roles)
    }

    private static func opensGateway(_ body: RequestBody, _ roles: [PlatformRole]) throws(Problem) -> Bool {
        switch try body.stringIfPresent("opens") {
        case "control": return false
        case "gateway":
            guard roles == [.operator] else {
                throw .invalid("a key for the gateway has the role `operator` alone", field: "role")
            }
            return true
        // As it was before there were operators of the control API.
        case nil: return roles == [.operator]
        case let other?:
            throw .invalid("expected `gateway` or `control`, found `\(other)`", field: "opens")
        }
    }

    private static func end(_ body: RequestBody, now: Timestamp) throws(Problem) -> Timestamp? {
        guard let text = try body.stringIfPresent("expires") else { return nil }
        let last = now.advanced(bySeconds: Limits.keyLifetimeSecondsMax)
        guard let end = Timestamp(coming: text, after: now), now < end, end <= last else {
            throw .invalid(
                "expected `expires` as a date, a moment in UTC or a time from now, such as 2027-01-01 or 90d, within ten years; found "
                    + "`\(text)`", field: "expires")
        }
        return end
    }

    // MARK: Showing

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        if let tenant = call.caller.tenant { return try list(of: tenant, call) }
        let limit = try call.request.query.limit()
        let page = try call.services.registry.list(
            CredentialRecord.self, after: try call.request.query.cursor(), limit: limit)
        return .page("keys", of: page.records, next: page.next) { write($0, call, to: &$1) }
    }

    /// Those of one tenant: few among all.
    private static func list(of tenant: TenantID, _ call: ControlCall) throws -> ControlResponse {
        var own: [CredentialRecord] = []
        try call.services.registry.forEach(CredentialRecord.self) {
            if $0.kind.tenant == tenant { own.append($0) }
        }
        let page = try ListPage(of: own.sorted { $0.id < $1.id }, call.request.query) { (key: "", id: $0.id) }
        return .page("keys", of: page.elements, next: page.next) { write($0, call, to: &$1) }
    }

    private static func write(_ record: CredentialRecord, _ call: ControlCall, to json: inout JSONWriter) {
        let now = call.services.clock.now()
        let lastUse = call.services.keys.uses.lastUse(of: record.id, recorded: record.lastUsedAt)
        json.beginObject()
        json.member("id", record.id)
        json.member("kind", record.kind.name)
        json.member("tenant", ifPresent: record.kind.tenant?.text)
        json.member("opens", record.kind == .operators ? "gateway" : "control")
        json.member("role", record.role)
        json.member("label", record.label)
        json.member("createdAt", record.createdAt.iso8601)
        json.member("expiresAt", ifPresent: record.expiresAt?.iso8601)
        json.member("rotatedAt", ifPresent: record.rotatedAt?.iso8601)
        if let former = record.former, now < former.until {
            json.member("formerSecretUntil", former.until.iso8601)
        }
        json.member("lastUsedAt", ifPresent: lastUse?.iso8601)
        json.member("knownTo", ifPresent: record.operatorBehind(at: now))
        json.member("state", record.isDisabled ? "revoked" : record.isInForce(at: now) ? "active" : "expired")
        json.endObject()
    }
}

extension Limits {
    /// The longest label of a key.
    static let keyLabelBytesMax = 200
    /// The longest that a key is good, in seconds: ten years.
    static let keyLifetimeSecondsMax: Int64 = 3660 * 86_400
    /// For how long the secret before stays good where nobody says, in seconds: a day.
    static let keyGraceSeconds = 86_400
    /// The longest that it may, in seconds: 30 days.
    static let keyGraceSecondsMax = 30 * 86_400
}
