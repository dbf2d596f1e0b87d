import Dispatch
import Synchronization
import Testing

@testable import Base

@Suite struct WorkerPoolTests {
    @Test func carriesOutEveryJobBeforeItStops() {
        let pool = WorkerPool(label: "test", threads: 3, queueMax: 5000)
        let count = Atomic<Int>(0)
        for _ in 0..<5000 { #expect(pool.submit { count.wrappingAdd(1, ordering: .relaxed) }) }
        pool.stop()
        #expect(count.load(ordering: .relaxed) == 5000)
        #expect(!pool.submit {})
        pool.stop()
    }

    @Test func refusesWhatDoesNotFitIntoTheQueue() {
        let pool = WorkerPool(label: "test", threads: 1, queueMax: 2)
        let begun = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        #expect(
            pool.submit {
                begun.signal()
                mayEnd.wait()
            })
        begun.wait()
        #expect(pool.submit {})
        #expect(pool.submit {})
        #expect(!pool.submit {})
        #expect(pool.waiting == 2)
        mayEnd.signal()
        pool.stop()
        #expect(pool.waiting == 0)
    }
}
