import Testing

@testable import ControlAPI

@Suite struct ListPageTests {
    private func all(_ elements: [String], limit: Int, isForward: Bool) throws -> [[String]] {
        var pages: [[String]] = []
        var more = ""
        while true {
            let query = try RequestQuery(parsing: Array("limit=\(limit)\(more)".utf8)[...])
            let page = try ListPage(of: elements, query, isForward: isForward) {
                (key: String($0.first!), id: $0)
            }
            pages.append(Array(page.elements))
            guard let next = page.next else { return pages }
            more = "&cursor=\(next)"
        }
    }

    @Test func pagesHaveEveryElementOnce() throws {
        let elements = ["a1", "a2", "b1", "b2", "b3"]
        #expect(try all(elements, limit: 2, isForward: true) == [["a1", "a2"], ["b1", "b2"], ["b3"]])
        #expect(
            try all(elements.reversed(), limit: 2, isForward: false) == [
                ["b3", "b2"], ["b1", "a2"], ["a1"],
            ])
        #expect(try all(elements, limit: 5, isForward: true) == [elements])
        #expect(try all([], limit: 1, isForward: true) == [[]])
    }

    @Test(arguments: ["", "x", "_w", "YQ"])
    func refusesACursorThatIsNone(cursor: String) throws {
        let query = try RequestQuery(parsing: Array("cursor=\(cursor)".utf8)[...])
        #expect(throws: Problem.self) { try ListPage(of: ["a"], query) { (key: "", id: $0) } }
    }
}
