import Base
import Crypto

/// Decides whether a request was signed with a secret, by AWS's Signature Version 4. One per thread or
/// connection: it keeps its buffers between requests and is not `Sendable`.
///
/// Source: AWS IAM User Guide, "AWS Signature Version 4 for API requests".
public final class SigV4Verifier {
    /// The hasher it uses itself, free for the body's hash between two calls.
    public let hasher = SHA256Hasher()
    private let rules: SigV4Rules
    private var canonical = CanonicalRequest()
    private var stringToSign: [UInt8] = []

    /// A verifier by these rules.
    public init(rules: SigV4Rules = SigV4Rules()) {
        self.rules = rules
        stringToSign.reserveCapacity(256)
    }

    /// Returns where `request`, with its `bodyDigest` set, was signed with `secret` for `service`, in any
    /// region, at a time within 15 minutes of `now` (a presigned one: not longer ago than it is good for),
    /// and everything that must be covered is: `host`, the date and each `x-amz-*` header.
    /// - Parameter authorization: what `SigV4Authorization(parsing:)` made of the same request.
    /// - Throws: `invalidSignature`, `incompleteSignature`.
    public func verify(
        _ request: SignedRequest, _ authorization: SigV4Authorization, secret: SigningSecret,
        service: SigV4Service,
        now: Timestamp
    ) throws(SigV4Error) {
        try request.read { bytes throws(SigV4Error) in
            try checkScope(bytes, authorization, service: service)
            try checkTime(bytes, authorization, now: now)
            try checkBody(bytes, request)
            let covered = try canonical.write(
                request, bytes: bytes, signedHeaders: authorization.signedHeaders, rules: rules)
            try checkCoverage(bytes, request, authorization, covered: covered)
            let expected = signature(bytes, authorization, secret: secret)
            guard isSignature(bytes.part(authorization.signature), expected) else { throw .signatureMismatch }
        }
    }

    private func signature(
        _ bytes: UnsafeRawBufferPointer, _ authorization: SigV4Authorization, secret: SigningSecret
    ) -> SHA256Digest {
        let credential = authorization.credential
        StringToSign.write(
            timestamp: bytes.part(authorization.timestamp), scope: bytes.part(credential.scope),
            canonicalRequest: hasher.hash(canonical.output), to: &stringToSign)
        let start = credential.date.lowerBound
        func shifted(_ range: Range<Int>) -> Range<Int> {
            range.lowerBound - start..<range.upperBound - start
        }
        let key = secret.key(
            scope: bytes.part(start..<credential.service.upperBound), date: shifted(credential.date),
            region: shifted(credential.region), service: shifted(credential.service))
        return key.authenticate(stringToSign)
    }

    /// Whether the text is the digest in lower case hexadecimal digits, compared in constant time.
    private func isSignature(_ text: UnsafeRawBufferPointer, _ expected: SHA256Digest) -> Bool {
        stringToSign.removeAll(keepingCapacity: true)
        expected.appendHex(to: &stringToSign)
        return stringToSign.withUnsafeBytes { ConstantTime.equals(text, $0) }
    }

    // MARK: What must hold besides the signature

    private func checkScope(
        _ bytes: UnsafeRawBufferPointer, _ authorization: SigV4Authorization, service: SigV4Service
    ) throws(SigV4Error) {
        let credential = authorization.credential
        let timestamp = bytes.part(authorization.timestamp)
        let isRegion =
            (1...Limits.regionBytesMax).contains(credential.region.count)
            && bytes.part(credential.region).allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
        let isService = bytes.part(credential.service).equals(service)
        let isTerminator = bytes.part(credential.terminator).equals("aws4_request")
        let isDate =
            credential.date.count == 8 && timestamp.count >= 8
            && bytes.part(credential.date).equals(timestamp.part(0..<8))
        if isRegion, isService, isTerminator, isDate { return }
        guard BasicTimestamp.parse(timestamp) != nil else { throw SigV4Verifier.malformedDate(timestamp) }
        var complaints: [String] = []
        if !isRegion { complaints.append("Credential should be scoped to a valid region. ") }
        if !isService { complaints.append("Credential should be scoped to correct service: '\(service)'. ") }
        if !isTerminator {
            let found = SigV4Verifier.shown(bytes.part(credential.terminator))
            complaints.append(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '\(found)'. ")
        }
        if !isDate {
            let found = SigV4Verifier.shown(bytes.part(credential.date))
            let date = SigV4Verifier.shown(timestamp)
            complaints.append(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + "'\(found)' != '\(date.prefix(8))', from '\(date)'. ")
        }
        throw .invalidSignature(complaints.joined())
    }

    private func checkTime(
        _ bytes: UnsafeRawBufferPointer, _ authorization: SigV4Authorization, now: Timestamp
    ) throws(SigV4Error) {
        let text = bytes.part(authorization.timestamp)
        guard let date = BasicTimestamp.parse(text) else { throw SigV4Verifier.malformedDate(text) }
        let skew = Limits.signatureSkewSeconds
        if date.seconds - now.seconds > skew {
            throw .invalidSignature(
                "Signature not yet current: \(BasicTimestamp.text(date)) is still later than "
                    + "\(BasicTimestamp.text(now.advanced(bySeconds: skew))) (\(BasicTimestamp.text(now)) + 15 min.)"
            )
        }
        let validity: Int64
        switch authorization.form {
        case .header: validity = skew
        case .query(let seconds): validity = seconds
        }
        guard now.seconds - date.seconds > validity else { return }
        let length = validity % 60 == 0 ? "\(validity / 60) min." : "\(validity) sec."
        throw .invalidSignature(
            "Signature expired: \(BasicTimestamp.text(date)) is now earlier than "
                + "\(BasicTimestamp.text(now.advanced(bySeconds: -validity))) (\(BasicTimestamp.text(now)) - \(length))"
        )
    }

    /// `x-amz-content-sha256` must be the body's hash: `UNSIGNED-PAYLOAD` is for S3 alone.
    private func checkBody(_ bytes: UnsafeRawBufferPointer, _ request: SignedRequest) throws(SigV4Error) {
        switch request.contentHash {
        case .none: return
        case .repeated: throw .incompleteSignature("X-Amz-Content-Sha256 header must not be repeated.")
        case .once(let index):
            let claimed = bytes.part(bytes.trimmed(request.fields[index].value))
            guard isSignature(claimed, request.bodyDigest) else {
                throw .invalidSignature(
                    "The provided 'x-amz-content-sha256' header does not match what was computed.")
            }
        }
    }

    private func checkCoverage(
        _ bytes: UnsafeRawBufferPointer, _ request: SignedRequest, _ authorization: SigV4Authorization,
        covered: UInt128
    ) throws(SigV4Error) {
        var isHostCovered = false
        for (index, field) in request.fields.enumerated() where field.name.count == 4 {
            if bytes.part(field.name).equals("host"), covered & 1 << UInt128(index) != 0 {
                isHostCovered = true
            }
        }
        guard isHostCovered else { throw SigV4Verifier.mustBeSigned("Host' or ':authority") }
        if authorization.form == .header, case .none = request.amzDate, case .once(let index) = request.date {
            guard covered & 1 << UInt128(index) != 0 else { throw SigV4Verifier.mustBeSigned("Date") }
        }
        var uncovered = request.amzFields & ~covered
        if !rules.signsSessionToken, case .once(let index) = request.securityToken {
            uncovered &= ~(1 << UInt128(index))
        }
        guard uncovered == 0 else {
            let name = SigV4Verifier.shown(bytes.part(request.fields[uncovered.trailingZeroBitCount].name))
            let words = name.split(separator: "-", omittingEmptySubsequences: false)
            throw SigV4Verifier.mustBeSigned(
                words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-"))
        }
    }

    private static func mustBeSigned(_ name: String) -> SigV4Error {
        .invalidSignature("'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
    }

    private static func malformedDate(_ text: UnsafeRawBufferPointer) -> SigV4Error {
        .incompleteSignature(
            "Date must be in ISO-8601 'basic format'. Got '\(shown(text))'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
    }

    /// The start of what the request says, fit for a message: printable ASCII, at most 64 characters.
    private static func shown(_ bytes: UnsafeRawBufferPointer) -> String {
        String(
            decoding: bytes.prefix(64).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self)
    }
}
