import Base
import Items
import Tables

/// Some lines of the export of one chain.
public struct AuditExportPage: Sendable {
    /// The lines, in order.
    public var lines: [AuditExportLine]
    /// Where the next page goes on; nil where the chain's end is among the lines.
    public var next: String?
}

/// Which part of a chain an export has.
public struct AuditExportSpan: Hashable, Sendable {
    /// Entries from this moment on; nil for all from the beginning.
    public var from: Timestamp?
    /// Entries before this moment; nil for all to the end.
    public var to: Timestamp?

    /// A part, or all where nothing is given.
    public init(from: Timestamp? = nil, to: Timestamp? = nil) {
        self.from = from
        self.to = to
    }
}

extension Registry {
    /// A page of the export of a chain, as it is now: what `exportAudit` hands over in one go, for those who come for it piece by
    /// piece.
    ///
    /// The export of a part begins with an anchor that says what its first entry follows, by that entry's own word, and ends with a
    /// head at its last: it can be verified in itself. An entry that is found by something else than it says is followed by a line
    /// `misfiled`. Where the entries that come next were cut since the page before, a page begins with the chain's anchor: whoever
    /// verifies begins anew behind it.
    /// - Parameter after: the `next` of the page before; nil for the first.
    public func exportAuditPage(
        _ kind: AuditKind, _ span: AuditExportSpan = AuditExportSpan(), after: String? = nil,
        limit: Int = Limits.auditPageEntriesMax
    ) throws(RegistryError) -> AuditExportPage {
        // The anchor and the end before the rows, the anchor once more behind them: whatever is cut or added meanwhile shows.
        let anchorBefore = try auditAnchor(kind)
        let ledger = try ledger()
        let page = try rows(kind, span, after: after, limit: limit)
        var part = ExportPart(
            registry: self, now: clock.now(), kind: kind, span: span, after: after, tip: ledger.head(kind),
            anchors: (anchorBefore, try auditAnchor(kind)))
        for row in page.rows {
            let (item, text) = try RegistryTable.body(of: row)
            if ledger.chainedAfter > 0, AuditWalk.isUnchained(row, kind) {
                part.lines.append(.unchained(text))
            } else {
                try part.take(text, isFound: AuditIndex.finds(item, text))
            }
        }
        let key = page.rows.last.map { String(decoding: $0.key.sort, as: UTF8.self) } ?? after
        guard page.next == nil, try part.addEnd() else {
            return AuditExportPage(lines: part.lines, next: key)
        }
        return AuditExportPage(lines: part.lines, next: nil)
    }

    /// Whether a text is of the form of a page's `next`.
    public static func isAuditExportCursor(_ text: String) -> Bool {
        RecordStamp(shortText: text) != nil || RecordStamp(sortText: text) != nil
    }

    /// The text of the entry under that key; nil where it is not there (any more).
    fileprivate func auditText(_ kind: AuditKind, at key: String) throws(RegistryError) -> [UInt8]? {
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(kind.partition.utf8)
        range.sort = SortRange(
            lower: Array(key.utf8), isLowerIncluded: true, upper: Array(key.utf8), isUpperIncluded: true)
        range.itemsMax = 1
        let page: ReadPage
        do throws(TableError) { page = try engine.read(range) } catch { throw .table(error) }
        return try page.rows.first.map { row throws(RegistryError) in try RegistryTable.body(of: row).text }
    }

    private func rows(
        _ kind: AuditKind, _ span: AuditExportSpan, after: String?, limit: Int
    ) throws(RegistryError) -> ReadPage {
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(kind.partition.utf8)
        let begin = after ?? span.from.map { RecordStamp.shortText(from: $0) } ?? "0"
        let end = span.to.map { RecordStamp.shortText(from: $0) } ?? "b"
        range.sort = SortRange(
            lower: Array(begin.utf8), isLowerIncluded: after == nil, upper: Array(end.utf8),
            isUpperIncluded: false)
        range.itemsMax = max(1, min(limit, Limits.auditPageEntriesMax))
        do throws(TableError) { return try engine.read(range) } catch { throw .table(error) }
    }
}

/// The lines of one page of an export while they are put together.
private struct ExportPart {
    let registry: Registry
    let now: Timestamp
    let kind: AuditKind
    let span: AuditExportSpan
    let after: String?
    /// The chain's end as it was before the page's rows were read.
    let tip: AuditHead
    /// The chain's anchor as it was before the rows were read, and behind them.
    let anchors: (before: AuditAnchor?, behind: AuditAnchor?)
    var lines: [AuditExportLine] = []
    private var last: (place: AuditText.Place, digest: String)?

    init(
        registry: Registry, now: Timestamp, kind: AuditKind, span: AuditExportSpan, after: String?,
        tip: AuditHead,
        anchors: (before: AuditAnchor?, behind: AuditAnchor?)
    ) {
        self.registry = registry
        self.now = now
        self.kind = kind
        self.span = span
        self.after = after
        self.tip = tip
        self.anchors = anchors
    }

    /// Adds the next entry, and before the first one what it follows.
    mutating func take(_ text: [UInt8], isFound: Bool) throws(RegistryError) {
        if let place = AuditText.place(in: text) {
            if last == nil, let anchor = try anchor(before: place) { lines.append(.anchor(anchor)) }
            last = (place, AuditText.digest(of: text))
        }
        lines.append(.entry(text))
        if !isFound { lines.append(misfiled) }
    }

    /// Adds the chain's end, or the part's; false where more has come since the rows were read.
    mutating func addEnd() throws(RegistryError) -> Bool {
        guard span.to == nil else {
            try endOfPart()
            return true
        }
        if let last {
            let head = try registry.ledger().head(kind)
            if head.number > last.place.number { return false }
            lines.append(.head(head))
            return true
        }
        guard let anchor = anchors.behind else {
            if span.from != nil, after == nil, tip.number > 0 { lines.append(.anchor(anchor(of: tip))) }
            lines.append(.head(tip))
            return true
        }
        // All that was left may have been cut since the page before.
        let isCut = try isCutBehindCursor()
        if span.from != nil, after == nil, tip.number > anchor.number {
            lines.append(.anchor(self.anchor(of: tip)))
        } else if isCut {
            lines.append(.anchor(anchor))
        }
        lines.append(.head(tip.number < anchor.number ? Self.end(at: anchor) : tip))
        return true
    }

    /// The end of a part that ends at a moment: its last entry, which may have been on the page before.
    private mutating func endOfPart() throws(RegistryError) {
        if let last { return lines.append(.head(Self.end(last))) }
        guard let after else {
            let anchor = span.from == nil ? anchors.behind : nil
            if let anchor { lines.append(.anchor(anchor)) }
            return lines.append(.head(anchor.map(Self.end(at:)) ?? .empty(kind)))
        }
        if let text = try registry.auditText(kind, at: after) {
            guard let place = AuditText.place(in: text) else { return }
            lines.append(.head(Self.end((place, AuditText.digest(of: text)))))
        } else if let anchor = anchors.behind {
            lines += [.anchor(anchor), .head(Self.end(at: anchor))]
        }
    }

    /// What the page's first entry follows, where that is to be said.
    private func anchor(before first: AuditText.Place) throws(RegistryError) -> AuditAnchor? {
        if after == nil, span.from != nil { return first.number > 1 ? ownWord(of: first) : nil }
        guard try isCutBehindCursor() else { return nil }
        for anchor in [anchors.before, anchors.behind] where anchor?.number == first.number - 1 {
            return anchor
        }
        // What was cut between two looks at the anchor, or is being cut while it is read, lies between its two numbers. Anything
        // else is missing, and must show.
        if let before = anchors.before, before.number >= first.number { return after == nil ? before : nil }
        guard let behind = anchors.behind, behind.number >= first.number else {
            return after == nil ? anchors.before : nil
        }
        return first.number > 1 ? ownWord(of: first) : nil
    }

    /// Whether this page is the first, or the entry with which the page before ended has been cut.
    private func isCutBehindCursor() throws(RegistryError) -> Bool {
        guard let after else { return true }
        guard anchors.behind != nil else { return false }
        return try registry.auditText(kind, at: after) == nil
    }

    /// An anchor by what the entry itself says of its predecessor.
    private func ownWord(of first: AuditText.Place) -> AuditAnchor {
        AuditAnchor(
            kind: kind, number: first.number - 1, digest: first.previous, time: first.stamp.time,
            cutBy: AuditActor("export"), cutAt: now)
    }

    /// The beginning of a part that has no entries.
    private func anchor(of head: AuditHead) -> AuditAnchor {
        AuditAnchor(
            kind: kind, number: head.number, digest: head.digest, time: head.time,
            cutBy: AuditActor("export"), cutAt: now)
    }

    private static func end(_ last: (place: AuditText.Place, digest: String)) -> AuditHead {
        AuditHead(
            kind: last.place.kind, number: last.place.number, digest: last.digest,
            time: last.place.stamp.time)
    }

    /// The end of a chain of which nothing is left.
    private static func end(at anchor: AuditAnchor) -> AuditHead {
        AuditHead(kind: anchor.id, number: anchor.number, digest: anchor.digest, time: anchor.time)
    }

    private var misfiled: AuditExportLine {
        .other(
            name: "misfiled",
            Array(
                "{\"misfiled\":{\"kind\":\"\(kind.rawValue)\",\"number\":\(last?.place.number ?? 0)}}"
                    .utf8))
    }
}
