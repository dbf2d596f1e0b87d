#if canImport(Glibc)
    import Glibc
#endif

/// A program that runs in place of this one: with its terminal, its signals and its exit code.
struct ForegroundProgram {
    /// What is handed on. A stop by Ctrl-Z is left to the terminal, which stops both.
    private static let handedOn = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]
    /// The code of a signal that the kernel has sent: from the terminal, to the whole group. Source: sigaction(2).
    private static let fromKernel: Int32 = 0x80

    private var signals = sigset_t()
    private var before = sigset_t()

    /// From now on signals wait for `run`, in this thread and in all that it makes.
    init() {
        signal(SIGCHLD, SIG_DFL)
        sigemptyset(&signals)
        for number in ForegroundProgram.handedOn + [SIGCHLD] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, &before)
    }

    /// Runs a program that `PATH` names to its end.
    /// - Throws: `CommandFailure` with exit code 127 where there is none, 126 where it may not be started, and 128 and the
    ///   signal's number where one has come before.
    mutating func run(_ words: [String], environment: [String: String]) throws(CommandFailure) -> ExitCode {
        if let number = pending() {
            throw CommandFailure(message: "interrupted", exitCode: .signalled(number))
        }
        let child = try start(words, environment)
        while true {
            var information = siginfo_t()
            let number = sigwaitinfo(&signals, &information)
            if number == SIGCHLD {
                var ending: Int32 = 0
                guard waitpid(child, &ending, WNOHANG) == child else { continue }
                return ForegroundProgram.code(of: ending)
            }
            // What the terminal sends the program has got, too.
            if number > 0, information.si_code != ForegroundProgram.fromKernel { kill(child, number) }
        }
    }

    private func pending() -> Int32? {
        var waiting = sigset_t()
        sigpending(&waiting)
        return ForegroundProgram.handedOn.first { sigismember(&waiting, $0) == 1 }
    }

    private mutating func start(
        _ words: [String], _ environment: [String: String]
    ) throws(CommandFailure) -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &before)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child = pid_t()
        let status = CStrings.with(words) { arguments in
            CStrings.with(environment.map { "\($0)=\($1)" }) { variables in
                posix_spawnp(&child, words[0], nil, &attributes, arguments, variables)
            }
        }
        guard status == 0 else {
            let isMissing = status == ENOENT
            throw CommandFailure(
                message: "cannot start `\(words[0])`: "
                    + (isMissing ? "there is no such command" : String(cString: strerror(status))),
                exitCode: isMissing ? .notFound : .notExecutable)
        }
        return child
    }

    private static func code(of ending: Int32) -> ExitCode {
        let number = ending & 0x7F
        return number == 0 ? ExitCode(rawValue: (ending >> 8) & 0xFF) : .signalled(number)
    }
}
