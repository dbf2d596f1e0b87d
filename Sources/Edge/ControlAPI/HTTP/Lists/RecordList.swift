import Base
import Registry

/// A list of records of the registry, whose ids are their sort keys there, as its parameters ask for it.
struct RecordList<Record: RegistryRecord> {
    let order: ListOrder<Record>
    /// Which records are wanted; nil for all.
    var takes: ((Record) throws -> Bool)?
    /// Reads so many behind a place, by their ids forward or backward.
    let read: (_ after: String?, _ limit: Int, _ isForward: Bool) throws -> RegistryPage<Record>

    /// The page that the query asks for. By their ids records are read as far as the page goes: it looks at
    /// `Limits.listLookedAtMax` at most, so it may have fewer than `limit` and yet a next one. By another field all that are
    /// wanted are read.
    /// - Throws: `Problem` for a sort that the list does not have, or of more than `Limits.listSortedMax`; what `read` throws.
    func page(_ query: RequestQuery) throws -> RegistryPage<Record> {
        let sort = try order.sort(query)
        guard sort.field == ListOrder<Record>.idName else { return try sortedPage(query) }
        return try walk(try query.limit(), after: try query.cursor(), isForward: sort.isForward)
    }

    /// The same of all that are wanted, whatever they are sorted by: its `next` tells of no other record.
    func sortedPage(_ query: RequestQuery) throws -> RegistryPage<Record> {
        let page = try order.page(of: try all(), query)
        return RegistryPage(records: Array(page.elements), next: page.next)
    }

    private func walk(
        _ limit: Int, after cursor: String?, isForward: Bool
    ) throws -> RegistryPage<Record> {
        guard let takes else { return try read(cursor, limit, isForward) }
        var found = RegistryPage<Record>(records: [], next: cursor)
        var looked = 0
        repeat {
            let page = try read(found.next, Limits.pageMax, isForward)
            found.next = page.next
            for record in page.records where try takes(record) {
                found.records.append(record)
                guard found.records.count == limit else { continue }
                if record.key != page.records.last?.key { found.next = record.key.sort }
                return found
            }
            looked += page.records.count
        } while found.next != nil && looked < Limits.listLookedAtMax
        return found
    }

    private func all() throws -> [Record] {
        var found: [Record] = []
        var after: String?
        repeat {
            let page = try read(after, Limits.pageMax, true)
            found += try page.records.filter { try takes?($0) ?? true }
            guard found.count <= Limits.listSortedMax else {
                throw Problem.invalid(
                    "more than \(Limits.listSortedMax) entries would have to be sorted; narrow the list down by another parameter, or "
                        + "leave `sort` out", field: "sort")
            }
            after = page.next
        } while after != nil
        return found
    }
}

extension Limits {
    /// Records that one page of a list looks at where most of them are not wanted.
    static let listLookedAtMax = 5000
    /// Records that are sorted for one page of a list.
    static let listSortedMax = 20_000
}
