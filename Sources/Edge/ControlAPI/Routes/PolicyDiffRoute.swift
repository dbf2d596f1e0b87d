import Base
import HTTPServer
import JSONText
import Policies
import Reviews
import Tenancy

/// What one version of the policies allows and another does not: `{"old", "new"}`, each the files by their paths, or `"active"`.
enum PolicyDiffRoute {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/policies/diff", pool: .reviews, diff)
    ]

    private static func diff(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["old", "new", "roles"])
        let (old, new) = (try files("old", body, call), try files("new", body, call))
        let wanted = try body.strings("roles", max: Limits.reviewFilesMax)
        var side = "old"
        do throws(PolicyProblems) {
            let before = try PolicyCatalog.load(files: old.files)
            side = "new"
            let after = try PolicyCatalog.load(files: new.files)
            let known = Set(before.roles.keys).union(after.roles.keys).sorted()
            if let unknown = wanted.first(where: { !known.contains($0) }) {
                let problem = Problem.invalid(
                    "neither side has a role `\(unknown)`; \(Suggestion.remedy(for: unknown, among: known))",
                    field: "roles")
                return call.refusal(problem)
            }
            let report = DiffReport(
                old: before, new: after, catalog: call.services.catalog, clock: call.services.clock,
                roles: wanted.isEmpty ? nil : Set(wanted))
            return .json { report.write(to: &$0) }
        } catch { return PolicyRoutes.unreadable(error.problems, call, field: side) }
    }

    /// The files of one side.
    private static func files(_ name: String, _ body: RequestBody, _ call: ControlCall) throws -> PolicyFiles
    {
        guard case .string(let text) = body.value(name)?.value else {
            let texts = try body.stringsByName(name, max: Limits.reviewFilesMax)
            return PolicyFiles(files: texts.mapValues { Array($0.utf8) })
        }
        guard text == "active" else {
            throw Problem.invalid(
                "expected the files by their paths, or `active`, found `\(text)`", field: name)
        }
        try call.services.policies.settle()
        return call.services.policies.activeFiles
    }
}
