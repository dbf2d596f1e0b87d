import HTTPServer

/// One operation of the API: which requests it takes, and what it does.
struct ControlRoute: Sendable {
    /// A part of a route's path.
    enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter
    }

    let method: HTTPMethod
    let path: [Segment]
    /// Who may, by the table.
    let access: AccessLine
    /// Which threads carry it out.
    enum Pool: Sendable, Equatable {
        /// Those for what is answered at once.
        case quick
        /// Those for what may wait for a run.
        case waiting
        /// Those for what asks the identity provider of a district.
        case providers
        /// The one for passwords of those who run the platform, which are made to take long.
        case passwords
        /// The one for passwords of districts' members, of the one that the request names.
        case memberPasswords(tenant: String?)
        /// The one for what computes: policies are reviewed one after the other.
        case reviews
    }

    /// Which threads carry it out, unless its requests differ.
    let pool: Pool
    private let choosing: (@Sendable (ControlRequest) -> Pool)?
    /// The parameters that may stand behind the `?`.
    let query: [String]
    let action: @Sendable (ControlCall) throws -> ControlResponse

    /// `/v1/tenants/{}`: braces stand for a parameter. Who may, `AccessTable` says.
    /// - Parameter choosing: picks the threads by the request, where its requests differ.
    init(
        _ method: HTTPMethod, _ path: String, isWaiting: Bool = false, pool: Pool? = nil,
        choosing: (@Sendable (ControlRequest) -> Pool)? = nil, query: [String] = [],
        _ action: @escaping @Sendable (ControlCall) throws -> ControlResponse
    ) {
        self.method = method
        self.path = path.split(separator: "/").map { $0 == "{}" ? .parameter : .literal(String($0)) }
        access = AccessTable.line(method, path)
        self.pool = pool ?? (isWaiting ? .waiting : .quick)
        self.choosing = choosing
        self.query = query
        self.action = action
    }

    /// The path as it is shown: parameters as `{}`.
    var name: String {
        "/"
            + path.map { segment in
                switch segment {
                case .literal(let text): text
                case .parameter: "{}"
                }
            }.joined(separator: "/")
    }

    /// Which threads carry a request out.
    func pool(for request: ControlRequest) -> Pool { choosing?(request) ?? pool }

    /// What stands in the place of the parameters, or nil where the path is another.
    func match(_ segments: [String]) -> [String]? {
        guard segments.count == path.count else { return nil }
        var parameters: [String] = []
        for (segment, text) in zip(path, segments) {
            switch segment {
            case .literal(let expected): guard text == expected else { return nil }
            case .parameter: if text.isEmpty { return nil } else { parameters.append(text) }
            }
        }
        return parameters
    }
}

/// All operations of the API.
struct ControlRouter: Sendable {
    /// What a request comes to.
    enum Match {
        case route(ControlRoute, parameters: [String])
        /// The path is known with these methods.
        case otherMethods([HTTPMethod])
        case none
    }

    let routes: [ControlRoute]
    private let operations: [String: Operation]

    /// A router over these routes, of which `operations` say what they take and answer.
    init(routes: [ControlRoute], operations: [Operation] = APIContract.operations) {
        self.routes = routes
        self.operations = Dictionary(
            operations.map { ($0.route, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What is said of the route's operation.
    func operation(of route: ControlRoute) -> Operation? {
        operations["\(route.method.rawValue) \(route.name)"]
    }

    /// The route by which the resource at this path is read.
    func reading(_ path: String) -> ControlRoute? { routes.first { $0.method == .get && $0.name == path } }

    /// The operation for a method and a path. HEAD is GET without the body.
    func match(_ method: HTTPMethod, _ path: [String]) -> Match {
        var others: [HTTPMethod] = []
        for route in routes {
            guard let parameters = route.match(path) else { continue }
            if route.method == method || (method == .head && route.method == .get) {
                return .route(route, parameters: parameters)
            }
            others.append(route.method)
            if route.method == .get { others.append(.head) }
        }
        return others.isEmpty ? .none : .otherMethods(others)
    }
}
