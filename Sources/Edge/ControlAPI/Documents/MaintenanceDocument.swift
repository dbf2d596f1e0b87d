import Base
import Tenancy

/// When tenants may be moved by themselves, as the API shows it: the member `maintenance`.
struct MaintenanceDocument {
    let maintenance: Maintenance

    func write(to json: inout JSONWriter) {
        json.name("maintenance")
        json.beginObject()
        json.name("windows")
        json.beginArray()
        for window in maintenance.windows {
            json.beginObject()
            json.name("days")
            json.beginArray()
            for day in Maintenance.Weekday.allCases where window.days.contains(day) {
                json.string(day.rawValue)
            }
            json.endArray()
            json.member("from", MaintenanceDocument.timeOfDay(window.from))
            json.member("to", MaintenanceDocument.timeOfDay(window.to))
            json.endObject()
        }
        json.endArray()
        json.name("blackouts")
        MaintenanceDocument.write(maintenance.blackouts, to: &json)
        json.member("movesAtOnce", maintenance.movesAtOnce)
        json.member("movesPerNight", maintenance.movesPerNight)
        json.endObject()
    }

    /// Blackouts, as an array.
    static func write(_ blackouts: [Maintenance.Blackout], to json: inout JSONWriter) {
        json.beginArray()
        for blackout in blackouts {
            json.beginObject()
            json.member("from", blackout.from.description)
            json.member("to", blackout.to.description)
            json.member("reason", blackout.reason)
            json.endObject()
        }
        json.endArray()
    }

    /// `01:30`.
    private static func timeOfDay(_ minutes: Int) -> String {
        [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
