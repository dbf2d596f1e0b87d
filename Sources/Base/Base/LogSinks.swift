#if canImport(Glibc)
    import Glibc
#endif

/// Writes each line as one JSON object to standard error: `time`, `level`, `message`, then the fields.
///
/// A line is one call of write(2), so lines of several threads do not mix.
public struct StandardErrorLog: LogSink {
    /// Standard error.
    public init() {}

    /// Writes the line; what cannot be written is lost.
    public func write(_ line: LogLine) {
        let bytes = StandardErrorLog.json(of: line)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }

    static func json(of line: LogLine) -> [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.name("time")
        json.string(line.time.iso8601)
        json.name("level")
        json.string(line.level.rawValue)
        json.name("message")
        json.string(line.message)
        for field in line.fields {
            json.name(text: field.name)
            json.string(field.value)
        }
        json.endObject()
        return json.bytes + [0x0A]
    }
}
