import Base
import HTTPServer
import JSONText
import Tenancy
import Tenants

/// Rows of an import, looked over before anything is made of them.
enum ImportRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.post, "/v1/imports/check", isWaiting: true, check)
    ]

    /// What the server has against each row, by its place in the request; a row whose key has made its tenant already is fine.
    private static func check(_ call: ControlCall) throws -> ControlResponse {
        let rows = try rows(call)
        var faults: [(row: Int, field: String, message: String)] = []
        for (number, row) in rows.enumerated() {
            do {
                let request = try OnboardingRequest(
                    name: row.name, tier: row.tier, admin: row.admin, timezone: row.timezone,
                    schools: row.schools)
                try call.services.tenants.checkOnboarding(request, idempotencyKey: "onboard/\(row.key)")
            } catch let error as TenantError {
                faults.append((number, error.field ?? "name", error.message))
            }
        }
        return .json { json in
            json.beginObject()
            json.name("faults")
            json.beginArray()
            for fault in faults {
                json.beginObject()
                json.member("row", fault.row)
                json.member("field", fault.field)
                json.member("message", fault.message)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    private struct Row {
        let key, name, tier, admin, timezone: String
        let schools: [String]
    }

    private static func rows(_ call: ControlCall) throws(Problem) -> [Row] {
        let body = try RequestBody(call.request, known: ["rows"])
        guard let node = body.value("rows"), case .array(let elements) = node.value,
            elements.count <= Limits.importCheckRowsMax
        else {
            throw .invalid(
                "expected `rows` as an array of at most \(Limits.importCheckRowsMax) objects", field: "rows")
        }
        var rows: [Row] = []
        for (number, element) in elements.enumerated() { rows.append(try row(element, "rows[\(number)]")) }
        return rows
    }

    private static let members = ["key", "name", "tier", "admin", "timezone", "schools"]

    private static func row(_ node: JSONText.Node, _ place: String) throws(Problem) -> Row {
        guard case .object(let found) = node.value else { throw .invalid("expected an object", field: place) }
        for member in found where !members.contains(member.name) {
            throw .invalid(
                "`\(member.name)` is no member of a row; \(Suggestion.remedy(for: member.name, among: members))",
                field: "\(place).\(member.name)")
        }
        func text(_ name: String) throws(Problem) -> String {
            guard case .string(let text) = found.first(where: { $0.name == name })?.node.value else {
                throw .invalid("expected `\(name)` as a string", field: "\(place).\(name)")
            }
            return text
        }
        var schools: [String] = []
        if let node = found.first(where: { $0.name == "schools" })?.node {
            guard case .array(let names) = node.value else {
                throw .invalid("expected `schools` as an array of strings", field: "\(place).schools")
            }
            for element in names {
                guard case .string(let name) = element.value else {
                    throw .invalid("expected `schools` as an array of strings", field: "\(place).schools")
                }
                schools.append(name)
            }
        }
        return Row(
            key: try text("key"), name: try text("name"), tier: try text("tier"), admin: try text("admin"),
            timezone: try text("timezone"), schools: schools)
    }
}
