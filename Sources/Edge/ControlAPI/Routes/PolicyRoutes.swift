import Base
import HTTPServer
import JSONText
import Policies
import PolicyLint
import Reviews
import Tenancy

/// The reviewer's questions about policies: about files that are sent along, or about those in force.
enum PolicyRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/policies/lint", pool: .reviews, lint),
        ControlRoute(.post, "/v1/policies/simulate", pool: .reviews, simulate),
        ControlRoute(.post, "/v1/policies/test", pool: .reviews, test),
        ControlRoute(.post, "/v1/policies/prove", pool: .reviews, prove),
    ]

    private static let source = ["files", "active"]

    private static func lint(_ call: ControlCall) throws -> ControlResponse {
        let review = try review(try RequestBody(call.request, known: source), call)
        let report = LintReport(findings: review.lint(), filesCount: review.files.files.count)
        return .json { report.write(to: &$0) }
    }

    private static func test(_ call: ControlCall) throws -> ControlResponse {
        let review = try review(try RequestBody(call.request, known: source), call)
        return try answering(call) { () throws(PolicyProblems) in
            let report = CaseReport(results: try review.test())
            return .json { report.write(to: &$0) }
        }
    }

    private static func prove(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: source + ["roles", "policy"])
        let review = try review(body, call)
        let roles = try body.strings("roles", max: Limits.reviewFilesMax)
        let document = try body.stringIfPresent("policy")
        if let document, review.files.files[document] == nil {
            throw Problem.invalid("there is no file `\(document)`", field: "policy")
        }
        return try answering(call) { () throws(PolicyProblems) in
            let report: ProofReport
            if let document {
                report = try review.prove(document: document)
            } else {
                // A role that is not there has no counterexample either.
                let known = try review.load().roles.keys.sorted()
                if let unknown = roles.first(where: { !known.contains($0) }) {
                    let problem = Problem.invalid(
                        "there is no role `\(unknown)`; \(Suggestion.remedy(for: unknown, among: known))",
                        field: "roles")
                    return call.refusal(problem)
                }
                report = try review.prove(roles: roles.isEmpty ? nil : Set(roles))
            }
            return .json { report.write(to: &$0, command: review.command(of:)) }
        }
    }

    private static func simulate(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request,
            known: source + [
                "role", "policy", "tenant", "school", "student", "tags", "action", "table", "index",
                "resource", "keys", "attributes", "context", "request", "question",
            ])
        let review = try review(body, call)
        let query = try query(body)
        do throws(SimulationFault) {
            let simulation = try query.answer(
                files: review.files, catalog: call.services.catalog, at: call.services.clock.now(),
                rehearse: call.services.rehearse)
            return .json { simulation.write(to: &$0) }
        } catch {
            switch error {
            case .part(let name, let message):
                let plural = ["key": "keys", "tag": "tags"]
                throw Problem.invalid(message, field: plural[name] ?? name)
            case .files(let problems): return unreadable(problems.problems, call)
            case .question(let problems): return unreadable(problems, call, field: "question")
            case .refused(let message):
                throw Problem.invalid(
                    "the gateway would refuse this request before it asks any policy: \(message)",
                    field: "request")
            }
        }
    }

    private static func query(_ body: RequestBody) throws(Problem) -> SimulationQuery {
        var query = SimulationQuery()
        query.role = try body.stringIfPresent("role")
        query.document = try body.stringIfPresent("policy")
        query.setTags(
            tenant: try body.stringIfPresent("tenant"), school: try body.stringIfPresent("school"),
            student: try body.stringIfPresent("student"),
            others: try body.textsByName("tags"))
        query.action = try body.stringIfPresent("action")
        query.table = try body.stringIfPresent("table")
        query.index = try body.stringIfPresent("index")
        query.resource = try body.stringIfPresent("resource")
        query.keys = try body.strings("keys", max: Limits.simulationValuesMax)
        query.attributes = try body.strings("attributes", max: Limits.simulationValuesMax)
        query.context = try body.textsByName("context")
        if let node = body.value("request") {
            do throws(JSONTextError) { query.question = .recorded(try RecordedRequest.read(node)) } catch {
                throw .invalid("\(error)", field: "request")
            }
        }
        if let bytes = body.json("question") { query.question = .bare(bytes, file: "question") }
        return query
    }

    // MARK: Parts

    private static func review(_ body: RequestBody, _ call: ControlCall) throws -> PolicyReview {
        let files: PolicyFiles
        switch (body.has("files"), try body.bool("active")) {
        case (true, true):
            throw Problem.invalid("`files` and `active` exclude each other; choose one", field: "active")
        case (false, false):
            throw Problem.invalid(
                "send the files as `files`, or `\"active\": true` for those in force", field: "files")
        case (false, true):
            try call.services.policies.settle()
            files = call.services.policies.activeFiles
        case (true, false):
            let texts = try body.stringsByName("files", max: Limits.reviewFilesMax)
            files = PolicyFiles(files: texts.mapValues { Array($0.utf8) })
        }
        return PolicyReview(files: files, catalog: call.services.catalog, clock: call.services.clock)
    }

    private static func answering(
        _ call: ControlCall, _ body: () throws(PolicyProblems) -> ControlResponse
    ) throws -> ControlResponse {
        do throws(PolicyProblems) { return try body() } catch { return unreadable(error.problems, call) }
    }

    /// Files that cannot be read: a problem with a list of all that is wrong, each with its place.
    static func unreadable(
        _ problems: [PolicyProblem], _ call: ControlCall, field: String = "files"
    ) -> ControlResponse {
        let problem = Problem.invalid("the files cannot be read: \(problems[0])", field: field)
        return call.refusal(problem) { json in
            json.name("problems")
            json.beginArray()
            for problem in problems { PolicyProblemDocument(problem).write(to: &json) }
            json.endArray()
        }
    }
}

extension Limits {
    /// How many keys, attributes or values of one key a simulated request has.
    static let simulationValuesMax = 1000
}
