import Base
import Items

/// Reading a request's parameters with the errors that AWS answers where the JSON is of the wrong kind.
/// `null` counts as absent.
extension JSONReader {
    /// A string, or nil for null.
    mutating func wireString() throws(WireError) -> String? {
        if readNull() { return nil }
        do throws(JSONError) { return try readString() } catch {
            throw mismatch(error, "String", "java.lang.String")
        }
    }

    /// A flag, or nil for null.
    mutating func wireBool() throws(WireError) -> Bool? {
        if readNull() { return nil }
        do throws(JSONError) { return try readBool() } catch {
            throw mismatch(error, "Boolean", "java.lang.Boolean")
        }
    }

    /// A whole number, or nil for null.
    mutating func wireInt() throws(WireError) -> Int? {
        if readNull() { return nil }
        do throws(JSONError) { return try readInt() } catch {
            throw mismatch(error, "Integer", "java.lang.Integer")
        }
    }

    /// Steps into an object; false for null.
    mutating func wireObject() throws(WireError) -> Bool {
        if readNull() { return false }
        do throws(JSONError) { try beginObject() } catch { throw mismatch(error, "Map", "java.util.Map") }
        return true
    }

    /// Steps into an array; false for null.
    mutating func wireArray() throws(WireError) -> Bool {
        if readNull() { return false }
        do throws(JSONError) { try beginArray() } catch { throw mismatch(error, "List", "java.util.List") }
        return true
    }

    /// The next member's name, or nil at the object's end.
    mutating func wireMemberName() throws(WireError) -> String? {
        do throws(JSONError) { return try nextMemberName() } catch { throw WireError(ItemError(error)) }
    }

    /// Whether there is another member.
    mutating func wireMember() throws(WireError) -> Bool {
        do throws(JSONError) { return try nextMember() } catch { throw WireError(ItemError(error)) }
    }

    /// Whether there is another element.
    mutating func wireElement() throws(WireError) -> Bool {
        do throws(JSONError) { return try nextElement() } catch { throw WireError(ItemError(error)) }
    }

    /// Passes over a value.
    mutating func wireSkip() throws(WireError) {
        do throws(JSONError) { try skipValue() } catch { throw WireError(ItemError(error)) }
    }

    /// Reads something that Items knows how to read. Where a value in it breaks a rule the text is read on,
    /// since other parameters' faults are answered first: the first such error is kept in `deferred`.
    mutating func wireValue<Value>(
        deferring deferred: inout ItemError?,
        _ read: (inout JSONReader) throws(ItemError) -> Value
    ) throws(WireError) -> Value? {
        if readNull() { return nil }
        let start = mark()
        do throws(ItemError) {
            return try read(&self)
        } catch {
            guard case .validation = error else { throw WireError(error) }
            if deferred == nil { deferred = error }
        }
        restore(start)
        try wireSkip()
        return nil
    }

    mutating func mismatch(_ error: JSONError, _ wanted: String, _ javaClass: String) -> WireError {
        guard case .unexpected(let found, _, _) = error else { return WireError(ItemError(error)) }
        let isCollection = wanted == "Map" || wanted == "List"
        switch found {
        case .object: return .serialization("Start of structure or map found where not expected")
        case .array:
            let kind = isCollection ? "interface \(javaClass)" : "class \(javaClass)"
            return .serialization("Unrecognized collection type \(kind)")
        case .null: return .serialization("Unexpected value type in payload")
        case .string:
            if isCollection { return .serialization("Unexpected field type") }
            return .serialization(
                wanted == "Boolean"
                    ? "Unexpected token received from parser"
                    : "STRING_VALUE cannot be converted to \(wanted)")
        case .bool, .number:
            if isCollection { return .serialization("Unexpected field type") }
            return .serialization("\(token(found)) cannot be converted to \(wanted)")
        }
    }

    /// How AWS calls what begins here.
    private mutating func token(_ kind: JSONKind) -> String {
        switch peekByte() {
        case UInt8(ascii: "t"): return "TRUE_VALUE"
        case UInt8(ascii: "f"): return "FALSE_VALUE"
        default: break
        }
        var ahead = self
        do throws(JSONError) {
            let text = try ahead.readNumberText()
            return text.contains { ".eE".contains($0) } ? "DECIMAL_VALUE" : "NUMBER_VALUE"
        } catch {
            return "NUMBER_VALUE"
        }
    }
}
