import Base
import HTTPServer
import Registry
import Reviews

/// Operations that put policies in force and tell which are and were.
enum PolicyActivationRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/policies/versions", query: ["cursor", "limit"], list),
        ControlRoute(.get, "/v1/policies/versions/{}", show),
        ControlRoute(.post, "/v1/policies/activations", pool: .reviews, activate),
        ControlRoute(.post, "/v1/policies/rollbacks", pool: .reviews, rollBack),
    ]

    private static let wishMembers = ["acceptRisk", "note", "expectedVersion", "dryRun"]

    /// Newest first.
    private static func list(_ call: ControlCall) throws -> ControlResponse {
        let limit = try call.request.query.limit()
        let desk = call.services.policies
        try desk.settle()
        let active = desk.active.record.id
        let page = try desk.versions.list(after: try call.request.query.cursor(), limit: limit)
        return .json { json in
            json.beginObject()
            json.member("active", active)
            json.name("versions")
            json.beginArray()
            for record in page.records {
                PolicyVersionDocument(record: record, isActive: record.id == active).write(to: &json)
            }
            json.endArray()
            json.member("next", ifPresent: page.next)
            json.endObject()
        }
    }

    /// A version with its files: that of a number, or `active`.
    private static func show(_ call: ControlCall) throws -> ControlResponse {
        let desk = call.services.policies
        try desk.settle()
        let active = desk.active
        let text = call.parameters[0]
        guard let number = text == "active" ? active.record.id : Int(text), number > 0 else {
            throw Problem(
                .notFound, "expected a version's number or `active`, found `\(text)`", field: "version")
        }
        let (record, files) =
            number == active.record.id ? (active.record, active.files) : try desk.versions.read(number)
        return .json { json in
            PolicyVersionDocument(record: record, isActive: number == active.record.id).write(
                to: &json, files: files.files)
        }
    }

    private static func activate(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["files"] + wishMembers)
        let texts = try body.stringsByName("files", max: Limits.policyFolderFilesMax)
        let files = PolicyFiles(files: texts.mapValues { Array($0.utf8) })
        return response(try call.services.policies.activate(files, try wish(body, call)), call)
    }

    private static func rollBack(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["version"] + wishMembers)
        let number = try body.integer("version", in: 1...Int(Int32.max))
        return response(try call.services.policies.rollBack(to: number, try wish(body, call)), call)
    }

    private static func wish(_ body: RequestBody, _ call: ControlCall) throws(Problem) -> PolicyDesk.Wish {
        return PolicyDesk.Wish(
            actor: call.actor, mayAcceptRisk: call.caller.has(.reviewer),
            acceptRisk: try body.stringIfPresent("acceptRisk"), note: try body.stringIfPresent("note"),
            expectedVersion: try body.integer("expectedVersion", in: 1...Int(Int32.max)),
            isDryRun: try body.bool("dryRun"))
    }

    private static func response(_ answer: PolicyDesk.Answer, _ call: ControlCall) -> ControlResponse {
        let document = PolicyActivationDocument(answer: answer)
        switch answer.outcome {
        case .activated(let record):
            call.log.info(
                "policies put in force",
                [
                    "version": "\(record.id)", "before": "\(answer.before.id)", "digest": record.digest,
                    "actor": call.actor.text,
                    "riskAccepted": record.acceptedRisk == nil ? "no" : "yes",
                ])
            return .json(status: 201) { document.write(to: &$0) }
        case .unchanged, .possible: return .json { document.write(to: &$0) }
        case .refused(let refusal):
            guard !answer.isDryRun else { return .json { document.write(to: &$0) } }
            call.log.warning(
                "policies refused",
                ["version": "\(answer.before.id)", "actor": call.actor.text, "why": "\(refusal)"])
            return call.refusal(Problem(.policiesRefused, document.detail(of: refusal))) {
                document.writeMembers(to: &$0)
            }
        }
    }
}
