import Base

/// What the API wanted where another kind of JSON value stood; AWS's texts differ by it.
/// Source: the answers of the service, as the SDKs' and other implementations' test suites record them.
public enum WantedType: Sendable, Hashable {
    case string, blob, boolean, integer, long, list, map
    /// A structure of the API, by its name: `AttributeValue`.
    case structure(String)

    /// The text of the SerializationException for what begins with `byte`.
    func mismatch(found byte: UInt8, isDecimal: Bool) -> String {
        switch byte {
        case UInt8(ascii: "{"): return "Start of structure or map found where not expected"
        case UInt8(ascii: "["): return "Unrecognized collection type \(collectionType)"
        default: break
        }
        let token =
            switch byte {
            case UInt8(ascii: "t"): "TRUE_VALUE"
            case UInt8(ascii: "f"): "FALSE_VALUE"
            case UInt8(ascii: "\""): "STRING_VALUE"
            default: isDecimal ? "DECIMAL_VALUE" : "NUMBER_VALUE"
            }
        switch self {
        case .string: return "\(token) cannot be converted to String"
        case .integer: return "\(token) cannot be converted to Integer"
        case .long: return "\(token) cannot be converted to Long"
        case .blob: return "only base-64-encoded strings are convertible to bytes"
        case .boolean:
            return byte == UInt8(ascii: "\"")
                ? "Unexpected token received from parser" : "\(token) cannot be converted to Boolean"
        case .list, .map: return "Unexpected field type"
        case .structure: return "Unexpected value type in payload"
        }
    }

    private var collectionType: String {
        switch self {
        case .string: "class java.lang.String"
        case .blob: "class java.nio.ByteBuffer"
        case .boolean: "class java.lang.Boolean"
        case .integer: "class java.lang.Integer"
        case .long: "class java.lang.Long"
        case .list: "interface java.util.List"
        case .map: "java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"
        case .structure(let name): "class com.amazonaws.dynamodb.v20120810.\(name)"
        }
    }

    static let attributeValue = WantedType.structure("AttributeValue")
}

/// Reading with AWS's errors. Each method does what the one of `JSONReader` does.
extension JSONReader {
    mutating func beginObject(as wanted: WantedType) throws(ItemError) {
        do throws(JSONError) { try beginObject() } catch { throw serializationError(error, wanted: wanted) }
    }

    mutating func beginArray(as wanted: WantedType) throws(ItemError) {
        do throws(JSONError) { try beginArray() } catch { throw serializationError(error, wanted: wanted) }
    }

    mutating func nextItemMember() throws(ItemError) -> Bool {
        do throws(JSONError) { return try nextMember() } catch { throw ItemError(error) }
    }

    mutating func nextItemElement() throws(ItemError) -> Bool {
        do throws(JSONError) { return try nextElement() } catch { throw ItemError(error) }
    }

    mutating func skipItemValue() throws(ItemError) {
        do throws(JSONError) { try skipValue() } catch { throw ItemError(error) }
    }

    func itemMemberName() throws(ItemError) -> String {
        do throws(JSONError) { return try memberName() } catch { throw ItemError(error) }
    }

    /// The name of an attribute or of a map's value.
    func attributeName() throws(ItemError) -> String {
        let name = try itemMemberName()
        try ItemError.check(attributeName: name)
        return name
    }

    mutating func itemString() throws(ItemError) -> String {
        do throws(JSONError) { return try readString() } catch {
            throw serializationError(error, wanted: .string)
        }
    }

    mutating func itemBool() throws(ItemError) -> Bool {
        do throws(JSONError) { return try readBool() } catch {
            throw serializationError(error, wanted: .boolean)
        }
    }

    mutating func itemNumber() throws(ItemError) -> Number {
        let outcome: Result<Number, ItemError>
        do throws(JSONError) {
            outcome = try readString { text in
                do throws(ItemError) { return .success(try Number(parsing: text)) } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw serializationError(error, wanted: .string)
        }
        return try outcome.get()
    }

    mutating func itemBinary() throws(ItemError) -> [UInt8] {
        let outcome: Result<[UInt8], Base64.Fault>
        do throws(JSONError) {
            outcome = try readString { text in
                do throws(Base64.Fault) { return .success(try Base64.decode(text)) } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw serializationError(error, wanted: .blob)
        }
        switch outcome {
        case .success(let bytes): return bytes
        case .failure(.length(let count)):
            throw .serialization(
                "Base64 encoded length is expected a multiple of 4 bytes but found: \(count)")
        case .failure(.character(UInt8(ascii: "="))), .failure(.lastCharacter):
            throw .serialization("Invalid last non-pad Base64 character dectected")
        case .failure(.character(let byte)):
            let character = byte < 0x80 ? String(Unicode.Scalar(byte)) : "?"
            throw .serialization("Invalid Base64 character: '\(character)'")
        }
    }

    /// The type that the member's name stands for, or nil for another name.
    var memberType: AttributeType? {
        if isMember("S") { return .string }
        if isMember("N") { return .number }
        if isMember("M") { return .map }
        if isMember("L") { return .list }
        if isMember("BOOL") { return .bool }
        if isMember("NULL") { return .null }
        if isMember("B") { return .binary }
        if isMember("SS") { return .stringSet }
        if isMember("NS") { return .numberSet }
        if isMember("BS") { return .binarySet }
        return nil
    }

    /// The error with AWS's text for one met while something of a type was read; the reader still stands
    /// before it.
    public mutating func serializationError(_ error: JSONError, wanted: WantedType) -> ItemError {
        guard case .unexpected(let found, _, _) = error else { return ItemError(error) }
        if found == .null { return .serialization("Unexpected value type in payload") }
        let byte = peekByte()
        var isDecimal = false
        if found == .number {
            var ahead = self
            do throws(JSONError) {
                isDecimal = try ahead.readNumberText().contains { ".eE".contains($0) }
            } catch {
                return ItemError(error)
            }
        }
        return .serialization(wanted.mismatch(found: byte, isDecimal: isDecimal))
    }
}
