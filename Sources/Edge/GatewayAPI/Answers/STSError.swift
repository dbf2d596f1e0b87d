import Gateway

/// An error of STS's query protocol. Source: AWS STS API reference, "AssumeRoleWithWebIdentity" and "Common
/// errors".
struct STSError: Error {
    let code: String
    let message: String
    let status: Int
    let outcome: GatewayOutcome
    /// What the log learns.
    var detail: String?

    init(
        _ code: String, _ message: String, status: Int = 400, outcome: GatewayOutcome = .invalid,
        detail: String? = nil
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.outcome = outcome
        self.detail = detail
    }

    static func validation(_ message: String) -> STSError { STSError("ValidationError", message) }

    static func invalidToken(_ detail: String) -> STSError {
        STSError(
            "InvalidIdentityToken", "The web identity token could not be validated: \(detail)",
            outcome: .unauthenticated, detail: detail)
    }

    static let expiredToken = STSError(
        "ExpiredTokenException", "Token expired: get a new web identity token", outcome: .unauthenticated)

    /// A session policy that cannot be read.
    static func malformedPolicy(_ reason: String) -> STSError {
        STSError("MalformedPolicyDocument", reason)
    }

    /// Session policies and tags that take up more than they may.
    static func packedPolicyTooLarge(percent: Int) -> STSError {
        STSError(
            "PackedPolicyTooLarge",
            "Packed policy consumes \(percent)% of allotted space, please use smaller policy.")
    }

    /// AWS says as little: whether the role or the trust is missing is not told.
    static func accessDenied(_ detail: String) -> STSError {
        STSError(
            "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", status: 403,
            outcome: .denied, detail: detail)
    }

    /// Why a token opens no session.
    init(_ error: AdmissionError) {
        switch error {
        case .expired: self = .expiredToken
        case .invalid(let reason): self = .invalidToken(reason)
        case .untrusted(let reason): self = .accessDenied(reason)
        case .notServed(let error): self = .accessDenied(WireError(error).detail ?? "\(error)")
        }
    }

    /// What failed while a signed request was authenticated.
    init(_ error: WireError) {
        let code =
            switch error.name {
            case "MissingAuthenticationTokenException": "MissingAuthenticationToken"
            case "IncompleteSignatureException": "IncompleteSignature"
            case "InvalidSignatureException": "SignatureDoesNotMatch"
            case "UnrecognizedClientException": "InvalidClientTokenId"
            case "ExpiredTokenException": "ExpiredToken"
            default: "InternalFailure"
            }
        self.init(
            code, error.message ?? code, status: code == "IncompleteSignature" ? 400 : 403,
            outcome: error.outcome)
    }
}

/// Writes XML: elements with text.
struct XMLWriter {
    private(set) var bytes: [UInt8] = []

    /// An element and what is in it. The name is the program's own.
    mutating func element(_ name: String, _ attributes: String = "", _ content: (inout XMLWriter) -> Void) {
        bytes.append(contentsOf: "<\(name)\(attributes)>".utf8)
        content(&self)
        bytes.append(contentsOf: "</\(name)>".utf8)
    }

    /// An element with text.
    mutating func element(_ name: String, text: String) { element(name) { $0.text(text) } }

    /// Text, escaped; characters that XML 1.0 does not allow become `?`.
    mutating func text(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes.append(contentsOf: "&amp;".utf8)
            case "<": bytes.append(contentsOf: "&lt;".utf8)
            case ">": bytes.append(contentsOf: "&gt;".utf8)
            case "\"": bytes.append(contentsOf: "&quot;".utf8)
            case "\t", "\n": bytes.append(contentsOf: String(scalar).utf8)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                bytes.append(UInt8(ascii: "?"))
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}
