import Accounts
import Base
import HTTPServer
import Registry

/// Operations on the accounts of those who run the platform, as administrators have them.
enum AccountRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/accounts", create),
        ControlRoute(.get, "/v1/accounts", query: ["role", "state", "sort", "cursor", "limit"], list),
        ControlRoute(.get, "/v1/accounts/{}") { call in
            let record = try desk(call).account(call.parameters[0])
            var unused = record
            (unused.sessions, unused.knownAddresses) = ([], [])
            return .json { write(record, to: &$0) }.tagged { write(unused, to: &$0) }
        },
        ControlRoute(.put, "/v1/accounts/{}/roles") { call in
            let body = try RequestBody(call.request, known: ["roles", "role"])
            let record = try desk(call).setRoles(
                call.parameters[0], to: try KeyRoutes.roles(of: body), caller: call.caller.account,
                actor: call.actor)
            return .json { write(record, to: &$0) }
        },
        ControlRoute(.post, "/v1/accounts/{}/disable") { call in
            _ = try RequestBody(call.request, known: [])
            let record = try desk(call).disable(
                call.parameters[0], caller: call.caller.account, actor: call.actor)
            return .json { write(record, to: &$0) }
        },
        ControlRoute(.post, "/v1/accounts/{}/enable") { call in
            _ = try RequestBody(call.request, known: [])
            let record = try desk(call).enable(call.parameters[0], actor: call.actor)
            return .json { write(record, to: &$0) }
        },
        ControlRoute(.post, "/v1/accounts/{}/reset") { call in
            _ = try RequestBody(call.request, known: [])
            return answer(try desk(call).reset(call.parameters[0], actor: call.actor), status: 200)
        },
        ControlRoute(.delete, "/v1/accounts/{}/sessions") { call in
            let count = try desk(call).signOutEverywhere(call.parameters[0], actor: call.actor)
            return SessionRoutes.ended(count)
        },
    ]

    /// The desk that keeps accounts.
    static func desk(_ call: ControlCall) throws(Problem) -> AccountDesk {
        guard let desk = call.services.accounts else {
            throw Problem(.unavailable, "this server keeps no accounts")
        }
        return desk
    }

    private static func create(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["account", "name", "roles", "role"])
        let text = try body.string("account")
        guard let id = AccountID(text) else {
            throw Problem.invalid("expected an e-mail address, found `\(text)`", field: "account")
        }
        let invited = try desk(call).create(
            id, name: try body.string("name"), roles: try KeyRoutes.roles(of: body), actor: call.actor)
        return answer(invited, status: 201)
    }

    private static func answer(_ invited: AccountDesk.Invited, status: Int) -> ControlResponse {
        .json(status: status) { json in
            json.beginObject()
            json.name("account")
            write(invited.record, to: &json)
            json.member("invitation", invited.code)
            json.member("invitationUntil", ifPresent: invited.record.invitation?.expiresAt.iso8601)
            json.endObject()
        }
    }

    /// How an account can stand.
    static let states = ["invited", "active", "disabled"]

    private static func state(of record: AccountRecord) -> String {
        record.isDisabled ? "disabled" : record.password == nil ? "invited" : "active"
    }

    static let order = ListOrder<AccountRecord>(
        id: { $0.id.text },
        [
            "name": { $0.name.lowercased() }, "createdAt": { $0.createdAt.iso8601 },
            "lastSignInAt": { $0.knownAddresses.last?.lastAt.iso8601 ?? "" },
        ])

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let (query, desk) = (call.request.query, try desk(call))
        let role = try query.word("role", among: PlatformRole.allCases.map(\.rawValue))
        let state = try query.word("state", among: states)
        let isFiltered = role != nil || state != nil
        let wanted = { (record: AccountRecord) in
            (role.map { record.roles.map(\.rawValue).contains($0) } ?? true)
                && (state.map { $0 == Self.state(of: record) } ?? true)
        }
        let list = RecordList(order: order, takes: isFiltered ? wanted : nil) {
            try desk.list(after: $0, limit: $1, isForward: $2)
        }
        let page = try list.page(query)
        return .page("accounts", of: page.records, next: page.next) { write($0, to: &$1) }
    }

    private static func write(_ record: AccountRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.id.text)
        json.member("name", record.name)
        json.name("roles")
        json.beginArray()
        for role in record.roles { json.string(role.rawValue) }
        json.endArray()
        json.member("state", state(of: record))
        json.member("createdAt", record.createdAt.iso8601)
        json.member("secondFactor", record.secondFactor?.isConfirmed == true ? "on" : "off")
        json.member("sessions", record.sessions.count)
        json.member("lastSignInAt", ifPresent: record.knownAddresses.last?.lastAt.iso8601)
        json.endObject()
    }
}
