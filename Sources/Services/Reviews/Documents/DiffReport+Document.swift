import Base
import JSONText
import Policies
import Proofs

extension DiffReport {
    /// Writes `{"isClean", "milliseconds", "roles": [{"role", "presence": "both" | "added" | "removed", "gained": {…}, "lost":
    /// {…}, "trustGained": {…}, "trustLost": {…}}], "assumptions": […]}`; each side is `{"answer": "none" | "some" | "unknown",
    /// "reasons": […], "differences": […]}`.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("isClean", isWithoutGain)
        json.name("milliseconds")
        json.double(milliseconds)
        json.name("roles")
        json.beginArray()
        for diff in roles {
            json.beginObject()
            json.member("role", diff.role)
            json.member("presence", diff.presence.rawValue)
            json.name("gained")
            write(diff.gained, to: &json)
            json.name("lost")
            write(diff.lost, to: &json)
            json.name("trustGained")
            write(diff.trustGained, to: &json)
            json.name("trustLost")
            write(diff.trustLost, to: &json)
            json.endObject()
        }
        json.endArray()
        json.member("assumptions", AccessComparison.assumptions)
        json.endObject()
    }

    private func write(_ change: AccessChange, to json: inout JSONWriter) {
        write(change, to: &json) { differences, json in
            for group in Self.groups(differences) { write(group, to: &json) }
        }
    }

    private func write(_ change: TrustChange, to json: inout JSONWriter) {
        write(change, to: &json) { differences, json in
            for difference in differences { write(difference, to: &json) }
        }
    }

    private func write<Difference>(
        _ change: PolicyChange<Difference>, to json: inout JSONWriter,
        _ writeAll: ([Difference], inout JSONWriter) -> Void
    ) {
        json.beginObject()
        switch change {
        case .none: writeAnswer("none", [], to: &json)
        case .unknown(let reasons): writeAnswer("unknown", reasons, to: &json)
        case .some: writeAnswer("some", [], to: &json)
        }
        json.name("differences")
        json.beginArray()
        if case .some(let differences) = change { writeAll(differences, &json) }
        json.endArray()
        json.endObject()
    }

    private func writeAnswer(_ answer: String, _ reasons: [String], to json: inout JSONWriter) {
        json.member("answer", answer)
        json.member("reasons", reasons)
    }

    private func write(_ group: Group, to json: inout JSONWriter) {
        json.beginObject()
        json.member("actions", group.actions)
        json.member("resources", group.resources)
        json.name("statement")
        if let statement = group.statement {
            json.beginObject()
            json.member("file", statement.file)
            json.member("line", statement.position.line)
            json.member("column", statement.position.column)
            json.member("sid", ifPresent: statement.sid)
            json.endObject()
        } else {
            json.null()
        }
        json.name("example")
        json.beginObject()
        RequestDocument.write(tags: group.example.tags, to: &json)
        json.name("request")
        RequestDocument(group.example.request).write(to: &json)
        json.member("command", command(of: group.example.request))
        json.name("allowed")
        ExplanationDocument(group.example.allowed).write(to: &json)
        json.name("denied")
        if let denied = group.example.denied {
            ExplanationDocument(denied).write(to: &json)
        } else {
            json.null()
        }
        json.endObject()
        json.endObject()
    }

    private func write(_ difference: TrustDifference, to json: inout JSONWriter) {
        json.beginObject()
        json.member("sentence", difference.sentence)
        json.name("claims")
        json.beginObject()
        for claim in difference.claims {
            json.name(text: claim.name)
            json.beginArray()
            for value in claim.values { json.string(value) }
            json.endArray()
        }
        json.endObject()
        json.endObject()
    }
}
