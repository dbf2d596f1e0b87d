import Synchronization

/// What happened in a simulation, in order: a number that stands for all of it, and, where somebody wants to read it, its lines.
final class Trace: Sendable {
    private struct State {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var lines: [String] = []
    }

    private let isKept: Bool
    private let state = Mutex(State())

    init(isKept: Bool) { self.isKept = isKept }

    /// FNV-1a over the labels of all turns and all lines.
    var hash: UInt64 { state.withLock { $0.hash } }

    var lines: [String] { state.withLock { $0.lines } }

    func noteTurn(_ label: String) { state.withLock { Trace.mix(label, into: &$0.hash) } }

    func say(_ line: @autoclosure () -> String) {
        let line = line()
        state.withLock { state in
            Trace.mix(line, into: &state.hash)
            if isKept { state.lines.append(line) }
        }
    }

    private static func mix(_ text: String, into hash: inout UInt64) {
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
}
