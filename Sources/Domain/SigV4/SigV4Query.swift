import Base

/// The signature's parameters in the query of a presigned request, decoded.
struct SigV4Query {
    private(set) var algorithm: Range<Int>?
    private(set) var credential: Range<Int>?
    private(set) var date: Range<Int>?
    private(set) var expires: Range<Int>?
    private(set) var signedHeaders: Range<Int>?
    private(set) var signature: Range<Int>?
    private(set) var token: Range<Int>?
    /// Whether one of them stands twice.
    private(set) var isRepeated = false

    /// Whether the query claims to hold a signature.
    var isSigned: Bool { algorithm != nil || signature != nil }

    /// Looks for the parameters and leaves their decoded values at the end of the request's buffer.
    init(decodingSignatureOf request: inout SignedRequest) {
        let target = request.target
        let start = request.bytes.withUnsafeBytes { $0.firstIndex(of: UInt8(ascii: "?"), in: target) }
        guard let start else { return }
        var position = start + 1
        while position < target.upperBound {
            let (name, value, next) = request.bytes.withUnsafeBytes { bytes in
                QueryParameter.next(of: bytes, from: position, to: target.upperBound)
            }
            position = next
            take(name, value, of: &request)
        }
    }

    private mutating func take(_ name: Range<Int>, _ value: Range<Int>, of request: inout SignedRequest) {
        let slot = request.bytes.withUnsafeBytes { bytes -> WritableKeyPath<SigV4Query, Range<Int>?>? in
            let name = bytes.part(name)
            if name.equals("X-Amz-Algorithm") { return \.algorithm }
            if name.equals("X-Amz-Credential") { return \.credential }
            if name.equals("X-Amz-Date") { return \.date }
            if name.equals("X-Amz-Expires") { return \.expires }
            if name.equals("X-Amz-SignedHeaders") { return \.signedHeaders }
            if name.equals("X-Amz-Signature") { return \.signature }
            if name.equals("X-Amz-Security-Token") { return \.token }
            return nil
        }
        guard let slot else { return }
        if self[keyPath: slot] != nil { isRepeated = true }
        let first = request.bytes.count
        var index = value.lowerBound
        while index < value.upperBound {
            let (byte, length) = QueryParameter.decode(request.bytes, at: index, to: value.upperBound)
            request.appendByte(byte)
            index += length
        }
        self[keyPath: slot] = first..<request.bytes.count
    }

    /// AWS's list of what is missing.
    var complaint: String {
        let slots: [(String, Range<Int>?)] = [
            ("X-Amz-Algorithm", algorithm), ("X-Amz-Credential", credential), ("X-Amz-Date", date),
            ("X-Amz-SignedHeaders", signedHeaders), ("X-Amz-Signature", signature),
        ]
        let missing = slots.filter { $0.1 == nil }.map {
            "AWS query-string parameters must include '\($0.0)'."
        }
        let complaints = missing.isEmpty ? ["AWS query-string parameters must not be repeated."] : missing
        return complaints.joined(separator: " ") + " Re-examine the query-string parameters."
    }
}

/// How a query is cut and decoded; `+` stands for itself, as AWS reads it.
enum QueryParameter {
    /// The parameter at `position`, and where the next one begins. A parameter without `=` has an empty
    /// value.
    static func next(
        of bytes: UnsafeRawBufferPointer, from position: Int, to end: Int
    ) -> (name: Range<Int>, value: Range<Int>, next: Int) {
        let stop = bytes.firstIndex(of: UInt8(ascii: "&"), in: position..<end) ?? end
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "="), in: position..<stop) else {
            return (position..<stop, stop..<stop, stop + 1)
        }
        return (position..<equals, equals + 1..<stop, stop + 1)
    }

    /// The byte at `index`, decoded where `%` and two digits stand there, and how many bytes that takes.
    static func decode(
        _ bytes: some RandomAccessCollection<UInt8>, at index: Int, to end: Int
    ) -> (byte: UInt8, length: Int) {
        func byte(_ position: Int) -> UInt8 { bytes[bytes.index(bytes.startIndex, offsetBy: position)] }
        let first = byte(index)
        guard first == UInt8(ascii: "%"), index + 2 < end, let high = hexValue(byte(index + 1)),
            let low = hexValue(byte(index + 2))
        else { return (first, 1) }
        return (high << 4 | low, 3)
    }

    private static func hexValue(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x57
        case 0x41...0x46: character - 0x37
        default: nil
        }
    }
}
