import Base
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Where a command reads and writes: text for people on standard output, what is wrong on standard error.
final class Terminal: Sendable {
    /// Whether standard output is a terminal, so that lines may be redrawn.
    let isInteractive: Bool
    /// Whether lines may be coloured: on a terminal that has colours, unless NO_COLOR asks for none. Source: no-color.org.
    let hasColors: Bool
    private let write: @Sendable (_ descriptor: Int32, _ text: String) -> Void
    private let isLineOpen = Mutex(false)

    /// The process's own.
    init() {
        isInteractive = isatty(1) == 1
        hasColors = isInteractive && Terminal.wantsColors(ProcessInfo.processInfo.environment)
        write = { Terminal.writeAll($1, to: $0) }
    }

    /// One that hands what is written on; for tests.
    init(isInteractive: Bool, write: @escaping @Sendable (_ descriptor: Int32, _ text: String) -> Void) {
        self.isInteractive = isInteractive
        hasColors = false
        self.write = write
    }

    /// Whether an environment has nothing against colours.
    static func wantsColors(_ environment: [String: String]) -> Bool {
        (environment["NO_COLOR"] ?? "").isEmpty && !["", "dumb"].contains(environment["TERM"] ?? "")
    }

    /// How many columns there are; nil where the output is no terminal, whose lines are then as long as they are.
    var columns: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return max(40, Int(size.ws_col))
    }

    /// Writes a line to standard output.
    func line(_ text: String = "") { write(1, endOfOpenLine() + text + "\n") }

    /// Writes JSON and a line's end to standard output. On a terminal what could steer it is escaped, which is the same JSON.
    func line(_ json: [UInt8]) {
        let text = String(decoding: json, as: UTF8.self)
        line(isInteractive ? TextWidth.harmlessJSON(text) : text)
    }

    /// Writes a line to standard error.
    func errorLine(_ text: String) {
        let end = endOfOpenLine()
        if !end.isEmpty { write(1, end) }
        write(2, text + "\n")
    }

    /// Draws a line that the next call, or the next line, replaces: on a terminal only.
    func redraw(_ text: String) {
        guard isInteractive else { return }
        isLineOpen.withLock { $0 = true }
        write(1, "\r\u{1B}[K" + TextWidth.shortened(text, to: (columns ?? 80) - 1))
    }

    /// Leaves the redrawn line where it stands and goes on below it.
    func keepLine() {
        let isOpen = isLineOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if isOpen { write(1, "\n") }
    }

    private func endOfOpenLine() -> String {
        isLineOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen ? "\r\u{1B}[K" : ""
        }
    }

    private static func writeAll(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            offset += count
        }
    }
}
