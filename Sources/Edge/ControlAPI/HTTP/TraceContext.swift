import Base
import Crypto

/// Where a request stands in a trace over many services. Source: W3C Trace Context, section 3.2 (`traceparent`).
struct TraceContext: Sendable, Equatable {
    /// The whole trace: 32 digits of lower case hex, not all zero.
    let traceID: String
    /// The caller's part of it, where the caller has sent one: 16 digits.
    let parentID: String?
    /// Our part of it: 16 digits.
    let spanID: String
    /// Whether the caller says that it keeps the trace.
    let isSampled: Bool

    /// The trace that `traceparent` names goes on; where it is missing or not as the standard has it, one begins here.
    init(traceparent: String?, random: any RandomSource) {
        let parent = traceparent.flatMap(TraceContext.parse)
        traceID = parent?.trace ?? Hex.encode(random.bytes(16))
        parentID = parent?.span
        spanID = Hex.encode(random.bytes(8))
        isSampled = parent?.isSampled ?? false
    }

    /// What those are sent that this request calls out to: of the flags the one that version 00 knows.
    var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// Version 00 has exactly four parts; of a later version the first four are read, and what follows them begins with a dash.
    private static func parse(_ text: String) -> (trace: String, span: String, isSampled: Bool)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, isHex(parts[0], 2), isHex(parts[1], 32), isHex(parts[2], 16),
            isHex(parts[3], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        let flags = UInt8(parts[3], radix: 16) ?? 0
        return (String(parts[1]), String(parts[2]), flags & 1 == 1)
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
