import Base
import Tenancy
import TestKit
import Testing

@testable import Tiering

/// Three tiers of a catalog as read, so that the simulation is held against what catalogs say.
private func catalog(
    mode: String = "automatic", rules: String = #"{"metric": "schools", "above": 10}"#,
    maintenance: String = #"{"windows": [{"from": "22:00", "to": "05:00"}]}"#
) throws -> Catalog {
    let text = """
        {"name": "sample", "tables": [{"name": "school-table",
          "partitionKey": {"name": "tenantId", "type": "S"}, "ownedKeys": ["{tenantId}"], "indexes": []}],
        "tiers": [{"name": "basic", "isolation": "pooled", "tenantsPerPool": 2, "schoolsMax": 10,
          "readUnitsPerSecond": 10, "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7,
          "upgrade": {"to": "middle", "mode": "\(mode)", "rules": [\(rules)]}},
          {"name": "middle", "isolation": "dedicated", "schoolsMax": 20,
          "readUnitsPerSecond": 40, "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7,
          "upgrade": {"to": "large", "mode": "recommend", "rules": [{"metric": "schools", "above": 20},
            {"metric": "read-rate", "abovePercent": 80, "forMinutes": 30}]}},
          {"name": "large", "isolation": "dedicated", "schoolsMax": null,
          "readUnitsPerSecond": 400, "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7}],
        "maintenance": \(maintenance)}
        """
    return try Catalog(parsing: Array(text.utf8), file: "c.json")
}

@Suite struct UpgradeSimulationTests {
    private func simulate(
        _ csv: String, _ catalog: Catalog, tier: String = "basic", schools: Int = 0, approves: Bool = false
    ) throws -> UpgradeSimulation {
        let history = UsageHistory(parsing: Array(csv.utf8))
        #expect(history.faults == [])
        let settings = UpgradeSimulation.Settings(
            tiers: catalog.tiers, maintenance: catalog.maintenance, tier: try #require(TierName(tier)),
            schools: schools, timezone: try #require(TimeZoneName("UTC")), approves: approves
        ) { zone in WallClock { _ in zone.text == "America/Chicago" ? -5 * 3600 : 0 } }
        return try #require(UpgradeSimulation(history.rows, settings: settings))
    }

    private func lines(_ simulation: UpgradeSimulation) -> [String] {
        simulation.events.map { "\($0.time.iso8601.prefix(16)) \($0.tenant) \($0.text)" }
    }

    @Test func theEleventhSchoolAtNoonIsMovedInTheNight() throws {
        let csv = """
            time,tenant,schools,timezone
            2026-09-14T08:00:00Z,spring,10,America/Chicago
            2026-09-14T17:00:00Z,spring,11,

            """
        let simulation = try simulate(csv, catalog())
        #expect(
            lines(simulation) == [
                "2026-09-14T08:00 spring near a limit: 100% of its schools",
                "2026-09-14T17:00 spring holds: schools above 10 (11 schools)",
                "2026-09-14T17:00 spring has outgrown its tier (automatic)",
                "2026-09-14T17:00 spring waits until 2026-09-15 03:00: the next window",
                "2026-09-15T03:00 spring would be moved from basic to middle",
                "2026-09-15T03:00 spring cool-down until 2026-09-16 03:00",
            ])
        let outcome = try #require(simulation.outcomes.first)
        #expect(outcome.firstTier.text == "basic" && outcome.lastTier.text == "middle")
        #expect(outcome.moves == 1 && outcome.outgrown == 1 && !outcome.isOutgrown)
        #expect(outcome.longestWaitSeconds == 10 * 3600)
    }

    @Test func whoFitsIsLeftAlone() throws {
        let simulation = try simulate("time,tenant,schools\n2026-09-14,a,7\n2026-10-14,a,7\n", catalog())
        #expect(lines(simulation) == [] && simulation.outcomes.map(\.moves) == [0])
    }

    @Test(arguments: [
        ("ask", "would wait for an approval to go to middle"),
        ("recommend", "would be recommended to go to middle"),
    ])
    func withoutAnybodyNothingIsMoved(_ mode: String, _ text: String) throws {
        let simulation = try simulate(
            "time,tenant,schools\n2026-09-14,a,11\n2026-09-20,a,11\n2026-09-27,a,9\n", catalog(mode: mode))
        #expect(
            lines(simulation) == [
                "2026-09-14T00:00 a near a limit: 100% of its schools",
                "2026-09-14T00:00 a holds: schools above 10 (11 schools)",
                "2026-09-14T00:00 a has outgrown its tier (\(mode))", "2026-09-14T00:00 a \(text)",
                "2026-09-27T00:00 a clears: schools above 10 (9 schools)",
                "2026-09-27T00:00 a fits its tier again",
            ])
        #expect(simulation.outcomes.map(\.moves) == [0])
    }

    @Test func anApprovalIsTakenAsGivenWhereOneAsksForThat() throws {
        let csv = "time,tenant,schools\n2026-09-14T23:00:00Z,a,11\n"
        #expect(try simulate(csv, catalog(mode: "ask"), approves: true).outcomes.map(\.moves) == [1])
        #expect(
            try simulate(csv, catalog(mode: "recommend"), approves: true).outcomes.map(\.moves) == [0],
            "what is recommended waits for a wish, not for an approval")
    }

    /// 600 units a minute are all that basic allows; 2,400 all of middle.
    @Test func aRateHasToLastAndIsMeasuredByTheTierItIsIn() throws {
        let rules = #"{"metric": "read-rate", "abovePercent": 80, "forMinutes": 30}"#
        func csv(_ rows: [(String, Int)]) -> String {
            "time,tenant,read-units\n"
                + rows.map { "2026-09-14T\($0.0):00Z,a,\($0.1)\n" }.joined()
        }
        let open = try catalog(rules: rules, maintenance: "{}")
        let short = try simulate(csv([("10:00", 500), ("10:29", 400), ("10:40", 300)]), open)
        #expect(lines(short) == ["2026-09-14T10:00 a near a limit: 80% of its read-rate"])
        let long = try simulate(csv([("10:00", 500), ("10:30", 400), ("10:40", 300)]), open)
        #expect(
            lines(long) == [
                "2026-09-14T10:00 a near a limit: 80% of its read-rate"
            ], "at 10:30 it is no longer above")
        let longer = try simulate(csv([("10:00", 500), ("10:31", 400), ("11:40", 2000)]), open)
        #expect(
            lines(longer) == [
                "2026-09-14T10:00 a near a limit: 80% of its read-rate",
                "2026-09-14T10:30 a holds: read-rate above 80% for 30 minutes (83%)",
                "2026-09-14T10:30 a has outgrown its tier (automatic)",
                "2026-09-14T10:30 a would be moved from basic to middle",
                "2026-09-14T10:30 a cool-down until 2026-09-15 10:30",
                "2026-09-14T11:40 a near a limit: 80% of its read-rate",
                "2026-09-14T12:10 a holds: read-rate above 80% for 30 minutes (83%)",
                "2026-09-14T12:10 a has outgrown its tier (recommend)",
                "2026-09-14T12:10 a would be recommended to go to large",
                "2026-09-15T13:10 a clears: read-rate above 80% for 30 minutes (0%)",
                "2026-09-15T13:10 a fits its tier again",
            ],
            "2,000 units are 83% of middle, and end an hour and a half behind the last row; a day later it clears"
        )
    }

    @Test func percentInTheFileAreOfTheTierAtTheBeginning() throws {
        let rules = #"{"metric": "read-rate", "abovePercent": 80}"#
        let simulation = try simulate(
            "time,tenant,read-percent\n2026-09-14T10:00:00Z,a,90\n2026-09-14T10:05:00Z,a,100\n",
            catalog(rules: rules, maintenance: "{}"))
        #expect(simulation.outcomes.map(\.lastTier.text) == ["middle"], "100% of basic are 25% of middle")
        #expect(simulation.outcomes.map(\.isOutgrown) == [false])
    }

    @Test func whatIsThrottledCountsInTheFirstTierAlone() throws {
        let rules = #"{"metric": "throttled", "abovePercent": 5}"#
        let csv = "time,tenant,requests,throttled\n2026-09-14T10:00:00Z,a,95,"
        let quiet = try simulate(csv + "5\n", catalog(rules: rules, maintenance: "{}"))
        #expect(quiet.outcomes.map(\.moves) == [0], "5% are not above 5%")
        let moved = try simulate(csv + "6\n", catalog(rules: rules, maintenance: "{}"))
        #expect(moved.outcomes.map(\.moves) == [1])
    }

    @Test func aNightTakesSoManyMovesOfAllTenants() throws {
        let limited = try catalog(
            maintenance: #"{"windows": [{"from": "22:00", "to": "05:00"}], "movesPerNight": 2}"#)
        let rows = (1...5).map { "2026-09-14T12:00:00Z,t\($0),11\n" }.joined()
        let simulation = try simulate("time,tenant,schools\n" + rows, limited)
        let moves = simulation.events.filter { $0.kind == "moved" }.map {
            "\($0.time.iso8601.prefix(16)) \($0.tenant)"
        }
        #expect(
            moves == [
                "2026-09-14T22:00 t1", "2026-09-14T22:00 t2", "2026-09-15T22:00 t3", "2026-09-15T22:00 t4",
                "2026-09-16T22:00 t5",
            ])
        #expect(
            lines(simulation).contains("2026-09-14T22:00 t3 waits until 2026-09-15 22:00: 2 moves a night"))
    }

    @Test(arguments: [
        (#"{"movesPerNight": 0}"#, "waits: the catalog lets no move begin by itself"),
        (
            #"{"blackouts": [{"from": "2026-01-01", "to": "2029-12-31", "reason": "exams"}]}"#,
            "waits: no window is open in the days to come"
        ),
    ])
    func whereNothingMayBeginItEnds(_ maintenance: String, _ text: String) throws {
        let simulation = try simulate(
            "time,tenant,schools\n2026-09-14,a,11\n2026-09-15,a,12\n", catalog(maintenance: maintenance))
        #expect(lines(simulation).filter { $0.hasSuffix(text) } == ["2026-09-14T00:00 a \(text)"])
        #expect(simulation.outcomes.map(\.isOutgrown) == [true])
    }

    @Test func aBlackoutIsNamed() throws {
        let closed = #"{"blackouts": [{"from": "2026-09-14", "to": "2026-09-15", "reason": "first days"}]}"#
        let simulation = try simulate("time,tenant,schools\n2026-09-14,a,11\n", catalog(maintenance: closed))
        #expect(
            lines(simulation).suffix(3) == [
                "2026-09-14T00:00 a waits until 2026-09-16 00:00: no moves now: first days",
                "2026-09-16T00:00 a would be moved from basic to middle",
                "2026-09-16T00:00 a cool-down until 2026-09-17 00:00",
            ])
    }

    @Test func schoolsThatTheFileDoesNotNameAreGiven() throws {
        let csv = "time,tenant\n2026-09-14T23:00:00Z,a\n"
        #expect(try simulate(csv, catalog(), schools: 11).outcomes.map(\.moves) == [1])
        #expect(try simulate(csv, catalog(), schools: 10).outcomes.map(\.moves) == [0])
    }

    @Test func aTierThatIsNotThereIsNoSimulation() throws {
        let settings = UpgradeSimulation.Settings(
            tiers: try catalog().tiers, maintenance: .anyTime, tier: try #require(TierName("gold")),
            timezone: try #require(TimeZoneName("UTC"))
        ) { _ in WallClock { _ in 0 } }
        #expect(UpgradeSimulation([], settings: settings) == nil)
    }

    /// The same history, looked at minute by minute by the rules themselves.
    @Test func fuzzSkippingTheQuietTimesChangesNothing() throws {
        let catalog = try catalog(
            mode: "recommend",
            rules:
                #"{"metric": "schools", "above": 10}, {"metric": "read-rate", "abovePercent": 80, "forMinutes": 7}"#
        )
        let plan = try #require(catalog.tiers.first?.upgrade)
        try Fuzzer("upgrade simulation", rounds: 60).run { random in
            var rows: [UsageHistory.Row] = []
            var minute = 0
            for _ in 0..<(2 + random.below(12)) {
                var row = UsageHistory.Row(
                    time: Timestamp(milliseconds: 1_789_344_000_000 + Int64(minute) * 60_000), tenant: "a")
                row.schools = 8 + random.below(4)
                row.reads = .units(Double(400 + random.below(200)))
                rows.append(row)
                minute += 1 + random.below(20)
            }
            let settings = UpgradeSimulation.Settings(
                tiers: catalog.tiers, maintenance: catalog.maintenance, tier: catalog.tiers[0].name,
                timezone: try #require(TimeZoneName("UTC"))
            ) { _ in WallClock { _ in 0 } }
            let simulation = try #require(UpgradeSimulation(rows, settings: settings))
            var standing = UpgradeStanding()
            var outgrown: [Int64] = []
            for minute in 0..<minute {
                let now = Timestamp(milliseconds: 1_789_344_000_000 + Int64(minute) * 60_000)
                guard let row = rows.last(where: { $0.time <= now }), case .units(let units) = row.reads
                else {
                    continue
                }
                let reading = TierReading(
                    schools: row.schools ?? 0, items: 0, bytes: 0, readPercent: units / 6)
                let notices = standing.note(reading, by: plan, schoolsMax: 10, at: now)
                if notices.contains(where: { if case .outgrown = $0 { true } else { false } }) {
                    outgrown.append(now.seconds)
                }
            }
            let end = rows.last.map { $0.time.seconds } ?? 0
            let simulated = simulation.events.filter { $0.kind == "outgrown" && $0.time.seconds < end }
            try #require(simulated.map(\.time.seconds) == outgrown.filter { $0 < end })
        }
    }
}
