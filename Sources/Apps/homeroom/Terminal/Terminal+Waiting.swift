import Dispatch

extension Terminal {
    /// Does something that may take long, and says on a terminal what is waited for once it takes more than a second.
    func whileWaiting<Result, Failure: Error>(
        for what: String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard showsProgress else { return try body() }
        let isOver = DispatchSemaphore(value: 0)
        let isQuiet = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            var seconds = 1
            while isOver.wait(timeout: .now() + .seconds(1)) == .timedOut {
                self.waiting("waiting for \(TextWidth.harmless(what))   \(Figures.seconds(Double(seconds)))")
                seconds += 1
            }
            isQuiet.signal()
        }
        defer {
            isOver.signal()
            isQuiet.wait()
        }
        return try body()
    }
}
