import Base
import HTTPServer
import Issuing
import Registry
import Tokens

/// Operations on service accounts: programs of a tenant that get tokens by their own credentials.
enum ServiceAccountRoutes {
    private static let path = "/v1/service-accounts"

    static let routes: [ControlRoute] = [
        ControlRoute(.post, path, create),
        ControlRoute(
            .get, path, query: ["tenant", "role", "school", "state", "sort", "cursor", "limit"],
            list),
        ControlRoute(.get, path + "/{}") { call in
            let record = try record(call)
            // Another secret is another state, though it is not shown.
            return .json { write(record, to: &$0) }.tagged {
                write(record, to: &$0)
                $0.string(record.secretDigest)
            }
        },
        ControlRoute(.delete, path + "/{}") { call in
            let record = try accounts(call).remove(try account(call), actor: call.actor)
            return .json { json in
                json.beginObject()
                json.member("id", record.id)
                json.endObject()
            }
        },
        ControlRoute(.post, path + "/{}/rotate", rotate),
        ControlRoute(.post, path + "/{}/disable") { try set($0, isDisabled: true) },
        ControlRoute(.post, path + "/{}/enable") { try set($0, isDisabled: false) },
    ]

    private static func accounts(_ call: ControlCall) throws(Problem) -> ServiceAccounts {
        guard let desk = call.services.oauth else {
            throw Problem(.notApplicable, "this server issues no tokens by OAuth")
        }
        return desk.accounts
    }

    private static func create(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request, known: ["tenant", "schools", "role", "label", "algorithm", "days"])
        let text = try body.string("tenant")
        guard let id = TenantID(text), call.caller.maySee(id), let entry = call.services.directory.entry(id)
        else { throw Problem.noSuchTenant(text) }
        let role = try body.string("role")
        try call.services.tokens.check(role: role)
        let schools = try body.strings("schools", max: Limits.accountSchoolsMax)
        let chosen = try schools.compactMap { name throws(Problem) -> SchoolID? in
            switch try TokenDesk.scope(name, of: entry.record) {
            case .school(let school): school
            case .district: nil
            }
        }
        let label = try body.stringIfPresent("label") ?? ""
        guard label.utf8.count <= Limits.keyLabelBytesMax else {
            throw Problem.invalid("at most \(Limits.keyLabelBytesMax) bytes", field: "label")
        }
        let made = try accounts(call).create(
            id, schools: Set(chosen).sorted(), role: role, algorithm: try TokenRoutes.algorithm(body),
            label: label, expiresAt: try expiry(body, call), shownTo: call.caller.staffName,
            actor: call.actor)
        return secret(made.secret, made.record, status: 201)
    }

    private static func expiry(_ body: RequestBody, _ call: ControlCall) throws(Problem) -> Timestamp? {
        guard let days = try body.integer("days", in: 1...Limits.accountDaysMax) else { return nil }
        return call.services.clock.now().advanced(bySeconds: Int64(days) * 86_400)
    }

    /// How a service account can stand.
    static let states = ["active", "disabled"]

    private static func state(of record: ServiceAccountRecord) -> String {
        record.isDisabled ? "disabled" : "active"
    }

    static let order = ListOrder<ServiceAccountRecord>(
        id: { $0.id },
        [
            "label": { $0.label.lowercased() }, "createdAt": { $0.createdAt.iso8601 },
            "expiresAt": { $0.expiresAt?.iso8601 ?? "" },
        ])

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let (query, accounts, registry) = (call.request.query, try accounts(call), call.services.registry)
        let tenant = try query.tenant(for: call.caller) ?? call.caller.tenant
        let (role, school) = (query["role"], try query.school())
        let state = try query.word("state", among: states)
        let isFiltered = role != nil || school != nil || state != nil
        let wanted = { (record: ServiceAccountRecord) in
            (role.map { record.role == $0 } ?? true) && (school.map(record.schools.contains) ?? true)
                && (state.map { Self.state(of: record) == $0 } ?? true)
        }
        let list = RecordList(order: order, takes: isFiltered ? wanted : nil) { after, limit, isForward in
            guard after.map(ServiceAccounts.isID) ?? true else { throw ListPage<Never>.badCursor }
            if let tenant {
                return try accounts.list(tenant, after: after, limit: limit, isForward: isForward)
            }
            return try registry.list(
                ServiceAccountRecord.self, after: after, limit: limit, isForward: isForward)
        }
        let page = try list.page(query)
        return .page("accounts", of: page.records, next: page.next) { write($0, to: &$1) }
    }

    private static func rotate(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["graceSeconds"])
        let grace = try body.integer("graceSeconds", in: 0...Limits.secretGraceSecondsMax) ?? 0
        let id = try account(call)
        let made = try accounts(call).rotate(
            id, graceSeconds: Int64(grace), shownTo: call.caller.staffName, actor: call.actor)
        return secret(made.secret, made.record, status: 200)
    }

    private static func set(_ call: ControlCall, isDisabled: Bool) throws -> ControlResponse {
        _ = try RequestBody(call.request, known: [])
        let record = try accounts(call).set(
            try account(call), isDisabled: isDisabled, actor: call.actor)
        return .json { write(record, to: &$0) }
    }

    /// The account whose id stands in the path.
    private static func account(_ call: ControlCall) throws -> String { try record(call).id }

    private static func record(_ call: ControlCall) throws -> ServiceAccountRecord {
        let id = call.parameters[0]
        guard let record = try call.services.registry.read(ServiceAccountRecord.self, id),
            call.caller.maySee(record.tenant)
        else {
            throw Problem(
                .notFound,
                "there is no service account `\(id)`; `homeroom service-account list` shows those there are",
                field: "account")
        }
        return record
    }

    private static func secret(
        _ secret: String, _ record: ServiceAccountRecord, status: Int
    ) -> ControlResponse {
        .json(status: status) { json in
            json.beginObject()
            json.member("clientId", record.id)
            json.member("clientSecret", secret)
            json.name("account")
            write(record, to: &json)
            json.endObject()
        }
    }

    private static func write(_ record: ServiceAccountRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.id)
        json.member("tenant", record.tenant.text)
        json.name("schools")
        json.beginArray()
        for school in record.schools { json.string(school.text) }
        json.endArray()
        json.member("role", record.role)
        json.member("algorithm", record.algorithm)
        json.member("label", record.label)
        json.member("createdAt", record.createdAt.iso8601)
        json.member("expiresAt", ifPresent: record.expiresAt?.iso8601)
        json.member("state", state(of: record))
        json.endObject()
    }
}

extension Limits {
    /// Schools of one service account.
    static let accountSchoolsMax = 1000
    /// The longest time that a service account is good where it does not stay so for ever, in days.
    static let accountDaysMax = 3650
    /// The longest time that a former secret stays good: seven days, in seconds.
    static let secretGraceSecondsMax = 7 * 86_400
}
