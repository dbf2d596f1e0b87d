import Base
import Tables

/// Finds a page of the audit's entries: walks the index that holds the fewest of them, or all entries where none helps, and
/// drops what is not asked for.
struct AuditSearch {
    let engine: any TableEngine
    let query: AuditQuery
    /// Whether there may be entries from before there were chains.
    let hasUnchained: Bool

    /// The page.
    func page() throws(RegistryError) -> AuditPage {
        let limit = max(1, min(query.limit, Limits.auditPageEntriesMax))
        let readMax = min(Limits.auditReadMax, max(limit, 16))
        var streams = try sources().map { AuditStream($0, query, readMax: readMax) }
        var page = AuditPage(entries: [], next: nil, lookedAt: 0)
        var last: RecordStamp?
        while let (place, entry) = try first(&streams) {
            if page.entries.count == limit || page.lookedAt == Limits.auditLookedAtMax {
                page.next = last
                return page
            }
            streams[place].skip()
            page.lookedAt += 1
            last = entry.id
            if query.matches(entry) { page.entries.append(entry) }
        }
        return page
    }

    /// The stream whose entry comes first of all, and that entry.
    private func first(
        _ streams: inout [AuditStream]
    ) throws(RegistryError) -> (place: Int, entry: AuditEntry)? {
        var found: (place: Int, entry: AuditEntry)?
        for place in streams.indices {
            guard let entry = try streams[place].first(in: engine) else { continue }
            guard let best = found else {
                found = (place, entry)
                continue
            }
            let isFirst = query.isNewestFirst ? best.entry.id < entry.id : entry.id < best.entry.id
            if isFirst { found = (place, entry) }
        }
        return found
    }

    private func sources() throws(RegistryError) -> [AuditStream.Source] {
        var sources = try chained()
        if hasUnchained, query.kind ?? .activity == .activity { sources.append(.unchained) }
        return sources
    }

    private func chained() throws(RegistryError) -> [AuditStream.Source] {
        var candidates: [[AuditStream.Source]] = []
        if let tenant = query.tenant { candidates.append([.index(.tenant, tenant.text)]) }
        if let actor = query.actor, actor != .system { candidates.append([.index(.actor, actor.text)]) }
        switch query.action {
        case .named(let name): candidates.append([.index(.action, name)])
        case .beginning(let prefix): if let all = try actions(prefix) { candidates.append(all) }
        case nil: break
        }
        var best: (sources: [AuditStream.Source], count: Int)?
        let most = candidates.count == 1 ? 1 : Limits.auditProbeMax
        for sources in candidates {
            guard let count = try count(sources, max: most) else { continue }
            if best.map({ count < $0.count }) ?? true { best = (sources, count) }
        }
        return best?.sources ?? (query.kind.map { [$0] } ?? AuditKind.allCases).map { .kind($0) }
    }

    private func count(_ sources: [AuditStream.Source], max: Int) throws(RegistryError) -> Int? {
        var sum = 0
        for source in sources {
            guard case .index(_, let value) = source,
                (1...AuditIndex.valueBytesMax).contains(value.utf8.count),
                let count = try AuditStream.count(source, query, max: max, in: engine)
            else { return nil }
            sum += count
        }
        return sum
    }

    /// The indexes' parts of all actions that begin so; nil where there are too many.
    private func actions(_ prefix: String) throws(RegistryError) -> [AuditStream.Source]? {
        let names = try RegistryTable.sorts(
            in: KnownAction.partition, prefix: prefix, limit: Limits.auditActionsMax + 1, engine)
        guard names.count <= Limits.auditActionsMax else { return nil }
        return names.map { .index(.action, $0) }
    }
}

extension Registry {
    /// Entries of the audit, of one kind or all, in the order of their stamps.
    ///
    /// It takes the time and the memory of a page, however many entries there are: at most `Limits.auditLookedAtMax` entries
    /// are looked at, then the page is short and says where to go on.
    public func audit(_ query: AuditQuery) throws(RegistryError) -> AuditPage {
        let ledger = try ledger()
        return try AuditSearch(engine: engine, query: query, hasUnchained: ledger.chainedAfter > 0).page()
    }

    /// The ends of the chains as they are now, in the order of `AuditKind.allCases`.
    public func auditHeads() throws(RegistryError) -> [AuditHead] { try ledger().heads }

    /// Where the chain of this kind begins, where its beginning was cut.
    public func auditAnchor(_ kind: AuditKind) throws(RegistryError) -> AuditAnchor? {
        try read(AuditAnchor.self, kind)
    }

    /// The store that holds the registry, with its table: made where it is not there, and given what the table of an earlier
    /// version has not: its indexes, whose entries are made in the background.
    public static func store(
        _ id: StoreID, in stores: any StoreProvider
    ) throws(TableError) -> any MovableStore {
        let store = try stores.create(id, tables: [])
        guard let present = store.schema(of: tableName) else {
            return try stores.create(id, tables: [schema])
        }
        for index in schema.indexes where present.index(named: index.name) == nil {
            try store.addIndex(index, to: tableName)
        }
        return store
    }
}
