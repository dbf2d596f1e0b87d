import Base
import HTTPServer
import Registry

// Which calls the audit says something of:
//
// | call | entry |
// |---|---|
// | a change that was made | by the service that makes it, in the commit of the change |
// | a call that a valid key may not make (403), or that names what is not the key's (404) | `api.refused`, outcome `refused` |
// | a change that is not possible as things stand (409, 422) | `api.refused`, outcome `refused` |
// | a change in which the server fails (500) | `api.failed`, outcome `failed`; of a run that fails the run itself says so |
// | a call that cannot be understood (400, 405, 413, 415), or comes while the server is busy (503) | none: nothing was asked |
// | a call without a valid key (401) | counted, an entry each minute |
// | a token of an identity provider that is refused | `token.refused`, where the provider has signed it; else counted, likewise |
// | reading what lies in one tenant's tables: decisions, receipts, exports, access reports | kind `access`, by the route |
extension ControlAPI {
    /// Writes the entry of a call that was refused or failed, where it has one.
    func note(_ problem: Problem, of call: RefusedCall) {
        if problem.kind == .unauthorized { return book.countUnauthenticated() }
        guard call.caller != .anonymous, let outcome = call.outcome(of: problem.kind) else { return }
        let actor = call.actor
        guard book.admits(actor, at: services.clock.now()) else { return }
        let note = AuditNote(
            actor: actor, action: outcome == .failed ? "api.failed" : "api.refused",
            subject: call.subject, tenant: tenant(of: call),
            detail: ["status": String(problem.kind.status), "problem": problem.kind.rawValue],
            outcome: outcome)
        do throws(RegistryError) {
            try services.registry.transact(RegistryTransaction([], audit: [note]))
        } catch {
            // The answer is a refusal already.
            services.log.error(
                "a refusal cannot be noted in the audit",
                ["requestId": actor.origin.request ?? "", "action": note.subject, "error": "\(error)"])
        }
    }

    /// Forgets answers to idempotency keys that are a day old; how many. Call it each minute.
    /// - Throws: what the registry throws.
    @discardableResult
    public func forgetOldAnswers(isStopping: () -> Bool) throws -> Int {
        try idempotency.forgetOld(isStopping: isStopping)
    }

    /// Writes what was only counted: calls without a valid key, refusals beyond what one key is given entries for, and tokens that
    /// name an identity provider. Call it each minute and at the end.
    /// - Throws: `RegistryError`; the counts are kept for the next time.
    public func noteCounts() throws(RegistryError) {
        try services.oauth?.refusals.write(to: services.registry)
        let counts = book.take()
        guard !counts.isEmpty else { return }
        var detail = counts.mapValues { String($0) }
        detail["total"] = String(counts.values.reduce(0, +))
        let note = AuditNote(
            actor: .system, action: "api.denied", subject: "control API", detail: detail, kind: .denial,
            outcome: .refused)
        do throws(RegistryError) {
            try services.registry.transact(RegistryTransaction([], audit: [note]))
        } catch {
            book.putBack(counts)
            throw error
        }
    }

    /// The tenant that a call names, else the caller's own.
    private func tenant(of call: RefusedCall) -> TenantID? {
        if call.route.path.count > 2, call.route.path[1] == .literal("tenants"),
            call.route.path[2] == .parameter, let id = call.parameters.first.flatMap(TenantID.init),
            services.directory.entry(id) != nil
        {
            return id
        }
        if case .tenant(let own, _) = call.caller { return own }
        return nil
    }
}

/// A call that was not done.
struct RefusedCall {
    let route: ControlRoute
    let parameters: [String]
    let caller: Caller
    /// The caller as the audit names them.
    let actor: AuditActor

    /// What became of it, where the audit has an entry of it.
    func outcome(of kind: Problem.Kind) -> AuditOutcome? {
        let isChange = route.method != .get && route.method != .head
        switch kind {
        case .forbidden: return .refused
        case .notFound: if case .tenant = caller { return .refused } else { return nil }
        case .nameTaken, .conflict, .limitReached, .noCapacity, .notApplicable, .runUnderWay, .keyReused,
            .keyInUse, .policiesRefused:
            return isChange ? .refused : nil
        case .internalError, .noSpace: return isChange ? .failed : nil
        case .invalidRequest, .unauthorized, .gone, .methodNotAllowed, .tooLarge, .headTooLarge,
            .unsupportedMediaType, .runFailed, .preconditionFailed, .tooManyRequests, .tooManyAttempts,
            .busy, .unavailable:
            return nil
        }
    }

    /// The method and the path; of parameters those that look like ids alone, since anybody can put anything there.
    var subject: String {
        var parameters = parameters[...]
        let path = route.path.map { segment in
            switch segment {
            case .literal(let text): return text
            case .parameter:
                let text = parameters.popFirst() ?? ""
                let isID =
                    (1...Limits.controlSubjectIDBytesMax).contains(text.utf8.count)
                    && text.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                            || $0 == 0x2D || $0 == 0x5F
                    }
                return isID ? text : "{}"
            }
        }
        return "\(route.method.rawValue) /" + path.joined(separator: "/")
    }
}

extension ControlCall {
    /// Says in the audit that somebody who may see all tenants reads what is in this one's tables, or in everybody's where
    /// `tenant` is nil: committed before the answer leaves. A tenant's own key reads its own, which is no access across tenants.
    /// - Throws: `RegistryError`: then nothing is answered.
    func noteAccess(
        _ action: String, subject: String, tenant: TenantID?, detail: [String: String] = [:]
    ) throws(RegistryError) {
        if case .tenant(let own, _) = caller, own == tenant { return }
        try services.registry.transact(
            RegistryTransaction(
                [],
                audit: [
                    AuditNote(
                        actor: actor, action: action, subject: subject, tenant: tenant, detail: detail,
                        kind: .access)
                ]))
    }
}
