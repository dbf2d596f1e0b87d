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

    /// The trace that `traceparent` names goes on; where it is missing or not as the standard has it, one begins here.
    init(traceparent: String?, random: any RandomSource) {
        let parent = traceparent.flatMap(TraceContext.parse)
        traceID = parent?.trace ?? Hex.encode(random.bytes(16))
        parentID = parent?.span
        spanID = Hex.encode(random.bytes(8))
    }

    /// Version 00 has exactly four parts; of a later version the first four are read, and what follows them begins with a dash.
    private static func parse(_ text: String) -> (trace: String, span: String)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, isHex(parts[0], 2), isHex(parts[1], 32), isHex(parts[2], 16),
            isHex(parts[3], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        return (String(parts[1]), String(parts[2]))
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
