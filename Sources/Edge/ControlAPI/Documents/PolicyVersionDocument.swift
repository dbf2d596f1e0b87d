import Base
import Registry

/// A version of the policies as the API shows it.
struct PolicyVersionDocument {
    let record: PolicyVersionRecord
    let isActive: Bool

    /// Writes the object; with the files where they are given.
    func write(to json: inout JSONWriter, files: [String: [UInt8]]? = nil) {
        json.beginObject()
        json.member("version", record.id)
        json.member("state", isActive ? "active" : "past")
        json.member("digest", record.digest)
        json.member("activatedAt", record.activatedAt.iso8601)
        json.member("by", record.actor.text)
        switch record.origin {
        case .firstStart: json.member("origin", "first-start")
        case .activation: json.member("origin", "activation")
        case .rollback(let number):
            json.member("origin", "rollback")
            json.member("rollbackOf", number)
        }
        json.member("note", ifPresent: record.note)
        if let risk = record.acceptedRisk {
            json.name("acceptedRisk")
            json.beginObject()
            json.member("reason", risk.reason)
            json.member("by", risk.actor.text)
            json.endObject()
        }
        json.name("gate")
        write(record.gate, to: &json)
        json.name("changes")
        PolicyVersionDocument.write(record.changes, to: &json)
        if let files {
            json.name("files")
            json.beginObject()
            for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
                json.name(text: path)
                json.string(String(decoding: bytes, as: UTF8.self))
            }
            json.endObject()
        }
        json.endObject()
    }

    /// Writes which files differ.
    static func write(_ changes: PolicyFileChanges, to json: inout JSONWriter) {
        json.beginObject()
        for (name, paths) in [
            ("added", changes.added), ("changed", changes.changed), ("removed", changes.removed),
        ] as [(StaticString, [String])] {
            json.name(name)
            json.beginArray()
            for path in paths { json.string(path) }
            json.endArray()
        }
        json.endObject()
    }

    private func write(_ gate: PolicyGateRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.name("lint")
        json.beginObject()
        for (severity, count) in gate.findings.sorted(by: { $0.key < $1.key }) {
            json.name(text: severity)
            json.int(count)
        }
        json.endObject()
        json.member("cases", gate.cases)
        json.name("roles")
        json.beginArray()
        for role in gate.roles {
            json.beginObject()
            json.member("role", role.name)
            json.member("verdict", role.verdict)
            json.name("milliseconds")
            json.double(role.milliseconds)
            json.endObject()
        }
        json.endArray()
        json.name("milliseconds")
        json.double(gate.milliseconds)
        json.endObject()
    }
}
