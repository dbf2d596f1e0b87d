import Testing

@testable import Tenancy

/// A catalog of two tiers: `basic` with this text for `upgrade`, and `large`; with these members of its own.
private func catalog(_ upgrade: String?, _ members: String = "") -> [UInt8] {
    let member = upgrade.map { ",\n    \"upgrade\": \($0)" } ?? ""
    return Array(
        """
        {"name": "sample", "tables": [{"name": "school-table",
          "partitionKey": {"name": "tenantId", "type": "S"}, "ownedKeys": ["{tenantId}"], "indexes": []}],
        "tiers": [{"name": "basic", "isolation": "pooled", "tenantsPerPool": 2, "schoolsMax": 3,
          "readUnitsPerSecond": 4, "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7\(member)},
          {"name": "large", "isolation": "dedicated", "schoolsMax": null,
          "readUnitsPerSecond": 4, "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7}]\(members)}
        """.utf8)
}

private func faults(_ bytes: [UInt8]) -> [String] {
    do throws(CatalogError) {
        _ = try Catalog(parsing: bytes, file: "c.json")
        return []
    } catch { return error.faults.map { "\($0.message); \($0.remedy)" } }
}

private func upgrade(_ rules: String, _ more: String = "") -> String {
    #"{"to": "large", "mode": "ask", "rules": [\#(rules)]\#(more)}"#
}

@Suite struct CatalogUpgradeTests {
    @Test func aCatalogThatSaysNothingMovesNobody() throws {
        let catalog = try Catalog(parsing: catalog(nil), file: "c.json")
        #expect(catalog.tiers.allSatisfy { $0.upgrade == nil })
        #expect(catalog.maintenance == .anyTime && catalog.prices == nil)
    }

    @Test func readsRulesWithTheirDefaults() throws {
        let rules = """
            {"metric": "schools", "above": 3},
            {"metric": "read-rate", "abovePercent": 80, "forMinutes": 30, "clearsAt": 60},
            {"metric": "bytes", "above": 10000000000}
            """
        let catalog = try Catalog(
            parsing: catalog(upgrade(rules, #", "schoolsGrace": 2, "coolDownHours": 48"#)), file: "c.json")
        let plan = try #require(catalog.tiers.first?.upgrade)
        #expect(plan.target.text == "large" && plan.mode == .ask)
        #expect(plan.schoolsGrace == 2 && plan.coolDownHours == 48)
        #expect(
            plan.rules == [
                UpgradeRule(metric: .schools, above: 3, forMinutes: 0, clearsAt: 2),
                UpgradeRule(metric: .readRate, above: 80, forMinutes: 30, clearsAt: 60),
                UpgradeRule(metric: .bytes, above: 10_000_000_000, forMinutes: 0, clearsAt: 9_000_000_000),
            ])
        #expect(
            plan.rules.map(\.text) == [
                "schools above 3", "read-rate above 80% for 30 minutes", "bytes above 10000000000",
            ])
    }

    @Test(arguments: [
        (
            upgrade(#"{"metric": "schools", "abovePercent": 80}"#),
            "`schools` is compared by `above`; use `above` in place of `abovePercent`"
        ),
        (
            upgrade(#"{"metric": "throttled", "above": 5}"#),
            "`throttled` is compared by `abovePercent`; use `abovePercent` in place of `above`"
        ),
        (upgrade(#"{"metric": "schools"}"#), "`above` is missing in a rule; add it"),
        (
            upgrade(#"{"metric": "scools", "above": 1}"#),
            "`metric` is `scools`; did you mean `schools`?"
        ),
        (
            upgrade(#"{"metric": "throttled", "abovePercent": 101}"#),
            "`abovePercent` is `101`; use a number from 0 to 100"
        ),
        (
            upgrade(#"{"metric": "schools", "above": 5, "clearsAt": 6}"#),
            "`clearsAt` is `6`; use a number from 0 to 5"
        ),
        (upgrade(""), "no `rules`; add at least one"),
        (
            upgrade(#"{"metric": "schools", "above": 4}"#, #", "schoolsGrace": 2"#),
            "a tenant in its `schoolsGrace` would stay there, since no rule moves it for its schools; "
                + #"add the rule {"metric": "schools", "above": 3}"#
        ),
        (
            #"{"to": "huge", "mode": "ask", "rules": [{"metric": "schools", "above": 1}]}"#,
            "tier `basic` is upgraded to `huge`, which is no tier; use `large`"
        ),
        (
            #"{"to": "basic", "mode": "ask", "rules": [{"metric": "schools", "above": 1}]}"#,
            "the upgrades of tier `basic` lead back to it; let each tier be upgraded to a larger one"
        ),
    ])
    func tellsWhatIsWrong(_ text: String, _ fault: String) { #expect(faults(catalog(text)) == [fault]) }

    @Test func aTierWithAFaultIsNotMissing() throws {
        let text = String(
            decoding: catalog(
                #"{"to": "large", "mode": "ask", "rules": [{"metric": "schools", "above": 3}]}"#),
            as: UTF8.self)
        let wrong = text.replacing(
            #""name": "large", "isolation": "dedicated""#, with: #""name": "large", "isolation": "alone""#)
        #expect(faults(Array(wrong.utf8)).map { $0.hasPrefix("`alone` is no isolation") } == [true])
    }

    @Test func readsMaintenanceAndPrices() throws {
        let members = """
            , "maintenance": {"windows": [{"days": ["saturday"], "from": "22:30", "to": "04:00"}],
            "blackouts": [{"from": "2026-12-14", "to": "2026-12-18", "reason": "exams"}], "movesAtOnce": 2},
            "prices": {"currency": "EUR", "perTableMonth": 0.25, "perMillionReadUnits": 1.000001}
            """
        let catalog = try Catalog(parsing: catalog(nil, members), file: "c.json")
        let window = Maintenance.Window(days: [.saturday], from: 22 * 60 + 30, to: 240)
        #expect(catalog.maintenance.windows == [window] && window.minutes == 330)
        #expect(catalog.maintenance.movesAtOnce == 2)
        #expect(
            catalog.maintenance.blackouts.map { "\($0.from) \($0.to) \($0.reason)" } == [
                "2026-12-14 2026-12-18 exams"
            ])
        #expect(
            catalog.prices
                == PriceList(currency: "EUR", micros: [.tableMonth: 250_000, .millionReadUnits: 1_000_001]))
    }

    @Test(arguments: [
        (
            #"{"windows": [{"from": "1:00", "to": "02:00"}]}"#,
            "`from` is `1:00`; write a time of the day such as `01:30`"
        ),
        (
            #"{"windows": [{"from": "24:00", "to": "02:00"}]}"#,
            "`from` is `24:00`; write a time of the day such as `01:30`"
        ),
        (
            #"{"windows": [{"from": "02:00", "to": "02:00"}]}"#,
            "a window ends where it begins; give it a length, or remove it"
        ),
        (
            #"{"blackouts": [{"from": "2026-04-31", "to": "2026-05-01", "reason": "x"}]}"#,
            "`from` is `2026-04-31`; write a day such as `2026-12-14`"
        ),
        (
            #"{"blackouts": [{"from": "2026-05-02", "to": "2026-05-01", "reason": "x"}]}"#,
            "a blackout ends before it begins; put the first day before the last"
        ),
        (
            #"{"movesAtOnce": 0}"#,
            "`movesAtOnce` is `0`; use a number from 1 to 4, since a server carries out 4 moves at once"
        ),
        (
            #"{"movesAtOnce": 5}"#,
            "`movesAtOnce` is `5`; use a number from 1 to 4, since a server carries out 4 moves at once"
        ),
    ])
    func tellsWhatIsWrongWithMaintenance(_ text: String, _ fault: String) {
        #expect(faults(catalog(nil, #", "maintenance": \#(text)"#)) == [fault])
    }

    @Test(
        arguments: [
            ("0", 0), ("12", 12_000_000), ("0.25", 250_000), ("1000000", 1_000_000_000_000), ("0.000001", 1),
            ("1000000.000001", nil), ("0.0000001", nil), ("-1", nil), ("1e3", nil), (".5", nil), ("1.", nil),
        ] as [(String, Int64?)])
    func readsAmounts(_ text: String, _ micros: Int64?) { #expect(PriceList.micros(text) == micros) }

    @Test(
        arguments: [
            ("1970-01-01", .thursday), ("2026-11-21", .saturday), ("2024-02-29", .thursday),
            ("2026-02-29", nil),
            ("2026-1-01", nil), ("2026-13-01", nil), ("1969-12-31", nil),
        ] as [(String, Maintenance.Weekday?)])
    func knowsTheCalendar(_ text: String, _ day: Maintenance.Weekday?) {
        #expect(LocalDate(text)?.weekday == day)
        if let date = LocalDate(text) { #expect(date.description == text) }
    }
}
