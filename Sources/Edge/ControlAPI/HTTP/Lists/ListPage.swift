import Base
import Crypto

/// A page of a list that is in memory: its elements in an order, each known by an id.
struct ListPage<Element> {
    /// The elements.
    let elements: ArraySlice<Element>
    /// The `cursor` of the next page; nil on the last one.
    let next: String?

    /// The page that the parameters `cursor` and `limit` ask for.
    /// - Parameter place: what an element is sorted by, then its id, which no other has; `elements` are in this order.
    init(
        of elements: [Element], _ query: RequestQuery, isForward: Bool = true,
        by place: (Element) -> (key: String, id: String)
    ) throws(Problem) {
        let limit = try query.limit()
        var rest = elements[...]
        if let cursor = try query.cursor() {
            let last = try ListPage.place(cursor)
            rest = rest.drop { isForward ? place($0) <= last : place($0) >= last }
        }
        self.elements = rest.prefix(limit)
        next =
            limit < rest.count
            ? self.elements.last.map(place).map { Base64URL.encode("\($0.id)\n\($0.key)".utf8) } : nil
    }

    /// What is no cursor.
    static var badCursor: Problem {
        .invalid("expected the `next` of the page before, as it was", field: "cursor")
    }

    /// Where a page has ended. An id has no line break in it.
    private static func place(_ cursor: String) throws(Problem) -> (key: String, id: String) {
        guard let bytes = Base64URL.decode(cursor), let text = String(validating: bytes, as: UTF8.self),
            let end = text.firstIndex(of: "\n")
        else { throw badCursor }
        return (String(text[text.index(after: end)...]), String(text[..<end]))
    }
}

extension RequestQuery {
    /// How many entries a page is to have.
    func limit() throws(Problem) -> Int {
        try integer("limit", in: 1...Limits.pageMax) ?? Limits.pageStandard
    }
}

extension ControlResponse {
    /// A page of a list: its entries under this name, and the `cursor` of the next page where there is one. `before` writes what
    /// stands before them.
    static func page<Entries: Sequence>(
        _ name: StaticString, of entries: Entries, next: String?,
        before: (inout JSONWriter) -> Void = { _ in }, _ write: (Entries.Element, inout JSONWriter) -> Void
    ) -> ControlResponse {
        .json { json in
            json.beginObject()
            before(&json)
            json.name(name)
            json.beginArray()
            for entry in entries { write(entry, &json) }
            json.endArray()
            json.member("next", ifPresent: next)
            json.endObject()
        }
    }
}
