/// What operators and functions work on.
package indirect enum Operand: Sendable {
    case path(DocumentPath)
    case value(AttributeValue)
    case size(Operand)
    case ifNotExists(DocumentPath, Operand)
    case listAppend(Operand, Operand)
    case sum(Operand, Operand)
    case difference(Operand, Operand)

    /// The kind of value it certainly has, or nil where the item decides.
    package var knownType: AttributeType? {
        switch self {
        case .value(let value): value.type
        case .size, .sum, .difference: .number
        case .listAppend: .list
        case .path, .ifNotExists: nil
        }
    }

    /// The path, where it is one.
    package var path: DocumentPath? { if case .path(let path) = self { path } else { nil } }

    /// The value, where it is written in the request.
    package var literal: AttributeValue? { if case .value(let value) = self { value } else { nil } }
}

extension AttributeValue {
    /// As AWS writes it in errors about BETWEEN: `{S:b}`.
    package var errorText: String {
        switch self {
        case .string(let text): "{S:\(text)}"
        case .number(let number): "{N:\(number.text)}"
        default:
            String(
                decoding: {
                    var json: [UInt8] = []
                    append(to: &json)
                    return json
                }(), as: UTF8.self)
        }
    }
}
