import Base

/// One chain while it is verified: what the next entry must be, and what has not found its place.
///
/// Each entry names the digest of the one before it, so whether an entry is genuine shows at its successor: a decision
/// between two waits for one entry more. Memory does not grow with the chain.
struct ChainState {
    /// An entry that was read.
    struct Entry: Equatable {
        let number: Int64
        let previous: String
        let digest: String
        let stamp: RecordStamp
        /// The number that it would have if all before it were there.
        var position: Int64 = 0

        /// Whether it stands where its number says.
        var isInPlace: Bool { position == number }
    }

    /// Numbers that were passed over, behind the entry with this stamp.
    private struct Gap {
        var first: Int64
        var last: Int64
        let stamp: RecordStamp?
        /// Where it is the chain's whole beginning: the first entry that is there.
        var beginning: Entry?
    }

    let kind: AuditKind
    var verdict: AuditVerdict.Chain
    private(set) var faults: [AuditFault] = []
    /// Those that have the last number: one, unless another was inserted beside it. Empty at the beginning.
    private var last: [Entry] = []
    /// The stamp of the entry before the last.
    private var before: RecordStamp?
    /// The number that comes next.
    private var next: Int64 = 1
    /// What the first entry names as its predecessor.
    private var anchor: AuditAnchor?
    private var isBegun = false
    /// An entry whose number lies ahead: either those between are missing, or it stands in a wrong place.
    private var held: Entry?
    /// Entries that stood too early.
    private var strays: [Entry] = []
    private var gaps: [Gap] = []
    /// Whether an entry that came early was in its place: one behind it that belongs before it is what was moved.
    private var wasPassedOver = false
    /// The last entry does not name its predecessor: one of the two was changed.
    private var isDoubtful = false

    init(_ kind: AuditKind) {
        self.kind = kind
        verdict = AuditVerdict.Chain(kind: kind)
    }

    /// Where the chain begins, told before its first entry; or where it goes on, told where entries that would have come next
    /// were cut while it was read. Then it begins anew: only what lies behind the anchor is vouched for.
    mutating func begin(behind anchor: AuditAnchor) {
        if anchor.number == next - 1, isBegun || self.anchor?.digest == anchor.digest {
            // It says of the entry before what that one's successor says itself.
            return
        }
        guard isBegun || held != nil || self.anchor != nil else { return restart(behind: anchor) }
        if let entry = held { jump(to: entry) }
        guard anchor.number >= next else { return note(.wrongAnchor, next, last.first?.stamp) }
        settleDoubt(by: nil)
        _ = settle(by: last.first?.digest ?? "")
        noteLeft()
        verdict.entriesCutMeanwhile += verdict.entries
        verdict.entries = 0
        restart(behind: anchor)
    }

    private mutating func restart(behind anchor: AuditAnchor) {
        self.anchor = anchor
        next = anchor.number + 1
        last = []
        before = nil
        isBegun = false
        verdict.cutThrough = anchor.number
    }

    /// What has not found its place to the end.
    private mutating func noteLeft() {
        for entry in strays { note(.inserted, entry.number, entry.stamp) }
        for gap in gaps.sorted(by: { $0.first < $1.first }) { note(gap) }
        strays = []
        gaps = []
        if wasPassedOver, faults.isEmpty { note(.reordered, next - 1, last.first?.stamp) }
    }

    /// How many entries and places are remembered: of a sound chain one, of any a bounded number.
    var heldEntries: Int { last.count + (held == nil ? 0 : 1) + strays.count + gaps.count + faults.count }

    /// The next entry that was read.
    mutating func take(_ entry: Entry) {
        verdict.entries += 1
        var entry = entry
        entry.position = verdict.cutThrough + verdict.entries
        place(entry)
    }

    private mutating func place(_ entry: Entry) {
        if entry.number == next {
            if let early = held { stray(early) }
            held = nil
            if !entry.isInPlace, strays.contains(where: \.isInPlace) {
                note(.reordered, entry.number, entry.stamp)
            }
            return accept(entry, isTied: true)
        }
        if entry.number < next { return takeLate(entry) }
        guard let early = held else {
            held = entry
            return
        }
        if entry.number < early.number {
            stray(early)
            held = entry
        } else {
            jump(to: early)
            place(entry)
        }
    }

    /// Goes on at `entry`: what lies between is missing, or stood too early.
    private mutating func jump(to entry: Entry) {
        held = nil
        // Without an anchor the beginning is gone; what is left is verified from here.
        let isBeginning = !isBegun && anchor == nil
        open(from: next, through: entry.number - 1, before: isBeginning ? entry : nil)
        settleDoubt(by: nil)
        accept(entry, isTied: false)
    }

    private mutating func open(from first: Int64, through end: Int64, before beginning: Entry? = nil) {
        var first = first
        let early = strays.filter { (first...end).contains($0.number) }.sorted { $0.number < $1.number }
        strays.removeAll { (first...end).contains($0.number) }
        for entry in early {
            guard entry.number >= first else {
                note(.inserted, entry.number, entry.stamp)
                continue
            }
            if entry.number > first { gap(first, entry.number - 1, nil) }
            if entry.isInPlace {
                wasPassedOver = true
            } else {
                note(.reordered, entry.number, entry.stamp)
            }
            first = entry.number + 1
        }
        if first <= end { gap(first, end, early.isEmpty ? beginning : nil) }
    }

    private mutating func gap(_ first: Int64, _ end: Int64, _ beginning: Entry?) {
        let gap = Gap(first: first, last: end, stamp: last.first?.stamp, beginning: beginning)
        if gaps.count < Limits.auditFaultsMax { gaps.append(gap) } else { note(gap) }
    }

    private mutating func takeLate(_ entry: Entry) {
        if entry.number == next - 1, !last.isEmpty, last.count < 8 { return last.append(entry) }
        guard let place = gaps.firstIndex(where: { ($0.first...$0.last).contains(entry.number) }) else {
            return note(.inserted, entry.number, entry.stamp)
        }
        note(.reordered, entry.number, entry.stamp)
        let gap = gaps.remove(at: place)
        if entry.number > gap.first {
            gaps.append(Gap(first: gap.first, last: entry.number - 1, stamp: gap.stamp))
        }
        if entry.number < gap.last {
            gaps.append(Gap(first: entry.number + 1, last: gap.last, stamp: gap.stamp))
        }
    }

    private mutating func stray(_ entry: Entry) {
        if strays.count < Limits.auditFaultsMax {
            strays.append(entry)
        } else {
            note(.inserted, entry.number, entry.stamp)
        }
    }

    /// The entry is the next one; `isTied` says whether what it names as its predecessor is known.
    private mutating func accept(_ entry: Entry, isTied: Bool) {
        let isFirst = !isBegun
        isBegun = true
        if isTied {
            if isFirst {
                if entry.previous != anchor?.digest ?? "" { note(.wrongAnchor, entry.number, entry.stamp) }
            } else {
                tie(entry)
            }
        }
        before = last.first?.stamp
        last = [entry]
        next = entry.number + 1
    }

    private mutating func tie(_ entry: Entry) {
        let isNamed = settle(by: entry.previous)
        if isDoubtful {
            settleDoubt(by: isNamed)
        } else if !isNamed {
            isDoubtful = !last.isEmpty
        }
    }

    /// Of those that have the last number the one that is named belongs there; whether one is.
    private mutating func settle(by digest: String) -> Bool {
        let genuine = last.firstIndex { $0.digest == digest }
        for (place, entry) in last.enumerated() where place != genuine ?? 0 {
            note(.inserted, entry.number, entry.stamp)
        }
        last = last.isEmpty ? [] : [last[genuine ?? 0]]
        return genuine != nil
    }

    /// The last entry did not name the one before it. Where it is itself what its successor names, the one before it was
    /// changed; else it was.
    private mutating func settleDoubt(by isNamed: Bool?) {
        guard isDoubtful, let entry = last.first else { return }
        isDoubtful = false
        let number = isNamed == true ? entry.number - 1 : entry.number
        note(.changed, number, isNamed == true ? before : entry.stamp)
    }

    private mutating func note(_ gap: Gap) {
        if let entry = gap.beginning { return note(.noAnchor, entry.number, entry.stamp) }
        note(.missing(through: gap.last), gap.first, gap.stamp)
    }

    /// Notes what was found at a place.
    mutating func note(_ problem: AuditFault.Problem, _ number: Int64, _ stamp: RecordStamp?) {
        let fault = AuditFault(kind, problem, number: number, stamp: stamp)
        if faults.count < Limits.auditFaultsMax, !faults.contains(fault) { faults.append(fault) }
    }

    /// The end of the chain, told behind its last entry; nil where nothing is told.
    mutating func end(at head: AuditHead?) {
        if let entry = held { jump(to: entry) }
        verdict.head = head
        if let head { check(head) } else { note(.noHead, next - 1, last.first?.stamp) }
        noteLeft()
    }

    private mutating func check(_ head: AuditHead) {
        let reached = next - 1
        if head.number > reached {
            settleDoubt(by: nil)
            _ = settle(by: last.first?.digest ?? "")
            open(from: next, through: head.number)
        } else if head.number < reached {
            settleDoubt(by: nil)
            note(.wrongHead, reached, last.first?.stamp)
        } else if last.isEmpty {
            if head.digest != anchor?.digest ?? "" { note(.wrongHead, reached, nil) }
        } else {
            let isNamed = settle(by: head.digest)
            if isDoubtful {
                settleDoubt(by: isNamed)
            } else if !isNamed {
                note(.wrongHead, reached, last.first?.stamp)
            }
        }
    }
}
