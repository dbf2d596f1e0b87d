import Base
import FoundationEssentials
import Migrations
import Registry
import Testing
import Workflows

@Suite struct ReceiptChainTests {
    let world: ReconcileWorld
    /// The runs of three moves, in the order of their receipts.
    let runs: [RunID]

    init() throws {
        let world = try ReconcileWorld()
        self.world = world
        let tenant = try world.onboard("Mover", "basic")
        runs = try ["premium", "basic", "advanced"].map { tier in
            let run = try world.startMove(tenant, tier)
            try world.drive()
            return run
        }
    }

    private var faults: [ReceiptChain.Fault] {
        get throws { try ReceiptChain(registry: world.registry).faults() }
    }

    private func receipt(_ place: Int) throws -> MoveReceipt {
        try world.registry.require(MoveReceipt.self, runs[place])
    }

    @Test func receiptsInTheirPlacesAreWhole() throws {
        #expect(try runs.indices.map { try receipt($0).number } == [1, 2, 3])
        #expect(try faults == [])
    }

    @Test func aReceiptThatWasChangedIsFound() throws {
        let receipt = try receipt(1)
        let text = String(decoding: try JSONEncoder().encode(receipt), as: UTF8.self)
        let changed = text.replacing("\"verifiedItems\":", with: "\"verifiedItems\":1")
        #expect(changed != text)
        let other = try JSONDecoder().decode(MoveReceipt.self, from: Data(changed.utf8))
        try world.registry.transact(RegistryTransaction([.replace(other)]))
        #expect(try faults.map(\.run) == [runs[1]])
        #expect(try faults.map(\.problem) == ["receipt 2 is not as it was written"])
    }

    @Test(arguments: [
        (0, 1, "receipt 1 is missing before 2"), (1, 2, "receipt 2 is missing before 3"),
        (2, nil, "the newest receipt is 3, the last one there is 2"),
    ]) func aReceiptThatWasTakenAwayIsFound(place: Int, where: Int?, problem: String) throws {
        try world.delete(try receipt(place))
        #expect(try faults.map(\.run) == [`where`.map { runs[$0] }])
        #expect(try faults.map(\.problem) == [problem])
    }
}
