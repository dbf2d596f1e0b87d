import Base
import Registry
import Testing

@testable import ControlAPI

/// Lists that are sorted and filtered: by which field, which way, and page by page.
@Suite struct ListOrderTests {
    /// Keys with the numbers 0 to 9, of which the even ones have a label and all odd ones another.
    private static let keys = (0..<10).map { number in
        CredentialRecord(
            id: "k\(number)", kind: .admin, role: "admin", secretDigest: "",
            createdAt: Timestamp(milliseconds: Int64(1000 - number)),
            label: number.isMultiple(of: 2) ? "b" : "a")
    }

    private static let order = ListOrder<CredentialRecord>(
        id: { $0.id }, ["label": { $0.label }, "createdAt": { $0.createdAt.iso8601 }])

    private func list(_ takes: ((CredentialRecord) -> Bool)? = nil) -> RecordList<CredentialRecord> {
        RecordList(order: Self.order, takes: takes) { after, limit, isForward in
            let ordered = isForward ? Self.keys : Self.keys.reversed()
            let rest = ordered.filter { record in
                after.map { isForward ? record.id > $0 : record.id < $0 } ?? true
            }
            let next = rest.count > min(limit, 3) ? rest[min(limit, 3) - 1].id : nil
            return RegistryPage(records: Array(rest.prefix(min(limit, 3))), next: next)
        }
    }

    private func walk(_ list: RecordList<CredentialRecord>, _ sort: String, limit: Int) throws -> String {
        var found = ""
        var more = ""
        while true {
            let query = try RequestQuery(parsing: Array("limit=\(limit)\(sort)\(more)".utf8)[...])
            let page = try list.page(query)
            #expect(page.records.count <= limit)
            found += page.records.map { String($0.id.dropFirst()) }.joined()
            guard let next = page.next else { return found }
            more = "&cursor=\(next)"
        }
    }

    @Test(arguments: [1, 2, 3, 4, 10, 500])
    func pagesHaveEveryRecordOnceInTheOrderThatIsAskedFor(limit: Int) throws {
        #expect(try walk(list(), "", limit: limit) == "0123456789")
        #expect(try walk(list(), "&sort=id", limit: limit) == "0123456789")
        #expect(try walk(list(), "&sort=-id", limit: limit) == "9876543210")
        #expect(try walk(list(), "&sort=label", limit: limit) == "1357902468")
        #expect(try walk(list(), "&sort=-label", limit: limit) == "8642097531")
        #expect(try walk(list(), "&sort=createdAt", limit: limit) == "9876543210")
    }

    @Test(arguments: [1, 2, 3, 4, 10])
    func whatIsNotWantedIsLeftOut(limit: Int) throws {
        let odd = list { $0.label == "a" }
        #expect(try walk(odd, "", limit: limit) == "13579")
        #expect(try walk(odd, "&sort=-id", limit: limit) == "97531")
        #expect(try walk(odd, "&sort=createdAt", limit: limit) == "97531")
        #expect(try walk(list { _ in false }, "", limit: limit) == "")
    }

    @Test(arguments: ["", "-", "--id", "Id", "secretDigest", "id,label", "+id"])
    func anotherFieldIsRefusedWithThoseThereAre(sort: String) throws {
        let query = try RequestQuery(parsing: Array("sort=\(sort)".utf8)[...])
        let problem = try #require(throws: Problem.self) { try list().page(query) }
        #expect(problem.kind == .invalidRequest && problem.field == "sort")
        for name in ["`id`", "`label`", "`createdAt`"] { #expect(problem.detail.contains(name)) }
    }

    @Test func aPageLooksAtSoManyAndSaysThatThereAreMore() throws {
        var looked = 0
        var endless = RecordList(order: Self.order) { _, limit, _ in
            looked += limit
            return RegistryPage(records: Array(repeating: Self.keys[0], count: limit), next: "k0")
        }
        endless.takes = { _ in false }
        let page = try endless.page(RequestQuery())
        #expect(page.records.isEmpty && page.next == "k0" && looked == Limits.listLookedAtMax)
    }

    @Test func soManyAreSortedAndNoMore() throws {
        let query = try RequestQuery(parsing: Array("sort=label".utf8)[...])
        let endless = RecordList(order: Self.order) { _, limit, _ in
            RegistryPage(records: Array(repeating: Self.keys[0], count: limit), next: "k0")
        }
        let problem = try #require(throws: Problem.self) { try endless.page(query) }
        #expect(problem.kind == .invalidRequest && problem.field == "sort")
    }

    @Test func numbersSortAsNumbers() {
        let numbers = [0, 7, 10, 99, 100, Int.max]
        #expect(numbers.map(ListKey.number) == numbers.map(ListKey.number).sorted())
        #expect(Set(numbers.map { ListKey.number($0).utf8.count }).count == 1)
    }

    @Test(arguments: ["since=1h&until=2h", "since=soon", "until=tomorrow"])
    func refusesASpanThatIsNone(text: String) throws {
        let query = try RequestQuery(parsing: Array(text.utf8)[...])
        #expect(throws: Problem.self) {
            try query.span(before: Timestamp(milliseconds: 1_800_000_000_000))
        }
    }

    @Test func aSpanIsFromItsBeginningAndBeforeItsEnd() throws {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let query = try RequestQuery(parsing: Array("since=2h&until=1h".utf8)[...])
        let span = try #require(try query.span(before: now))
        let (first, end) = (now.advanced(bySeconds: -7200), now.advanced(bySeconds: -3600))
        #expect(span.contains(first) && !span.contains(end) && !span.contains(first.advanced(bySeconds: -1)))
        #expect(try RequestQuery().span(before: now) == nil)
    }
}
