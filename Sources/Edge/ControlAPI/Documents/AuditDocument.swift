import Base
import Registry

/// Entries and ends of the audit as the API shows them.
enum AuditDocument {
    static func write(_ entry: AuditEntry, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", entry.id.shortText)
        json.member("time", entry.id.time.iso8601)
        json.member("kind", entry.kind.rawValue)
        if let number = entry.number { json.member("number", Int(number)) }
        json.member("previous", ifPresent: entry.previous)
        json.member("actor", entry.actor.text)
        json.member("signIn", ifPresent: entry.actor.origin.signIn)
        json.member("address", ifPresent: entry.actor.origin.address)
        json.member("requestId", ifPresent: entry.actor.origin.request)
        json.member("traceId", ifPresent: entry.actor.origin.trace)
        json.member("action", entry.action)
        json.member("subject", entry.subject)
        json.member("tenant", ifPresent: entry.tenant?.text)
        json.member("outcome", entry.outcome.rawValue)
        if let before = entry.before { write("before", before, to: &json) }
        if let after = entry.after { write("after", after, to: &json) }
        write("detail", entry.detail, to: &json)
        json.endObject()
    }

    static func write(_ head: AuditHead, to json: inout JSONWriter) {
        json.beginObject()
        json.member("kind", head.kind.rawValue)
        json.member("number", Int(head.number))
        json.member("digest", head.digest)
        json.member("time", head.time.iso8601)
        json.endObject()
    }

    private static func write(_ name: StaticString, _ values: [String: String], to json: inout JSONWriter) {
        json.name(name)
        json.beginObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            json.name(text: name)
            json.string(value)
        }
        json.endObject()
    }
}
