/// How much a log line matters.
public enum LogLevel: String, Sendable, Comparable, CaseIterable {
    /// For whoever looks for a fault in the program.
    case debug
    /// What happens in the course of things.
    case info
    /// What somebody should look at before it becomes a fault.
    case warning
    /// What went wrong.
    case error

    /// Less before more important.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}

/// One line of the log, before it has a form.
public struct LogLine: Sendable, Equatable {
    /// When.
    public var time: Timestamp
    /// How much it matters.
    public var level: LogLevel
    /// What happened, for people: a sentence without particulars, so that lines can be counted by it.
    public var message: String
    /// The particulars by name, in order. No secrets and no item content.
    public var fields: [LogField]

    /// A line.
    public init(time: Timestamp, level: LogLevel, message: String, fields: [LogField]) {
        self.time = time
        self.level = level
        self.message = message
        self.fields = fields
    }
}

/// A particular of a log line.
public struct LogField: Sendable, Equatable {
    /// The field's name, in camel case.
    public var name: String
    /// Its value as text.
    public var value: String

    /// A field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Where log lines go.
public protocol LogSink: Sendable {
    /// Takes a line; must not block for long, and must not log.
    func write(_ line: LogLine)
}

/// What code logs to: a sink, the least level that is written, and fields that stand in every line.
public struct Log: Sendable {
    /// Writes nothing.
    public static let none = Log(sink: nil, clock: SystemClock(), leastLevel: .error, fields: [])

    private let sink: (any LogSink)?
    private let clock: any Clock
    private let leastLevel: LogLevel
    private let fields: [LogField]

    private init(sink: (any LogSink)?, clock: any Clock, leastLevel: LogLevel, fields: [LogField]) {
        self.sink = sink
        self.clock = clock
        self.leastLevel = leastLevel
        self.fields = fields
    }

    /// A log that writes lines of `leastLevel` and above to `sink`.
    public init(to sink: any LogSink, clock: any Clock = SystemClock(), leastLevel: LogLevel = .info) {
        self.init(sink: sink, clock: clock, leastLevel: leastLevel, fields: [])
    }

    /// The same log with one more field in every line.
    public func with(_ name: String, _ value: String) -> Log {
        Log(sink: sink, clock: clock, leastLevel: leastLevel, fields: fields + [LogField(name, value)])
    }

    /// Whether lines of this level are written.
    public func writes(_ level: LogLevel) -> Bool { sink != nil && level >= leastLevel }

    /// Writes a line; `message` and `fields` are not made where it is below the least level.
    public func write(
        _ level: LogLevel, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        guard let sink, level >= leastLevel else { return }
        let all = self.fields + fields().map { LogField($0.key, $0.value) }
        sink.write(LogLine(time: clock.now(), level: level, message: message(), fields: all))
    }

    /// A line of level `debug`.
    public func debug(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) { write(.debug, message(), fields()) }

    /// A line of level `info`.
    public func info(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) { write(.info, message(), fields()) }

    /// A line of level `warning`.
    public func warning(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) { write(.warning, message(), fields()) }

    /// A line of level `error`.
    public func error(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) { write(.error, message(), fields()) }
}
