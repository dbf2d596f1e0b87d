import Base
import HTTPServer
import Registry
import Tenancy

/// Who may do what, and who asks.
enum AccessRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/access", query: ["role"], list),
        ControlRoute(.get, "/v1/me") { call in
            let caller = call.caller
            return .json { write(caller, to: &$0) }
        },
    ]

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        var lines = AccessTable.lines
        if let name = call.request.query["role"] {
            guard let grantee = AccessLine.Grantee(rawValue: name) else {
                let known = AccessLine.Grantee.allCases.map(\.rawValue)
                throw Problem.invalid(
                    "there is no role `\(name)`; \(Suggestion.remedy(for: name, among: known))", field: "role"
                )
            }
            lines = lines.filter { $0.allows(grantee) }
        }
        return .json { json in
            json.beginObject()
            json.name("operations")
            json.beginArray()
            for line in lines { write(line, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    private static func write(_ line: AccessLine, to json: inout JSONWriter) {
        json.beginObject()
        json.member("operation", line.operation)
        json.member("method", line.method.rawValue)
        json.member("path", line.path)
        json.name("roles")
        json.beginArray()
        for grantee in line.orderedGrantees { json.string(grantee.rawValue) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ caller: Caller, to json: inout JSONWriter) {
        json.beginObject()
        switch caller {
        case .anonymous: break
        case .tenant(let tenant, let own):
            switch own.identity {
            case .key(let key): json.member("key", key)
            case .member(let id): json.member("member", id)
            case .person(let subject): json.member("person", subject)
            }
            json.member("tenant", tenant.text)
        case .staff(let staff):
            switch staff.identity {
            case .key(let key): json.member("key", key)
            case .session(let id, let account):
                json.member("account", account.text)
                json.member("session", id)
            }
            json.name("roles")
            json.beginArray()
            for role in PlatformRole.ordered(staff.roles) { json.string(role.rawValue) }
            json.endArray()
        }
        json.endObject()
    }
}
