import Base
import Registry
import Tables

/// How fast a move may go now: as its source's tier says, no faster than somebody asked, and slower while writes to one of its
/// stores wait longer for their commits than they did before the move began.
///
/// A state machine without input or output: what it is told is what it decides by. Halved when a store is slow, it recovers by a
/// tenth and a fiftieth of the tier's rate at each look that finds it quick.
struct Pace: Hashable, Codable {
    /// What is known of one store.
    private struct Store: Hashable, Codable {
        /// What 99 in 100 groups did not exceed before the copy began, in microseconds; nil where nobody wrote.
        var usualMicroseconds: Int?
        /// How far its delays were looked at.
        var through: Int
        /// When they last told something.
        var toldAt: UInt64
        /// How many groups there had been at the last look, whether they told something or not.
        var seen: Int?
    }

    private var stores: [String: Store] = [:]
    /// Whether somebody wrote to one of the stores since the look before, or not long before that: then work goes in sips, with a longer
    /// rest after each.
    private(set) var isFelt = false
    /// When somebody was last seen to have written, in nanoseconds of the monotonic clock.
    private var feltAt: UInt64?
    /// Items a second; nil where no store holds it back.
    private(set) var itemsPerSecond: Int?
    private(set) var reason: String?
    /// Entries of the change log that waited at the last look.
    private(set) var lag = 0
    /// How many looks in a row found more of them than the look before.
    private(set) var looksLost = 0
    /// How many looks found more of them though they were applied before all else, since the log was last short or the tenant's writes
    /// were held back; nil in what an earlier version has left.
    private var looksLostBehind: Int?
    /// How often the log was gone through without coming near its end.
    private(set) var passesInVain = 0

    // MARK: The stores' delays

    /// Looks at how long writes to a store waited of late.
    /// - Parameters:
    ///   - sample: what was noted behind `through(of:)`.
    ///   - max: items a second by the tier.
    ///   - now: nanoseconds of the monotonic clock.
    mutating func look(at store: StoreID, _ sample: CommitDelays.Sample, max: Int, now: UInt64) {
        feel(store, sample, now: now)
        defer { stores[store.text]?.seen = sample.through }
        guard let known = stores[store.text] else {
            stores[store.text] = Store(
                usualMicroseconds: sample.p99, through: sample.through, toldAt: now)
            return
        }
        guard let p99 = sample.p99 else {
            // So few writes that nobody is kept waiting.
            guard now < known.toldAt || now - known.toldAt > Limits.paceLookNanoseconds else { return }
            note(store, sample, now: now)
            return recover(max: max)
        }
        note(store, sample, now: now)
        let usual = known.usualMicroseconds
        let most =
            usual.map { Swift.max(Limits.paceDelayMicroseconds, $0 + $0 / 2) }
            ?? Limits.paceDelayUnknownMicroseconds
        guard p99 > most else {
            return recover(max: max)
        }
        let least = Swift.max(1, min(Limits.paceItemsPerSecondMin, max))
        itemsPerSecond = Swift.max(least, (itemsPerSecond ?? max) / 2)
        reason =
            "writes to `\(store)` take up to \(Self.milliseconds(p99))"
            + (usual.map { ", \(Self.milliseconds($0)) before the move" } ?? "")
    }

    /// Where the next look at the store's delays goes on.
    func through(of store: StoreID) -> Int { stores[store.text]?.through ?? 0 }

    private mutating func note(_ store: StoreID, _ sample: CommitDelays.Sample, now: UInt64) {
        stores[store.text]?.through = sample.through
        stores[store.text]?.toldAt = now
    }

    private mutating func recover(max: Int) {
        guard let held = itemsPerSecond else { return }
        let next = held + held / 10 + Swift.max(1, max / 50)
        itemsPerSecond = next < max ? next : nil
        if itemsPerSecond == nil { reason = nil }
    }

    private static func milliseconds(_ microseconds: Int) -> String {
        "\(microseconds / 1000).\(microseconds % 1000 / 100) ms"
    }

    /// Whether somebody wrote to the store since it was last looked at.
    private func hasNews(_ store: StoreID, _ sample: CommitDelays.Sample) -> Bool {
        guard !sample.microseconds.isEmpty else { return false }
        // One that was opened anew counts from 0 again.
        return sample.through != stores[store.text]?.seen
    }

    /// Feels those who wrote a moment ago too: a look that comes right after another finds nobody.
    private mutating func feel(_ store: StoreID, _ sample: CommitDelays.Sample, now: UInt64) {
        if hasNews(store, sample) { feltAt = now }
        // Another process's clock says nothing.
        isFelt = feltAt.map { $0 <= now && now - $0 < Limits.feltNanoseconds } ?? false
    }

    // MARK: The change log

    /// Notes how many entries of the change log wait.
    mutating func note(lag now: Int) {
        looksLost = now > lag && now > Limits.fenceLagMax ? looksLost + 1 : 0
        if now > lag, isBehind { looksLostBehind = (looksLostBehind ?? 0) + 1 }
        lag = now
        if !isBehind { looksLostBehind = 0 }
    }

    /// The log was gone through and is as long as before, or a little shorter.
    mutating func notePassInVain() { passesInVain += 1 }

    /// The tenant's writes were held back.
    mutating func noteBrake() {
        passesInVain = 0
        looksLostBehind = 0
    }

    /// Whether catching up loses ground, so that the tenant's own writes have to wait for it.
    var losesGround: Bool {
        looksLostBehind ?? 0 >= Limits.lostLooksMax || passesInVain >= Limits.passesInVainMax
    }

    /// Whether the log is so long that catching up comes before copying and comparing.
    var isBehind: Bool { lag > Limits.copyLagMax }

    /// Whether catching up goes in sips: where others write, as long as that keeps the log from growing.
    var catchesUpInSips: Bool { isFelt && looksLostBehind ?? 0 == 0 }

    /// Entries of the log for one commit: where others write few, and more the longer the log is; as many as ever where that does not
    /// do. Fewer behind the switch: only a roll-back waits for the end of that log.
    func entriesMax(_ direction: Move.Direction) -> Int {
        guard catchesUpInSips else { return Limits.catchUpBatchMax }
        let (least, most) =
            direction == .forward
            ? (Limits.catchUpSipMin, Limits.catchUpSipMax)
            : (Limits.catchUpBackSipMin, Limits.catchUpBackSipMax)
        return least + (most - least) * min(lag, Limits.catchUpSipLag) / Limits.catchUpSipLag
    }

    /// How long a slice catches up before it goes on, in nanoseconds: for a quarter of it, and the longer the log is the longer, so that
    /// it finds a length that it keeps.
    var catchUpNanoseconds: UInt64 {
        let slice = UInt64(Limits.moveSliceMilliseconds) * 1_000_000
        return slice / 4 + slice * 3 / 4 * UInt64(min(lag, Limits.copyLagMax)) / UInt64(Limits.copyLagMax)
    }

    // MARK: The rate

    /// The rate that holds now, and why; nil where that is the tier's.
    func limit(asked: Int?, max: Int) -> RunPace? {
        var pace: RunPace?
        if let asked, asked < max { pace = RunPace(itemsPerSecond: asked, reason: "as somebody asked") }
        if let itemsPerSecond, let reason, itemsPerSecond < pace?.itemsPerSecond ?? max {
            pace = RunPace(itemsPerSecond: itemsPerSecond, reason: reason)
        }
        return pace
    }
}

/// What a slice of a step may do by a rate.
struct Allowance {
    private let itemsPerSecond: Int
    private let granted: Int
    /// Items left.
    private(set) var items: Int

    init(itemsPerSecond: Int) {
        self.itemsPerSecond = max(1, itemsPerSecond)
        items = max(1, Int(min(Int64(self.itemsPerSecond) * Limits.moveSliceMilliseconds / 1000, .max / 2)))
        granted = items
    }

    /// So many were done; a look that finds none costs one.
    mutating func spend(_ count: Int) { items -= max(1, count) }

    /// How long after a slice of so many milliseconds the next may begin.
    func wait(afterMilliseconds elapsed: Int64) -> Int {
        guard items <= 0 else { return 0 }
        return Int(max(0, Int64(granted - items) * 1000 / Int64(itemsPerSecond) - elapsed))
    }
}
