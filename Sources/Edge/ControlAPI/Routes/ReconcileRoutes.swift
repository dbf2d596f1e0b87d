import Base
import HTTPServer
import Reconciliation

/// What should exist beside what does.
enum ReconcileRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/reconcile", isWaiting: true, query: ["deep"]) { call in
            let text = call.request.query["deep"] ?? "false"
            guard ["true", "false"].contains(text) else {
                throw Problem.invalid("expected `deep` as true or false, found `\(text)`", field: "deep")
            }
            return document(try reconciler(call).survey(text == "true" ? .deep : .stores))
        },
        ControlRoute(.post, "/v1/reconcile", isWaiting: true) { call in
            let body = try RequestBody(call.request, known: ["repair", "remove", "deep"])
            let names = try body.strings("remove", max: Limits.reconcileRemovalsMax)
            let isRepair = try body.bool("repair")
            guard isRepair != !names.isEmpty else {
                throw Problem.invalid(
                    "expected `repair`: true, or `remove` with ids or kinds of findings; GET /v1/reconcile lists them",
                    field: "repair")
            }
            let scrutiny: Scrutiny = try body.bool("deep") ? .deep : .stores
            let reconciler = try reconciler(call)
            let actor = call.actor
            return document(
                try isRepair
                    ? reconciler.repair(scrutiny, actor: actor)
                    : reconciler.remove(names, scrutiny, actor: actor))
        },
    ]

    private static func reconciler(_ call: ControlCall) throws(Problem) -> Reconciler {
        guard let reconciler = call.services.reconciler else {
            throw Problem(.unavailable, "this server does not reconcile")
        }
        return reconciler
    }

    private static func document(_ report: ReconcileReport) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.name("isClean")
            json.bool(report.isClean)
            write(report.findings, as: "findings", to: &json)
            write(report.done, as: "done", to: &json)
            json.name("failures")
            json.beginArray()
            for failure in report.failures {
                json.beginObject()
                json.member("finding", failure.finding)
                json.member("reason", failure.reason)
                json.endObject()
            }
            json.endArray()
            if !report.unfinished.isEmpty {
                json.name("unfinished")
                json.beginArray()
                for table in report.unfinished.prefix(Limits.reconcileFindingsMax) { json.string(table) }
                json.endArray()
            }
            json.endObject()
        }
    }

    private static func write(_ findings: [Finding], as name: String, to json: inout JSONWriter) {
        json.name(text: name)
        json.beginArray()
        for finding in findings.prefix(Limits.reconcileFindingsMax) {
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
        guard findings.count > Limits.reconcileFindingsMax else { return }
        json.name(text: "\(name)More")
        json.int(findings.count - Limits.reconcileFindingsMax)
    }
}

extension Problem {
    /// A remedy that was refused.
    init(reconcile error: ReconcileError) {
        switch error {
        case .underWay: self = Problem(.runUnderWay, error.description)
        case .notFound: self = Problem(.notFound, error.description, field: "remove")
        case .byHand, .inUse: self = Problem(.notApplicable, error.description, field: "remove")
        }
    }
}
