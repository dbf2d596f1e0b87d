import Glibc
import Synchronization

/// Tells which seeds were under way when the process died of a trap or a bad access, which no test can catch.
enum CrashNote {
    private static let slotsMax = 64
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT]

    /// A fuzzer that is running. Atomics, so that a signal handler may read it.
    private final class Slot: Sendable {
        /// The address of the fuzzer's name; 0 while nobody uses the slot.
        let name = Atomic<UInt>(0)
        let nameBytes = Atomic<Int>(0)
        let seed = Atomic<UInt64>(0)
    }

    private static let slots = (0..<slotsMax).map { _ in Slot() }

    private static let isInstalled: Bool = {
        _ = slots
        for number in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in CrashNote.write() }
            // The handler serves once: the fault then repeats, and ends the process as it would have.
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            guard sigaction(number, &action, nil) == 0 else { return false }
        }
        return true
    }()

    /// Runs `body` with the seed noted. A replay notes nothing: its seed is known, and Swift's own backtrace worth more.
    static func noting<Result>(
        _ name: StaticString, seed: UInt64, isReplay: Bool, _ body: () throws -> Result
    ) rethrows -> Result {
        guard !isReplay, isInstalled, let slot = claim(name) else { return try body() }
        slot.seed.store(seed, ordering: .relaxed)
        defer { slot.name.store(0, ordering: .releasing) }
        return try body()
    }

    private static func claim(_ name: StaticString) -> Slot? {
        let address = UInt(bitPattern: name.utf8Start)
        for slot in slots {
            let (isMine, _) = slot.name.compareExchange(
                expected: 0, desired: address, ordering: .acquiringAndReleasing)
            guard isMine else { continue }
            slot.nameBytes.store(name.utf8CodeUnitCount, ordering: .relaxed)
            return slot
        }
        return nil
    }

    /// Runs in a signal handler: neither allocates nor locks.
    private static func write() {
        for slot in slots {
            guard let name = UnsafeRawPointer(bitPattern: slot.name.load(ordering: .acquiring)) else {
                continue
            }
            put("fuzz ")
            _ = Glibc.write(2, name, slot.nameBytes.load(ordering: .relaxed))
            put(": a crash; the seed under way was ")
            put(slot.seed.load(ordering: .relaxed))
            put("\n")
        }
    }

    private static func put(_ text: StaticString) {
        _ = Glibc.write(2, text.utf8Start, text.utf8CodeUnitCount)
    }

    private static func put(_ number: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var rest = number
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            _ = Glibc.write(2, digits.baseAddress.map { $0 + start }, digits.count - start)
        }
    }
}
