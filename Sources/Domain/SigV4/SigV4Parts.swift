import Base
import Crypto

/// The parts of a signature as they stand in a request's buffer.
struct SigV4Parts {
    private(set) var form = SigV4Authorization.Form.header
    let credential: SigV4Credential
    let signedHeaders: Range<Int>
    let signature: Range<Int>
    let timestamp: Range<Int>
    let token: Range<Int>?

    init(parsing request: inout SignedRequest) throws(SigV4Error) {
        let query = SigV4Query(decodingSignatureOf: &request)
        switch request.authorization {
        case .repeated:
            throw .incompleteSignature("Authorization header must not be repeated.")
        case .once(let index):
            guard !query.isSigned else {
                throw .incompleteSignature(
                    "A request is signed in its Authorization header or in its query, not in both.")
            }
            try self.init(header: request.fields[index].value, of: request)
        case .none:
            guard query.isSigned else { throw .missingAuthenticationToken }
            try self.init(query: query, of: request)
        }
    }

    private init(header value: Range<Int>, of request: SignedRequest) throws(SigV4Error) {
        let timestamp = try SigV4Parts.timestampField(of: request)
        let token = try SigV4Parts.only(request.securityToken, "X-Amz-Security-Token", of: request)
        let header = try request.read { bytes throws(SigV4Error) in
            try AuthorizationHeader(parsing: bytes, value)
        }
        guard let credential = header.credential, let signature = header.signature,
            let signedHeaders = header.signedHeaders, let timestamp
        else {
            let complaint = request.bytes.withUnsafeBytes { header.complaint($0, hasDate: timestamp != nil) }
            throw .incompleteSignature(complaint)
        }
        self.credential = try request.read { bytes throws(SigV4Error) in
            try SigV4Credential(parsing: bytes, credential)
        }
        self.signedHeaders = signedHeaders
        self.signature = signature
        self.timestamp = timestamp
        self.token = token
    }

    private init(query: SigV4Query, of request: SignedRequest) throws(SigV4Error) {
        guard let credential = query.credential, let signature = query.signature, let timestamp = query.date,
            let signedHeaders = query.signedHeaders, let algorithm = query.algorithm, !query.isRepeated
        else { throw .incompleteSignature(query.complaint) }
        // A token in the header of a presigned request would not be covered as the one in the query is.
        guard case .none = request.securityToken else {
            throw .incompleteSignature(
                "A presigned request has its session token in X-Amz-Security-Token of the query.")
        }
        let (isKnown, seconds) = request.bytes.withUnsafeBytes { bytes in
            (
                bytes.part(algorithm).equals("AWS4-HMAC-SHA256"),
                query.expires.map { Int64(bytes.text($0)) } ?? Limits.signatureSkewSeconds
            )
        }
        guard isKnown else { throw .incompleteSignature(AuthorizationHeader.unsupportedAlgorithm) }
        guard let seconds, (1...Limits.presignedSecondsMax).contains(seconds) else {
            throw .incompleteSignature(
                "X-Amz-Expires must be between 1 and \(Limits.presignedSecondsMax) seconds.")
        }
        form = .query(expiresSeconds: seconds)
        self.credential = try request.read { bytes throws(SigV4Error) in
            try SigV4Credential(parsing: bytes, credential)
        }
        self.signedHeaders = signedHeaders
        self.signature = signature
        self.timestamp = timestamp
        token = query.token
    }

    /// The value of `x-amz-date`, or of `date` where that is absent.
    private static func timestampField(of request: SignedRequest) throws(SigV4Error) -> Range<Int>? {
        if let value = try only(request.amzDate, "X-Amz-Date", of: request) { return value }
        return try only(request.date, "Date", of: request)
    }

    private static func only(
        _ occurrence: SignedRequest.Occurrence, _ name: String, of request: SignedRequest
    ) throws(SigV4Error) -> Range<Int>? {
        switch occurrence {
        case .none: return nil
        case .once(let index):
            return request.bytes.withUnsafeBytes { $0.trimmed(request.fields[index].value) }
        case .repeated: throw .incompleteSignature("\(name) header must not be repeated.")
        }
    }
}

/// The value of an `Authorization` header: `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
struct AuthorizationHeader {
    static let unsupportedAlgorithm = "Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 for now)."

    private(set) var credential: Range<Int>?
    private(set) var signedHeaders: Range<Int>?
    private(set) var signature: Range<Int>?
    private let whole: Range<Int>

    init(parsing bytes: UnsafeRawBufferPointer, _ value: Range<Int>) throws(SigV4Error) {
        let value = bytes.trimmed(value)
        whole = value
        let algorithmEnd = bytes.firstIndex(of: UInt8(ascii: " "), in: value) ?? value.upperBound
        let algorithm = bytes.part(value.lowerBound..<algorithmEnd)
        guard algorithm.equals("AWS4-HMAC-SHA256") else {
            guard algorithm.count < 5 || !algorithm.part(0..<5).equals("AWS4-") else {
                throw .incompleteSignature(AuthorizationHeader.unsupportedAlgorithm)
            }
            return
        }
        var position = algorithmEnd
        while position < value.upperBound {
            let end =
                bytes.firstIndex(of: UInt8(ascii: ","), in: position..<value.upperBound) ?? value.upperBound
            try take(bytes.trimmed(position..<end), of: bytes)
            position = end + 1
        }
    }

    private mutating func take(_ pair: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(SigV4Error) {
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "="), in: pair) else {
            throw .incompleteSignature(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded "
                    + "with Base64): '\(fingerprint(bytes))'.")
        }
        let name = bytes.part(pair.lowerBound..<equals)
        let value = equals + 1..<pair.upperBound
        let isRepeated: Bool
        if name.equals("Credential") {
            isRepeated = credential != nil
            credential = value
        } else if name.equals("SignedHeaders") {
            isRepeated = signedHeaders != nil
            signedHeaders = value
        } else if name.equals("Signature") {
            isRepeated = signature != nil
            signature = value
        } else {
            isRepeated = false
        }
        guard !isRepeated else {
            throw .incompleteSignature("Authorization header must not repeat a parameter.")
        }
    }

    /// AWS's list of what is missing; the header itself only as a hash.
    func complaint(_ bytes: UnsafeRawBufferPointer, hasDate: Bool) -> String {
        var parts: [String] = []
        if credential == nil { parts.append("Authorization header requires 'Credential' parameter.") }
        if signature == nil { parts.append("Authorization header requires 'Signature' parameter.") }
        if signedHeaders == nil { parts.append("Authorization header requires 'SignedHeaders' parameter.") }
        if !hasDate {
            parts.append(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        }
        parts.append("(Hashed with SHA-256 and encoded with Base64) Authorization=\(fingerprint(bytes))")
        return parts.joined(separator: " ")
    }

    private func fingerprint(_ bytes: UnsafeRawBufferPointer) -> String {
        Base64.encode(SHA256.hash(Array(bytes[whole])).bytes)
    }
}
