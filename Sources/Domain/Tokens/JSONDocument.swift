import FoundationEssentials
import JSONText

/// Reading and writing of the small JSON documents of this target.
enum JSONDocument {
    /// The value's JSON, its members sorted by name, so that equal values give equal bytes.
    static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("a document of texts and numbers has no JSON: \(error)")
        }
    }
}

extension JSONText.Value {
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [JSONText.Node]? { if case .array(let nodes) = self { nodes } else { nil } }
    var members: [JSONText.Member]? { if case .object(let members) = self { members } else { nil } }

    /// The texts of a list that holds nothing but texts.
    var strings: [String]? {
        guard let elements else { return nil }
        let texts = elements.compactMap(\.value.string)
        return texts.count == elements.count ? texts : nil
    }
}

extension [JSONText.Member] {
    /// The value of the member with this name.
    func value(_ name: String) -> JSONText.Value? { first { $0.name == name }?.node.value }
}
