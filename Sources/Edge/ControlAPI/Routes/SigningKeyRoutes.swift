import Base
import HTTPServer
import Issuing
import Registry

/// What the control API does with the keys that sign tokens, and with what they are sealed under.
public struct SigningKeyDesk: Sendable {
    let keys: SigningKeys
    /// Seals all secrets anew under the next master key; tells its id and how many secrets there are.
    let rewrap: @Sendable (AuditActor) throws -> (key: String, secrets: Int)

    /// A desk.
    public init(
        keys: SigningKeys, rewrap: @escaping @Sendable (AuditActor) throws -> (key: String, secrets: Int)
    ) {
        self.keys = keys
        self.rewrap = rewrap
    }
}

/// Operations on the keys that sign tokens.
enum SigningKeyRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/signing-keys", query: ["cursor", "limit"]) { call in
            // The newest first.
            let page = try ListPage(of: try desk(call).keys.list(), call.request.query, isForward: false) {
                (key: $0.createdAt.iso8601, id: $0.id)
            }
            return .page("keys", of: page.elements, next: page.next) { write($0, to: &$1) }
        },
        ControlRoute(.post, "/v1/signing-keys/rotate") { call in
            _ = try RequestBody(call.request, known: [])
            let desk = try desk(call)
            try desk.keys.rotate(actor: call.actor)
            return list(try desk.keys.list())
        },
        ControlRoute(.post, "/v1/signing-keys/{}/revoke") { call in
            _ = try RequestBody(call.request, known: [])
            let record = try desk(call).keys.revoke(call.parameters[0], actor: call.actor)
            return .json { write(record, to: &$0) }
        },
        ControlRoute(.post, "/v1/signing-keys/rewrap") { call in
            _ = try RequestBody(call.request, known: [])
            let done = try desk(call).rewrap(call.actor)
            return .json { json in
                json.beginObject()
                json.member("masterKey", done.key)
                json.name("secrets")
                json.int(done.secrets)
                json.endObject()
            }
        },
    ]

    private static func desk(_ call: ControlCall) throws(Problem) -> SigningKeyDesk {
        guard let desk = call.services.signingKeys else {
            throw Problem(.notApplicable, "this server keeps no signing keys")
        }
        return desk
    }

    private static func list(_ records: [SigningKeyRecord]) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.name("keys")
            json.beginArray()
            for record in records { write(record, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    private static func write(_ record: SigningKeyRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.id)
        json.member("algorithm", record.algorithm)
        json.member("state", record.state.rawValue)
        json.member("createdAt", record.createdAt.iso8601)
        json.member("signsFrom", ifPresent: record.signsFrom?.iso8601)
        json.member("signedUntil", ifPresent: record.signedUntil?.iso8601)
        json.member("revokedAt", ifPresent: record.revokedAt?.iso8601)
        json.endObject()
    }
}

extension Problem {
    init(signing error: SigningKeyError) {
        switch error {
        case .tooSoon, .tooMany: self = Problem(.notApplicable, error.description)
        case .unknown: self = Problem(.notFound, error.description, field: "key")
        }
    }
}
