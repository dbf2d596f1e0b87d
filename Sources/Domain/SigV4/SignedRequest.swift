import Base
import Crypto

/// A request as its signature sees it: method, raw target and header fields in one buffer, and the body's
/// hash.
///
/// Keep one per connection and `reset` it for each request: then nothing is allocated once the buffer has
/// grown.
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

    /// Starts a request anew with its method and its target: path and query as they stood in the request
    /// line.
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
        let valueRange = appendBytes(value)
        note(Field(name: nameRange, value: valueRange), at: index)
    }

    /// Adds header fields that lie in one buffer, in the order of the request: one copy for all of them.
    /// - Parameters:
    ///   - head: the buffer, names in lower case.
    ///   - field: where the name and the value of each field are.
    public mutating func append(
        head: UnsafeRawBufferPointer, count: Int, field: (Int) -> (name: Range<Int>, value: Range<Int>)
    ) {
        let start = appendBytes(head).lowerBound
        for number in 0..<count {
            let index = fields.count
            guard index < Limits.signedRequestFieldsMax else {
                hasTooManyFields = true
                return
            }
            let (name, value) = field(number)
            fields.append(
                Field(
                    name: name.lowerBound &+ start..<name.upperBound &+ start,
                    value: value.lowerBound &+ start..<value.upperBound &+ start))
            note(Kind(head.part(name)), at: index)
        }
    }

    private mutating func note(_ field: Field, at index: Int) {
        fields.append(field)
        let kind = bytes.withUnsafeMutableBytes { bytes in
            for position in field.name where bytes[position] &- 0x41 < 26 { bytes[position] |= 0x20 }
            return Kind(UnsafeRawBufferPointer(rebasing: bytes[field.name]))
        }
        note(kind, at: index)
    }

    private mutating func note(_ kind: Kind, at index: Int) {
        switch kind {
        case .other: return
        case .amazon: break
        case .authorization: authorization.meet(index)
        case .date: date.meet(index)
        case .amzDate: amzDate.meet(index)
        case .securityToken: securityToken.meet(index)
        case .contentHash: contentHash.meet(index)
        }
        if kind.isAmazon { amzFields |= 1 << UInt128(index) }
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
        bytes.append(bytes: part)
        return start..<bytes.count
    }

    /// Adds one byte; see `appendBytes`.
    mutating func appendByte(_ byte: UInt8) { bytes.append(byte) }

    /// The fields that a signature gives a meaning.
    private enum Kind {
        case other, amazon, authorization, date, amzDate, securityToken, contentHash

        @inline(__always)
        init(_ name: UnsafeRawBufferPointer) {
            switch name.count {
            case 4: self = name.equals("date") ? .date : .other
            case 13: self = name.equals("authorization") ? .authorization : Kind.amazonOrOther(name)
            case 10: self = name.equals("x-amz-date") ? .amzDate : Kind.amazonOrOther(name)
            case 20:
                self =
                    name.equals("x-amz-security-token")
                    ? .securityToken
                    : name.equals("x-amz-content-sha256") ? .contentHash : Kind.amazonOrOther(name)
            default: self = Kind.amazonOrOther(name)
            }
        }

        @inline(__always)
        private static func amazonOrOther(_ name: UnsafeRawBufferPointer) -> Kind {
            name.count >= 6 && name.part(0..<6).equals("x-amz-") ? .amazon : .other
        }

        /// Whether the name begins with `x-amz-`.
        var isAmazon: Bool {
            switch self {
            case .amazon, .amzDate, .securityToken, .contentHash: true
            case .other, .authorization, .date: false
            }
        }
    }
}

extension SignedRequest.Occurrence {
    fileprivate mutating func meet(_ index: Int) {
        if case .none = self { self = .once(index) } else { self = .repeated }
    }
}
