import Synchronization

/// What happens in a simulation, in order: a number that stands for all of it, and, for whoever wants to read it, its lines as they come.
final class Trace: Sendable {
    private let onLine: (@Sendable (String) -> Void)?
    private let mixed = Mutex<UInt64>(0xCBF2_9CE4_8422_2325)

    init(onLine: (@Sendable (String) -> Void)? = nil) { self.onLine = onLine }

    /// FNV-1a over the labels of all turns and all lines.
    var hash: UInt64 { mixed.withLock { $0 } }

    func noteTurn(_ label: String) { mixed.withLock { Trace.mix(label, into: &$0) } }

    func say(_ line: @autoclosure () -> String) {
        let line = line()
        mixed.withLock { hash in
            Trace.mix(line, into: &hash)
            onLine?(line)
        }
    }

    private static func mix(_ text: String, into hash: inout UInt64) {
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
}
