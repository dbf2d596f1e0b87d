import Base
import Crypto

/// A request as its signature sees it: method, raw target and header fields in one buffer, and the body's hash.
///
/// Keep one per connection and `reset` it for each request: then nothing is allocated once the buffer has grown.
public struct SignedRequest: Sendable {
    /// A header field: where its name and value stand in the buffer.
    struct Field: Sendable {
        let name: Range<Int>
        let value: Range<Int>
    }

    /// How often a field that may stand once does stand, and where.
    enum Occurrence: Sendable {
        case none
        case once(Int)
        case repeated
    }

    /// The hash of the body's bytes, to be set before verifying; of the empty body after `reset`.
    public var bodyDigest = SignedRequest.emptyBodyDigest
    private static let emptyBodyDigest = SHA256.hash("")

    private(set) var bytes: [UInt8] = []
    private(set) var method = 0..<0
    private(set) var target = 0..<0
    private(set) var fields: [Field] = []
    private(set) var hasTooManyFields = false
    private(set) var authorization = Occurrence.none
    private(set) var amzDate = Occurrence.none
    private(set) var date = Occurrence.none
    private(set) var securityToken = Occurrence.none
    private(set) var contentHash = Occurrence.none
    /// A bit for each field whose name begins with `x-amz-`.
    private(set) var amzFields: UInt128 = 0

    /// An empty request with room for a usual one.
    public init() {
        bytes.reserveCapacity(2048)
        fields.reserveCapacity(32)
    }

    /// Starts a request anew with its method and its target: path and query as they stood in the request line.
    public mutating func reset(method: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer) {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        hasTooManyFields = false
        (authorization, amzDate, date, securityToken, contentHash) = (.none, .none, .none, .none, .none)
        amzFields = 0
        bodyDigest = SignedRequest.emptyBodyDigest
        self.method = appendBytes(method)
        self.target = appendBytes(target)
    }

    /// Starts a request anew with its method and its target.
    public mutating func reset(method: String, target: String) {
        Array(method.utf8).withUnsafeBytes { method in
            Array(target.utf8).withUnsafeBytes { reset(method: method, target: $0) }
        }
    }

    /// Adds a header field, in the order of the request. The name's case does not matter.
    public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let index = fields.count
        guard index < Limits.signedRequestFieldsMax else {
            hasTooManyFields = true
            return
        }
        let nameRange = appendBytes(name)
        bytes.withUnsafeMutableBufferPointer { bytes in
            for position in nameRange where bytes[position] &- 0x41 < 26 { bytes[position] |= 0x20 }
        }
        fields.append(Field(name: nameRange, value: appendBytes(value)))
        note(nameRange, at: index)
    }

    /// Adds a header field, in the order of the request. The name's case does not matter.
    public mutating func append(name: String, value: String) {
        Array(name.utf8).withUnsafeBytes { name in
            Array(value.utf8).withUnsafeBytes { append(name: name, value: $0) }
        }
    }

    /// The buffer's bytes, for as long as `body` runs.
    @inline(__always)
    func read<Result>(
        _ body: (UnsafeRawBufferPointer) throws(SigV4Error) -> Result
    ) throws(SigV4Error) -> Result {
        try bytes.withUnsafeBufferPointer { bytes throws(SigV4Error) in
            try body(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Adds bytes behind all others and says where they are: for parts of a query in their decoded form.
    mutating func appendBytes(_ part: UnsafeRawBufferPointer) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: part)
        return start..<bytes.count
    }

    /// Adds one byte; see `appendBytes`.
    mutating func appendByte(_ byte: UInt8) { bytes.append(byte) }

    private mutating func note(_ name: Range<Int>, at index: Int) {
        func matches(_ literal: StaticString) -> Bool {
            bytes.withUnsafeBytes { $0.part(name).equals(literal) }
        }
        func met(_ before: Occurrence) -> Occurrence {
            if case .none = before { .once(index) } else { .repeated }
        }
        switch name.count {
        case 4: if matches("date") { date = met(date) }
        case 10: if matches("x-amz-date") { amzDate = met(amzDate) }
        case 13: if matches("authorization") { authorization = met(authorization) }
        case 20:
            if matches("x-amz-security-token") {
                securityToken = met(securityToken)
            } else if matches("x-amz-content-sha256") {
                contentHash = met(contentHash)
            }
        default: break
        }
        let prefix = name.lowerBound..<min(name.lowerBound + 6, name.upperBound)
        if bytes.withUnsafeBytes({ $0.part(prefix).equals("x-amz-") }) { amzFields |= 1 << UInt128(index) }
    }
}
