import Base

#if canImport(Glibc)
    import Glibc
#endif

/// Another program, run to its end: no shell reads its words.
enum ChildProgram {
    /// What it wrote, and how it ended.
    struct Result {
        let output: [UInt8]
        let errors: String
        /// Its exit code; nil where a signal ended it.
        let exitCode: Int32?
    }

    /// Why there is no result.
    enum Failure: Error, Equatable {
        /// There is no such program in `PATH`.
        case notFound
        /// The system refused; what it said.
        case system(String)
        /// It wrote more than is read.
        case tooMuch
    }

    /// Runs a program that `PATH` names.
    /// - Parameters:
    ///   - input: what it reads; at most what a pipe takes in one go, `Limits.childInputBytesMax`.
    ///   - environment: its variables beside those of this process.
    static func run(
        _ words: [String], input: [UInt8] = [], environment: [String: String], outputBytesMax: Int
    ) throws(Failure) -> Result {
        precondition(input.count <= Limits.childInputBytesMax, "more input than a pipe takes")
        let (toChild, fromChild, errors) = (try pipe(), try pipe(), try pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, place) in [(toChild.read, 0), (fromChild.write, 1), (errors.write, 2)] {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(place))
        }
        var child = pid_t()
        let status = CStrings.with(words) { arguments in
            CStrings.with(environment.map { "\($0)=\($1)" }) { variables in
                posix_spawnp(&child, words[0], &actions, nil, arguments, variables)
            }
        }
        for descriptor in [toChild.read, fromChild.write, errors.write] { close(descriptor) }
        defer { for descriptor in [fromChild.read, errors.read] { close(descriptor) } }
        guard status == 0 else {
            close(toChild.write)
            if status == ENOENT { throw .notFound }
            throw .system(String(cString: strerror(status)))
        }
        // INVARIANT (no deadlock): a pipe takes all of it at once, whether the child reads or not.
        // A child that has ended already says why on its own.
        let before = signal(SIGPIPE, SIG_IGN)
        _ = input.withUnsafeBytes { write(toChild.write, $0.baseAddress, $0.count) }
        signal(SIGPIPE, before)
        close(toChild.write)
        var texts: [[UInt8]] = [[], []]
        let isComplete = drain([fromChild.read, errors.read], into: &texts, bytesMax: outputBytesMax)
        if !isComplete { kill(child, SIGKILL) }
        var ending: Int32 = 0
        while waitpid(child, &ending, 0) < 0, errno == EINTR {}
        guard isComplete else { throw .tooMuch }
        let hasExited = ending & 0x7F == 0
        return Result(
            output: texts[0], errors: String(decoding: texts[1], as: UTF8.self),
            exitCode: hasExited ? (ending >> 8) & 0xFF : nil)
    }

    private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw .system(String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Reads both pipes to their ends; false where they give more than is taken.
    private static func drain(_ pipes: [Int32], into texts: inout [[UInt8]], bytesMax: Int) -> Bool {
        var open = pipes.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while open.contains(where: { $0.fd >= 0 }) {
            guard poll(&open, nfds_t(open.count), -1) >= 0 || errno == EINTR else { return false }
            for index in open.indices where open[index].fd >= 0 && open[index].revents != 0 {
                let count = read(open[index].fd, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    open[index].fd = -1
                    continue
                }
                texts[index] += buffer[..<count]
                guard texts[index].count <= bytesMax else { return false }
            }
        }
        return true
    }
}

extension Limits {
    /// How much a program is given to read: less than any pipe of Linux holds. Source: pipe(7), "Pipe capacity".
    static let childInputBytesMax = 32 * 1024
}
