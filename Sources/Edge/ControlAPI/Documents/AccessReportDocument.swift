import Audits
import Base
import Registry

/// An access report as the API shows it.
struct AccessReportDocument {
    let report: AccessReport

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", report.tenant.text)
        json.member("name", ifPresent: report.name)
        json.member("from", report.from.iso8601)
        json.member("to", report.to.iso8601)
        json.member("madeAt", report.madeAt.iso8601)
        json.member("entries", report.entries)
        json.name("cutShort")
        json.bool(report.isCutShort)
        json.name("keptFrom")
        json.beginObject()
        for (kind, time) in report.keptFrom.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            json.name(text: kind.rawValue)
            json.string(time.iso8601)
        }
        json.endObject()
        writeHolders(to: &json)
        json.member("holdersLeftOut", report.holdersLeftOut)
        list("policies", report.policies, &json, write)
        writeSums(to: &json)
        entries("accesses", report.accesses, &json)
        json.member("accessesLeftOut", report.accessesLeftOut)
        entries("disclosures", report.disclosures, &json)
        json.member("disclosuresLeftOut", report.disclosuresLeftOut)
        json.name("denials")
        json.beginObject()
        for (reason, count) in report.denials.sorted(by: { $0.key < $1.key }) {
            json.name(text: reason)
            json.int(count)
        }
        json.endObject()
        json.name("heads")
        json.beginArray()
        for head in report.heads { AuditDocument.write(head, to: &json) }
        json.endArray()
        json.endObject()
    }

    private func writeHolders(to json: inout JSONWriter) {
        list("holders", report.holders, &json) { holder, json in
            json.member("key", holder.key)
            json.member("kind", holder.kind)
            json.member("role", holder.role)
            json.member("label", holder.label)
            json.member("from", holder.from.iso8601)
            json.member("to", ifPresent: holder.to?.iso8601)
            json.name("revoked")
            json.bool(holder.isRevoked)
            json.member("knownTo", ifPresent: holder.knownTo)
        }
    }

    private func writeSums(to json: inout JSONWriter) {
        list("tokens", report.tokens, &json) { tokens, json in
            json.member("school", tokens.school)
            json.member("role", tokens.role)
            json.member("by", tokens.by)
            json.member("count", tokens.count)
            json.member("first", tokens.first.iso8601)
            json.member("last", tokens.last.iso8601)
            json.member("until", tokens.until)
        }
        list("deeds", report.deeds, &json) { deed, json in
            json.member("actor", deed.actor)
            json.member("action", deed.action)
            json.member("outcome", deed.outcome.rawValue)
            json.member("count", deed.count)
            json.member("first", deed.first.iso8601)
            json.member("last", deed.last.iso8601)
        }
    }

    private func write(_ policy: AccessReport.Policy, to json: inout JSONWriter) {
        json.member("version", policy.version)
        json.member("digest", policy.digest)
        json.member("from", policy.from.iso8601)
        json.member("to", ifPresent: policy.to?.iso8601)
        json.member("by", policy.by)
        json.name("roles")
        json.beginObject()
        for (role, verdict) in policy.roles.sorted(by: { $0.key < $1.key }) {
            json.name(text: role)
            json.string(verdict)
        }
        json.endObject()
        json.member("acceptedRisk", ifPresent: policy.acceptedRisk)
    }

    private func list<Element>(
        _ name: StaticString, _ elements: [Element], _ json: inout JSONWriter,
        _ body: (Element, inout JSONWriter) -> Void
    ) {
        json.name(name)
        json.beginArray()
        for element in elements {
            json.beginObject()
            body(element, &json)
            json.endObject()
        }
        json.endArray()
    }

    private func entries(_ name: StaticString, _ entries: [AuditEntry], _ json: inout JSONWriter) {
        json.name(name)
        json.beginArray()
        for entry in entries { AuditDocument.write(entry, to: &json) }
        json.endArray()
    }
}
