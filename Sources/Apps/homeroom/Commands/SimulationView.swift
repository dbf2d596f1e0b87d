import Base
import Tenancy
import Tiering

/// A simulation as a time line and a summary, and as JSON.
struct SimulationView {
    private let simulation: UpgradeSimulation
    private let history: UsageHistory

    private let tellsSchools: Bool

    /// - Parameter tellsSchools: whether somebody has said how many schools tenants have whose rows do not.
    init(_ simulation: UpgradeSimulation, _ history: UsageHistory, tellsSchools: Bool) {
        self.simulation = simulation
        self.tellsSchools = tellsSchools
        self.history = history
    }

    func show(_ invocation: Invocation) {
        let output = Output(invocation)
        let isOne = simulation.outcomes.count == 1
        var events = TextTable(
            [.init("UTC")] + (isOne ? [] : [.init("TENANT", leastWidth: 8)]) + [.init("WHAT", leastWidth: 20)]
        )
        for event in simulation.events {
            let time = String(Figures.moment(event.time.iso8601).prefix(16))
            events.add([time] + (isOne ? [] : [event.tenant]) + [event.text])
        }
        _ = output.table(events, empty: "no rule would have held, and nobody would have been near a limit")
        if simulation.eventsDropped > 0 {
            _ = output.line("and \(Figures.count(simulation.eventsDropped)) events more")
        }
        invocation.terminal.line()
        var outcomes = TextTable([
            .init("TENANT", leastWidth: 8), .init("FROM"), .init("TO"), .init("MOVES", isNumber: true),
            .init("OUTGROWN", isNumber: true), .init("LONGEST WAIT", isNumber: true), .init("AT THE END"),
        ])
        for outcome in simulation.outcomes {
            outcomes.add([
                outcome.tenant, outcome.firstTier.text, outcome.lastTier.text, Figures.count(outcome.moves),
                Figures.count(outcome.outgrown),
                outcome.moves == 0 ? "" : Figures.seconds(Double(outcome.longestWaitSeconds)),
                outcome.isOutgrown ? "outgrown" : "fits",
            ])
        }
        _ = output.table(outcomes, empty: "the file has no rows")
        for remark in remarks { _ = output.line(remark) }
    }

    /// What the file does not say, so that nobody takes silence for an answer.
    private var remarks: [String] {
        let groups: [(String, [UsageHistory.Column])] = [
            ("schools", [.schools]), ("bytes", [.bytes]), ("items", [.items]),
            ("reads", [.readUnits, .readPercent]), ("writes", [.writeUnits, .writePercent]),
            ("throttled requests", [.throttled]),
        ]
        let missing = groups.filter { name, columns in
            history.columns.isDisjoint(with: columns) && !(tellsSchools && name == "schools")
        }.map(\.0)
        guard !missing.isEmpty, !history.rows.isEmpty else { return [] }
        return [
            "", "rules that never held because the file does not tell of it:",
            "  " + missing.joined(separator: ", "),
        ]
    }

    func json() -> [UInt8] {
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.name("events")
        json.beginArray()
        for event in simulation.events {
            json.beginObject()
            json.member("time", event.time.iso8601Seconds)
            json.member("tenant", event.tenant)
            json.member("kind", event.kind)
            json.member("text", event.text)
            json.endObject()
        }
        json.endArray()
        json.name("eventsDropped")
        json.int(simulation.eventsDropped)
        json.name("tenants")
        json.beginArray()
        for outcome in simulation.outcomes { SimulationView.write(outcome, to: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    private static func write(_ outcome: SimulatedOutcome, to json: inout JSONWriter) {
        json.beginObject()
        json.member("tenant", outcome.tenant)
        json.member("from", outcome.firstTier.text)
        json.member("to", outcome.lastTier.text)
        json.name("moves")
        json.int(outcome.moves)
        json.name("outgrown")
        json.int(outcome.outgrown)
        json.name("longestWaitSeconds")
        json.int(Int(outcome.longestWaitSeconds))
        json.name("isOutgrown")
        json.bool(outcome.isOutgrown)
        json.endObject()
    }
}
