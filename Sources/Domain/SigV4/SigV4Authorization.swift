import Base
import Crypto

/// What a request says about its signature: who signed, for which scope, what is signed, and the signature.
///
/// It comes first, so that the caller can look the secret up by `accessKeyID`; nothing in it is trusted
/// before `SigV4Verifier.verify` has accepted it.
public struct SigV4Authorization: Sendable {
    /// Where the signature stands.
    public enum Form: Sendable, Equatable {
        /// In the `Authorization` header.
        case header
        /// In the query of a presigned request, which is good for so many seconds.
        case query(expiresSeconds: Int64)
    }

    /// Whose secret has signed.
    public let accessKeyID: AccessKeyID
    /// In the header or in the query.
    public let form: Form
    let credential: SigV4Credential
    let signedHeaders: Range<Int>
    let signature: Range<Int>
    let timestamp: Range<Int>
    private let token: Range<Int>?

    /// The region of the credential's scope, a part of `request`'s buffer; to be trusted only once verified.
    public func region(in request: SignedRequest) -> ArraySlice<UInt8> { request.bytes[credential.region] }

    /// The session token that came with `request`, which this was made of; nil where none did.
    public func sessionToken(in request: SignedRequest) -> String? {
        token.map { String(decoding: request.bytes[$0], as: UTF8.self) }
    }

    /// Whether `request`, which this was made of, brought exactly this session token, compared in constant time. A nil
    /// `expected` wants none.
    public func hasSessionToken(_ expected: [UInt8]?, in request: SignedRequest) -> Bool {
        guard let token, let expected else { return token == nil && expected == nil }
        return request.bytes.withUnsafeBytes { bytes in
            expected.withUnsafeBytes { ConstantTime.equals(bytes.part(token), $0) }
        }
    }

    /// Reads the signature's parts from the header or the query of `request`. Decoded parts of a query are
    /// kept in `request`'s buffer, so verify with the same value and before it is reset.
    /// - Throws: `missingAuthenticationToken`, `incompleteSignature` where a part is missing or malformed,
    ///   `unrecognizedClient` where the access key id is of no known form.
    public init(parsing request: inout SignedRequest) throws(SigV4Error) {
        guard !request.hasTooManyFields else {
            throw .incompleteSignature("At most \(Limits.signedRequestFieldsMax) header fields are allowed.")
        }
        let parts = try SigV4Parts(parsing: &request)
        let found = request.bytes.withUnsafeBytes { bytes in
            AccessKeyID(bytes.part(parts.credential.accessKeyID))
        }
        guard let found else { throw .unrecognizedClient }
        accessKeyID = found
        form = parts.form
        credential = parts.credential
        signedHeaders = parts.signedHeaders
        signature = parts.signature
        timestamp = parts.timestamp
        token = parts.token
    }
}

/// `accessKeyID/date/region/service/terminator`: where each part stands.
struct SigV4Credential: Sendable {
    let accessKeyID: Range<Int>
    let date: Range<Int>
    let region: Range<Int>
    let service: Range<Int>
    let terminator: Range<Int>

    /// `date/region/service/terminator`.
    var scope: Range<Int> { date.lowerBound..<terminator.upperBound }

    init(parsing bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(SigV4Error) {
        var position = range.lowerBound
        func next() -> Range<Int>? {
            guard position <= range.upperBound else { return nil }
            let end =
                bytes.firstIndex(of: UInt8(ascii: "/"), in: position..<range.upperBound) ?? range.upperBound
            defer { position = end + 1 }
            return position..<end
        }
        guard let accessKeyID = next(), let date = next(), let region = next(), let service = next(),
            let terminator = next(), next() == nil
        else {
            // The value is not repeated: people put the secret there by mistake.
            let count = 1 + bytes[range].count { $0 == UInt8(ascii: "/") }
            throw .incompleteSignature(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
                    + "\(count)")
        }
        self.accessKeyID = accessKeyID
        self.date = date
        self.region = region
        self.service = service
        self.terminator = terminator
    }
}
