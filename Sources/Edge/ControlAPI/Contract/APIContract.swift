import HTTPServer

/// All that is said of the API, in one place. A test holds it against the routes, both ways.
enum APIContract {
    /// What every operation takes and answers.
    static let operations: [Operation] =
        TenantOperations.operations + RunOperations.operations + PolicyOperations.operations
        + AuditOperations.operations + ArchiveOperations.operations + SystemOperations.operations
        + IssuingOperations.operations + PeopleOperations.operations + FederationOperations.operations
        + MemberOperations.operations

    /// The schemas that others refer to, by their names.
    static let schemas: [(name: String, schema: Schema)] = [
        CommonSchemas.schemas, TenantOperations.schemas, RunOperations.schemas, PolicyOperations.schemas,
        AuditOperations.schemas, ArchiveOperations.schemas, SystemOperations.schemas,
        IssuingOperations.schemas, PeopleOperations.schemas, FederationOperations.schemas,
        MemberOperations.schemas,
    ].flatMap { $0.map { (name: $0.key, schema: $0.value) } }.sorted { $0.name < $1.name }
}

extension Operation {
    /// Whether it answers JSON when it is done.
    var answersJSON: Bool { answers.contains { $0.type == "application/json" } }

    /// Whether its answers carry a tag by which `If-None-Match` can ask for changes alone.
    var isTagged: Bool { method == .get && answersJSON }

    /// The statuses with which it may be refused.
    func problemStatuses(isOpen: Bool) -> [Int] {
        var statuses = [400, 429, 431, 500, 503]
        if isOAuth { statuses += [401, 403, 409] }
        // Who signs in has no key yet, and may be refused all the same.
        if !isOAuth, !isOpen || body != nil { statuses += [401, 403, 404, 409] }
        if path.contains("{tenant}") { statuses.append(410) }
        if guarded != nil { statuses.append(412) }
        if body != nil { statuses += [413, 415] }
        if method != .get { statuses += [422, 507] }
        return statuses.sorted()
    }
}

extension Problem.Kind {
    /// When there is this kind of problem and what to do, for the reference.
    var remedy: String {
        switch self {
        case .invalidRequest: "Read `detail`, mend what `field` names, send it again."
        case .unauthorized:
            "Send `Authorization: Bearer KEY` with a key or a session that is known and not over."
        case .forbidden: "Use a key whose holder may do this."
        case .notFound: "Look for it in its list. To a tenant's key what is another's is not there."
        case .gone: "The tenant has left; its receipts say what was removed."
        case .methodNotAllowed: "Use one of the methods that the field Allow names."
        case .nameTaken: "Choose another name, or allow a duplicate."
        case .conflict: "Somebody changed it at the same moment: read it again and decide again."
        case .limitReached: "Choose a larger tier, or ask for less."
        case .notApplicable: "Look at its state; `detail` says what it is and what can be done."
        case .runUnderWay: "Wait for the run that `run` names, or cancel it."
        case .keyReused: "Choose a new Idempotency-Key; this one stands for another request."
        case .keyInUse: "Send the same again in a second: it is being carried out."
        case .preconditionFailed: "Read it again, decide, and send the ETag that it has then."
        case .tooManyRequests: "Wait for as many seconds as the field Retry-After says."
        case .tooManyAttempts:
            "Wait for as many seconds as the field Retry-After says; each failure makes it longer."
        case .tooLarge: "Send less at once."
        case .headTooLarge: "Send a shorter target, or fewer header fields."
        case .unsupportedMediaType: "Send JSON, and say so: `Content-Type: application/json`."
        case .runFailed: "Look at the run that `run` names: it says at which step and why."
        case .noCapacity: "Nothing was begun: make room on the server, or ask for less."
        case .policiesRefused: "Look at `gate`: mend what it found, or have a reviewer accept the risk."
        case .busy: "Send it again in a second."
        case .internalError: "The server's log says more under `requestId`; sending it again may help."
        case .noSpace: "Free some space on the server, then send it again with the same Idempotency-Key."
        case .unavailable: "Send it again when the server is ready."
        }
    }
}

extension ControlRoute {
    /// Whether everybody may, without a key.
    var isOpen: Bool { access.grantees.contains(.anyone) }

    /// Whether some may without a key, and others with one.
    var isOpenHere: Bool { access.grantees.contains(.local) }

    /// Who may, for people.
    var audience: String { access.audience }
}
