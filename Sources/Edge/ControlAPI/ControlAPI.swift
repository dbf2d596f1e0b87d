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
    private let router: ControlRouter
    private let authority: KeyAuthority
    private let quick: WorkerPool
    private let waiting: WorkerPool
    private let reviews: WorkerPool
    private let passwords: WorkerPool

    /// An interface to these services.
    public init(_ services: ControlServices) {
        self.services = services
        router = ControlRouter(routes: ControlRouter.allRoutes)
        uses = services.keys.uses
        authority = KeyAuthority(
            registry: services.registry, accounts: services.accounts, clock: services.clock, uses: uses)
        quick = WorkerPool(
            label: "control", threads: Limits.controlThreads, queueMax: Limits.controlQueueMax)
        waiting = WorkerPool(
            label: "control-wait", threads: Limits.controlWaitingThreads, queueMax: Limits.controlQueueMax)
        reviews = WorkerPool(label: "control-review", threads: 1, queueMax: Limits.controlReviewsQueueMax)
        passwords = WorkerPool(
            label: "control-password", threads: 1, queueMax: Limits.controlPasswordsQueueMax)
    }

    /// Finishes the requests that are under way and takes no more. Call it when the server has stopped.
    public func stop() {
        quick.stop()
        waiting.stop()
        reviews.stop()
        passwords.stop()
    }

    /// Answers a request.
    public func handle(_ exchange: HTTPExchange) {
        let started = services.clock.monotonicNanoseconds()
        let id = newRequestID()
        let method = exchange.method
        do throws(Problem) {
            let request = try ControlRequest(exchange, id: id)
            let (route, parameters) = try find(request)
            let pool =
                switch route.pool {
                case .quick: quick
                case .waiting: waiting
                case .reviews: reviews
                case .passwords: passwords
                }
            let isTaken = pool.submit { [self] in
                let response = respond(to: request, route, parameters)
                finish(exchange, response, id: id, method, route.name, since: started)
            }
            guard isTaken else {
                throw Problem(.busy, "too many requests wait; send this one again in a second")
            }
        } catch {
            var response = ControlResponse.problem(error, requestID: id)
            if let allow = error.members["allow"] { response = response.adding("Allow", allow) }
            finish(exchange, response, id: id, method, "-", since: started)
        }
    }

    /// Answers a request that the server refuses.
    public func refuse(_ exchange: HTTPExchange, _ refusal: HTTPRefusal) {
        let id = newRequestID()
        let kind: Problem.Kind =
            switch refusal {
            case .bodyTooLarge, .headTooLarge: .tooLarge
            case .noRoom: .busy
            case .unclearLength: .invalidRequest
            }
        var response = ControlResponse.problem(Problem(kind, refusal.message), requestID: id)
        response.status = refusal.status
        response.adding("X-Request-Id", id).send(on: exchange)
    }

    /// Writes down when keys were last used. Call it each minute and at the end.
    /// - Throws: what the registry throws; the moments are kept for the next time.
    public func noteUses() throws { try uses.write(to: services.registry) }

    private func newRequestID() -> String { "q" + Hex.encode(services.random.bytes(8)) }

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

    private func respond(to request: ControlRequest, _ route: ControlRoute, _ parameters: [String])
        -> ControlResponse
    {
        let log = services.log.with("requestId", request.id)
        var caller = Caller.anonymous
        do {
            caller = try authority.caller(request.authorization)
            try check(caller, request, route)
            let call = ControlCall(
                request: request, parameters: parameters, caller: caller, services: services, log: log)
            return try route.action(call)
        } catch {
            let problem = withAttempt(Problem(error, log: log))
            if problem.kind == .unauthorized, request.authorization != nil {
                log.warning("key refused", ["remoteAddress": request.remoteAddress])
            }
            note(
                problem,
                of: RefusedCall(
                    route: route, parameters: parameters, caller: caller,
                    actor: caller.actor(from: request.remoteAddress, request: request.id)))
            return .problem(problem, requestID: request.id)
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
        try route.access.check(caller, isFromLoopback: request.isFromLoopback)
    }

    private func finish(
        _ exchange: HTTPExchange, _ response: ControlResponse, id: String, _ method: HTTPMethod,
        _ route: String,
        since started: UInt64
    ) {
        let micros = (services.clock.monotonicNanoseconds() - started) / 1000
        let level: LogLevel = response.status >= 500 ? .warning : (method == .get ? .debug : .info)
        // The line comes first, so that whoever has the answer finds it in the log.
        services.log.write(
            level, "request",
            [
                "requestId": id, "method": method.rawValue, "route": route, "status": "\(response.status)",
                "microseconds": "\(micros)",
            ])
        response.adding("X-Request-Id", id).adding("X-Content-Type-Options", "nosniff").send(on: exchange)
    }
}
