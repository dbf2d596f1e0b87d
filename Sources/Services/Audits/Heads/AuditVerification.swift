import Base
import JSONText
import Registry
import Tokens

/// Verifies an export of the audit, or what a server sends of it, with the heads that were sealed: line by line, so that what it
/// holds does not grow with the chains, but for the heads.
///
/// A chain alone shows what somebody did who could not compute digests anew. Who could rewrite the whole registry, its recorded end
/// included, is found by the heads: they were signed while the chain was as it was, and those that are kept outside cannot be
/// taken back.
public struct AuditVerification: Sendable {
    /// What came of it.
    public struct Report: Sendable {
        /// What was found of the chains.
        public var verdict: AuditVerdict
        /// Heads whose signature is good and that were compared with the chains.
        public var headsCompared = 0
        /// Heads from before the beginning of what is kept, or behind the end of the part that was exported.
        public var headsBeyond = 0
        /// Heads that could not be believed, or compared: in words.
        public var problems: [String] = []
        /// How many problems there are, also those that are not told.
        public var problemCount = 0
        /// Where it was the export of a part: from when and to when, as it says itself.
        public var span: AuditExportSpan?
        /// Whether there were heads and no keys to verify them with.
        public var headsWithoutKeys = 0

        /// Whether nothing is missing, changed or reordered.
        public var isSound: Bool { verdict.isSound && problemCount == 0 }
    }

    private let keys: JSONWebKeySet?
    private var verifier = AuditChainVerifier()
    private var heads: [AuditKind: [Int64: AuditHead]] = [:]
    private var span: AuditExportSpan?
    private var lines = 0
    private var isExport = false
    private var hasBegun = false
    private var anchors: [AuditKind: Int64] = [:]
    private var problems: [String] = []
    private var problemCount = 0
    private var headsWithoutKeys = 0

    /// A verification that has read nothing.
    /// - Parameter keys: what heads are verified with; without them heads are only counted.
    public init(keys: JSONWebKeySet?) { self.keys = keys }

    /// A head that was sealed: it must be one of the chain's. Told before the entries.
    /// - Parameter source: where it comes from, for messages.
    public mutating func expect(statement: String, source: String) {
        precondition(!hasBegun, "heads are told before the entries")
        guard let keys else {
            headsWithoutKeys += 1
            return
        }
        let sealed: SealedHead
        do throws(TokenError) { sealed = try SealedHead(verifying: statement, keys: keys) } catch {
            return note("\(source): the head is not to be believed: \(error)")
        }
        let head = sealed.head
        if let other = heads[head.kind]?[head.number], other.digest != head.digest {
            return note(
                "\(source): two heads of `\(head.kind.rawValue)` \(head.number) were signed that differ: the chain was written "
                    + "anew in between")
        }
        heads[head.kind, default: [:]][head.number] = head
    }

    /// The next line of an export. What stands among its lines and is none is a finding.
    /// - Throws: `AuditExportError` where it is no export that can be read: its first line is not that of one, or is of another
    ///   format.
    public mutating func take(line: some Collection<UInt8>) throws(AuditExportError) {
        lines += 1
        let read: AuditExportLine
        do throws(AuditExportError) { read = try AuditExportLine(parsing: line) } catch {
            if lines == 1 { throw error }
            if case .otherFormat = error { throw error }
            return note("line \(lines) is no entry: \(error)")
        }
        switch read {
        case .begin: isExport = true
        case .other(let name, let bytes): takeOther(name, bytes)
        case .anchor(let anchor):
            begin()
            anchors[anchor.id] = anchor.number
            if let head = heads[anchor.id]?[anchor.number], head.digest != anchor.digest {
                note(
                    "\(anchor.id.rawValue) \(anchor.number), behind which the chain begins, is not the entry that a sealed head "
                        + "names")
            }
        case .entry, .unchained, .head: begin()
        }
        guard isExport else { throw .notALine }
        verifier.take(read)
    }

    /// Ends the verification, and says what it found.
    public mutating func finish() -> Report {
        begin()
        var report = Report(verdict: verifier.finish())
        for (kind, byNumber) in heads {
            for head in byNumber.values {
                if head.number <= anchors[kind] ?? 0 || !isInSpan(head) {
                    report.headsBeyond += 1
                } else {
                    report.headsCompared += 1
                }
            }
        }
        report.problems = problems
        report.problemCount = problemCount
        report.span = span
        report.headsWithoutKeys = headsWithoutKeys
        return report
    }

    /// Hands the heads to the verifier once it is known which part of the chains comes.
    private mutating func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        for head in heads.values.flatMap(\.values) where isInSpan(head) { verifier.expect(head) }
    }

    private func isInSpan(_ head: AuditHead) -> Bool {
        guard let to = span?.to else { return true }
        return head.time < to
    }

    private mutating func takeOther(_ name: String, _ bytes: [UInt8]) {
        let text: JSONText
        do throws(JSONTextError) { text = try JSONText(parsing: bytes) } catch { return }
        guard case .object(let members) = text.root.value,
            case .object(let values) = members.first?.node.value
        else { return }
        func value(_ name: String) -> JSONText.Value? { values.first { $0.name == name }?.node.value }
        switch name {
        case "sealed":
            guard case .string(let statement) = value("statement"), !hasBegun else { return }
            expect(statement: statement, source: "the export")
        case "period":
            guard !hasBegun else { return note("the export says in its middle that it is one of a period") }
            func moment(_ name: String) -> Timestamp? {
                guard case .number(let text) = value(name), let number = Int64(text) else { return nil }
                return Timestamp(milliseconds: number)
            }
            span = AuditExportSpan(from: moment("from"), to: moment("to"))
        case "misfiled":
            guard case .string(let kind) = value("kind"), case .number(let number) = value("number") else {
                return
            }
            note("\(kind) \(number) is found by something else than it says: searches may not show it")
        default: break
        }
    }

    private mutating func note(_ text: String) {
        problemCount += 1
        if problems.count < Limits.auditFaultsMax { problems.append(text) }
    }
}

/// Reads heads from what places outside have kept: the lines of a file, of a syslog, or of statements alone.
public enum HeadLines {
    /// The statement that a line holds, or nil: the line is one of our own as JSON, has it behind some other text, as a syslog
    /// writes it, or is the statement itself.
    public static func statement(in line: some Collection<UInt8>) -> String? {
        let text = String(decoding: line, as: UTF8.self)
        if let start = text.firstRange(of: #""statement":""#)?.upperBound {
            let rest = text[start...].prefix { $0 != "\"" }
            return isCompact(rest) ? String(rest) : nil
        }
        let trimmed = text.split(whereSeparator: \.isWhitespace)
        guard trimmed.count == 1, let only = trimmed.first, isCompact(only) else { return nil }
        return String(only)
    }

    private static func isCompact(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                            || $0 == 0x2D || $0 == 0x5F
                    }
            }
    }
}
