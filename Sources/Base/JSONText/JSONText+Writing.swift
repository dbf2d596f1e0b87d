import Base

extension JSONText.Node {
    /// Writes the value as JSON again, numbers as they stood there. Relies on the reader's depth limit.
    public func write(to json: inout JSONWriter) {
        switch value {
        case .object(let members):
            json.beginObject()
            for member in members {
                json.name(text: member.name)
                member.node.write(to: &json)
            }
            json.endObject()
        case .array(let nodes):
            json.beginArray()
            for node in nodes { node.write(to: &json) }
            json.endArray()
        case .string(let text): json.string(text)
        case .number(let text): json.raw(text.utf8)
        case .bool(let value): json.bool(value)
        case .null: json.null()
        }
    }
}
