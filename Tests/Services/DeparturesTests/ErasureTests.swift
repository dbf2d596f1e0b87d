import Base
import Departures
import Items
import LocalTables
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import TestKit
import Testing
import Tokens
import Workflows

/// An erasure of one student of the first school, in the world of two districts.
final class ErasureWorld: RunWorld {
    let world: DepartureWorld
    let patterns: [ErasedKeys.Pattern]

    init() throws {
        world = try DepartureWorld()
        patterns = [
            ErasedKeys.Pattern(
                table: "student-table", partition: "TENANT#\(world.leaver.schools[0].id)#STUDENT#1001*")
        ]
    }

    var folder: RegistryFolder { world.folder }

    func workflow(over registry: Registry) throws -> any Workflow {
        ErasureWorkflow(environment: try world.environment(registry))
    }

    func start(_ engine: WorkflowEngine) throws -> RunID {
        let registry = try world.folder.open()
        let service = DepartureService(
            environment: try world.environment(registry), engine: engine, clock: world.folder.clock)
        return try service.erase(
            patterns, from: world.leaver.id, reason: "request 12", actor: .system, idempotencyKey: "k")
    }

    var kept: Set<DepartureWorld.Entity> {
        let prefix = "TENANT#\(world.leaver.schools[0].id)#STUDENT#"
        let erased: Set<AttributeValue> = [.string(prefix + "1001"), .string(prefix + "1001#NOTE")]
        return Set(
            DepartureWorld.items(of: world.leaver).filter { entity in
                entity.item["recordKey"].map { !erased.contains($0) } ?? true
            })
    }

    func checkCompleted(_ run: RunRecord, registry: Registry) throws {
        try world.expect(try world.items(of: world.leaver) == kept, "other items are left than should be")
        let receipt = try registry.require(RemovalReceipt.self, run.id)
        let items = receipt.tables.reduce(0) { $0 + $1.items }
        try world.expect(items == 3, "the receipt counts \(items) items")
        try world.expect(
            receipt.rewritten == [
                Rewriting(name: "b1", what: "backup", items: 3),
                Rewriting(name: "b2", what: "backup", items: 3),
            ], "the receipt tells of \(receipt.rewritten)")
        let texts =
            [receipt.statement, String(decoding: receipt.json, as: UTF8.self), run.input]
            + Array(run.values.values) + [run.result ?? ""] + run.notes.map(\.text)
        for text in texts {
            try world.expect(!text.contains("STUDENT"), "a key is in what stays: \(text)")
        }
        // What the registry still holds of the key: nothing, in any kind of record.
        let mentions = try registry.mentions(of: ["STUDENT#1001"], skipping: [])
        try world.expect(mentions.isEmpty, "the registry names the key: \(mentions)")
        try world.checkNeighbour(registry)
    }

    func checkUndone(_ run: RunRecord, registry: Registry) throws {
        let all = Set(DepartureWorld.items(of: world.leaver))
        try world.expect(try world.items(of: world.leaver) == all, "items are missing")
        let mentions = try registry.mentions(of: ["STUDENT#1001"], skipping: [])
        try world.expect(mentions.isEmpty, "the registry names the key: \(mentions)")
        try world.expect(try registry.read(RemovalReceipt.self, run.id) == nil, "there is a receipt")
        try world.checkNeighbour(registry)
    }
}

/// A clock by which, after so many looks at it, an hour is over.
private final class HastyClock: Clock {
    private let base: any Clock
    private let left: Mutex<Int>

    init(_ base: any Clock, looks: Int) {
        self.base = base
        left = Mutex(looks)
    }

    func now() -> Timestamp { base.now() }

    func monotonicNanoseconds() -> UInt64 {
        left.withLock { left in
            left -= 1
            return left >= 0 ? 0 : 3600 * 1_000_000_000
        }
    }
}

@Suite struct ErasureTests {
    /// Of the items there is all or nothing; of what is behind them what was counted until then.
    @Test func aDryRunWhoseTimeIsOverSaysWhatItHasNotCounted() throws {
        let world = try ErasureWorld()
        let registry = try world.folder.open()
        let environment = try world.world.environment(registry)
        let engine = WorkflowEngine(
            registry: registry, workflows: [ErasureWorkflow(environment: environment)],
            clock: world.folder.clock, random: SeededRandom(seed: 1), threads: 0)
        defer { engine.stop() }
        var told: [String] = []
        for looks in 1...30 {
            let service = DepartureService(
                environment: environment, engine: engine,
                clock: HastyClock(world.folder.clock, looks: looks))
            var text = "refused"
            do {
                let plan = try service.planErasure(of: world.patterns, from: world.world.leaver.id)
                #expect(plan.items == 3)
                text = plan.unfinished?.joined(separator: ", ") ?? "whole"
            } catch DepartureError.tooMuch(let seconds) { #expect(seconds == 30) }
            if told.last != text { told.append(text) }
        }
        #expect(told == ["refused", "historyEntries, decisions", "decisions", "whole"])
    }

    @Test func survivesEveryFault() throws {
        let count = try RunFaults(of: ErasureWorkflow.runKind) { try ErasureWorld() }.exhaust()
        #expect(count > 100)
    }

    @Test(arguments: [
        (
            "STUDENT#1001*", ["STUDENT#1001", "STUDENT#1001#GRADES"],
            ["STUDENT#10012", "STUDENT#1001x", "STUDENT#100"]
        ),
        ("STUDENT#1001", ["STUDENT#1001"], ["STUDENT#1001#GRADES", "STUDENT#10012"]),
        ("STUDENT#*", ["STUDENT#1001", "STUDENT#x"], ["STUDENT", "STUDENTS#1"]),
        ("STUDENT#é*", ["STUDENT#é", "STUDENT#é#1"], ["STUDENT#éa", "STUDENT#éü"]),
    ])
    func aStarNeverReachesAnotherName(text: String, own: [String], others: [String]) throws {
        let world = try DepartureWorld()
        let prefix = "TENANT#\(world.leaver.schools[0].id)#"
        let keys = try ErasedKeys(
            [ErasedKeys.Pattern(table: "student-table", partition: prefix + text)], of: world.leaver,
            catalog: world.catalog)
        for key in own {
            #expect(keys.contains(EncodedKey(partition: Array((prefix + key).utf8)), table: "student-table"))
            #expect(!keys.contains(EncodedKey(partition: Array((prefix + key).utf8)), table: "school-table"))
        }
        for key in others {
            #expect(!keys.contains(EncodedKey(partition: Array((prefix + key).utf8)), table: "student-table"))
        }
    }

    @Test(arguments: [
        "*", "TENANT#*", "TENANT#{own}*", "TENANT#{other}#STUDENT#1", "TENANT#{own}#A*B", "", "x",
    ])
    func refusesKeysThatAreNotAllTheTenantsOwn(text: String) throws {
        let world = try DepartureWorld()
        let partition = text.replacing("{own}", with: world.leaver.schools[0].id.text)
            .replacing("{other}", with: world.neighbour.schools[0].id.text)
        #expect(throws: DepartureError.self) {
            _ = try ErasedKeys(
                [ErasedKeys.Pattern(table: "student-table", partition: partition)], of: world.leaver,
                catalog: world.catalog)
        }
    }

    @Test func fuzzedPatternsNeverReachAnotherTenant() throws {
        let world = try DepartureWorld()
        let own = world.leaver.schools[0].id.text
        let other = EncodedKey(
            partition: Array("TENANT#\(world.neighbour.schools[0].id)#STUDENT#1001".utf8))
        let parts = [
            "TENANT", "#", own, world.neighbour.schools[0].id.text, "*", "STUDENT", "1001", "é", "\u{0}",
        ]
        let random = SeededRandom(seed: 5)
        var accepted = 0
        for _ in 0..<5000 {
            let text = random.bytes(Int(random.bytes(1)[0]) % 6 + 1)
                .map { parts[Int($0) % parts.count] }.joined()
            let pattern = ErasedKeys.Pattern(table: "student-table", partition: text)
            let ownText = ErasedKeys.Pattern(table: "student-table", partition: "TENANT#\(own)#" + text)
            for pattern in [pattern, ownText] {
                do throws(DepartureError) {
                    let keys = try ErasedKeys([pattern], of: world.leaver, catalog: world.catalog)
                    accepted += 1
                    #expect(!keys.contains(other, table: "student-table"), "`\(text)`")
                } catch { continue }
            }
        }
        #expect(accepted > 1000)
    }

    @Test func whatIsWrittenAgainIsErasedAgain() throws {
        let erasure = try ErasureWorld()
        let world = erasure.world
        let registry = try world.folder.open()
        let environment = try world.environment(registry)
        let again = DepartureWorld.student("1001", "NEW", of: world.leaver.schools[0].id)
        let placement = try registry.require(PlacementRecord.self, world.leaver.id)
        let engine = WorkflowEngine(
            registry: registry, workflows: [ErasureWorkflow(environment: environment)],
            clock: world.folder.clock, random: SeededRandom(seed: 7), threads: 0
        ) { boundary in
            if boundary.step == "check", boundary.point == .before,
                try registry.require(RunRecord.self, boundary.run).returns == 0
            {
                try world.write(again, placement)
            }
        }
        let run = try erasure.start(engine)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        let record = try engine.get(run)
        #expect(record.state == .completed, "\(record.notes)")
        #expect(record.returns == 1)
        #expect(try world.items(of: world.leaver) == erasure.kept)
        let receipt = try registry.require(RemovalReceipt.self, run)
        #expect(receipt.others["items written meanwhile"] == 1)
    }
}
