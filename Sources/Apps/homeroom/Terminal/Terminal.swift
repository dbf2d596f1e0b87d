import Base
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Where a command reads and writes: answers on standard output; on standard error what is wrong, how far it is, and questions.
final class Terminal: Sendable {
    /// What is open on the screen, and since when there is something to tell.
    private struct Drawing {
        var isLineOpen = false
        /// Whether the command says itself how far it is.
        var isTold = false
        var since: UInt64?
        /// When a plain line was last written, where no terminal is.
        var lastPlainLine: UInt64?
    }

    /// How long something takes before it is worth a line.
    private static let patienceNanoseconds: UInt64 = 1_000_000_000
    /// How often plain lines come, where nothing can be redrawn.
    private static let plainLineNanoseconds: UInt64 = 10_000_000_000

    /// Whether standard output is a terminal.
    let isInteractive: Bool
    /// Whether standard error is a terminal, so that lines may be redrawn there.
    let showsProgress: Bool
    /// Whether there is somebody to ask: standard input and standard error are terminals.
    let canAsk: Bool
    /// Whether lines may be coloured: on a terminal that has colours, unless NO_COLOR asks for none. Source: no-color.org.
    let hasColors: Bool
    private let environment: [String: String]
    private let sheet: CSVSheet?
    private let write: @Sendable (_ descriptor: Int32, _ text: String) -> Void
    private let read: @Sendable () -> String?
    private let drawing = Mutex(Drawing())
    private let clock: any Clock

    /// The process's own.
    init() {
        environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(1) == 1
        showsProgress = isatty(2) == 1
        canAsk = isatty(0) == 1 && isatty(2) == 1
        hasColors = isInteractive && Terminal.wantsColors(environment)
        sheet = nil
        write = { Terminal.writeAll($1, to: $0) }
        read = { readLine() }
        clock = SystemClock()
    }

    /// One that hands what is written on; for tests.
    init(
        isInteractive: Bool, answers: String? = nil, clock: any Clock = SystemClock(),
        write: @escaping @Sendable (_ descriptor: Int32, _ text: String) -> Void
    ) {
        environment = [:]
        self.isInteractive = isInteractive
        showsProgress = isInteractive
        canAsk = answers != nil
        hasColors = false
        sheet = nil
        self.write = write
        self.clock = clock
        read = { answers }
    }

    /// One whose tables and lines for people go to a sheet; JSON and errors are written as ever.
    init(_ other: Terminal, collectingIn sheet: CSVSheet) {
        environment = other.environment
        isInteractive = other.isInteractive
        showsProgress = other.showsProgress
        canAsk = other.canAsk
        hasColors = false
        self.sheet = sheet
        clock = other.clock
        write = other.write
        read = other.read
    }

    /// Whether an environment has nothing against colours.
    static func wantsColors(_ environment: [String: String]) -> Bool {
        (environment["NO_COLOR"] ?? "").isEmpty && !["", "dumb"].contains(environment["TERM"] ?? "")
    }

    /// How many columns there are; nil where the output is no terminal, whose lines are then as long as they are. COLUMNS is
    /// somebody's word, and stronger than what the terminal says. Source: POSIX, "Environment Variables".
    var columns: Int? {
        guard isInteractive else { return nil }
        if let said = environment["COLUMNS"].flatMap({ Int($0) }), said > 0 { return max(40, said) }
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return max(40, Int(size.ws_col))
    }

    // MARK: Answers

    /// Writes a line for people to standard output.
    func line(_ text: String = "") {
        if let sheet { return sheet.add(line: text) }
        closeLine()
        write(1, text + "\n")
    }

    /// Writes JSON and a line's end to standard output. On a terminal what could steer it is escaped, which is the same JSON.
    func line(_ json: [UInt8]) {
        let text = String(decoding: json, as: UTF8.self)
        closeLine()
        write(1, (isInteractive ? TextWidth.harmlessJSON(text) : text) + "\n")
    }

    /// Writes a table, as wide as the terminal at most. `decorated` may put colours around a row's line, the first row being 0.
    func table(_ table: TextTable, decorated: (_ row: Int, _ line: String) -> String = { $1 }) {
        if let sheet { return sheet.add(table) }
        for (number, line) in table.lines(width: columns).enumerated() {
            self.line(number == 0 ? line : decorated(number - 1, line))
        }
    }

    /// Writes a sentence in place of a table without rows; a sheet gets the table's heading.
    func emptyTable(_ table: TextTable, _ sentence: String) {
        if let sheet { return sheet.add(table) }
        line(TextWidth.harmless(sentence))
    }

    /// Writes a row of a table that has no end yet: at once, behind the heading where it is the first. Only where
    /// comma-separated values are asked for, else it is false and nothing is written.
    func streamed(_ row: [String], heading: [String]) -> Bool {
        guard let sheet else { return false }
        for row in (sheet.beginsStream() ? [heading] : []) + [row] {
            write(1, CSVSheet.text(isInteractive ? row.map(TextWidth.harmless) : row) + "\n")
        }
        return true
    }

    /// Writes names and their values below one another.
    func pairs(_ pairs: [(name: String, value: String)]) {
        if let sheet { return sheet.add(pairs) }
        let width = (pairs.map(\.name.count).max() ?? 0) + 2
        for (name, value) in pairs where !value.isEmpty {
            let name = TextWidth.harmless(name)
            line(name + String(repeating: " ", count: width - name.count) + TextWidth.harmless(value))
        }
    }

    /// Keeps a server's answer for a form that needs no table.
    func note(_ answer: JSONAnswer) { sheet?.note(answer) }

    // MARK: What goes beside them

    /// Writes a line to standard error.
    func errorLine(_ text: String) {
        closeLine()
        write(2, text + "\n")
    }

    /// Asks, and reads a line; nil where there is none.
    func ask(_ question: String) -> String? {
        closeLine()
        write(2, question)
        let answer = read()
        // Who has typed no line has not ended this one either.
        if answer == nil { write(2, "\n") }
        return answer
    }

    /// Draws a line that the next call, or the next line, replaces: on a terminal only.
    func redraw(_ text: String) {
        drawing.withLock { $0.isTold = true }
        draw(text)
    }

    /// Says how far something is, once it takes more than a second: a line that is redrawn on a terminal, plain lines every ten
    /// seconds elsewhere.
    func progress(_ text: String) {
        let isDue = drawing.withLock { drawing in
            // Read behind the lock: of two threads the one that comes in second has the later moment.
            let now = clock.monotonicNanoseconds()
            drawing.isTold = true
            let since = drawing.since ?? now
            drawing.since = since
            guard now - since >= Terminal.patienceNanoseconds else { return false }
            guard !showsProgress else { return true }
            if let last = drawing.lastPlainLine, now - last < Terminal.plainLineNanoseconds { return false }
            drawing.lastPlainLine = now
            return true
        }
        guard isDue else { return }
        if showsProgress { draw(text) } else { errorLine(TextWidth.harmless(text)) }
    }

    /// Says what is waited for, unless the command itself says how far it is: on a terminal only.
    func waiting(_ text: String) {
        guard !drawing.withLock({ $0.isTold }) else { return }
        draw(text)
    }

    /// Takes a line that was drawn away again.
    func closeLine() {
        let wasOpen = drawing.withLock { drawing in
            defer { drawing.isLineOpen = false }
            return drawing.isLineOpen
        }
        if wasOpen { write(2, "\r\u{1B}[K") }
    }

    private func draw(_ text: String) {
        guard showsProgress else { return }
        drawing.withLock { $0.isLineOpen = true }
        write(2, "\r\u{1B}[K" + TextWidth.shortened(text, to: errorColumns - 1))
    }

    /// The columns of the terminal that standard error is.
    private var errorColumns: Int {
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return max(40, Int(size.ws_col))
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
