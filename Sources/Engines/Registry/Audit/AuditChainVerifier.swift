import Base

/// Verifies chains of the audit line by line, from an export or from the registry, in memory that does not grow with them.
///
/// It finds what is missing, changed, reordered or inserted, an end that is not the recorded one, and a beginning that was cut
/// without an anchor. What it cannot find by itself: a chain that was written anew as a whole, or whose last entries were
/// removed together with its recorded end. Both show where a head that was signed, or kept elsewhere, is compared with the
/// chain: `expect` takes such heads.
public struct AuditChainVerifier: Sendable {
    private var states: [AuditKind: ChainState] = [:]
    private var ended: Set<AuditKind> = []
    /// Chains behind which another has begun.
    private var left: Set<AuditKind> = []
    private var verdict = AuditVerdict()
    private var kinds: [AuditKind] = []
    /// An entry of another chain than the one that is being read: either this one has no end, or the entry stands in its midst.
    private var stray: (place: AuditText.Place, digest: String)?
    /// Heads that are known to be genuine, by their numbers.
    private var expected: [AuditKind: [Int64: AuditHead]] = [:]

    /// A verifier that has read nothing.
    public init() {}

    /// Requires that the chain has, or had where it was cut since, this end at its number. Told before the entries.
    public mutating func expect(_ head: AuditHead) { expected[head.kind, default: [:]][head.number] = head }

    /// The next line.
    public mutating func take(_ line: AuditExportLine) {
        switch line {
        case .begin(let kinds, _): self.kinds = kinds
        case .anchor(let anchor):
            turn(to: anchor.id)
            if ended.contains(anchor.id) { return note(anchor.id, .wrongAnchor, nil) }
            change(anchor.id) { $0.begin(behind: anchor) }
        case .entry(let text): take(text)
        case .unchained:
            verdict.unchained += 1
            if states[.activity] != nil { note(.activity, .inserted, nil) }
        case .head(let head):
            turn(to: head.kind)
            end(head.kind, head)
        case .other: break
        }
    }

    /// The next line of an export, as it was read.
    /// - Throws: `AuditExportError` where it is none: nothing behind it can be trusted to be read rightly.
    public mutating func take(line: some Collection<UInt8>) throws(AuditExportError) {
        take(try AuditExportLine(parsing: line))
    }

    /// The text of the next entry.
    mutating func take(_ text: [UInt8]) {
        guard let place = AuditText.place(in: text) else {
            // In an export the chain's kind is not known then; the gap shows in the chain.
            return note(states.keys.first { !ended.contains($0) } ?? .activity, .malformed, nil)
        }
        let digest = AuditText.digest(of: text)
        // An export has one chain behind the other, each with its end.
        if let reading = kinds.first(where: { !ended.contains($0) && !left.contains($0) }),
            place.kind != reading, !ended.contains(place.kind)
        {
            guard stray?.place.kind == place.kind else {
                turn(to: reading)
                stray = (place, digest)
                return
            }
            turn(to: place.kind)
        } else {
            turn(to: place.kind)
        }
        take(place, digest: digest)
    }

    /// Goes on with this chain: an entry of another one that was read before it does not belong there.
    private mutating func turn(to kind: AuditKind) {
        if let (place, digest) = stray {
            stray = nil
            if place.kind == kind { take(place, digest: digest) } else { note(place.kind, .inserted, place) }
        }
        // The chains before it have come to their ends, told or not.
        if let place = kinds.firstIndex(of: kind) { left.formUnion(kinds[..<place]) }
    }

    mutating func take(_ place: AuditText.Place, digest: String) {
        if let head = expected[place.kind]?.removeValue(forKey: place.number), head.digest != digest {
            note(place.kind, .wrongHead, place)
        }
        if ended.contains(place.kind) { return note(place.kind, .inserted, place) }
        change(place.kind) {
            $0.take(
                ChainState.Entry(
                    number: place.number, previous: place.previous, digest: digest, stamp: place.stamp))
        }
    }

    /// Notes what was found beside the chain itself, of an entry of this kind.
    mutating func note(
        _ kind: AuditKind, _ problem: AuditFault.Problem, _ place: AuditText.Place?,
        at stamp: RecordStamp? = nil
    ) {
        change(kind) { $0.note(problem, place?.number ?? 0, place?.stamp ?? stamp) }
    }

    mutating func noteUnchained() { verdict.unchained += 1 }

    /// The end of a chain.
    mutating func end(_ kind: AuditKind, _ head: AuditHead?) {
        guard ended.insert(kind).inserted else { return note(kind, .wrongHead, nil) }
        change(kind) { $0.end(at: head) }
    }

    private mutating func change(_ kind: AuditKind, _ body: (inout ChainState) -> Void) {
        body(&states[kind, default: ChainState(kind)])
    }

    /// How many entries and places it remembers.
    var heldEntries: Int { states.values.reduce(0) { $0 + $1.heldEntries } }

    /// Ends the verification, and says what it found.
    public mutating func finish() -> AuditVerdict {
        if let (place, _) = stray { note(place.kind, .inserted, place) }
        stray = nil
        for kind in AuditKind.allCases where states[kind] != nil || kinds.contains(kind) {
            if !ended.contains(kind) { end(kind, nil) }
        }
        for kind in AuditKind.allCases {
            guard let state = states[kind] else { continue }
            verdict.chains.append(state.verdict)
            for fault in state.faults { verdict.note(fault) }
            for head in (expected[kind] ?? [:]).values.sorted(by: { $0.number < $1.number })
            where head.number > state.verdict.cutThrough {
                verdict.note(AuditFault(kind, .wrongHead, number: head.number, stamp: nil))
            }
        }
        return verdict
    }
}
