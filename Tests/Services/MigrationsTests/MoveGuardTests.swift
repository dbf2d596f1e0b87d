import Base
import FoundationEssentials
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

@testable import Migrations

/// Whether something was done already.
final class Once: Sendable {
    private let hasHappened = Mutex(false)

    /// True the first time.
    func isFirst() -> Bool {
        hasHappened.withLock { hasHappened in
            defer { hasHappened = true }
            return !hasHappened
        }
    }
}

/// Who may write at the target before the switch, what the switch goes by, and what is left to be checked.
@Suite struct MoveGuardTests {
    private let key = SigningKey.generate(now: Timestamp(milliseconds: 0))

    /// A move over a world, with something done at a boundary of one of its steps.
    private func move(
        _ world: MoveWorld, workflow more: ((MoveWorkflow) -> any Workflow)? = nil,
        at step: String = "", _ point: Boundary.Point = .before,
        _ act: @escaping @Sendable () throws -> Void = {}
    ) throws -> (record: RunRecord, registry: Registry) {
        let registry = try world.folder.open()
        let hasActed = Once()
        var environment = world.environment(registry)
        environment.sign = { [key] in SignedStatement($1, type: $0, key: key) }
        let base = MoveWorkflow(environment: environment)
        let engine = WorkflowEngine(
            registry: registry, workflows: [more?(base) ?? base], clock: world.folder.clock,
            random: SeededRandom(seed: 1), threads: 0,
            onBoundary: { boundary in
                guard boundary.step == step, boundary.point == point else { return }
                // Once: a step is called again, and on the way back.
                if hasActed.isFirst() { try act() }
            })
        let run = try world.start(engine)
        while let due = try engine.runUntilIdle() {
            world.folder.clock.advance(byMilliseconds: due.milliseconds(since: world.folder.clock.now()))
        }
        return (try engine.get(run), registry)
    }

    private static func target(_ world: MoveWorld) throws -> any MovableStore {
        try world.stores.store(try #require(StoreID("pool-advanced-1")))
    }

    private static func item(_ number: Int, _ world: MoveWorld, value: Int) throws -> MovedItem {
        let student = try MoveWorld.student(number, of: world.mover.schools[0].id, value: value)
        let table = try #require(
            try target(world).schemas().first { $0.name.text.hasPrefix("student-table") })
        return MovedItem(
            table: table.name, key: try table.key.key(ofItem: student.item), image: ItemImage(student.item))
    }

    // MARK: Foreign writes

    @Test func nobodyButTheMoverWritesAtTheTargetBeforeTheSwitch() throws {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let mover = world.mover.id
        let (record, _) = try move(world, at: "switch") {
            let target = try Self.target(world)
            let foreign = try Self.item(0, world, value: 666)
            let other = try #require(RunID("r000000000000000"))
            #expect(throws: TableError.notArriving(mover)) {
                try target.apply([foreign], for: mover, run: other)
            }
            // Whatever epoch a request was routed by.
            let epoch = try #require(try target.resident(mover)).epoch
            let student = try MoveWorld.student(0, of: world.mover.schools[0].id, value: 666)
            for routed in [epoch - 1, epoch, epoch + 1] {
                let write = ItemWrite(table: foreign.table, key: foreign.key, action: .put(student.item))
                #expect(throws: TableError.misrouted(mover)) {
                    try target.write(
                        WriteRequest(
                            write, route: WriteRoute(tenant: mover, epoch: routed, wall: OpenWall())))
                }
            }
            let restorer = try #require(target as? any RestorableStore)
            #expect(throws: TableError.misrouted(mover)) {
                try restorer.restore([foreign], of: mover, epoch: epoch)
            }
        }
        #expect(record.state == .completed, "\(record.notes.map(\.text))")
    }

    /// What is there all the same, a row more, another value or a row less, by whatever way it came: before the comparison and after.
    @Test(arguments: [
        ("copy", 777, 1), ("verify", 777, 1), ("verify", 0, 666), ("switch", 777, 1), ("switch", 0, 666),
        ("switch", 0, -1), ("confirm", 777, 1), ("confirm", 0, -1),
    ])
    func aForeignRowStopsTheMoveAndIsNamed(step: String, number: Int, value: Int) throws {
        let world = try MoveWorld(undoWindowSeconds: 600)
        let (record, registry) = try move(world, at: step) {
            let target = try Self.target(world)
            let open = try world.folder.open()
            let run = try #require(
                try open.list(RunRecord.self).records.first { $0.tenant == world.mover.id }?.id)
            var foreign = try Self.item(number, world, value: value)
            if value < 0 { foreign.image = nil }
            if step == "confirm" {
                // The target is in charge by now: somebody writes into it past the engine's rules.
                let resident = try #require(try target.resident(world.mover.id))
                try target.setResident(
                    world.mover.id, to: Resident(epoch: resident.epoch, state: .arriving(run)))
                try target.apply([foreign], for: world.mover.id, run: run)
                try target.setResident(world.mover.id, to: resident)
            } else {
                try target.apply([foreign], for: world.mover.id, run: run)
            }
        }
        #expect(record.state == .undone)
        #expect(
            record.notes.contains {
                $0.text.contains("1 items differ") && $0.text.contains("STUDENT#\(number)` `PROFILE`")
            }, "\(record.notes.map(\.text))")
        try world.checkUndone(record, registry: registry)
    }

    // MARK: The receipt of verify

    /// What somebody may make of the record of the comparison.
    enum Forgery: CaseIterable {
        case flagAlone
        case otherRun
        case otherItems
        case otherStore
        case laterLog
    }

    private struct ForgingStep: WorkflowStep {
        let forgery: Forgery
        let name = "forge"

        func perform(_ context: RunContext) throws -> StepResult {
            guard try context.value(for: "forged", as: Bool.self) == nil else { return .done }
            try context.set(true, for: "forged")
            var state = try #require(try context.value(for: MoveMemory.verification, as: Verification.self))
            let receipt = try #require(state.receipt)
            func made(
                run: RunID? = nil, to: StoreID? = nil, sequence: Int64? = nil
            ) -> VerificationReceipt {
                VerificationReceipt(
                    run: run ?? receipt.run, tenant: receipt.tenant, from: receipt.from,
                    to: to ?? receipt.to, verification: state, sequence: sequence ?? receipt.sequence)
            }
            switch forgery {
            case .flagAlone: state = Verification(isComplete: true)
            case .otherRun: state.receipt = made(run: RunID("r000000000000000"))
            case .otherItems: state.cursor.items += 1
            case .otherStore: state.receipt = made(to: StoreID("pool-advanced-9"))
            case .laterLog: state.receipt = made(sequence: .max)
            }
            try context.set(state, for: MoveMemory.verification)
            return .done
        }
    }

    private struct ForgedWorkflow: Workflow {
        let kind = MoveWorkflow.runKind
        let lock: String? = MoveWorkflow.placeLock
        let steps: [any WorkflowStep]
    }

    @Test(arguments: Forgery.allCases)
    func theSwitchGoesByTheReceiptOfTheComparison(forgery: Forgery) throws {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let (record, registry) = try move(
            world,
            workflow: { base in
                var steps = base.steps
                guard let index = steps.firstIndex(where: { $0.name == "switch" }) else { return base }
                steps.insert(ForgingStep(forgery: forgery), at: index)
                return ForgedWorkflow(steps: steps)
            })
        #expect(record.state == .completed, "\(record.notes.map(\.text))")
        #expect(record.notes.contains { $0.text.contains("the target is not verified") })
        try world.checkCompleted(record, registry: registry)
    }

    @Test func aRecordOfAnEarlierVersionIsCompleteWithoutAReceipt() throws {
        let old = #"{"cursor":{"finished":[],"items":7,"bytes":0},"digest":"00ff","isComplete":true}"#
        let read = try JSONDecoder().decode(Verification.self, from: Data(old.utf8))
        #expect(read.isComplete && read.receipt == nil && read.cursor.items == 7)
    }

    // MARK: The receipt of the move

    @Test func theReceiptIsSignedChainedAndInTheAudit() throws {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let (record, registry) = try move(world)
        let receipt = try registry.require(MoveReceipt.self, record.id)
        let keys = JSONWebKeySet([key.publicKey])
        let check = try MoveReceiptCheck(try #require(receipt.statement), keys: keys)
        guard case .tenant(let signed) = check.receipt else {
            Issue.record("another receipt")
            return
        }
        #expect(check.keyID == key.keyID)
        #expect(signed.digest == receipt.digest && signed.id == record.id)
        let entry = try registry.list(AuditEntry.self, limit: 1000).records.first {
            $0.action == "tenant.move.moved"
        }
        #expect(entry?.detail["receipt"] == receipt.digest)
        #expect(try ReceiptChain(registry: registry).faults() == [])

        let stranger = SigningKey.generate(now: Timestamp(milliseconds: 0))
        #expect(throws: TokenError.unknownKey) {
            try MoveReceiptCheck(
                try #require(receipt.statement), keys: JSONWebKeySet([stranger.publicKey]))
        }
        var other = receipt
        other.digest = String(repeating: "0", count: 64)
        let forged = SignedStatement(
            try other.plainText(), type: MoveReceipt.statementType, key: key)
        #expect(throws: MoveReceiptFault.digest) { try MoveReceiptCheck(forged.text, keys: keys) }
        let nonsense = SignedStatement(Array("{}".utf8), type: MoveReceipt.statementType, key: key)
        #expect(throws: MoveReceiptFault.unreadable) { try MoveReceiptCheck(nonsense.text, keys: keys) }
        let removal = SignedStatement(
            try receipt.plainText(), type: "homeroom-receipt+jws", key: key)
        #expect(throws: TokenError.header(name: "typ")) {
            try MoveReceiptCheck(removal.text, keys: keys)
        }
    }

    @Test func aReceiptOfAnEarlierVersionKeepsItsDigest() throws {
        let world = try MoveWorld(undoWindowSeconds: 0)
        let (record, registry) = try move(world)
        var receipt = try registry.require(MoveReceipt.self, record.id)
        receipt.statement = nil
        receipt.remains = nil
        receipt.digest = ""
        receipt.digest = try receipt.computedDigest()
        // Neither member is in what an earlier version wrote.
        let text = String(decoding: try JSONEncoder().encode(receipt), as: UTF8.self)
        #expect(!text.contains("statement") && !text.contains("remains"))
        let read = try JSONDecoder().decode(MoveReceipt.self, from: Data(text.utf8))
        #expect(try read.computedDigest() == receipt.digest)
    }
}
