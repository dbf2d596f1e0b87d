import Base
import Crypto
import HTTPServer
import Registry
import Workflows

/// The REST interface: a request is read on the server's thread, and carried out on one that may wait.
public final class ControlAPI: HTTPHandler {
    let services: ControlServices
    /// Who was refused how often.
    let book = RefusalBook()
    /// When keys were used.
    private let uses: UseBook
    let router: ControlRouter
    /// What was answered to which idempotency keys.
    let idempotency: IdempotencyBook
    let rates: CallerRates
    private let pages: ContractPages
    private let streams: RunStreams
    let locks = ResourceLocks()
    private let authority: KeyAuthority
    private let quick: WorkerPool
    private let waiting: WorkerPool
    private let reviews: WorkerPool
    private let passwords: PasswordQueue
    private let memberPasswords: PasswordQueue
    private let providers: WorkerPool

    /// An interface to these services.
    public init(_ services: ControlServices) {
        self.services = services
        router = ControlRouter(routes: ControlRouter.allRoutes)
        uses = services.keys.uses
        authority = KeyAuthority(services)
        idempotency = IdempotencyBook(
            registry: services.registry, secret: services.keys.answersSecret, clock: services.clock,
            random: services.random)
        pages = ContractPages(router: router, version: services.version)
        streams = RunStreams(engine: services.engine, clock: services.clock, log: services.log)
        rates = CallerRates(perSecond: services.callerRequestsPerSecond)
        quick = WorkerPool(
            label: "control", threads: Limits.controlThreads, queueMax: Limits.controlQueueMax)
        waiting = WorkerPool(
            label: "control-wait", threads: Limits.controlWaitingThreads, queueMax: Limits.controlQueueMax)
        reviews = WorkerPool(label: "control-review", threads: 1, queueMax: Limits.controlReviewsQueueMax)
        passwords = PasswordQueue(label: "control-password", places: .staff)
        memberPasswords = PasswordQueue(label: "control-member", places: .members)
        providers = WorkerPool(
            label: "control-provider", threads: Limits.controlProviderThreads,
            queueMax: Limits.controlQueueMax)
    }

    /// Finishes the requests that are under way and takes no more. Call it when the server has stopped.
    public func stop() {
        streams.stop()
        quick.stop()
        waiting.stop()
        reviews.stop()
        passwords.stop()
        memberPasswords.stop()
        providers.stop()
    }

    /// Answers a request.
    public func handle(_ exchange: HTTPExchange) {
        let mark = CallMark(exchange, clock: services.clock, random: services.random)
        do throws(Problem) {
            let request = try ControlRequest(exchange, id: mark.id)
            let (route, parameters) = try find(request)
            let outcome = submit(request, route) { [self] in
                finish(exchange, respond(to: request, mark, route, parameters), mark, route.name)
            }
            switch outcome {
            case .taken: break
            case .isFull: throw Problem(.busy, "too many requests wait; send this one again in a second")
            case .shareIsTaken:
                finish(exchange, refusal(Self.ownShareIsTaken, request, route), mark, route.name)
            }
        } catch {
            var response = ControlResponse.problem(error, requestID: mark.id)
            if let allow = error.members["allow"] { response = response.adding("Allow", allow) }
            finish(exchange, response, mark, "-")
        }
    }

    private static let ownShareIsTaken = Problem(
        .tooManyRequests,
        "too many passwords of your network or district wait; send this one again in a second",
        members: ["retryAfterSeconds": "1"])

    /// Hands a request to the threads that are for it.
    private func submit(
        _ request: ControlRequest, _ route: ControlRoute, _ job: @escaping @Sendable () -> Void
    ) -> PasswordQueue.Outcome {
        let pool: WorkerPool
        switch route.pool(for: request) {
        case .quick: pool = quick
        case .waiting: pool = waiting
        case .reviews: pool = reviews
        case .providers: pool = providers
        case .passwords: return passwords.submit(from: request.remoteAddress, about: nil, job)
        case .memberPasswords(let tenant):
            return memberPasswords.submit(from: request.remoteAddress, about: tenant, job)
        }
        return pool.submit(job) ? .taken : .isFull
    }

    /// A refusal as the callers of the route read it.
    private func refusal(
        _ problem: Problem, _ request: ControlRequest, _ route: ControlRoute
    ) -> ControlResponse {
        if route.access.isForClients, problem.kind == .tooManyRequests {
            return OAuthError.slower(Int(problem.members["retryAfterSeconds"] ?? "") ?? 1).response
        }
        return .problem(problem.located(in: router.operation(of: route), request), requestID: request.id)
    }

    /// Answers a request that the server refuses.
    public func refuse(_ exchange: HTTPExchange, _ refusal: HTTPRefusal) {
        let id = CallMark(exchange, clock: services.clock, random: services.random).id
        let kind: Problem.Kind =
            switch refusal {
            case .bodyTooLarge: .tooLarge
            case .headTooLarge: .headTooLarge
            case .noRoom: .busy
            case .unclearLength: .invalidRequest
            }
        ControlResponse.problem(Problem(kind, refusal.message), requestID: id).adding("X-Request-Id", id)
            .send(on: exchange)
    }

    /// Writes down when keys were last used. Call it each minute and at the end.
    /// - Throws: what the registry throws; the moments are kept for the next time.
    public func noteUses() throws { try uses.write(to: services.registry) }

    private func find(_ request: ControlRequest) throws(Problem) -> (ControlRoute, [String]) {
        switch router.match(request.method, request.path) {
        case .route(let route, let parameters): return (route, parameters)
        case .otherMethods(let methods):
            let allowed = methods.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .methodNotAllowed,
                "\(request.method.rawValue.isEmpty ? "the method" : request.method.rawValue) does not apply here; use \(allowed)",
                members: ["allow": allowed])
        case .none:
            throw Problem(
                .notFound,
                "there is nothing at `/\(request.path.joined(separator: "/"))`; `/v1/tenants` is a place to begin"
            )
        }
    }

    private func respond(
        to request: ControlRequest, _ mark: CallMark, _ route: ControlRoute, _ parameters: [String]
    ) -> ControlResponse {
        let log = services.log.with("requestId", request.id).with("traceId", mark.trace.traceID)
        let operation = router.operation(of: route)
        var caller = Caller.anonymous
        do {
            caller = try known(request, route, authority)
            try check(caller, request, route)
            let call = ControlCall(
                request: request, parameters: parameters, caller: caller, services: services, log: log,
                trace: mark.trace, streams: streams,
                isStillValid: validity(of: caller, request.authorization, route), pages: pages,
                operation: operation)
            return try carryOut(call, route)
        } catch {
            let problem = withAttempt(Problem(error, log: log))
            if problem.kind == .unauthorized, request.authorization != nil {
                log.warning("key refused", ["remoteAddress": request.remoteAddress])
            }
            note(
                problem,
                of: RefusedCall(
                    route: route, parameters: parameters, caller: caller,
                    actor: caller.actor(
                        from: request.remoteAddress, request: request.id, trace: mark.trace.traceID)))
            return refusal(problem, request, route)
        }
    }

    /// Whether the key still opens what it opened, asked now and then.
    private func validity(
        of caller: Caller, _ authorization: String?, _ route: ControlRoute
    ) -> @Sendable () -> Bool {
        let (authority, log) = (authority, services.log)
        return { [self] in
            do {
                try checkStanding(of: caller, route)
                return try authority.caller(authorization) == caller
            } catch {
                log.info("a stream ends: its caller's key is valid no more", ["error": "\(error)"])
                return false
            }
        }
    }

    /// A run that failed tells at which attempt.
    private func withAttempt(_ problem: Problem) -> Problem {
        guard problem.kind == .runFailed, let run = problem.members["run"].flatMap(RunID.init) else {
            return problem
        }
        var problem = problem
        do {
            let step = try services.engine.get(run).steps.first { $0.name == problem.members["step"] }
            problem.members["attempt"] = step.map { String(max(1, $0.attempts)) }
        } catch { services.log.warning("cannot read a failed run", ["run": run.text, "error": "\(error)"]) }
        return problem
    }

    private func check(_ caller: Caller, _ request: ControlRequest, _ route: ControlRoute) throws(Problem) {
        for name in request.query.names where !route.query.contains(name) {
            throw .unknownParameter(name, known: route.query)
        }
        try route.access.check(caller, isFromLoopback: request.isLocal)
        try checkStanding(of: caller, route)
    }

    private func checkStanding(of caller: Caller, _ route: ControlRoute) throws(Problem) {
        guard case .tenant(let tenant, _) = caller else { return }
        try route.access.check(caller, of: services.directory.entry(tenant)?.record.state)
    }

    private func finish(
        _ exchange: HTTPExchange, _ response: ControlResponse, _ mark: CallMark, _ route: String
    ) {
        let micros = (services.clock.monotonicNanoseconds() - mark.startedNanoseconds) / 1000
        let level: LogLevel = response.status >= 500 ? .warning : (mark.method == .get ? .debug : .info)
        // The line comes first, so that whoever has the answer finds it in the log.
        services.log.write(
            level, "request",
            [
                "requestId": mark.id, "traceId": mark.trace.traceID, "spanId": mark.trace.spanID,
                "parentSpanId": mark.trace.parentID ?? "", "method": mark.method.rawValue, "route": route,
                "remoteAddress": exchange.remoteAddress, "status": "\(response.status)",
                "microseconds": "\(micros)",
            ])
        response.adding("X-Request-Id", mark.id).adding("X-Content-Type-Options", "nosniff").send(
            on: exchange)
    }
}
