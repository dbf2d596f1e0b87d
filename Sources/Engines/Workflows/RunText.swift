import Base
import FoundationEssentials
import Registry

/// JSON text of what runs are started with, remember and leave.
enum RunText {
    /// The value as JSON, keys sorted, so that equal values have equal texts.
    static func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The value that the text is of.
    static func decoded<Value: Decodable>(_ text: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// The error's text, cut at `Limits.runErrorBytesMax`.
    static func describing(_ error: any Error) -> String { cut("\(error)") }

    /// The text, cut at so many bytes.
    static func cut(_ text: String, to bytesMax: Int = Limits.runErrorBytesMax) -> String {
        guard text.utf8.count > bytesMax else { return text }
        return String(decoding: text.utf8.prefix(bytesMax), as: UTF8.self) + "…"
    }
}

extension RunRecord {
    /// What the run was started with.
    /// - Throws: `DecodingError` where it is of another type.
    public func decodedInput<Input: Decodable>(as type: Input.Type = Input.self) throws -> Input {
        try RunText.decoded(input, as: type)
    }
}
