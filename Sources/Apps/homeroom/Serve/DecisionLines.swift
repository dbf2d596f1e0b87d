import Base
import Registry

/// Denials as lines of the log, with their reasons.
struct DecisionLines: Sendable {
    private static let findingsMax = 4
    let log: Log

    @Sendable func write(_ entry: DecisionEntry) {
        // Whatever the wall stops has got through the policies: somebody must look.
        let level: LogLevel = entry.judge == .wall ? .error : .info
        guard log.writes(level) else { return }
        var log = log
        if let tenant = entry.tenant { log = log.with("tenant", tenant.text) }
        if let statement = entry.statement { log = log.with("statement", Self.text(statement)) }
        if entry.count > 1 { log = log.with("count", String(entry.count)) }
        let reasons = entry.findings.prefix(Self.findingsMax).map { "\(Self.text($0.statement)): \($0.text)" }
        if !reasons.isEmpty { log = log.with("reasons", reasons.joined(separator: "; ")) }
        log.write(
            level, "decision",
            [
                "requestId": entry.requestID, "decision": entry.outcome.rawValue,
                "decidedBy": entry.judge.rawValue, "role": entry.role, "caller": entry.principal,
                "action": entry.action, "resource": entry.resource, "summary": entry.summary,
            ])
    }

    private static func text(_ place: DecisionEntry.Place) -> String {
        "\(place.file):\(place.line)" + (place.sid.map { " \($0)" } ?? "")
    }
}
