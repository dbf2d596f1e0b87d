import Base

/// Something that is not as it must be in a chain of the audit, and where.
public struct AuditFault: Hashable, Sendable, CustomStringConvertible {
    /// What it is.
    public enum Problem: Hashable, Sendable {
        /// Entries are not there: from the fault's number to this one.
        case missing(through: Int64)
        /// The entry is not the one that its successor, or the chain's end, names.
        case changed
        /// The entry stands where another belongs.
        case reordered
        /// The entry does not belong to the chain.
        case inserted
        /// It is no entry in the form in which they are stored.
        case malformed
        /// What the index finds it by is not what it says.
        case misfiled
        /// The end that is recorded is not the one that is there.
        case wrongHead
        /// The end of the chain is not told.
        case noHead
        /// The chain does not begin with entry 1, and no anchor says that it was cut.
        case noAnchor
        /// The anchor is not the predecessor of the entry behind it.
        case wrongAnchor
    }

    /// In which chain.
    public let kind: AuditKind
    /// What it is.
    public let problem: Problem
    /// The number of the entry, or the first of several; 0 where it has none that can be read.
    public let number: Int64
    /// The stamp of the entry, or of the one before where it is not there; nil where neither is known.
    public let stamp: RecordStamp?

    /// A fault at this place.
    public init(_ kind: AuditKind, _ problem: Problem, number: Int64, stamp: RecordStamp?) {
        self.kind = kind
        self.problem = problem
        self.number = number
        self.stamp = stamp
    }

    /// One line for people.
    public var description: String {
        let entry = "\(kind.rawValue) \(number)"
        switch problem {
        case .missing(let last) where last > number: return "\(entry) to \(last) are missing"
        case .missing: return "\(entry) is missing"
        case .changed: return "\(entry) was changed"
        case .reordered: return "\(entry) stands in another entry's place"
        case .inserted: return "\(entry) was inserted: it does not belong to the chain"
        case .malformed: return "\(entry) is not in the form of an entry"
        case .misfiled: return "\(entry) is found by something else than it says"
        case .wrongHead: return "\(entry) is where the chain ends, but its recorded end is another"
        case .noHead: return "the end of the chain `\(kind.rawValue)`, behind entry \(number), is not told"
        case .noAnchor:
            return "\(entry) is the first there is, and nothing says that those before it were cut"
        case .wrongAnchor: return "\(entry) does not follow what the anchor says was cut before it"
        }
    }
}

/// What became of a verification.
public struct AuditVerdict: Sendable {
    /// One chain, as far as it was read.
    public struct Chain: Hashable, Sendable {
        /// Which.
        public let kind: AuditKind
        /// How many entries were read, from the one behind the cut on.
        public internal(set) var entries: Int64 = 0
        /// Entries that were read and then cut from the beginning while those behind them were read: not vouched for any more.
        public internal(set) var entriesCutMeanwhile: Int64 = 0
        /// The number of the last entry that was cut from the beginning, or 0.
        public internal(set) var cutThrough: Int64 = 0
        /// The end that was told.
        public internal(set) var head: AuditHead?

        init(kind: AuditKind) { self.kind = kind }
    }

    /// The chains that were read.
    public internal(set) var chains: [Chain] = []
    /// Entries from before there were chains, of which nothing can be said.
    public internal(set) var unchained: Int64 = 0
    /// What was found, at most `Limits.auditFaultsMax`.
    public internal(set) var faults: [AuditFault] = []
    /// How much was found.
    public internal(set) var faultCount = 0

    /// Whether all is as it must be.
    public var isSound: Bool { faultCount == 0 }

    mutating func note(_ fault: AuditFault) {
        guard !faults.contains(fault) else { return }
        faultCount += 1
        if faults.count < Limits.auditFaultsMax { faults.append(fault) }
    }
}
