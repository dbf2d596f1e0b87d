import Base
import FoundationEssentials
import Tenancy
import Tiering
import Upgrades

/// `homeroom upgrade simulate`: needs no server.
enum UpgradeSimulate {
    /// The verb, for the commands of `upgrade`.
    static let command = Command(
        path: ["upgrade", "simulate"], summary: "show what a catalog's upgrade rules would have done",
        options: [
            CommandOption(
                name: "usage", value: "FILE", help: "what tenants have used, as CSV", isRequired: true),
            CommandOption(
                name: "catalog", value: "FILE", help: "the catalog whose rules are tried",
                variable: "HOMEROOM_CATALOG", standard: "Templates/catalogs/default.json, as shipped"),
            CommandOption(
                name: "tier", value: "TIER", help: "the tier in which all tenants begin",
                standard: "the catalog's first"),
            CommandOption(
                name: "schools", value: "COUNT", help: "schools of a tenant whose rows do not say",
                standard: "0"),
            CommandOption(
                name: "timezone", value: "NAME", help: "time zone of a tenant whose rows do not say",
                standard: "UTC"),
            CommandOption(name: "approve", help: "take it that each approval that is waited for is given"),
            CommandOption(name: "json", help: "print JSON"),
        ],
        notes: [
            "The file has a header, with columns in any order: `time` (2026-09-14T12:00:00Z) and `tenant` are needed; `schools`, "
                + "`items`, `bytes`, `read-units` and `write-units` (of the busiest minute) or `read-percent` and "
                + "`write-percent` (of what the first tier allows), `requests` and `throttled`, and `timezone` may be there. A "
                + "tenant's rows stand in the order of time. Each holds until the next; its rates for an hour and a half at most.",
            "Moves take no time here and never fail. What is throttled counts until the first move: what a larger tier would have "
                + "turned away nobody knows.",
        ],
        examples: ["homeroom upgrade simulate --usage history.csv --tier basic"],
        run: { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let history = try history(invocation.value("usage") ?? "")
        let catalog = try Loading.catalog(
            ServeOptions.existing(
                invocation.value("catalog"), "catalog", shipped: "Templates/catalogs/default.json"))
        let settings = UpgradeSimulation.Settings(
            tiers: catalog.tiers, maintenance: catalog.maintenance, tier: try tier(invocation, catalog),
            schools: try invocation.integer("schools", in: 0...1_000_000) ?? 0,
            timezone: try timezone(invocation), approves: invocation.isSet("approve"), wall: WallClock.zone)
        guard let simulation = UpgradeSimulation(history.rows, settings: settings) else {
            throw CommandFailure.failed("the catalog has no tier `\(settings.tier)`")
        }
        let view = SimulationView(simulation, history, tellsSchools: settings.schools > 0)
        if invocation.isSet("json") {
            invocation.terminal.line(view.json())
        } else {
            view.show(invocation)
        }
        return .done
    }

    private static func history(_ path: String) throws(CommandFailure) -> UsageHistory {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .failed("cannot read `\(path)`; is the name right?")
        }
        guard data.count <= Limits.historyBytesMax else {
            throw .failed("`\(path)` has \(data.count) bytes; at most \(Limits.historyBytesMax) are read")
        }
        let history = UsageHistory(parsing: [UInt8](data))
        guard history.faults.isEmpty else {
            let faults = history.faults.map { "\(path): \($0)" }.joined(separator: "\n")
            throw .failed("the file of usage cannot be used:\n\(faults)")
        }
        return history
    }

    private static func tier(_ invocation: Invocation, _ catalog: Catalog) throws(CommandFailure) -> TierName
    {
        guard let text = invocation.value("tier") else {
            guard let first = catalog.tiers.first else { throw .failed("the catalog has no tiers") }
            return first.name
        }
        guard let tier = catalog.tier(named: text) else {
            throw .usage("--tier: there is no tier `\(text)`; \(catalog.tierRemedy(for: text))")
        }
        return tier.name
    }

    private static func timezone(_ invocation: Invocation) throws(CommandFailure) -> TimeZoneName {
        let text = invocation.value("timezone") ?? "UTC"
        guard let name = TimeZoneName(text) else {
            throw .usage("--timezone: `\(text)` is no time zone; \(TimeZoneName.remedy(for: text))")
        }
        return name
    }
}
