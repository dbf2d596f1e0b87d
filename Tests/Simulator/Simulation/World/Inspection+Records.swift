import Base
import Migrations
import Registry
import Tenancy
import Workflows

/// The audit's chain and the receipts' hold, the outbox has no gap, and all tell the same story as the records.
extension Inspection {
    /// What was announced, or noted, of each run: how often, by what it says.
    struct Story {
        private var told: [String: [String: Int]] = [:]

        mutating func note(_ what: String, of run: String) { told[run, default: [:]][what, default: 0] += 1 }

        func count(_ what: String, of run: RunID) -> Int { told[run.text]?[what] ?? 0 }
    }

    /// The audit and the receipts hold, the outbox has no gap, and what it told last of each district's place and standing is how it is: a
    /// change and its announcement are one commit. Of each move that has ended audit and outbox tell all, and of each that is under
    /// way the same.
    func checkRecords(_ server: Server) throws {
        try checkSums(server)
        var told = Told()
        let events = try eventStory(server, &told)
        try checkPlaces(server, told.places)
        try checkStandings(server, told.standings)
        let audit = try auditStory(server)
        var runs: [RunRecord] = []
        try server.registry.forEach(RunRecord.self) { runs.append($0) }
        for record in runs where record.kind == MoveWorkflow.runKind {
            if record.state.isFinal {
                try checkMove(record, server, events, audit)
            } else {
                checkOpenMove(record, events, audit)
            }
        }
    }

    /// What the outbox told last of each district.
    private struct Told {
        /// The payload of its change of hands.
        var places: [TenantID: String] = [:]
        /// Whether it was suspended.
        var standings: [TenantID: Bool] = [:]
    }

    private static let standings = ["tenant.suspended": true, "tenant.resumed": false]

    private func checkStandings(_ server: Server, _ standings: [TenantID: Bool]) throws {
        for home in homes.all {
            let state = try server.registry.require(TenantRecord.self, home.tenant).state
            var isSuspended = false
            if case .suspended = state { isSuspended = true }
            if isSuspended != standings[home.tenant] ?? false {
                world.find(.record, "\(home.tenant) is \(state), and the outbox says otherwise")
            }
        }
    }

    /// How often each change of hands was announced and noted is the same at every instant.
    private func checkOpenMove(_ record: RunRecord, _ events: Story, _ audit: Story) {
        for action in ["tenant.switched", "tenant.switchedBack"] {
            let counts = [events.count(action, of: record.id), audit.count(action, of: record.id)]
            if counts[0] != counts[1] || counts[0] > 1 {
                world.find(
                    .record, "`\(action)` of a move under way: \(counts[0]) events and \(counts[1]) notes")
            }
        }
    }

    private func checkPlaces(_ server: Server, _ places: [TenantID: String]) throws {
        for tenant in world.program.tiers.indices {
            guard let home = homes[tenant] else { continue }
            let record = try server.registry.require(TenantRecord.self, home.tenant)
            let announced = places[home.tenant] ?? "\"tier\":\"\(world.program.tiers[tenant])\""
            if !announced.contains("\"tier\":\"\(record.tier)\"") {
                world.find(.record, "district \(tenant) is in \(record.tier), the outbox says \(announced)")
            }
            let store = try server.registry.require(PlacementRecord.self, home.tenant).store
            if let announced = places[home.tenant], !announced.contains("\"store\":\"\(store)\"") {
                world.find(.record, "district \(tenant) is in `\(store)`, the outbox says \(announced)")
            }
        }
    }

    private func checkSums(_ server: Server) throws {
        let verdict = try server.registry.verifyAudit()
        if !verdict.isSound { world.find(.record, "the audit: \(verdict.faults)") }
        for fault in try ReceiptChain(registry: server.registry).faults() {
            world.find(.record, "the receipts: \(fault.problem)")
        }
    }

    private func eventStory(_ server: Server, _ told: inout Told) throws -> Story {
        var story = Story()
        var after: Int64 = 0
        while true {
            let page = try server.registry.events(after: after)
            for event in page.events {
                if event.id.sequence != after + 1 {
                    world.find(.record, "the outbox goes on behind \(after) with \(event.id.sequence)")
                }
                after = event.id.sequence
                guard let tenant = event.tenant else { continue }
                if let isSuspended = Self.standings[event.type] { told.standings[tenant] = isSuspended }
                guard event.type.hasPrefix("tenant.switched") else { continue }
                told.places[tenant] = event.payload
                let run = event.payload.split(separator: "\"").dropFirst(3).first
                story.note(event.type, of: run.map(String.init) ?? "")
            }
            if page.isEnd { return story }
        }
    }

    private func auditStory(_ server: Server) throws -> Story {
        var story = Story()
        var query = AuditQuery()
        query.action = .beginning("tenant.")
        while true {
            let page = try server.registry.audit(query)
            for entry in page.entries { story.note(entry.action, of: entry.detail["run"] ?? "") }
            guard let next = page.next else { return story }
            query.after = next
        }
    }

    /// Each change of hands was announced once and noted once; what was planned left one receipt, and one note of it.
    private func checkMove(
        _ record: RunRecord, _ server: Server, _ events: Story, _ audit: Story
    ) throws {
        let receipt = try server.moves.receipt(record.id)
        let switches =
            switch receipt?.outcome {
            case .moved: [1, 0]
            case .rolledBack: [1, 1]
            case .cancelled, nil: [0, 0]
            }
        for (action, wanted) in zip(["tenant.switched", "tenant.switchedBack"], switches) {
            let counts = [events.count(action, of: record.id), audit.count(action, of: record.id)]
            if counts != [wanted, wanted] {
                world.find(
                    .record,
                    "`\(action)` of a move that is \(record.state.name): \(counts[0]) events and \(counts[1]) notes, "
                        + "not \(wanted)")
            }
        }
        guard let receipt else {
            if record.values["route"] != nil { world.find(.record, "a move has left no receipt") }
            return
        }
        if audit.count("tenant.move.\(receipt.outcome.rawValue)", of: record.id) != 1 {
            world.find(.record, "the audit does not tell once of a receipt: \(receipt.outcome)")
        }
        if (receipt.outcome == .moved) != (record.state == .completed) {
            world.find(.record, "a move is \(record.state.name), its receipt says \(receipt.outcome)")
        }
        if receipt.outcome == .moved, receipt.verifiedItems == 0 || receipt.confirmedItems == 0 {
            world.find(.record, "a move of \(receipt.cleanedItems) items verified none")
        }
    }
}
