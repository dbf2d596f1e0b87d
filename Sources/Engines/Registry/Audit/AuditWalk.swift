import Base
import Items
import Tables

/// Reads one chain of the registry from its beginning to its end, page by page, while others write and cut.
struct AuditWalk {
    /// What comes, in this order.
    enum Part {
        case anchor(AuditAnchor)
        /// A text from before there were chains.
        case unchained([UInt8])
        /// An item with its sort key and text.
        case entry(key: String, Item, [UInt8])
        case head(AuditHead)
    }

    let registry: Registry
    let kind: AuditKind

    /// Hands the chain to `body`.
    /// - Throws: `.conflict` with the anchor's key where what was to be read next was cut meanwhile: to be begun anew; what
    ///   `body` throws.
    func run(_ body: (Part) throws -> Void) throws {
        let anchor = try registry.auditAnchor(kind)
        if let anchor { try body(.anchor(anchor)) }
        let chainedAfter = try registry.ledger().chainedAfter
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(kind.partition.utf8)
        range.itemsMax = Limits.registryPageRecordsMax
        var last = anchor?.number ?? 0
        // Whatever is there is read first, and the end is asked for behind it: so an end that lies before an entry is wrong.
        try read(&range, &last, anchor, chainedAfter, upTo: .max, body)
        let head = try registry.ledger().head(kind)
        if last < head.number { try read(&range, &last, anchor, chainedAfter, upTo: head.number, body) }
        try body(.head(head))
    }

    private func read(
        _ range: inout ReadRange, _ last: inout Int64, _ anchor: AuditAnchor?, _ chainedAfter: Int64,
        upTo end: Int64, _ body: (Part) throws -> Void
    ) throws {
        while true {
            let page = try registry.page(range)
            for row in page.rows {
                range.after = ReadRange.Position(key: row.key)
                let (item, text) = try RegistryTable.body(of: row)
                if chainedAfter > 0, Self.isUnchained(row, kind) {
                    try body(.unchained(text))
                    continue
                }
                let number = AuditText.place(in: text)?.number
                if let number, number > end { return }
                if number != last + 1, try registry.auditAnchor(kind)?.number ?? 0 > anchor?.number ?? 0 {
                    throw RegistryError.conflict(AuditAnchor.key(of: kind))
                }
                try body(.entry(key: String(decoding: row.key.sort, as: UTF8.self), item, text))
                last = number ?? last + 1
            }
            if page.next == nil || page.rows.isEmpty { return }
        }
    }

    /// Whether a row lies where entries of the version before do: their keys begin with a digit.
    static func isUnchained(_ row: ItemRow, _ kind: AuditKind) -> Bool {
        kind == .activity && row.key.sort.first == UInt8(ascii: "0")
    }
}

extension Registry {
    /// Verifies the chains of these kinds, as they are: reads all their entries, some at a time.
    ///
    /// Beside the chain (see `AuditChainVerifier`) it verifies that each entry lies where its stamp says, and is found by the
    /// tenant, actor and action that it names.
    /// - Parameter expecting: heads that are known to be genuine, such as signed ones.
    /// - Throws: `.table`; `.conflict` where the beginning of a chain was cut again and again meanwhile.
    public func verifyAudit(
        _ kinds: [AuditKind] = AuditKind.allCases, expecting heads: [AuditHead] = []
    ) throws -> AuditVerdict {
        var attempt = 1
        while true {
            var verifier = AuditChainVerifier()
            for head in heads where kinds.contains(head.kind) { verifier.expect(head) }
            do {
                for kind in kinds { try verify(kind, with: &verifier) }
                return verifier.finish()
            } catch RegistryError.conflict(let key) {
                guard attempt < Limits.auditVerifyAttemptsMax else { throw RegistryError.conflict(key) }
                attempt += 1
            }
        }
    }

    private func verify(_ kind: AuditKind, with verifier: inout AuditChainVerifier) throws {
        try AuditWalk(registry: self, kind: kind).run { part in
            switch part {
            case .anchor(let anchor): verifier.take(.anchor(anchor))
            case .unchained: verifier.noteUnchained()
            case .entry(let key, let item, let text):
                guard let place = AuditText.place(in: text) else {
                    verifier.note(kind, .malformed, nil, at: RecordStamp(shortText: key))
                    return
                }
                guard place.kind == kind else { return verifier.note(kind, .inserted, place) }
                if key != place.stamp.shortText { verifier.note(kind, .reordered, place) }
                if !AuditIndex.finds(item, text) { verifier.note(kind, .misfiled, place) }
                verifier.take(place, digest: AuditText.digest(of: text))
            case .head(let head): verifier.end(kind, head)
            }
        }
    }

    /// Hands an export of the chains of these kinds to `body`, line by line (see `AuditExportLine`), as far as they have come
    /// when each is read.
    /// - Throws: `.table`; `.conflict` where the beginning of a chain was cut while it was read: to be begun anew; what `body`
    ///   throws.
    public func exportAudit(
        _ kinds: [AuditKind] = AuditKind.allCases, _ body: (AuditExportLine) throws -> Void
    ) throws {
        try body(.begin(kinds: kinds, time: clock.now()))
        for kind in kinds {
            try AuditWalk(registry: self, kind: kind).run { part in
                switch part {
                case .anchor(let anchor): try body(.anchor(anchor))
                case .unchained(let text): try body(.unchained(text))
                case .entry(_, _, let text): try body(.entry(text))
                case .head(let head): try body(.head(head))
                }
            }
        }
    }
}
