import Base
import HTTPServer
import Migrations
import Tenancy
import Tiering
import Upgrades

/// What tenants cost, and the fleet at a glance.
enum CostRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(
            .get, "/v1/costs", isWaiting: true, query: ["month", "tenant", "tier", "by"], costs),
        ControlRoute(.get, "/v1/tiers/report", isWaiting: true) { call in
            let report = try service(call).tierReport(
                moveKind: MoveWorkflow.runKind,
                backlog: call.services.upgrades?.backlog() ?? UpgradeBacklog())
            return .json { TierReportDocument(report: report).write(to: &$0) }
        },
    ]

    private static func service(_ call: ControlCall) throws(Problem) -> CostService {
        guard let costs = call.services.costs else {
            throw Problem(.unavailable, "this server meters nobody, so it knows no costs")
        }
        return costs
    }

    private static func costs(_ call: ControlCall) throws -> ControlResponse {
        var query = CostQuery()
        if let text = call.request.query["month"] {
            guard let month = CalendarMonth(text) else {
                throw Problem.invalid("expected a month such as `2026-11`, found `\(text)`", field: "month")
            }
            query.month = month
        }
        if let text = call.request.query["tenant"] {
            guard let tenant = TenantID(text) else {
                throw Problem(
                    .notFound, "there is no tenant `\(text)`; `homeroom tenant list` shows those there are",
                    field: "tenant")
            }
            query.tenant = tenant
        }
        if let text = call.request.query["tier"] {
            guard let tier = call.services.catalog.tier(named: text) else {
                let remedy = call.services.catalog.tierRemedy(for: text)
                throw Problem.invalid("there is no tier `\(text)`; \(remedy)", field: "tier")
            }
            query.tier = tier.name
        }
        if let text = call.request.query["by"] {
            guard let grouping = CostQuery.Grouping(rawValue: text) else {
                throw Problem.invalid("expected `tenant`, `tier` or `school`, found `\(text)`", field: "by")
            }
            query.grouping = grouping
        }
        do {
            let report = try service(call).report(query)
            return .json { CostDocument.write(report, to: &$0) }
        } catch let error as CostError { throw problem(error) }
    }

    private static func problem(_ error: CostError) -> Problem {
        switch error {
        case .noPrices: Problem(.notApplicable, error.description)
        case .noSuchTenant: Problem(.notFound, error.description, field: "tenant")
        case .noSuchTier: Problem.invalid(error.description, field: "tier")
        case .schoolsOfNobody: Problem.invalid(error.description, field: "by")
        case .notYet, .tooLongAgo: Problem.invalid(error.description, field: "month")
        }
    }
}
