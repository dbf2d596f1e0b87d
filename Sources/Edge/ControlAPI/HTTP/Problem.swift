/// Why a request was not done, as RFC 9457's problem details tell it.
public struct Problem: Error, Equatable, Sendable {
    /// The kinds of problem; a kind's type, title and status never change.
    public enum Kind: String, Sendable, CaseIterable {
        case invalidRequest = "invalid-request"
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case gone
        case methodNotAllowed = "method-not-allowed"
        case nameTaken = "name-taken"
        case conflict
        case limitReached = "limit-reached"
        case notApplicable = "not-applicable"
        case runUnderWay = "run-under-way"
        case keyReused = "idempotency-key-reused"
        case keyInUse = "idempotency-key-in-use"
        case preconditionFailed = "precondition-failed"
        case tooManyRequests = "too-many-requests"
        case tooLarge = "too-large"
        case headTooLarge = "head-too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case runFailed = "run-failed"
        case noCapacity = "no-capacity"
        case policiesRefused = "policies-refused"
        case tooManyAttempts = "too-many-attempts"
        case busy
        case internalError = "internal-error"
        case noSpace = "no-space"
        case unavailable

        /// The HTTP status.
        public var status: Int {
            switch self {
            case .invalidRequest: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .gone: 410
            case .methodNotAllowed: 405
            case .nameTaken, .conflict, .limitReached, .notApplicable, .runUnderWay, .keyInUse: 409
            case .preconditionFailed: 412
            case .tooManyRequests: 429
            case .keyReused, .policiesRefused: 422
            case .tooLarge: 413
            case .headTooLarge: 431
            case .unsupportedMediaType: 415
            case .tooManyAttempts: 429
            case .runFailed, .internalError: 500
            case .noCapacity: 507
            case .busy, .unavailable: 503
            case .noSpace: 507
            }
        }

        /// One line for people, the same for each problem of the kind.
        public var title: String {
            switch self {
            case .invalidRequest: "The request cannot be read as it should be"
            case .unauthorized: "A valid key is needed"
            case .forbidden: "The key does not open this"
            case .notFound: "There is no such thing"
            case .gone: "It was here and has left"
            case .methodNotAllowed: "The method does not apply here"
            case .nameTaken: "The name is taken"
            case .conflict: "Somebody else was first"
            case .limitReached: "The tier's limit is reached"
            case .notApplicable: "It is not in a state for that"
            case .runUnderWay: "Another run is under way"
            case .keyReused: "The idempotency key stands for another request"
            case .keyInUse: "The same request is being carried out"
            case .preconditionFailed: "It has changed since it was read"
            case .tooManyRequests: "More requests than are answered"
            case .tooLarge: "The request is too large"
            case .headTooLarge: "Target and header fields are too large"
            case .unsupportedMediaType: "The body is not JSON"
            case .runFailed: "The run did not succeed"
            case .noCapacity: "There is not enough room for it"
            case .policiesRefused: "The policies cannot be put in force as they are"
            case .tooManyAttempts: "There were too many failed attempts"
            case .busy: "The server is busy"
            case .internalError: "Something went wrong in the server"
            case .unavailable: "The server is not ready"
            case .noSpace: "The server's disk is full"
            }
        }
    }

    /// Which kind.
    public var kind: Kind
    /// What is wrong with this request and what to do.
    public var detail: String
    /// The member or parameter that is wrong, or nil.
    public var field: String?
    /// Where the wrong member stands in the body, as a JSON pointer (RFC 6901); nil where it is none of the body's.
    var pointer: String?
    /// More members of the document, by name.
    public var members: [String: String] = [:]

    /// A problem.
    public init(_ kind: Kind, _ detail: String, field: String? = nil, members: [String: String] = [:]) {
        self.kind = kind
        self.detail = detail
        self.field = field
        self.members = members
    }

    /// The member or parameter `field` is wrong.
    static func invalid(_ detail: String, field: String? = nil) -> Problem {
        Problem(.invalidRequest, detail, field: field)
    }
}
