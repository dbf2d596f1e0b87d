import Base
import Tenancy
import Tiering
import Upgrades

/// The fleet as the API shows it.
struct TierReportDocument {
    let report: TierReport

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("month", report.month.description)
        json.member("currency", ifPresent: report.currency)
        json.name("total")
        json.beginObject()
        write(report.total, to: &json)
        json.endObject()
        json.name("tiers")
        json.beginArray()
        for line in report.tiers {
            json.beginObject()
            json.member("tier", line.tier.text)
            json.member("isolation", ifPresent: line.isDedicated.map { $0 ? "dedicated" : "pooled" })
            json.member("pools", line.pools)
            write(line.figures, to: &json)
            json.endObject()
        }
        json.endArray()
        json.member("poolCount", report.poolCount)
        json.name("fullest")
        write(report.fullest, to: &json)
        json.name("hottest")
        write(report.hottest, to: &json)
        json.name("growers")
        json.beginArray()
        for grower in report.growers { write(grower, to: &json) }
        json.endArray()
        json.member("growerCount", report.growerCount)
        json.name("moves")
        write(report.moves, report.backlog, to: &json)
        json.endObject()
    }

    private func write(_ figures: TierReport.Figures, to json: inout JSONWriter) {
        json.member("tenants", figures.tenants)
        json.member("schools", figures.schools)
        json.member("items", figures.items)
        json.member("bytes", figures.bytes)
        json.name("readUnitsPerSecond")
        json.double((figures.readUnitsPerSecond * 1000).rounded() / 1000)
        json.name("writeUnitsPerSecond")
        json.double((figures.writeUnitsPerSecond * 1000).rounded() / 1000)
        if let cost = figures.cost { CostDocument.write(cost, figures.projected, to: &json) }
    }

    private func write(_ pools: [TierReport.PoolLine], to json: inout JSONWriter) {
        json.beginArray()
        for pool in pools {
            json.beginObject()
            json.member("store", pool.store.text)
            json.member("tier", pool.tier.text)
            json.member("capacity", pool.capacity)
            write(pool.figures, to: &json)
            json.endObject()
        }
        json.endArray()
    }

    private func write(_ grower: TierReport.Grower, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", grower.tenant.text)
        json.member("name", grower.name)
        json.member("tier", grower.tier.text)
        json.member("metric", grower.growth.metric.rawValue)
        for (name, value) in [
            ("limit", grower.growth.limit), ("now", grower.growth.now), ("perDay", grower.growth.perDay),
        ] {
            json.name(text: name)
            json.double((value * 1000).rounded() / 1000)
        }
        json.member("days", grower.growth.days)
        json.endObject()
    }

    private func write(_ moves: TierReport.Moves, _ backlog: UpgradeBacklog, to json: inout JSONWriter) {
        json.beginObject()
        json.member("days", moves.days)
        json.member("done", moves.done)
        json.member("undone", moves.undone)
        json.member("underWay", moves.underWay)
        json.member("waiting", moves.waiting)
        json.member("waitingForWindow", backlog.forWindow)
        json.member("waitingForApproval", backlog.forApproval)
        json.member("recommended", backlog.recommended)
        json.name("isPartial")
        json.bool(moves.isPartial)
        json.endObject()
    }
}
