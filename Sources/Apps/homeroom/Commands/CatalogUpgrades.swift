import Base

/// What a catalog says of upgrades, times and prices, for people: the end of `homeroom catalog show`.
struct CatalogUpgrades {
    private let catalog: JSONAnswer

    init(_ catalog: JSONAnswer) { self.catalog = catalog }

    func show(_ invocation: Invocation) {
        let output = Output(invocation)
        for tier in catalog["tiers"]?.elements ?? [] {
            guard let plan = tier["upgrade"] else { continue }
            invocation.terminal.line()
            _ = output.line(
                "\(tier.text("name")) is upgraded to \(plan.text("to")) (\(plan.text("mode"))) when one of these holds:"
            )
            for rule in plan["rules"]?.elements ?? [] { _ = output.line("  \(rule.text("text"))") }
        }
        if let maintenance = catalog["maintenance"] {
            invocation.terminal.line()
            output.pairs(CatalogUpgrades.pairs(maintenance) + prices)
        }
    }

    private static func pairs(_ maintenance: JSONAnswer) -> [(String, String)] {
        let windows = (maintenance["windows"]?.elements ?? []).map { window in
            let days = window["days"]?.elements.compactMap(\.string) ?? []
            let times = "\(window.text("from")) to \(window.text("to"))"
            return days.count == 7 ? times : "\(times) on \(days.joined(separator: ", "))"
        }
        let blackouts = (maintenance["blackouts"]?.elements ?? []).map {
            ("never", "\($0.text("from")) to \($0.text("to")): \($0.text("reason"))")
        }
        let moves =
            "\(Figures.count(maintenance.number("movesAtOnce"))) at once, \(Figures.count(maintenance.number("movesPerNight"))) a night"
        return (windows.isEmpty ? [("windows", "any time")] : windows.map { ("window", $0) }) + blackouts
            + [("moves", moves)]
    }

    private var prices: [(String, String)] {
        guard let prices = catalog["prices"] else { return [] }
        let names = [
            ("perTableMonthMicros", "a table a month"), ("perGigabyteMonthMicros", "a GB a month"),
            ("perMillionReadUnitsMicros", "a million read units"),
            ("perMillionWriteUnitsMicros", "a million write units"),
        ]
        return names.compactMap { member, what in
            prices[member]?.int.map {
                ("price", "\(CatalogUpgrades.exact($0)) \(prices.text("currency")) \(what)")
            }
        }
    }

    /// `0.125`: an amount in millionths as the catalog says it, to the last digit.
    private static func exact(_ micros: Int) -> String {
        let digits = String(micros % 1_000_000 + 1_000_000).dropFirst()
        let rest = String(digits.reversed().drop { $0 == "0" }.reversed())
        return "\(micros / 1_000_000)" + (rest.isEmpty ? "" : ".\(rest)")
    }
}
