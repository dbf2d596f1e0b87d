import Dispatch
import Testing

@testable import ControlAPI

/// Who may wait for a thread that looks at passwords.
@Suite struct PasswordQueueTests {
    private let queue = PasswordQueue(label: "test", places: .init(all: 4, ofNetwork: 2, ofTenant: 3))
    private let gate = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    private func submit(_ address: String, _ tenant: String? = nil) -> PasswordQueue.Outcome {
        queue.submit(from: address, about: tenant) { [gate, done] in
            gate.wait()
            done.signal()
        }
    }

    private func finish(_ count: Int) {
        for _ in 0..<count { gate.signal() }
        for _ in 0..<count { done.wait() }
    }

    @Test func nobodyHasAllThePlaces() {
        #expect(submit("192.0.2.1") == .taken && submit("192.0.2.1") == .taken)
        #expect(submit("192.0.2.1") == .shareIsTaken)
        #expect(submit("192.0.2.2") == .taken)
        finish(3)
        queue.stop()
    }

    @Test func aSiteOfIPv6IsOneWhicheverOfItsNetworksItComesFrom() {
        #expect(submit("2001:db8:1:1::1") == .taken && submit("2001:db8:1:2::1") == .taken)
        #expect(submit("2001:db8:1:3::1") == .shareIsTaken)
        #expect(submit("2001:db8:2:1::1") == .taken)
        finish(3)
        queue.stop()
    }

    @Test func aDistrictHasAShareWhereverItsPeopleAre() {
        for number in 1...3 { #expect(submit("192.0.2.\(number)", "t1") == .taken) }
        #expect(submit("192.0.2.4", "t1") == .shareIsTaken)
        #expect(submit("192.0.2.4", "t2") == .taken)
        finish(4)
        queue.stop()
    }

    @Test func placesAreGivenBackAndAFullQueueTakesNone() {
        #expect(submit("192.0.2.1") == .taken)
        finish(1)
        // The last of a job is that it gives its place back.
        queue.stop()
        #expect(
            submit("192.0.2.1") == .isFull && submit("192.0.2.1") == .isFull && submit("192.0.2.1") == .isFull
        )
    }
}
