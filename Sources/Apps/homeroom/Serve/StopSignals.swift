#if canImport(Glibc)
    import Glibc
#endif

/// Waits for the wish to stop: SIGTERM or SIGINT; and for the one to read files again: SIGHUP.
struct StopSignals {
    static let reread = "SIGHUP"

    private var signals = sigset_t()

    /// Keeps the signals from ending the process, in this thread and in all that it makes from now on; and writing to a
    /// connection whose client has gone, or to a file that has reached the process's limit, from ending it, too.
    /// - Parameter alsoRereading: false where there is nothing to read again; SIGHUP then ends the process, as it does by itself.
    init(alsoRereading: Bool) {
        sigemptyset(&signals)
        if alsoRereading { sigaddset(&signals, SIGHUP) }
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Waits for one of them; its name and the process that sent it (0: the terminal).
    mutating func wait() -> (signal: String, sender: Int32) {
        var information = siginfo_t()
        var number: Int32 = -1
        while number <= 0 { number = sigwaitinfo(&signals, &information) }
        let name = number == SIGHUP ? StopSignals.reread : number == SIGINT ? "SIGINT" : "SIGTERM"
        return (name, information._sifields._kill.si_pid)
    }

    /// From now on a second signal ends the process at once.
    mutating func release() { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
}

/// How many files the process may have open.
enum OpenFiles {
    /// How many that is now.
    static var limit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the limit to the highest one that is allowed.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
