import Base
import Issuing
import Registry

/// How identity providers, and what a token of theirs comes to, are shown.
enum IdentityProviderDocument {
    static func write(_ record: IdentityProviderRecord, to json: inout JSONWriter) {
        let mapping = record.mapping
        json.beginObject()
        json.member("name", record.name)
        json.member("tenant", record.tenant.text)
        json.member("issuer", record.issuer)
        json.name("audiences")
        json.beginArray()
        for audience in record.audiences { json.string(audience) }
        json.endArray()
        json.member("keysUrl", ifPresent: record.keysURL)
        json.member("sharedBy", ifPresent: record.sharedBy)
        json.name("required")
        json.beginObject()
        for (name, value) in mapping.required.sorted(by: { $0.key < $1.key }) {
            json.name(text: name)
            json.string(value)
        }
        json.endObject()
        json.member("schoolClaim", ifPresent: mapping.schoolClaim)
        write(mapping.schools, "schools", target: "school", to: &json)
        json.member("defaultSchool", ifPresent: mapping.schoolDefault)
        json.member("studentClaim", ifPresent: mapping.studentClaim)
        json.member("roleClaim", ifPresent: mapping.roleClaim)
        write(mapping.roles, "roles", target: "role", to: &json)
        json.member("defaultRole", ifPresent: mapping.roleDefault)
        json.member("createdAt", record.createdAt.iso8601)
        json.endObject()
    }

    private static func write(
        _ lines: [IdentityProviderRecord.Line], _ name: StaticString, target: StaticString,
        to json: inout JSONWriter
    ) {
        json.name(name)
        json.beginArray()
        for line in lines {
            json.beginObject()
            json.member("value", line.value)
            json.member(target, line.target)
            json.endObject()
        }
        json.endArray()
    }

    /// What a token would come to: what was found right, then what was not, or whom it is the token of.
    static func verdict(
        _ steps: [SubjectTokenExamination.Step], failed: (step: String, reason: String)?,
        person: FederatedPerson?, of tenant: TenantRecord?
    ) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.name("accepted")
            json.bool(person != nil)
            json.name("steps")
            json.beginArray()
            for step in steps { write(step.name, "right", step.finding, to: &json) }
            if let failed { write(failed.step, "wrong", failed.reason, to: &json) }
            json.endArray()
            if let person {
                json.member("subject", person.subject)
                json.member("role", person.role)
                json.member("school", person.schoolText ?? tenant?.id.text ?? "")
                json.member("student", ifPresent: person.student?.text)
            }
            json.endObject()
        }
    }

    private static func write(
        _ name: String, _ outcome: String, _ finding: String, to json: inout JSONWriter
    ) {
        json.beginObject()
        json.member("step", name)
        json.member("outcome", outcome)
        json.member("finding", finding)
        json.endObject()
    }
}
