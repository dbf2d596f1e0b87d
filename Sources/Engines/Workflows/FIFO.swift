/// A queue of which the first goes first; adding and taking cost no more the longer it is.
struct FIFO<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var start = 0

    var count: Int { elements.count - start }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[start] }
    /// All, in order.
    var all: ArraySlice<Element> { elements[start...] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[start]
        start += 1
        if start > 64, start * 2 > elements.count {
            elements.removeFirst(start)
            start = 0
        }
        return element
    }

    /// Takes out those that `isOut` says; reads all.
    mutating func removeAll(where isOut: (Element) -> Bool) {
        elements = elements[start...].filter { !isOut($0) }
        start = 0
    }
}
