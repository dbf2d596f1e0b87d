import Base

/// What a JSON value may be, as a JSON Schema. Source: JSON Schema 2020-12, which OpenAPI 3.1 uses as it is.
struct Schema: Sendable {
    /// The forms.
    indirect enum Shape: Sendable {
        case any
        case text(format: String?, pattern: String?, length: ClosedRange<Int>?)
        case words([String])
        case integer(ClosedRange<Int>?)
        case number
        case flag
        case list(Schema, max: Int?)
        case object([Member], isClosed: Bool)
        case map(Schema)
        case reference(String)
        case either([Schema])
    }

    /// A member of an object.
    struct Member: Sendable {
        let name: String
        let isRequired: Bool
        let schema: Schema
    }

    var shape: Shape
    /// What it means, for people.
    var note: String?
    /// Whether `null` is as good as leaving it out.
    var isNullable = false
    /// An example, as JSON.
    var example: String?

    init(_ shape: Shape) { self.shape = shape }

    // MARK: Forms

    /// Anything.
    static let any = Schema(.any)
    /// An object of which nothing more is said.
    static let open = Schema(.map(.any))
    static let text = Schema(.text(format: nil, pattern: nil, length: nil))
    static let integer = Schema(.integer(nil))
    static let count = Schema(.integer(0...Int.max))
    static let number = Schema(.number)
    static let flag = Schema(.flag)
    /// The value null alone.
    static let null = Schema(.words([]))
    /// A moment in UTC.
    static let moment = Schema(.text(format: "date-time", pattern: nil, length: nil))

    static func text(_ length: ClosedRange<Int>) -> Schema {
        Schema(.text(format: nil, pattern: nil, length: length))
    }

    static func text(pattern: String) -> Schema { Schema(.text(format: nil, pattern: pattern, length: nil)) }

    static func words(_ words: [String]) -> Schema { Schema(.words(words)) }

    static func integer(_ range: ClosedRange<Int>) -> Schema { Schema(.integer(range)) }

    static func list(_ element: Schema, max: Int? = nil) -> Schema { Schema(.list(element, max: max)) }

    static func map(_ value: Schema) -> Schema { Schema(.map(value)) }

    static func reference(_ name: String) -> Schema { Schema(.reference(name)) }

    static func either(_ schemas: Schema...) -> Schema { Schema(.either(schemas)) }

    /// An object of an answer; a name that ends with `?` may be missing. Later versions may add members.
    static func object(_ members: KeyValuePairs<String, Schema>) -> Schema {
        Schema(.object(members.map(Member.init), isClosed: false))
    }

    /// An object of a request: it has no other members, and one that may be missing may be `null`.
    static func request(_ members: KeyValuePairs<String, Schema>) -> Schema {
        let read = members.map(Member.init).map { member in
            var schema = member.schema
            schema.isNullable = !member.isRequired
            return Member(name: member.name, isRequired: member.isRequired, schema: schema)
        }
        return Schema(.object(read, isClosed: true))
    }

    /// The same with what it means.
    func saying(_ note: String) -> Schema {
        var copy = self
        copy.note = note
        return copy
    }

    /// The same with an example, as JSON.
    func example(_ json: String) -> Schema {
        var copy = self
        copy.example = json
        return copy
    }

    /// The members, where it is an object.
    var members: [Member] { if case .object(let members, _) = shape { members } else { [] } }
}

extension Schema.Member {
    fileprivate init(_ pair: (key: String, value: Schema)) {
        isRequired = !pair.key.hasSuffix("?")
        name = isRequired ? pair.key : String(pair.key.dropLast())
        schema = pair.value
    }
}

// MARK: - As JSON

extension Schema {
    func write(to json: inout JSONWriter) {
        json.beginObject()
        if isNullable, !hasType {
            json.name("anyOf")
            json.beginArray()
            var plain = self
            (plain.isNullable, plain.note, plain.example) = (false, nil, nil)
            plain.write(to: &json)
            Schema.null.write(to: &json)
            json.endArray()
        } else {
            writeShape(to: &json)
        }
        json.member("description", ifPresent: note)
        if let example {
            json.name("examples")
            json.beginArray()
            json.raw(example.utf8)
            json.endArray()
        }
        json.endObject()
    }

    /// Whether it says by `type` what it takes, so that `null` can stand beside it.
    private var hasType: Bool {
        switch shape {
        case .text, .integer, .number, .flag, .list, .object, .map: true
        case .any, .words, .reference, .either: false
        }
    }

    private func writeType(_ name: String, to json: inout JSONWriter) {
        json.name("type")
        guard isNullable else { return json.string(name) }
        json.beginArray()
        json.string(name)
        json.string("null")
        json.endArray()
    }

    private func writeShape(to json: inout JSONWriter) {
        switch shape {
        case .any: break
        case .text(let format, let pattern, let length):
            writeType("string", to: &json)
            json.member("format", ifPresent: format)
            json.member("pattern", ifPresent: pattern)
            if let length { Schema.write(length, "minLength", "maxLength", to: &json) }
        case .words(let words):
            guard !words.isEmpty else { return writeType("null", to: &json) }
            json.member("type", "string")
            json.name("enum")
            json.beginArray()
            for word in words { json.string(word) }
            json.endArray()
        case .integer(let range):
            writeType("integer", to: &json)
            if let range { Schema.write(range, "minimum", "maximum", to: &json) }
        case .number: writeType("number", to: &json)
        case .flag: writeType("boolean", to: &json)
        case .list(let element, let max):
            writeType("array", to: &json)
            if let max { json.member("maxItems", max) }
            json.name("items")
            element.write(to: &json)
        case .object(let members, let isClosed): write(members, isClosed, to: &json)
        case .map(let value):
            writeType("object", to: &json)
            json.name("additionalProperties")
            value.write(to: &json)
        case .reference(let name): json.member("$ref", "#/components/schemas/\(name)")
        case .either(let schemas):
            json.name("anyOf")
            json.beginArray()
            for schema in schemas { schema.write(to: &json) }
            json.endArray()
        }
    }

    private func write(_ members: [Member], _ isClosed: Bool, to json: inout JSONWriter) {
        writeType("object", to: &json)
        let required = members.filter(\.isRequired)
        if !required.isEmpty {
            json.name("required")
            json.beginArray()
            for member in required { json.string(member.name) }
            json.endArray()
        }
        json.name("properties")
        json.beginObject()
        for member in members {
            json.name(text: member.name)
            member.schema.write(to: &json)
        }
        json.endObject()
        guard isClosed else { return }
        json.name("additionalProperties")
        json.bool(false)
    }

    private static func write(
        _ range: ClosedRange<Int>, _ least: StaticString, _ most: StaticString, to json: inout JSONWriter
    ) {
        json.member(least, range.lowerBound)
        if range.upperBound < Int.max { json.member(most, range.upperBound) }
    }
}
