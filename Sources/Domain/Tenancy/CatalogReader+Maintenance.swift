import Base
import JSONText

extension CatalogReader {
    /// The catalog's `maintenance`; any time where there is none.
    mutating func maintenance(_ node: JSONText.Node?) -> Maintenance {
        guard let node,
            let object = object(
                node, "`maintenance`", needed: [],
                optional: ["windows", "blackouts", "movesAtOnce", "movesPerNight"])
        else { return .anyTime }
        let windows = array(object["windows"], "`windows`", max: Limits.maintenanceWindowsMax)
            .compactMap { window($0) }
        let blackouts = array(object["blackouts"], "`blackouts`", max: Limits.blackoutsMax)
            .compactMap { blackout($0) }
        let atOnce =
            object["movesAtOnce"] == nil
            ? Maintenance.anyTime.movesAtOnce
            : integer(
                object["movesAtOnce"], "`movesAtOnce`", in: 1...Limits.movesAtOnceMax,
                because: "a server carries out \(Limits.movesAtOnceMax) moves at once")
        let perNight =
            object["movesPerNight"] == nil
            ? Maintenance.anyTime.movesPerNight
            : integer(object["movesPerNight"], "`movesPerNight`", in: 0...Limits.upgradesPerNightMax)
        return Maintenance(
            windows: windows, blackouts: blackouts, movesAtOnce: atOnce ?? 1, movesPerNight: perNight ?? 0)
    }

    private mutating func window(_ node: JSONText.Node) -> Maintenance.Window? {
        guard let object = object(node, "a window", needed: ["from", "to"], optional: ["days"]) else {
            return nil
        }
        let elements = array(object["days"], "`days`", max: 7, isEmptyAllowed: false)
        let days = elements.compactMap { choice($0, "a day", of: Maintenance.Weekday.self) }
        guard days.count == elements.count, let from = timeOfDay(object["from"], "`from`"),
            let to = timeOfDay(object["to"], "`to`")
        else { return nil }
        guard from != to else {
            fault(node.position, "a window ends where it begins", "give it a length, or remove it")
            return nil
        }
        return Maintenance.Window(
            days: object["days"] == nil ? Set(Maintenance.Weekday.allCases) : Set(days), from: from, to: to)
    }

    private mutating func timeOfDay(_ node: JSONText.Node?, _ what: String) -> Int? {
        guard let node, let text = string(node, what) else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isShaped =
            parts.map(\.utf8.count) == [2, 2]
            && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard isShaped, let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60 else {
            fault(node.position, "\(what) is `\(text)`", "write a time of the day such as `01:30`")
            return nil
        }
        return hour * 60 + minute
    }

    private mutating func blackout(_ node: JSONText.Node) -> Maintenance.Blackout? {
        guard let object = object(node, "a blackout", needed: ["from", "to", "reason"]) else { return nil }
        let reason = string(object["reason"], "`reason`")
        guard let from = day(object["from"], "`from`"), let to = day(object["to"], "`to`"), let reason else {
            return nil
        }
        guard from <= to else {
            fault(node.position, "a blackout ends before it begins", "put the first day before the last")
            return nil
        }
        return Maintenance.Blackout(from: from, to: to, reason: reason)
    }

    private mutating func day(_ node: JSONText.Node?, _ what: String) -> LocalDate? {
        guard let node, let text = string(node, what) else { return nil }
        guard let day = LocalDate(text) else {
            fault(node.position, "\(what) is `\(text)`", "write a day such as `2026-12-14`")
            return nil
        }
        return day
    }

    /// The catalog's `prices`; nil where there are none.
    mutating func prices(_ node: JSONText.Node?) -> PriceList? {
        let names = PriceList.Entry.allCases.map(\.rawValue)
        guard let node,
            let object = object(node, "`prices`", needed: ["currency"], optional: names)
        else { return nil }
        var micros: [PriceList.Entry: Int64] = [:]
        for entry in PriceList.Entry.allCases {
            guard let node = object[entry.rawValue] else { continue }
            guard case .number(let text) = node.value, let amount = PriceList.micros(text) else {
                fault(
                    node.position, "`\(entry.rawValue)` is no price",
                    "write an amount such as `0.25`, with at most six digits behind the point")
                continue
            }
            micros[entry] = amount
        }
        guard let currency = string(object["currency"], "`currency`") else { return nil }
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            fault(
                object.position(of: "currency"), "`\(currency)` is no currency", "write three letters: `USD`")
            return nil
        }
        return PriceList(currency: currency, micros: micros)
    }
}
