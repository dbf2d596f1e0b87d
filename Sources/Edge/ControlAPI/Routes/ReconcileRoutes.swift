import Base
import HTTPServer
import Reconciliation
import Registry
import Workflows

/// What should exist beside what does.
enum ReconcileRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/reconcile", isWaiting: true, query: ["deep"]) { call in
            switch call.request.query["deep"] ?? "false" {
            case "false": return document(try desk(call).survey())
            case "true":
                throw Problem.invalid(
                    "a deep look takes longer than a request may: POST /v1/reconcile with {\"deep\": true} starts it as a run",
                    field: "deep")
            case let text:
                throw Problem.invalid("expected `deep` as false, found `\(text)`", field: "deep")
            }
        },
        ControlRoute(.post, "/v1/reconcile", start),
        ControlRoute(.get, "/v1/runs/{}/report", report),
    ]

    private static func start(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["repair", "remove", "deep"])
        let wish = ReconcileWish(
            deep: try body.bool("deep"), repair: try body.bool("repair"),
            remove: try body.strings("remove", max: Limits.reconcileRemovalsMax))
        guard !wish.repair || wish.remove.isEmpty else {
            throw Problem.invalid("not together with `repair`; one after the other", field: "remove")
        }
        guard wish.changes || wish.deep else {
            throw Problem.invalid(
                "expected `repair`: true, `remove` with ids or kinds of findings, or `deep`: true to look alone; "
                    + "GET /v1/reconcile looks quickly",
                field: "repair")
        }
        let key = call.request.idempotencyKey.map { "\(ReconcileWorkflow.runKind)/\($0)" }
        let run = try desk(call).start(wish, actor: call.actor, idempotencyKey: key)
        return RunRoutes.accepted(try call.services.engine.get(run))
    }

    private static func report(_ call: ControlCall) throws -> ControlResponse {
        let run = try call.services.engine.get(try call.runID())
        guard let report = try desk(call).report(of: run.id) else {
            throw Problem(
                .notFound,
                "run `\(run.id)` has left no report (yet); a run of kind `\(ReconcileWorkflow.runKind)` leaves one when it completes",
                field: "run")
        }
        return document(report)
    }

    private static func desk(_ call: ControlCall) throws(Problem) -> ReconcileDesk {
        guard let desk = call.services.reconciler else {
            throw Problem(.unavailable, "this server does not reconcile")
        }
        return desk
    }

    private static func document(_ report: ReconcileReport) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.name("isClean")
            json.bool(report.isClean)
            write(report.findings, report.more.findings, as: "findings", to: &json)
            write(report.done, report.more.done, as: "done", to: &json)
            json.name("failures")
            json.beginArray()
            for failure in report.failures {
                json.beginObject()
                json.member("finding", failure.finding)
                json.member("reason", failure.reason)
                json.endObject()
            }
            json.endArray()
            write(report.more.failures, moreOf: "failures", to: &json)
            if !report.unfinished.isEmpty {
                json.name("unfinished")
                json.beginArray()
                for table in report.unfinished { json.string(table) }
                json.endArray()
                write(report.more.unfinished, moreOf: "unfinished", to: &json)
            }
            json.endObject()
        }
    }

    private static func write(
        _ findings: [Finding], _ more: Int, as name: String, to json: inout JSONWriter
    ) {
        json.name(text: name)
        json.beginArray()
        for finding in findings {
            json.beginObject()
            json.member("id", finding.id)
            json.member("kind", finding.kind.rawValue)
            json.member("subject", finding.subject)
            json.member("problem", finding.problem)
            json.member("run", ifPresent: finding.run?.text)
            json.member("remedy", finding.remedy.name)
            json.member("action", finding.remedy.text)
            json.endObject()
        }
        json.endArray()
        write(more, moreOf: name, to: &json)
    }

    private static func write(_ more: Int, moreOf name: String, to json: inout JSONWriter) {
        guard more > 0 else { return }
        json.name(text: "\(name)More")
        json.int(more)
    }
}

extension Problem {
    /// A remedy that was refused.
    init(reconcile error: ReconcileError) {
        switch error {
        case .underWay: self = Problem(.runUnderWay, error.description)
        case .repairUnderWay(let run):
            self = Problem(.runUnderWay, error.description, members: ["run": run.text])
        case .notFound: self = Problem(.notFound, error.description, field: "remove")
        case .byHand, .inUse: self = Problem(.notApplicable, error.description, field: "remove")
        }
    }
}
