import Base

/// What a reconciliation found and did.
public struct ReconcileReport: Sendable, Hashable, Codable {
    /// A remedy that could not be carried out.
    public struct Failure: Sendable, Hashable, Codable {
        /// The finding's id.
        public let finding: String
        /// Why.
        public let reason: String
    }

    /// What is wrong (still), by kind and subject.
    public var findings: [Finding] = []
    /// What was wrong and has been put right.
    public var done: [Finding] = []
    /// What could not be put right, and why.
    public var failures: [Failure] = []
    /// The stores and the tables (`table@store`) that were not looked at to their end: there are too many owners for this scrutiny, or
    /// the time was over.
    public var unfinished: [String] = []
    /// How many more there are of each than are named.
    public var more = More()

    /// How many more findings and so on there are than are named.
    public struct More: Sendable, Hashable, Codable {
        /// Findings.
        public var findings = 0
        /// Of what was put right.
        public var done = 0
        /// Failures.
        public var failures = 0
        /// Of what was not looked at to the end.
        public var unfinished = 0
    }

    /// Whether all was looked at and nothing is wrong.
    public var isClean: Bool { findings.isEmpty && unfinished.isEmpty }

    /// The same with at most `Limits.reconcileFindingsMax` of each, and small enough for one record: what is left out is counted.
    public func bounded() -> ReconcileReport {
        var bounded = ReconcileReport()
        var left = Limits.reconcileReportBytesMax
        func take<Element>(_ all: [Element], share: Int, _ bytes: (Element) -> Int) -> ([Element], Int) {
            var kept = 0
            var room = min(left, share)
            for element in all.prefix(Limits.reconcileFindingsMax) {
                room -= bytes(element)
                // One of them is always named: that there is any shows at a glance.
                guard room >= 0 || kept == 0 else { break }
                left -= bytes(element)
                kept += 1
            }
            return (Array(all.prefix(kept)), all.count - kept)
        }
        let quarter = Limits.reconcileReportBytesMax / 4
        (bounded.failures, bounded.more.failures) = take(failures, share: quarter / 2) {
            30 + $0.finding.jsonBytesMax + $0.reason.jsonBytesMax
        }
        (bounded.unfinished, bounded.more.unfinished) = take(unfinished, share: quarter / 2) {
            $0.jsonBytesMax
        }
        (bounded.done, bounded.more.done) = take(done, share: quarter) { $0.jsonBytesMax }
        (bounded.findings, bounded.more.findings) = take(findings, share: left) { $0.jsonBytesMax }
        return bounded
    }
}

extension Finding {
    /// At most so many bytes of JSON.
    var jsonBytesMax: Int {
        150 + subject.jsonBytesMax + problem.jsonBytesMax + remedy.text.jsonBytesMax
    }
}

extension String {
    /// At most so many bytes of JSON.
    fileprivate var jsonBytesMax: Int {
        utf8.reduce(2) { $0 + ($1 < 0x20 || $1 == 0x22 || $1 == 0x5C || $1 == 0x2F ? 6 : 1) }
    }
}
