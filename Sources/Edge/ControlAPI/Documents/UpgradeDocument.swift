import Base
import Tenancy
import Tiering
import Upgrades

/// Where a tenant stands on its way to another tier, as JSON.
enum UpgradeDocument {
    static func write(_ outlook: UpgradeOutlook, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", outlook.tenant.text)
        json.member("name", outlook.name)
        json.member("tier", outlook.tier.text)
        json.member("target", ifPresent: outlook.target?.text)
        json.member("mode", ifPresent: outlook.mode?.rawValue)
        json.member("state", outlook.state)
        json.member("next", outlook.next)
        json.member("nextAt", ifPresent: outlook.nextAt?.iso8601)
        json.name("schools")
        json.int(outlook.schools)
        if let max = outlook.schoolsMax { json.member("schoolsMax", max) }
        json.member("schoolsGrace", outlook.schoolsGrace)
        json.name("blackouts")
        MaintenanceDocument.write(outlook.blackouts, to: &json)
        write(outlook.standing, to: &json)
        json.name("rules")
        json.beginArray()
        for rule in outlook.rules { write(rule, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ standing: UpgradeStanding, to json: inout JSONWriter) {
        switch standing.stage {
        case .fits: break
        case .outgrown(let since): json.member("since", since.iso8601)
        case .agreed(let since, let person, _, let isNow):
            json.member("since", since.iso8601)
            json.member("approvedBy", person)
            json.name("now")
            json.bool(isNow)
        case .moving(let run, _, let person):
            json.member("run", run)
            json.member("approvedBy", ifPresent: person)
        }
        if let order = standing.order {
            json.name("order")
            json.beginObject()
            json.member("tier", order.tier.text)
            json.member("by", order.by)
            json.member("at", order.at.iso8601)
            json.member("reason", order.reason)
            json.endObject()
        }
        if let smaller = standing.smaller {
            json.name("smaller")
            json.beginObject()
            json.member("tier", smaller.tier.text)
            json.member("since", smaller.since.iso8601)
            json.name("recommended")
            json.bool(smaller.isTold)
            json.endObject()
        }
        json.member("coolsUntil", ifPresent: standing.coolsUntil?.iso8601)
        json.member("failures", standing.failures)
        json.member("failure", ifPresent: standing.failure)
    }

    private static func write(_ rule: RuleExplanation, to json: inout JSONWriter) {
        json.beginObject()
        json.member("rule", rule.rule.text)
        json.name("holds")
        json.bool(rule.holds)
        json.name("value")
        json.double(rule.value)
        json.member("explanation", rule.text)
        json.endObject()
    }
}
