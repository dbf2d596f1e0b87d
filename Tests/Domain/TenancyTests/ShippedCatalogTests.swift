import FoundationEssentials
import Testing

@testable import Tenancy

@Suite struct ShippedCatalogTests {
    @Test(arguments: ["default", "dedicated-from-advanced"])
    func theShippedCatalogsUpgradeAsTheReadmeSays(name: String) throws {
        let path = Package.path("Templates/catalogs/\(name).json")
        let catalog = try Catalog(parsing: [UInt8](Data(contentsOf: URL(filePath: path))), file: path)
        let readme = String(
            decoding: try Data(contentsOf: URL(filePath: Package.path("README.md"))), as: UTF8.self)
        let plans = catalog.tiers.map { tier -> String in
            guard let plan = tier.upgrade else { return "\(tier.name): none" }
            let sizes = plan.rules.filter { $0.metric == .bytes }.map { "\($0.above / 1_000_000_000) GB" }
            return
                "| \(tier.name) | \(plan.target) | \(plan.mode.rawValue) | \(tier.schoolsMax ?? 0) | \(plan.schoolsGrace) "
                + "| \(sizes.joined()) | \(plan.coolDownHours) hours |"
        }
        #expect(
            plans.count == catalog.tiers.count && plans.last == "\(catalog.tiers.last?.name.text ?? ""): none"
        )
        for plan in plans.dropLast() { #expect(readme.contains(plan), "README lacks \(plan)") }
        for plan in catalog.tiers.compactMap(\.upgrade) {
            #expect(
                plan.rules.dropFirst(2).map(\.text) == [
                    "read-rate above 80% for 30 minutes", "write-rate above 80% for 30 minutes",
                    "throttled above 5% for 10 minutes",
                ])
            #expect(plan.rules.map(\.clearsAt).dropFirst(2) == [72, 72, 1])
        }
        for tier in catalog.tiers {
            #expect(tier.upgrade?.rules.first?.above == tier.upgrade.flatMap { _ in tier.schoolsMax })
        }
        let nights = Maintenance.Window(
            days: Set(Maintenance.Weekday.allCases), from: 22 * 60, to: 5 * 60)
        #expect(
            catalog.maintenance
                == Maintenance(windows: [nights], blackouts: [], movesAtOnce: 4, movesPerNight: 100))
        #expect(
            catalog.prices
                == PriceList(
                    currency: "USD",
                    micros: [
                        .tableMonth: 1_000_000, .gigabyteMonth: 250_000, .millionReadUnits: 125_000,
                        .millionWriteUnits: 625_000,
                    ]))
    }
}
