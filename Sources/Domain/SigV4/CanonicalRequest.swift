import Base
import Crypto

/// How a canonical request is made. Only S3 and odd old clients need anything but the default.
public struct SigV4Rules: Sendable, Equatable {
    /// Whether the path's `.`, `..` and empty segments are resolved; every service but S3 does.
    public var normalizesPath = true
    /// Whether the session token is covered by the signature. AWS's vectors have one case where it is not.
    public var signsSessionToken = true

    /// The rules of DynamoDB and STS.
    public init() {}
}

/// Writes canonical requests into one buffer that is kept between them.
///
/// Source: AWS IAM User Guide, "Create a signed AWS API request", step 1.
struct CanonicalRequest {
    private struct Parameter {
        let name: Range<Int>
        let value: Range<Int>
    }

    /// The canonical request that was written last.
    private(set) var output: [UInt8] = []
    private var parameters: [Parameter] = []
    private var encoded: [UInt8] = []

    init() { output.reserveCapacity(2048) }

    /// Writes the canonical request of `request`.
    /// - Returns: a bit for each field that is covered.
    /// - Throws: `signatureMismatch` where the list of signed headers is not sorted, or names an absent
    ///   header.
    mutating func write(
        _ request: SignedRequest, bytes: UnsafeRawBufferPointer, signedHeaders: Range<Int>, rules: SigV4Rules
    ) throws(SigV4Error) -> UInt128 {
        output.removeAll(keepingCapacity: true)
        output.append(bytes: bytes.part(request.method))
        output.append(UInt8(ascii: "\n"))
        let target = request.target
        let pathEnd = bytes.firstIndex(of: UInt8(ascii: "?"), in: target) ?? target.upperBound
        appendPath(bytes, target.lowerBound..<pathEnd, normalized: rules.normalizesPath)
        output.append(UInt8(ascii: "\n"))
        if pathEnd < target.upperBound {
            try appendQuery(bytes, pathEnd + 1..<target.upperBound, rules: rules)
        }
        output.append(UInt8(ascii: "\n"))
        let covered = try appendHeaders(request, bytes, signedHeaders)
        output.append(UInt8(ascii: "\n"))
        output.append(bytes: bytes.part(signedHeaders))
        output.append(UInt8(ascii: "\n"))
        request.bodyDigest.appendHex(to: &output)
        return covered
    }

    // MARK: Path

    private mutating func appendPath(_ bytes: UnsafeRawBufferPointer, _ path: Range<Int>, normalized: Bool) {
        guard path.count > 1 else {
            if path.isEmpty || bytes[path.lowerBound] == UInt8(ascii: "/") {
                output.append(UInt8(ascii: "/"))
            } else {
                appendEncoded(bytes, path, keepingSlash: true)
            }
            return
        }
        guard normalized else {
            appendEncoded(bytes, path, keepingSlash: true)
            return
        }
        var segments: [Range<Int>] = []
        var position = path.lowerBound
        while position <= path.upperBound {
            let end =
                bytes.firstIndex(of: UInt8(ascii: "/"), in: position..<path.upperBound) ?? path.upperBound
            let segment = bytes.part(position..<end)
            if segment.equals("..") {
                _ = segments.popLast()
            } else if segment.count > 0, !segment.equals(".") {
                segments.append(position..<end)
            }
            position = end + 1
        }
        for segment in segments {
            output.append(UInt8(ascii: "/"))
            appendEncoded(bytes, segment, keepingSlash: false)
        }
        if segments.isEmpty || bytes[path.upperBound - 1] == UInt8(ascii: "/") {
            output.append(UInt8(ascii: "/"))
        }
    }

    private mutating func appendEncoded(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, keepingSlash: Bool
    ) {
        for index in range {
            let byte = bytes[index]
            if byte.isUnreserved || (keepingSlash && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                URLEncoding.append(byte, to: &output)
            }
        }
    }

    // MARK: Query

    /// Every parameter decoded, encoded again in the one right way, and sorted by name, then value.
    private mutating func appendQuery(
        _ bytes: UnsafeRawBufferPointer, _ query: Range<Int>, rules: SigV4Rules
    ) throws(SigV4Error) {
        parameters.removeAll(keepingCapacity: true)
        encoded.removeAll(keepingCapacity: true)
        var position = query.lowerBound
        while position < query.upperBound {
            let (name, value, next) = QueryParameter.next(of: bytes, from: position, to: query.upperBound)
            position = next
            if name.isEmpty, value.isEmpty { continue }
            let raw = bytes.part(name)
            if raw.equals("X-Amz-Signature") { continue }
            if !rules.signsSessionToken, raw.equals("X-Amz-Security-Token") { continue }
            guard parameters.count < Limits.signedRequestParametersMax else { throw .signatureMismatch }
            parameters.append(Parameter(name: recode(bytes, name), value: recode(bytes, value)))
        }
        let encoded = encoded
        parameters.sort { left, right in
            if encoded[left.name] == encoded[right.name] {
                return encoded[left.value].lexicographicallyPrecedes(encoded[right.value])
            }
            return encoded[left.name].lexicographicallyPrecedes(encoded[right.name])
        }
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { output.append(UInt8(ascii: "&")) }
            output.append(contentsOf: encoded[parameter.name])
            output.append(UInt8(ascii: "="))
            output.append(contentsOf: encoded[parameter.value])
        }
    }

    private mutating func recode(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
        let start = encoded.count
        var index = range.lowerBound
        while index < range.upperBound {
            let (byte, length) = QueryParameter.decode(bytes, at: index, to: range.upperBound)
            if byte.isUnreserved { encoded.append(byte) } else { URLEncoding.append(byte, to: &encoded) }
            index += length
        }
        return start..<encoded.count
    }

    // MARK: Headers

    private mutating func appendHeaders(
        _ request: SignedRequest, _ bytes: UnsafeRawBufferPointer, _ signedHeaders: Range<Int>
    ) throws(SigV4Error) -> UInt128 {
        var covered: UInt128 = 0
        var previous = 0..<0
        var position = signedHeaders.lowerBound
        while position <= signedHeaders.upperBound {
            let end =
                bytes.firstIndex(of: UInt8(ascii: ";"), in: position..<signedHeaders.upperBound)
                ?? signedHeaders.upperBound
            let name = position..<end
            // Sorted and without repetition, so the work is bounded by the number of fields.
            guard !name.isEmpty, bytes.part(previous).precedes(bytes.part(name)) else {
                throw .signatureMismatch
            }
            let before = covered
            for index in request.fields.indices {
                let field = request.fields[index]
                guard field.name.count == name.count, bytes.part(field.name).equals(bytes.part(name)) else {
                    continue
                }
                if covered == before {
                    output.append(bytes: bytes.part(name))
                    output.append(UInt8(ascii: ":"))
                } else {
                    output.append(UInt8(ascii: ","))
                }
                covered |= 1 << UInt128(index)
                appendValue(bytes, field.value)
            }
            guard covered != before else { throw .signatureMismatch }
            output.append(UInt8(ascii: "\n"))
            previous = name
            position = end + 1
        }
        return covered
    }

    /// The value without white space at its ends, each run of it inside as one space. A line break counts as
    /// white space, so that no value can add a line of its own.
    private mutating func appendValue(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        if bytes.hasNoSpace(value) {
            output.append(bytes: bytes.part(value))
            return
        }
        var isPending = false
        for index in bytes.trimmed(value) {
            let byte = bytes[index]
            if byte <= 0x20 {
                isPending = true
                continue
            }
            if isPending {
                output.append(UInt8(ascii: " "))
                isPending = false
            }
            output.append(byte)
        }
    }
}

/// RFC 3986's percent-encoding with upper case digits.
enum URLEncoding {
    static func append(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
    }

    /// The text with every byte encoded that is not unreserved.
    static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if byte.isUnreserved { output.append(byte) } else { append(byte, to: &output) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
