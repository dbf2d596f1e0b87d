import Base

#if canImport(Glibc)
    import Glibc
#endif

/// The wait after a lost race, so that two who race for one record do not lose to each other over and over.
enum ConflictPause {
    private static let unitMicroseconds: UInt32 = 500

    /// Waits longer with each attempt, and each time for a length of chance: equal waits would meet again.
    static func wait(afterAttempt attempt: Int) {
        let longest = UInt32(min(max(attempt, 1), 16)) * unitMicroseconds
        guard let conductor = Conducting.conductor else {
            usleep(UInt32.random(in: longest / 4...longest))
            return
        }
        conductor.pause(milliseconds: 1 + conductor.choice(below: Int(longest / 1000) + 1))
    }
}
