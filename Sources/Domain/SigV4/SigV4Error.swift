/// Why a request's signature was not accepted, in AWS's names and texts.
///
/// Neither the secret nor the signature that was expected is part of any message.
public enum SigV4Error: Error, Equatable, CustomStringConvertible {
    /// The request has no `Authorization` header and no `X-Amz-Signature` parameter.
    case missingAuthenticationToken
    /// The signature's parts are missing or malformed; the text says which.
    case incompleteSignature(String)
    /// The parts are there, but wrong: date, scope, what is signed, or the signature itself; the text says
    /// which.
    case invalidSignature(String)
    /// No access key has this form.
    case unrecognizedClient

    /// The signature is not the one that the server computes.
    public static let signatureMismatch = SigV4Error.invalidSignature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
            + "Key and signing method. Consult the service documentation for details.")

    /// The exception's name in DynamoDB's JSON protocol, without its namespace.
    public var exceptionName: String {
        switch self {
        case .missingAuthenticationToken: "MissingAuthenticationTokenException"
        case .incompleteSignature: "IncompleteSignatureException"
        case .invalidSignature: "InvalidSignatureException"
        case .unrecognizedClient: "UnrecognizedClientException"
        }
    }

    /// The error code in the query protocol, which STS speaks.
    public var queryErrorCode: String {
        switch self {
        case .missingAuthenticationToken: "MissingAuthenticationToken"
        case .incompleteSignature: "IncompleteSignature"
        case .invalidSignature: "SignatureDoesNotMatch"
        case .unrecognizedClient: "InvalidClientTokenId"
        }
    }

    /// The message in AWS's words.
    public var message: String {
        switch self {
        case .missingAuthenticationToken: "Request is missing Authentication Token"
        case .incompleteSignature(let message), .invalidSignature(let message): message
        case .unrecognizedClient: "The security token included in the request is invalid."
        }
    }

    /// Name and message.
    public var description: String { "\(exceptionName): \(message)" }
}
