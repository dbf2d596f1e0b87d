import Base
import HTTPServer
import Policies
import Reviews

/// The audit of policies as a page: of those that are sent, or of those in force.
enum PolicyReportRoute {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/policies/report", pool: .reviews, report)
    ]

    /// `{"files": {"roles/….json": "…"}, "folder": "Policies"}`, both optional, answered with HTML.
    private static func report(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["files", "folder"])
        let files = try body.has("files") ? sent(body) : inForce(call)
        let source = PolicyAudit.Source(
            folder: try body.stringIfPresent("folder") ?? "Policies", catalog: .server, catalogDigest: nil,
            productVersion: call.services.version)
        let review = PolicyReview(files: files, catalog: call.services.catalog, clock: call.services.clock)
        let audit: PolicyAudit
        do throws(PolicyProblems) {
            audit = try review.audit(at: call.services.clock.now(), source: source)
        } catch {
            throw Problem.invalid("the policies cannot be read:\n\(error)", field: "files")
        }
        return ControlResponse(body: audit.page())
            .adding("Content-Type", "text/html; charset=utf-8").adding("Cache-Control", "no-store")
    }

    private static func sent(_ body: RequestBody) throws(Problem) -> PolicyFiles {
        let texts = try body.stringsByName("files", max: Limits.policyFolderFilesMax)
        let files = PolicyFiles(files: texts.mapValues { Array($0.utf8) })
        if let fault = files.fault { throw .invalid(fault, field: "files") }
        return files
    }

    private static func inForce(_ call: ControlCall) throws -> PolicyFiles {
        try call.services.policies.settle()
        return call.services.policies.activeFiles
    }
}
