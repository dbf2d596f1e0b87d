import Base

/// Reading lists and structures of a request. `null` counts as absent.
extension JSONReader {
    /// A whole number that AWS's model calls long, or nil for null.
    mutating func wireLong() throws(WireError) -> Int? {
        if readNull() { return nil }
        do throws(JSONError) { return try readInt() } catch {
            throw mismatch(error, "Long", "java.lang.Long")
        }
    }

    /// A list, each of its elements read by `element`; nil for null.
    mutating func wireList<Element>(
        _ element: (inout JSONReader) throws(WireError) -> Element?
    ) throws(WireError) -> [Element]? {
        guard try wireArray() else { return nil }
        var elements: [Element] = []
        while try wireElement() {
            if let read = try element(&self) { elements.append(read) }
        }
        return elements
    }

    /// A list of strings; nil for null.
    mutating func wireStrings() throws(WireError) -> [String]? {
        try wireList { reader throws(WireError) in try reader.wireString() }
    }

    /// A structure, `member` called at each of its members' values; nil for null.
    mutating func wireStructure<Value>(
        _ empty: Value, _ member: (inout Value, inout JSONReader) throws(WireError) -> Bool
    ) throws(WireError) -> Value? {
        guard try wireObject() else { return nil }
        var value = empty
        while try wireMember() {
            // AWS ignores a member it does not know.
            if try !member(&value, &self) { try wireSkip() }
        }
        return value
    }
}
