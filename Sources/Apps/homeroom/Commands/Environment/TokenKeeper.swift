import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Keeps a token file fresh while a program reads it: a new token well before the old one ends, put there in one step.
final class TokenKeeper: Sendable {
    private static let retrySecondsMax = 30.0
    private static let retrySecondsMin = 0.2
    /// How long it sleeps in one piece: no longer, so that it notices when the machine was asleep.
    private static let napSeconds = 2.0

    private let path: String
    private let lifetimeSeconds: Double
    private let renew: @Sendable () throws -> String
    private let report: @Sendable (_ message: String) -> Void
    private let isOver = Mutex(false)
    private let end = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - lifetimeSeconds: how long each token is good.
    ///   - renew: gives a new token.
    ///   - report: told when that fails for the first time, and when it works again.
    init(
        path: String, lifetimeSeconds: Int, renew: @escaping @Sendable () throws -> String,
        report: @escaping @Sendable (_ message: String) -> Void
    ) {
        self.path = path
        self.lifetimeSeconds = Double(lifetimeSeconds)
        self.renew = renew
        self.report = report
    }

    /// Begins; the token that is there now was just issued.
    func start() {
        DispatchQueue(label: "token").async { self.keep(from: TokenKeeper.seconds()) }
    }

    /// Ends it and removes the file: it does not come back.
    func stop() {
        isOver.withLock { isOver in
            isOver = true
            SecretFile.remove(path)
        }
        end.signal()
    }

    private func keep(from start: Double) {
        var due = start + lifetimeSeconds / 2
        var isFailing = false
        while true {
            let nap = max(0, min(due - TokenKeeper.seconds(), TokenKeeper.napSeconds))
            if end.wait(timeout: .now() + nap) == .success { return }
            guard TokenKeeper.seconds() >= due else { continue }
            do {
                // Counted from before the question: the answer may take its time.
                let asked = TokenKeeper.seconds()
                let token = try renew()
                let isWritten = try isOver.withLock { isOver in
                    if !isOver { try SecretFile.replace(path, with: token) }
                    return !isOver
                }
                guard isWritten else { return }
                if isFailing { report("the token is renewed again") }
                isFailing = false
                due = asked + lifetimeSeconds / 2
            } catch {
                if !isFailing {
                    report("the token could not be renewed, and is tried again: \(error.shortText)")
                }
                isFailing = true
                due =
                    TokenKeeper.seconds()
                    + max(TokenKeeper.retrySecondsMin, min(TokenKeeper.retrySecondsMax, lifetimeSeconds / 10))
            }
        }
    }

    /// A clock that also counts while the machine sleeps. Source: clock_gettime(2).
    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension Error {
    /// What a line on standard error says of it.
    fileprivate var shortText: String { (self as? CommandFailure)?.message ?? "\(self)" }
}
