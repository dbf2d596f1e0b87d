import Base
import HTTPServer
import Registry

/// Operations on keys: those of administrators, tenants and reviewers, and operators' static keys for the gateway.
enum KeyRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/keys", .admin, create),
        ControlRoute(.get, "/v1/keys", .admin, query: ["cursor", "limit"], list),
        ControlRoute(.delete, "/v1/keys/{}", .admin) { call in
            let record = try call.services.keys.revoke(
                call.parameters[0], caller: call.caller, actor: call.actor)
            return .json { write(record, to: &$0) }
        },
    ]

    private static func create(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["role", "label"])
        let role = try body.string("role")
        guard [KeyDesk.operatorRole, KeyDesk.reviewerRole].contains(role) else {
            throw Problem.invalid(
                "keys are made for the roles `\(KeyDesk.operatorRole)` and `\(KeyDesk.reviewerRole)` only; others get "
                    + "theirs by a token (`homeroom token issue`)", field: "role")
        }
        let label = try body.stringIfPresent("label") ?? ""
        guard label.utf8.count <= Limits.keyLabelBytesMax else {
            throw Problem.invalid("at most \(Limits.keyLabelBytesMax) bytes", field: "label")
        }
        guard role == KeyDesk.operatorRole else { return try createReviewer(label, call) }
        let issued = try call.services.keys.create(label: label, actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.name("key")
            write(issued.record, to: &json)
            json.member("accessKeyId", issued.record.id)
            json.member("secretAccessKey", issued.secret)
            json.member("endpoint", call.services.gatewayURL)
            json.endObject()
        }
    }

    private static func createReviewer(_ label: String, _ call: ControlCall) throws -> ControlResponse {
        let issued = try call.services.keys.createReviewer(label: label, actor: call.actor)
        return .json(status: 201) { json in
            json.beginObject()
            json.name("key")
            write(issued.record, to: &json)
            json.member("controlKey", issued.key.text)
            json.endObject()
        }
    }

    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let limit = try call.request.query.integer("limit", in: 1...Limits.pageMax) ?? Limits.pageStandard
        let page = try call.services.registry.list(
            CredentialRecord.self, after: try call.request.query.cursor(), limit: limit)
        return .json { json in
            json.beginObject()
            json.name("keys")
            json.beginArray()
            for record in page.records { write(record, to: &json) }
            json.endArray()
            json.member("next", ifPresent: page.next)
            json.endObject()
        }
    }

    private static func write(_ record: CredentialRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.id)
        switch record.kind {
        case .admin: json.member("kind", "admin")
        case .tenant(let tenant):
            json.member("kind", "tenant")
            json.member("tenant", tenant.text)
        case .operators: json.member("kind", "operator")
        case .reviewer: json.member("kind", "reviewer")
        }
        json.member("role", record.role)
        json.member("label", record.label)
        json.member("createdAt", record.createdAt.iso8601)
        json.member("state", record.isDisabled ? "revoked" : "active")
        json.endObject()
    }
}

extension Limits {
    /// The longest label of a key.
    static let keyLabelBytesMax = 200
}
