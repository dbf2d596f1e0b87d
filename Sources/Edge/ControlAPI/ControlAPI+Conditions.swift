import Base
import HTTPServer
import Registry

// What a request asks for beside its operation: that it be done once (`Idempotency-Key`), only where nothing has changed
// (`If-Match`), or answered only where something has (`If-None-Match`).
extension ControlAPI {
    /// Carries out a call whose caller may make it.
    func carryOut(_ call: ControlCall, _ route: ControlRoute) throws -> ControlResponse {
        guard route.method == .post, let key = call.request.idempotencyKey, call.caller != .anonymous
        else { return try guarded(call, route) }
        let entry = try idempotency.enter(call.request, key: key, caller: call.caller.holder)
        switch entry {
        case .answered(let response): return response
        case .new(let ticket):
            do {
                let response = try guarded(call, route)
                idempotency.settle(ticket, response, log: call.log)
                return response
            } catch {
                idempotency.settle(ticket, nil, log: call.log)
                throw error
            }
        }
    }

    /// Who sends the request, if not too often. Those without a valid key are counted by where they come from.
    func known(_ request: ControlRequest, _ route: ControlRoute, _ authority: KeyAuthority) throws -> Caller {
        let address = CallerRates.name(ofAddress: request.remoteAddress)
        let caller: Caller
        // At the token endpoint the field may hold a client's credentials.
        do {
            caller = route.access.isForClients ? .anonymous : try authority.caller(request.authorization)
        } catch {
            try checkRate(of: address)
            throw error
        }
        try checkRate(of: caller == .anonymous ? address : caller.credential)
        return caller
    }

    private func checkRate(of caller: String) throws(Problem) {
        guard let seconds = rates.wait(of: caller, at: services.clock.monotonicNanoseconds()) else { return }
        throw Problem(
            .tooManyRequests, "more requests than are answered a second; send this one again in \(seconds) s",
            members: ["retryAfterSeconds": String(seconds)])
    }

    /// Carries out the call where its conditions hold.
    private func guarded(_ call: ControlCall, _ route: ControlRoute) throws -> ControlResponse {
        if route.method == .get { return try unlessUnchanged(try route.action(call), call) }
        guard let resource = call.operation?.guarded.flatMap(router.reading) else {
            guard call.request.ifMatch == nil else {
                throw Problem.invalid(
                    "If-Match does not apply to this request; send it without", field: "If-Match")
            }
            return try route.action(call)
        }
        let parameters = Array(call.parameters.prefix(resource.path.count { $0 == .parameter }))
        // One lock for all that lies beside it: what has a name may be asked for by its id too.
        let name = resource.name + " " + (parameters.first?.lowercased() ?? "")
        return try locks.withLock(of: name) {
            if let wanted = call.request.ifMatch {
                try check(wanted, call.reading(parameters), resource)
            }
            return try route.action(call)
        }
    }

    private func check(_ wanted: String, _ call: ControlCall, _ resource: ControlRoute) throws {
        let tags = try EntityTagList(wanted, field: "If-Match")
        let tag = EntityTag(try resource.action(call))
        guard tags.matches(tag) else {
            throw Problem(
                .preconditionFailed,
                "it has changed since; read it again, decide, and send this with the ETag that it has then",
                field: "If-Match", members: ["etag": tag.text])
        }
    }

    /// A JSON answer with its tag; 304 where the caller has the same already.
    private func unlessUnchanged(
        _ response: ControlResponse, _ call: ControlCall
    ) throws(Problem) -> ControlResponse {
        guard response.status == 200, response.type == "application/json",
            response.body.count <= Limits.taggedBytesMax
        else { return response }
        let tag = EntityTag(response)
        let tagged = response.adding("ETag", tag.text)
        guard let text = call.request.ifNoneMatch,
            try EntityTagList(text, field: "If-None-Match").weaklyMatches(tag)
        else { return tagged }
        return ControlResponse(status: 304).adding("ETag", tag.text).adding("Cache-Control", "no-store")
    }
}

extension ControlCall {
    /// The same caller's look at a resource, with nothing of this request's body.
    fileprivate func reading(_ parameters: [String]) -> ControlCall {
        ControlCall(
            request: request.reading, parameters: parameters, caller: caller, services: services, log: log,
            trace: trace, streams: streams, isStillValid: isStillValid, pages: pages)
    }
}
