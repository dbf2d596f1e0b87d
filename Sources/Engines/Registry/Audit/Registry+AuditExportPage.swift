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
    /// `misfiled`.
    /// - Parameter after: the `next` of the page before; nil for the first.
    public func exportAuditPage(
        _ kind: AuditKind, _ span: AuditExportSpan = AuditExportSpan(), after: String? = nil,
        limit: Int = Limits.auditPageEntriesMax
    ) throws(RegistryError) -> AuditExportPage {
        // A part that begins later says what its first entry follows.
        let anchor = after == nil && span.from == nil ? try auditAnchor(kind) : nil
        let page = try rows(kind, span, after: after, limit: limit)
        var lines: [AuditExportLine] = anchor.map { [.anchor($0)] } ?? []
        var last: (place: AuditText.Place, digest: String)?
        let chainedAfter = try ledger().chainedAfter
        for row in page.rows {
            let (item, text) = try RegistryTable.body(of: row)
            if chainedAfter > 0, AuditWalk.isUnchained(row, kind) {
                lines.append(.unchained(text))
                continue
            }
            if let place = AuditText.place(in: text) {
                if last == nil, after == nil, span.from != nil, let tie = tie(to: place) {
                    lines.append(.anchor(tie))
                }
                last = (place, AuditText.digest(of: text))
            }
            lines.append(.entry(text))
            if !AuditIndex.finds(item, text) { lines.append(misfiled(kind, last?.place.number ?? 0)) }
        }
        let key = page.rows.last.map { String(decoding: $0.key.sort, as: UTF8.self) } ?? after
        guard page.next == nil else { return AuditExportPage(lines: lines, next: key) }
        let head = try ledger().head(kind)
        if span.to != nil {
            // Without an entry on this page its last one was on the page before.
            if last == nil, let after { return try ended(kind, lines, after: after) }
            lines.append(.head(last.map(end) ?? anchor.flatMap(Self.emptyEnd) ?? .empty(kind)))
            return AuditExportPage(lines: lines, next: nil)
        }
        // More may have come since the page was read.
        if let last, head.number > last.place.number { return AuditExportPage(lines: lines, next: key) }
        if span.from != nil, last == nil, after == nil, head.number > 0 {
            lines.append(.anchor(anchorOf(head)))
        }
        lines.append(.head(head))
        return AuditExportPage(lines: lines, next: nil)
    }

    /// The end of a part without entries, of a chain that was cut.
    private static func emptyEnd(_ anchor: AuditAnchor) -> AuditHead? {
        AuditHead(kind: anchor.id, number: anchor.number, digest: anchor.digest, time: anchor.time)
    }

    /// The beginning of a part that has no entries.
    private func anchorOf(_ head: AuditHead) -> AuditAnchor {
        AuditAnchor(
            kind: head.kind, number: head.number, digest: head.digest, time: head.time,
            cutBy: AuditActor("export"), cutAt: clock.now())
    }

    private func ended(
        _ kind: AuditKind, _ lines: [AuditExportLine], after: String
    ) throws(RegistryError) -> AuditExportPage {
        var lines = lines
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(kind.partition.utf8)
        range.sort = SortRange(
            lower: Array(after.utf8), isLowerIncluded: true, upper: Array(after.utf8), isUpperIncluded: true)
        range.itemsMax = 1
        let page: ReadPage
        do throws(TableError) { page = try engine.read(range) } catch { throw .table(error) }
        if let row = page.rows.first {
            let text = try RegistryTable.body(of: row).text
            if let place = AuditText.place(in: text) {
                lines.append(.head(end((place, AuditText.digest(of: text)))))
            }
        }
        return AuditExportPage(lines: lines, next: nil)
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

    /// What the first entry of a part follows; nil where it follows nothing.
    private func tie(to place: AuditText.Place) -> AuditAnchor? {
        guard place.number > 1 else { return nil }
        return AuditAnchor(
            kind: place.kind, number: place.number - 1, digest: place.previous, time: place.stamp.time,
            cutBy: AuditActor("export"), cutAt: clock.now())
    }

    private func end(_ last: (place: AuditText.Place, digest: String)) -> AuditHead {
        AuditHead(
            kind: last.place.kind, number: last.place.number, digest: last.digest,
            time: last.place.stamp.time)
    }

    private func misfiled(_ kind: AuditKind, _ number: Int64) -> AuditExportLine {
        .other(
            name: "misfiled",
            Array("{\"misfiled\":{\"kind\":\"\(kind.rawValue)\",\"number\":\(number)}}".utf8))
    }
}
