import Policies

/// Says whose a key is, for people.
struct OwnerSentence {
    let question: Question
    let table: ProofResource
    let parts: RequestParts

    /// Whose the key is; of a whole table what the action does with it.
    func text(of key: [UInt8]?) -> String {
        guard let key else {
            let reach = ProofActions.reachOfWholeTable(question.action, table: table.table)
            return "everybody's: \(question.action.name) \(reach ?? "reaches all items")"
        }
        guard !table.owners.isEmpty else {
            return "anybody's: nothing of the session is compared with the keys of `\(table.table)`"
        }
        for form in table.owners {
            guard let id = id(in: key, form) else { continue }
            return sentence(form.variable, id)
        }
        return
            "nobody's: `\(String(decoding: key, as: UTF8.self))` has none of the forms of keys that belong to somebody"
    }

    /// What stands where a form has the owner.
    private func id(in key: [UInt8], _ form: KeyOwnership) -> String? {
        guard key.starts(with: form.prefix) else { return nil }
        let rest = key.dropFirst(form.prefix.count)
        if form.suffix.isEmpty { return String(decoding: rest, as: UTF8.self) }
        for start in rest.indices where rest[start...].starts(with: form.suffix) {
            guard form.isOpen || rest.distance(from: start, to: rest.endIndex) == form.suffix.count else {
                continue
            }
            return String(decoding: rest[..<start], as: UTF8.self)
        }
        return nil
    }

    private func sentence(_ variable: ConditionKeyName, _ id: String) -> String {
        let noun = OwnerSentence.noun(variable)
        let own = parts.values[variable]?.first
        let session =
            own.map { "which is not the session's (`\($0)`)" } ?? "and the session has no `\(variable.text)`"
        let language = question.attribute(question.canonical(variable)).language
        guard language.contains(id) else {
            return "nobody's: `\(id)` is no \(noun)'s id; the session's is "
                + (own.map { "`\($0)`" } ?? "absent")
        }
        return "\(noun) `\(id)`, \(session)"
    }

    static func noun(_ variable: ConditionKeyName) -> String {
        switch variable.tag {
        case "school_id": "school"
        case "student_id": "student"
        case "tenant_id": "district"
        case "tenantid", "tenant": "tenant"
        case .some, nil: "another caller,"
        }
    }
}
