import Base

extension Item {
    /// The stored image, which is the item's DynamoDB JSON: names ascending, numbers normalized, minimal
    /// escapes. Equal items have equal images.
    public func encoded() -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(256)
        append(to: &json)
        return json
    }

    /// Appends `encoded()`.
    public func append(to json: inout [UInt8]) { attributes.append(to: &json) }
}

extension AttributeMap {
    /// Appends the attributes as a JSON object.
    public func append(to json: inout [UInt8]) {
        json.append(UInt8(ascii: "{"))
        for index in indices {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json.appendJSONString(self[index].key)
            json.append(UInt8(ascii: ":"))
            self[index].value.append(to: &json)
        }
        json.append(UInt8(ascii: "}"))
    }
}

extension AttributeValue {
    /// Appends the value as JSON: `{"S":"a"}`.
    public func append(to json: inout [UInt8]) {
        switch self {
        case .string(let text):
            json.append("{\"S\":")
            json.appendJSONString(text)
        case .number(let number):
            json.append("{\"N\":\"")
            number.appendText(to: &json)
            json.append("\"")
        case .binary(let bytes):
            json.append("{\"B\":\"")
            Base64.append(bytes, to: &json)
            json.append("\"")
        case .bool(let flag): json.append(flag ? "{\"BOOL\":true" : "{\"BOOL\":false")
        case .null: json.append("{\"NULL\":true")
        case .list(let values):
            json.append("{\"L\":")
            json.appendArray(values) { $1.append(to: &$0) }
        case .map(let map):
            json.append("{\"M\":")
            map.append(to: &json)
        case .stringSet(let members):
            json.append("{\"SS\":")
            json.appendArray(members) { $0.appendJSONString($1) }
        case .numberSet(let members):
            json.append("{\"NS\":")
            json.appendArray(members) { json, number in
                json.append("\"")
                number.appendText(to: &json)
                json.append("\"")
            }
        case .binarySet(let members):
            json.append("{\"BS\":")
            json.appendArray(members) { json, bytes in
                json.append("\"")
                Base64.append(bytes, to: &json)
                json.append("\"")
            }
        }
        json.append(UInt8(ascii: "}"))
    }
}

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate mutating func appendArray<Members: Collection>(
        _ members: Members, _ appendMember: (inout [UInt8], Members.Element) -> Void
    ) {
        append(UInt8(ascii: "["))
        var isFirst = true
        for member in members {
            if !isFirst { append(UInt8(ascii: ",")) }
            isFirst = false
            appendMember(&self, member)
        }
        append(UInt8(ascii: "]"))
    }
}
