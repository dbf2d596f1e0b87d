import Base
import Crypto
import HTTPServer

/// By what a request is found again: in its answer, in the log, in the audit, and in the traces of other services.
struct CallMark: Sendable {
    /// The request's id: the caller's own where it is sane, else one made here.
    let id: String
    let trace: TraceContext
    let method: HTTPMethod
    /// When it came, by the monotonic clock.
    let startedNanoseconds: UInt64

    init(_ exchange: HTTPExchange, clock: any Clock, random: any RandomSource) {
        startedNanoseconds = clock.monotonicNanoseconds()
        method = exchange.method
        let fields = exchange.fields
        id = CallMark.sane(fields.single("x-request-id")) ?? "q" + Hex.encode(random.bytes(8))
        trace = TraceContext(traceparent: fields.single("traceparent"), random: random)
    }

    /// An id that can stand in a line of a log and in the audit as it is; else nil.
    static func sane(_ id: String?) -> String? {
        guard let id, (1...Limits.requestIDBytesMax).contains(id.utf8.count) else { return nil }
        let isSane = id.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
        }
        return isSane ? id : nil
    }
}

extension HTTPFields {
    /// The value of a field that stands there once; nil where it is missing or stands there more than once.
    func single(_ name: StaticString) -> String? {
        guard let index = firstIndex(of: name), firstIndex(of: name, from: index + 1) == nil else {
            return nil
        }
        return text(of: name)
    }
}
