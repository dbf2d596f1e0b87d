import Base
import Tenancy
import Tiering
import Upgrades

/// Costs as the API shows them: amounts in millionths of the currency's unit.
enum CostDocument {
    static func write(_ report: CostReport, to json: inout JSONWriter) {
        json.beginObject()
        json.member("month", report.month.description)
        json.member("currency", report.total.currency)
        json.name("lines")
        json.beginArray()
        for line in report.lines {
            json.beginObject()
            json.member("id", line.id)
            json.member("name", ifPresent: line.name)
            json.member("tier", line.tier.text)
            json.member("tenants", line.tenants)
            write(line.cost, line.projected, to: &json)
            json.endObject()
        }
        json.endArray()
        json.member("lineCount", report.lineCount)
        write(report.total, report.projected, to: &json)
        json.endObject()
    }

    /// `cost` and, where there is one, `projected`.
    static func write(_ cost: CostEstimate, _ projected: CostEstimate?, to json: inout JSONWriter) {
        json.name("cost")
        write(cost, to: &json)
        guard let projected else { return }
        json.name("projected")
        write(projected, to: &json)
    }

    private static func write(_ cost: CostEstimate, to json: inout JSONWriter) {
        json.beginObject()
        json.member("totalMicros", Int(cost.total))
        for (entry, micros) in cost.micros.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            json.name(text: entry.rawValue)
            json.int(Int(micros))
        }
        json.endObject()
    }
}
