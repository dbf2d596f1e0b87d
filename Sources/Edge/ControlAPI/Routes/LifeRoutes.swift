import Base
import HTTPServer
import Registry
import Tenancy
import Tenants

/// What changes in a tenant's life: its name, its time zone, its contacts, overrides of its tier's limits.
enum LifeRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/v1/tenant-states", states),
        ControlRoute(.patch, "/v1/tenants/{}", change),
        ControlRoute(.get, "/v1/tenants/{}/contacts", query: ["sort", "cursor", "limit"], listContacts),
        ControlRoute(.post, "/v1/tenants/{}/contacts", addContact),
        ControlRoute(.delete, "/v1/tenants/{}/contacts/{}", removeContact),
        ControlRoute(.get, "/v1/tenants/{}/overrides") { call in try overrides(call) },
        ControlRoute(.put, "/v1/tenants/{}/overrides/{}", setOverride),
        ControlRoute(.delete, "/v1/tenants/{}/overrides/{}") { call in
            let id = try call.tenantID()
            try call.services.tenants.clearOverride(id, try limit(call), actor: call.actor)
            return try overrides(call)
        },
        ControlRoute(.delete, "/v1/tenants/{}/overrides") { call in
            let id = try call.tenantID()
            try call.services.tenants.clearOverride(id, nil, actor: call.actor)
            return try overrides(call)
        },
    ]

    private static func record(_ call: ControlCall) throws -> TenantRecord {
        let id = try call.tenantID()
        guard let entry = call.services.directory.entry(id) else { throw Problem.noSuchTenant(id.text) }
        return entry.record
    }

    private static func states(_ call: ControlCall) throws -> ControlResponse {
        .json { json in
            json.beginObject()
            json.name("changes")
            json.beginArray()
            for change in TenantLife.changes {
                json.beginObject()
                json.member("from", change.from.rawValue)
                json.member("to", change.to.rawValue)
                json.member("means", change.means)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    // MARK: Name and time zone

    /// A tier is no attribute: changing it moves the tenant, so it is asked for as the run that it is.
    private static func change(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(
            call.request, known: ["name", "timezone", "allowDuplicateName", "tier"])
        let id = try call.tenantID()
        guard !body.has("tier") else {
            throw Problem(
                .notApplicable,
                "a tier is changed by moving the tenant: POST /v1/tenants/\(id)/moves, or `homeroom tenant move \(id) --tier …`",
                field: "tier")
        }
        let (name, timezone) = (try body.stringIfPresent("name"), try body.stringIfPresent("timezone"))
        guard name == nil || timezone == nil else {
            throw Problem.invalid("change `name` or `timezone`, one at a time", field: "timezone")
        }
        let tenants = call.services.tenants
        if let name {
            try tenants.rename(
                id, to: name, allowsDuplicateName: try body.bool("allowDuplicateName"),
                actor: call.actor)
        } else if let timezone {
            try tenants.setTimezone(id, to: timezone, actor: call.actor)
        } else {
            throw Problem.invalid("expected `name` or `timezone`", field: "name")
        }
        return try TenantRoutes.document(of: id, call)
    }

    // MARK: Contacts

    /// What contacts can be sorted by.
    static let contactOrder = ListOrder<TenantContact>(
        id: { ListKey.number($0.number) },
        own: [
            "number": { ListKey.number($0.number) }, "name": { $0.name.lowercased() }, "role": { $0.role },
        ])

    private static func listContacts(_ call: ControlCall) throws -> ControlResponse {
        let contacts = try record(call).contacts
        let page = try contactOrder.page(of: contacts, call.request.query)
        return .page("contacts", of: page.elements, next: page.next) { TenantDocument.write($0, to: &$1) }
            .tagged { json in for contact in contacts { TenantDocument.write(contact, to: &json) } }
    }

    private static func contacts(_ record: TenantRecord) -> ControlResponse {
        .json { json in
            json.beginObject()
            json.name("contacts")
            json.beginArray()
            for contact in record.contacts { TenantDocument.write(contact, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    private static func addContact(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["name", "role", "email", "phone"])
        let contact = try call.services.tenants.addContact(
            try call.tenantID(), name: try body.string("name"), role: try body.string("role"),
            email: try body.string("email"), phone: try body.stringIfPresent("phone"),
            actor: call.actor)
        return .json(status: 201) { TenantDocument.write(contact, to: &$0) }
    }

    private static func removeContact(_ call: ControlCall) throws -> ControlResponse {
        let id = try call.tenantID()
        guard let number = Int(call.parameters[1]) else {
            throw Problem.invalid(
                "expected a contact's number, found `\(call.parameters[1])`", field: "contact")
        }
        try call.services.tenants.removeContact(id, number: number, actor: call.actor)
        return contacts(try record(call))
    }

    // MARK: Overrides

    private static func limit(_ call: ControlCall) throws(Problem) -> TierLimit {
        let text = call.parameters[1]
        guard let limit = TierLimit(rawValue: text) else {
            let names = TierLimit.allCases.map(\.rawValue)
            throw .invalid(
                "there is no limit `\(text)`; \(Suggestion.remedy(for: text, among: names))", field: "limit")
        }
        return limit
    }

    private static func setOverride(_ call: ControlCall) throws -> ControlResponse {
        let body = try RequestBody(call.request, known: ["value", "until", "reason"])
        let id = try call.tenantID()
        let limit = try limit(call)
        guard let value = try body.integer("value", in: 0...Int.max) else {
            throw Problem.invalid("`value` is missing; add it", field: "value")
        }
        let until = try body.stringIfPresent("until").map { (text) throws(Problem) in
            guard let until = Timestamp(coming: text, after: call.services.clock.now()) else {
                throw .invalid(
                    "expected `until` as a date, a moment in UTC or a time from now, such as 2027-01-01 or 30d, found `\(text)`",
                    field: "until")
            }
            return until
        }
        try call.services.tenants.setOverride(
            id, limit, value: value, until: until, reason: try body.string("reason"),
            actor: call.actor)
        return try overrides(call)
    }

    private static func overrides(_ call: ControlCall) throws -> ControlResponse {
        let document = LimitsDocument(
            try record(call), call.services.catalog, at: call.services.clock.now())
        return .json { json in
            json.beginObject()
            document?.writeOverrides(to: &json)
            json.endObject()
        }
    }
}
