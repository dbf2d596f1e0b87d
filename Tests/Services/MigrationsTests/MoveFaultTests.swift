import Base
import Registry
import RunTestKit
import Testing

@Suite struct MoveFaultTests {
    @Test(arguments: [
        ("basic", "advanced"), ("basic", "premium"), ("premium", "basic"), ("premium", "enterprise"),
    ])
    func survivesEveryFault(source: String, target: String) throws {
        let count = try RunFaults { try MoveWorld(from: source, to: target) }.exhaust()
        #expect(count > 150)
    }
}
