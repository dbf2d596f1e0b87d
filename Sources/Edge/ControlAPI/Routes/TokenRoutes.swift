import Base
import HTTPServer
import Registry
import Tokens

/// Operations on tokens, and the documents that verify them.
enum TokenRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/tokens", issue),
        ControlRoute(.get, JSONWebKeySet.path) { call in
            published(call.services.tokens.keys.keySet.document)
        },
        ControlRoute(.get, JSONWebKeySet.statementsPath) { call in
            published(call.services.tokens.keys.statementKeySet.document)
        },
        ControlRoute(.get, DiscoveryDocument.path) { call in
            published(call.services.tokens.discovery.bytes)
        },
        ControlRoute(.get, DiscoveryDocument.serverPath) { call in
            published(call.services.tokens.discovery.bytes)
        },
    ]

    private static func issue(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request,
            known: ["tenant", "school", "student", "role", "subject", "lifetimeSeconds", "algorithm"])
        let text = try body.string("tenant")
        guard let id = TenantID(text), call.caller.maySee(id), let entry = call.services.directory.entry(id)
        else {
            throw Problem.noSuchTenant(text)
        }
        let issued = try call.services.tokens.issue(
            entry.record, school: try body.stringIfPresent("school"),
            student: try body.studentIfPresent("student"),
            role: try body.string("role"), subject: try body.stringIfPresent("subject"),
            lifetimeSeconds: try body.integer("lifetimeSeconds", in: 1...Int(Limits.tokenLifetimeSecondsMax)),
            byOperator: call.caller.staffName != nil, algorithm: try algorithm(body))
        let claims = issued.claims
        var detail = [
            "school": claims.schoolIDText, "role": claims.role, "expiresAt": claims.expires.iso8601,
            "seconds": String(claims.expires.seconds - claims.issuedAt.seconds),
        ]
        detail["student"] = claims.studentPseudonym
        if !call.caller.isStaff { detail["knownTo"] = call.caller.staffName }
        // Before the token leaves: whoever holds it has access until it expires.
        try call.services.registry.transact(
            RegistryTransaction(
                [],
                audit: [
                    AuditNote(
                        actor: call.actor, action: "token.issued", subject: claims.tokenID, tenant: id,
                        detail: detail)
                ]))
        call.log.info(
            "token issued",
            [
                "tenant": id.text, "school": claims.schoolIDText, "role": claims.role, "jti": claims.tokenID,
                "actor": call.actor.text,
            ])
        return .json(status: 201) { json in
            json.beginObject()
            json.member("token", issued.token)
            json.member("tenant", id.text)
            json.member("school", claims.schoolIDText)
            json.member("student", ifPresent: claims.student?.text)
            json.member("role", claims.role)
            json.member("subject", claims.subject)
            json.member("issuer", claims.issuer)
            json.member("audience", claims.audience)
            json.member("expiresAt", claims.expires.iso8601)
            json.member("roleArn", call.services.roleARN(claims.role))
            json.member("endpoint", call.services.gatewayURL)
            json.endObject()
        }
    }

    /// The algorithm that a body asks for.
    static func algorithm(_ body: RequestBody) throws(Problem) -> SigningAlgorithm {
        guard let name = try body.stringIfPresent("algorithm") else { return .es256 }
        guard let algorithm = SigningAlgorithm(rawValue: name) else {
            throw .invalid("expected ES256 or RS256, found `\(name)`", field: "algorithm")
        }
        return algorithm
    }

    private static func published(_ document: [UInt8]) -> ControlResponse {
        ControlResponse(body: document).adding("Content-Type", "application/json")
            .adding("Cache-Control", "public, max-age=\(Limits.keySetCacheSeconds)")
    }
}
