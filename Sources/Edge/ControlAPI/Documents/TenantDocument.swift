import Base
import Registry
import Tenancy
import Tenants

/// A tenant as the API shows it.
struct TenantDocument {
    let record: TenantRecord
    let placement: PlacementRecord?
    /// Whether schools and tables are listed, or only what a list of tenants needs: it must stay small.
    var isFull = true
    /// What its tier and its overrides allow it; nil where nobody asks.
    var limits: LimitsDocument?

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", record.id.text)
        json.member("name", record.name)
        json.member("tier", record.tier.text)
        json.member("state", record.state.name.rawValue)
        switch record.state {
        case .suspended(let suspension):
            json.member("mode", suspension.mode.rawValue)
            json.member("reason", suspension.reason)
        case .offboarding(let departure): json.member("reason", departure.reason)
        case .onboarding, .active, .gone: break
        }
        json.member("admin", record.adminEmail.text)
        json.member("timezone", record.timezone.text)
        json.member("createdAt", record.createdAt.iso8601)
        json.member("schoolCount", record.schools.count)
        if isFull {
            json.name("schools")
            json.beginArray()
            for school in record.schools { TenantDocument.write(school, to: &json) }
            json.endArray()
            json.name("contacts")
            json.beginArray()
            for contact in record.contacts { TenantDocument.write(contact, to: &json) }
            json.endArray()
            json.name("blackouts")
            MaintenanceDocument.write(record.blackouts, to: &json)
        }
        limits?.write(to: &json)
        if let placement { TenantDocument.write(placement, isFull: isFull, to: &json) }
        json.endObject()
    }

    /// Writes the member `placement`.
    static func write(_ placement: PlacementRecord, isFull: Bool = true, to json: inout JSONWriter) {
        json.name("placement")
        json.beginObject()
        json.member("store", placement.store.text)
        json.member("isolation", placement.isDedicated ? "dedicated" : "pooled")
        json.name("epoch")
        json.int(Int(placement.epoch))
        if isFull {
            json.name("tables")
            json.beginObject()
            for (logical, physical) in placement.tables.sorted(by: { $0.key < $1.key }) {
                json.name(text: logical)
                json.string(physical.text)
            }
            json.endObject()
        }
        json.endObject()
    }

    static func write(_ school: SchoolRecord, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", school.id.text)
        json.member("name", school.name)
        json.member("createdAt", school.createdAt.iso8601)
        json.member("state", school.state.name)
        switch school.state {
        case .open: break
        case .closed(let reason): json.member("reason", reason)
        case .moving(let run): json.member("run", run.text)
        }
        json.endObject()
    }

    static func write(_ grace: SchoolGrace, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tier", grace.tier.text)
        json.member("schoolsMax", grace.schoolsMax)
        json.member("schools", grace.schools)
        json.member("schoolsEnd", grace.schoolsEnd)
        json.member("target", grace.target.text)
        json.member("mode", grace.mode.rawValue)
        json.member("text", grace.text)
        json.endObject()
    }

    static func write(_ contact: TenantContact, to json: inout JSONWriter) {
        json.beginObject()
        json.member("number", contact.number)
        json.member("name", contact.name)
        json.member("role", contact.role)
        json.member("email", contact.email.text)
        json.member("phone", ifPresent: contact.phone)
        json.endObject()
    }
}

extension JSONWriter {
    /// A member that is a string.
    mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        string(text)
    }

    /// A member that is a string, or nothing.
    mutating func member(_ name: StaticString, ifPresent text: String?) {
        if let text { member(name, text) }
    }

    /// A member that is a whole number.
    mutating func member(_ name: StaticString, _ number: Int) {
        self.name(name)
        int(number)
    }
}
