import Base
import Registry

/// A request that has come to its operation: known caller, known parameters.
struct ControlCall: Sendable {
    let request: ControlRequest
    let parameters: [String]
    let caller: Caller
    let services: ControlServices
    let log: Log
    /// The trace that it belongs to.
    let trace: TraceContext
    /// Those who follow runs.
    let streams: RunStreams
    /// Whether the caller's key is still what it was.
    let isStillValid: @Sendable () -> Bool
    /// What is said of the API.
    let pages: ContractPages
    /// What is said of this one; nil where nothing is.
    var operation: Operation?

    /// The answer of a call that is refused with more members than a problem has of its own.
    func refusal(
        _ problem: Problem, more: (inout JSONWriter) -> Void = { _ in }
    ) -> ControlResponse {
        .problem(problem.located(in: operation, request), requestID: request.id, more: more)
    }

    /// The caller, how they signed in, from where, and by which request: as every entry of the audit of this call names them,
    /// and every run that the call starts.
    var actor: AuditActor {
        caller.actor(from: request.remoteAddress, request: request.id, trace: trace.traceID)
    }

    /// Where the request comes from, for an actor that is none of the control API's callers.
    /// - Parameter signIn: how it showed who it is; nil where it has not.
    func origin(signIn: String?) -> AuditActor.Origin {
        let address = request.remoteAddress
        return AuditActor.Origin(
            signIn: signIn, address: address.isEmpty ? nil : address, request: request.id,
            trace: trace.traceID)
    }

    /// The tenant whose id stands in the path.
    /// - Throws: `.notFound` where there is none, and for a tenant's key where it is another's; `.gone` where it has left.
    func tenantID() throws(Problem) -> TenantID {
        let id = try tenantIDEvenGone()
        if case .gone(let farewell)? = services.directory.entry(id)?.record.state {
            throw Problem(
                .gone,
                "tenant `\(id)` left on \(farewell.at.iso8601); `homeroom tenant receipt \(id)` says what was removed",
                field: "tenant", members: ["run": farewell.run.text])
        }
        return id
    }

    /// The tenant whose id stands in the path, also where it has left.
    /// - Throws: `.notFound` where there is none, and for a tenant's key where it is another's.
    func tenantIDEvenGone() throws(Problem) -> TenantID {
        guard let id = TenantID(parameters[0]), caller.maySee(id), services.directory.entry(id) != nil else {
            throw .noSuchTenant(parameters[0])
        }
        return id
    }

    /// The run whose id stands in the path.
    func runID() throws(Problem) -> RunID {
        guard let id = RunID(parameters[0]) else { throw .noSuchRun(parameters[0]) }
        return id
    }
}

extension Problem {
    static func noSuchTenant(_ text: String) -> Problem {
        Problem(
            .notFound, "there is no tenant `\(text)`; `homeroom tenant list` shows those there are",
            field: "tenant")
    }

    static func noSuchRun(_ text: String) -> Problem {
        Problem(
            .notFound, "there is no run `\(text)`; `homeroom run list` shows those there are", field: "run")
    }
}
