/// How a list is to be sorted: by one of its fields, and which way.
struct ListSort: Sendable, Equatable {
    let field: String
    let isForward: Bool

    /// What the parameter `sort` asks for: a field, with `-` before it for the other way round.
    /// - Parameter standard: the same where nobody says.
    init(_ query: RequestQuery, among fields: [String], standard: String) throws(Problem) {
        let text = query["sort"] ?? standard
        isForward = !text.hasPrefix("-")
        field = isForward ? text : String(text.dropFirst())
        guard fields.contains(field) else {
            let names = fields.map { "`\($0)`" }.joined(separator: ", ")
            throw .invalid(
                "this list is sorted by \(names), with `-` before it for the other way round; found `\(text)`",
                field: "sort")
        }
    }

    /// The values of the parameter.
    static func words(_ fields: [String]) -> [String] { fields.flatMap { [$0, "-" + $0] } }
}

/// The fields that a list can be sorted by, the one where nobody says first: said once, for the list and for the document.
struct ListOrder<Element>: Sendable {
    /// Fields, and what an element has in each, as a text that sorts as the field does (see `ListKey`).
    typealias Fields = KeyValuePairs<String, @Sendable (Element) -> String>

    /// The name of the field that no two elements share.
    static var idName: String { "id" }

    let names: [String]
    private let keys: [String: @Sendable (Element) -> String]
    private let id: @Sendable (Element) -> String

    /// A list whose elements are told apart by `id`, and which is sorted by that where nobody says.
    init(id: @escaping @Sendable (Element) -> String, _ fields: Fields) {
        self.id = id
        names = [Self.idName] + fields.map(\.key)
        var keys = Self.keys(fields)
        keys[Self.idName] = { _ in "" }
        self.keys = keys
    }

    /// A list that is sorted by the first of these fields where nobody says. Elements that are alike there are sorted by `id`.
    init(id: @escaping @Sendable (Element) -> String, own fields: Fields) {
        self.id = id
        names = fields.map(\.key)
        keys = Self.keys(fields)
    }

    private static func keys(_ fields: Fields) -> [String: @Sendable (Element) -> String] {
        Dictionary(uniqueKeysWithValues: fields.map { ($0.key, $0.value) })
    }

    /// How the list is to be sorted.
    func sort(_ query: RequestQuery) throws(Problem) -> ListSort {
        try ListSort(query, among: names, standard: names[0])
    }

    /// A page of these elements, sorted as the query asks.
    func page(of elements: [Element], _ query: RequestQuery) throws(Problem) -> ListPage<Element> {
        let sort = try sort(query)
        guard let key = keys[sort.field] else { preconditionFailure("a sort is by a field of the list") }
        let places = elements.map { (place: (key: key($0), id: id($0)), element: $0) }
        let sorted = places.sorted { sort.isForward ? $0.place < $1.place : $0.place > $1.place }
        return try ListPage(of: sorted.map(\.element), query, isForward: sort.isForward) {
            (key: key($0), id: id($0))
        }
    }
}
