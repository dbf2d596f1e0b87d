import Base
import HTTPServer
import Registry
import Tenancy

/// Operations on keys: those of people, programs and tenants for the control API, and operators' static keys for the gateway.
enum KeyRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/keys", create),
        ControlRoute(
            .get, "/v1/keys", query: ["tenant", "kind", "role", "state", "sort", "cursor", "limit"], list),
        ControlRoute(.get, "/v1/keys/{}", show),
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

    /// What the kinds of keys are called, and how a key can stand.
    static let kinds = ["admin", "tenant", "operator", "reviewer", "platform"]
    static let states = ["active", "revoked", "expired"]

    private static func state(of record: CredentialRecord, at now: Timestamp) -> String {
        record.isDisabled ? "revoked" : record.isInForce(at: now) ? "active" : "expired"
    }

    static let order = ListOrder<CredentialRecord>(
        id: { $0.id },
        [
            "label": { $0.label.lowercased() }, "role": { $0.role },
            "createdAt": { $0.createdAt.iso8601 }, "expiresAt": { $0.expiresAt?.iso8601 ?? "" },
            "lastUsedAt": { $0.lastUsedAt?.iso8601 ?? "" },
        ])

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let (query, registry, uses) = (call.request.query, call.services.registry, call.services.keys.uses)
        let now = call.services.clock.now()
        let tenant = try query.tenant(for: call.caller) ?? call.caller.tenant
        let kind = try query.word("kind", among: kinds)
        let (role, state) = (query["role"], try query.word("state", among: states))
        let isFiltered = tenant != nil || kind != nil || role != nil || state != nil
        let wanted = { (record: CredentialRecord) in
            (tenant.map { record.kind.tenant == $0 } ?? true) && (kind.map { record.kind.name == $0 } ?? true)
                && (role.map { record.role.split(separator: ",").map(String.init).contains($0) } ?? true)
                && (state.map { Self.state(of: record, at: now) == $0 } ?? true)
        }
        let list = RecordList(order: order, takes: isFiltered ? wanted : nil) { after, limit, isForward in
            var page = try registry.list(
                CredentialRecord.self, after: after, limit: limit, isForward: isForward)
            page.records = page.records.map { record in
                var record = record
                record.lastUsedAt = uses.lastUse(of: record.id, recorded: record.lastUsedAt)
                return record
            }
            return page
        }
        // Whoever may know of one tenant alone is not told where the keys of others lie.
        let page = try call.caller.tenant == nil ? list.page(query) : list.sortedPage(query)
        return .page("keys", of: page.records, next: page.next) { write($0, call, to: &$1) }
    }

    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let id = call.parameters[0]
        guard let record = try call.services.registry.read(CredentialRecord.self, id),
            call.caller.tenant.map({ record.kind.tenant == $0 }) ?? true
        else { throw Problem.noSuchKey(id) }
        return .json { write(record, call, to: &$0) }.tagged {
            write(record, call, isUseShown: false, to: &$0)
        }
    }

    private static func write(
        _ record: CredentialRecord, _ call: ControlCall, isUseShown: Bool = true, to json: inout JSONWriter
    ) {
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
        if isUseShown { json.member("lastUsedAt", ifPresent: lastUse?.iso8601) }
        json.member("knownTo", ifPresent: record.operatorBehind(at: now))
        json.member("state", state(of: record, at: now))
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
