import Base
import Items
import Tables

extension Registry {
    /// Removes the audit's entries that are older than their kind is kept, from the oldest on; one round of a chore.
    ///
    /// They go in commits of at most `Limits.auditTrimMax`, each of which changes the chain's `AuditAnchor` as well, so that
    /// the chain can be verified at every moment. Behind the last of a kind's an entry `audit.trimmed` says what was removed; a
    /// round that ended before it could is told of by the next one. What is removed is verified first: a chain that is not
    /// sound is left as it is, since its evidence would go.
    /// - Returns: how many entries were removed of each kind.
    /// - Throws: `.damaged` with the key of the entry that is not what its predecessor requires; `.conflict`, `.table`.
    @discardableResult
    public func trimAudit(
        _ retention: AuditRetention, by actor: AuditActor = .system, isStopping: () -> Bool = { false }
    ) throws(RegistryError) -> [AuditKind: Int] {
        var removed: [AuditKind: Int] = [:]
        for kind in AuditKind.allCases {
            let oldest = clock.now().advanced(bySeconds: -Int64(retention.days(kind)) * 86_400)
            var count = 0
            while !isStopping() {
                let cut = try AuditCut(registry: self, kind: kind, before: oldest).next()
                guard !cut.isEmpty else { break }
                count += cut.writes.count
                try commit(cut, of: kind, by: actor)
            }
            try tellTrim(of: kind, by: actor)
            if count > 0 { removed[kind] = count }
        }
        return removed
    }

    private func commit(_ cut: AuditCut.Part, of kind: AuditKind, by actor: AuditActor) throws(RegistryError)
    {
        var writes = cut.writes
        if let last = cut.last {
            let old = try auditAnchor(kind)
            var anchor =
                old
                ?? AuditAnchor(
                    kind: kind, number: 0, digest: "", time: last.place.stamp.time, cutBy: actor,
                    cutAt: clock.now())
            anchor.number = last.place.number
            anchor.digest = last.digest
            anchor.time = last.place.stamp.time
            anchor.cutBy = actor
            anchor.cutAt = clock.now()
            let change: RegistryChange = old == nil ? .insert(anchor) : .replace(anchor)
            writes += try RegistryTable.writes(of: RegistryTransaction([change])).writes
        }
        try commit(writes, saying: [])
    }

    /// Says in the audit what was removed and has not been told of.
    private func tellTrim(of kind: AuditKind, by actor: AuditActor) throws(RegistryError) {
        guard var anchor = try auditAnchor(kind), anchor.toldThrough < anchor.number else { return }
        let first = anchor.toldThrough + 1
        anchor.toldThrough = anchor.number
        try transact(
            RegistryTransaction(
                [.replace(anchor)],
                audit: [
                    AuditNote(
                        actor: actor, action: "audit.trimmed", subject: kind.rawValue,
                        detail: ["first": "\(first)", "last": "\(anchor.number)", "digest": anchor.digest])
                ]))
    }
}

/// Finds the entries that are to go in one commit.
private struct AuditCut {
    let registry: Registry
    let kind: AuditKind
    let before: Timestamp

    /// What goes.
    struct Part {
        var writes: [ItemWrite] = []
        /// The last entry of the chain among them.
        var last: (place: AuditText.Place, digest: String)?
        var isEmpty: Bool { writes.isEmpty }
    }

    func next() throws(RegistryError) -> Part {
        var range = ReadRange(table: Registry.tableName)
        range.partition = Array(kind.partition.utf8)
        range.itemsMax = Limits.auditTrimMax
        let page = try registry.page(range)
        let anchor = try registry.auditAnchor(kind)
        var tie = (number: anchor?.number ?? 0, digest: anchor?.digest ?? "")
        var part = Part()
        for row in page.rows {
            let (_, text) = try RegistryTable.body(of: row)
            if AuditWalk.isUnchained(row, kind) {
                guard try (RegistryTable.decoded(row) as AuditEntry).id.time < before else { break }
            } else {
                guard let place = AuditText.place(in: text), place.number == tie.number + 1,
                    place.previous == tie.digest
                else {
                    throw .damaged(
                        RegistryTable.decoded(row.key),
                        reason:
                            "it does not follow entry \(tie.number) of the chain; `homeroom audit verify` tells more"
                    )
                }
                guard place.stamp.time < before else { break }
                tie = (place.number, AuditText.digest(of: text))
                part.last = (place, tie.digest)
            }
            part.writes.append(ItemWrite(table: Registry.tableName, key: row.key, action: .delete))
        }
        return part
    }
}
