import Base
import Registry
import Synchronization

extension RunID {
    /// A new run's id: nine characters of time, so that ids sort as the runs were started, and six by chance
    /// (30 bits).
    static func make(at time: Timestamp, random: any RandomSource) -> RunID {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".unicodeScalars)
        var text = "r"
        for shift in stride(from: 40, through: 0, by: -5) {
            text.unicodeScalars.append(alphabet[Int(time.milliseconds >> Int64(shift)) & 31])
        }
        for byte in random.bytes(6) { text.unicodeScalars.append(alphabet[Int(byte & 31)]) }
        guard let id = RunID(text) else { preconditionFailure("`\(text)` has an id's form") }
        return id
    }
}

/// Hands out ids that sort in the order of the starts, also where the clock is set back: behind the newest of before, a
/// millisecond each.
final class RunIDSource: Sendable {
    private let last = Mutex<Int64?>(nil)
    private let registry: Registry
    private let random: any RandomSource

    /// Ids behind the registry's newest.
    init(registry: Registry, random: any RandomSource) {
        self.registry = registry
        self.random = random
    }

    /// A new id. The first call reads the newest run.
    func make(at now: Timestamp) throws -> RunID {
        if last.withLock({ $0 }) == nil {
            let newest = try registry.list(RunRecord.self, limit: 1, isForward: false).records.first?.id
            last.withLock { $0 = $0 ?? newest.map(\.startMilliseconds) ?? 0 }
        }
        let milliseconds = last.withLock { last in
            let next = max(now.milliseconds, (last ?? 0) + 1)
            last = next
            return next
        }
        return RunID.make(at: Timestamp(milliseconds: milliseconds), random: random)
    }
}

extension RunID {
    /// The time that the id was made of, in milliseconds: 45 bits of it, which last for a thousand years.
    fileprivate var startMilliseconds: Int64 {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".unicodeScalars)
        return text.unicodeScalars.dropFirst().prefix(9).reduce(0) { value, scalar in
            value << 5 | Int64(alphabet.firstIndex(of: scalar) ?? 0)
        }
    }
}
