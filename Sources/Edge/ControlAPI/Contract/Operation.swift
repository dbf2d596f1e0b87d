import Base
import HTTPServer

/// What is said of one operation: what it takes, what it answers, for whom it is. The document that programs read, the page that
/// people read, and the place of a fault in a problem are made from it.
struct Operation: Sendable {
    /// A parameter of the path or behind the `?`.
    struct Parameter: Sendable {
        let name: String
        let schema: Schema
        /// Whether nothing is answered without it; one of the path is needed in any case.
        let isRequired: Bool

        /// A parameter behind the `?`; one that is needed has a `!` behind its name.
        init(_ name: String, _ schema: Schema) {
            isRequired = name.hasSuffix("!")
            self.name = isRequired ? String(name.dropLast()) : name
            self.schema = schema
        }
    }

    /// An answer that is no problem.
    struct Answer: Sendable {
        let status: Int
        let what: String
        /// The body's media type.
        var type = "application/json"
        /// The body; nil where nothing is said of it.
        var schema: Schema?
        /// Whether the field Location says where what was made, or is being made, can be looked at.
        var hasLocation = false
    }

    /// Method and path as the router has them: `GET /v1/tenants/{}`.
    let route: String
    /// Unique, for programs that are made from the document.
    let id: String
    /// What it is for, in one sentence without a full stop.
    let summary: String
    /// The path with the names of its parameters: `/v1/tenants/{tenant}`.
    let path: String
    let method: HTTPMethod
    var query: [Parameter] = []
    var body: Schema?
    /// The body's media type.
    var bodyType = "application/json"
    var answers: [Answer]
    /// The path of what it changes, whose ETag `If-Match` is compared with.
    var guarded: String?

    /// `GET /v1/tenants/{tenant}`: what it is for, and its answers.
    init(
        _ route: String, _ id: String, _ summary: String, query: KeyValuePairs<String, Schema> = [:],
        body: Schema? = nil, guarded: String? = nil, _ answers: Answer...
    ) {
        let words = route.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let method = HTTPMethod(rawValue: String(words[0])) else {
            preconditionFailure("`\(route)` is no method and path")
        }
        (self.method, path) = (method, String(words[1]))
        let segments = path.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }
        self.route = "\(method.rawValue) /" + segments.joined(separator: "/")
        self.id = id
        self.summary = summary
        self.query = query.map { Parameter($0.key, $0.value) }
        self.body = body
        self.guarded = guarded
        self.answers = answers
    }

    /// The names in the path, in order.
    var pathNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// Which part of the reference it stands in: the first word of its path.
    var subject: String {
        let words = path.split(separator: "/")
        if isOAuth { return "oauth" }
        return words.first == "v1" && words.count > 1 ? String(words[1]) : "server"
    }

    /// Whether it speaks OAuth 2.0: a form is sent, and what is refused is answered in that protocol's words.
    var isOAuth: Bool { path.hasPrefix("/oauth/") }
}

extension Operation.Answer {
    /// 200 with this.
    static func ok(_ schema: Schema, _ what: String = "Done") -> Operation.Answer {
        Operation.Answer(status: 200, what: what, schema: schema)
    }

    /// 201 with this.
    static func created(
        _ schema: Schema, _ what: String = "Made", hasLocation: Bool = false
    ) -> Operation.Answer {
        Operation.Answer(status: 201, what: what, schema: schema, hasLocation: hasLocation)
    }

    /// 202 with the run.
    static let run = Operation.Answer(
        status: 202, what: "The run that does it, and where it can be watched", schema: .reference("Run"),
        hasLocation: true)

    /// 200 with bytes of that type.
    static func bytes(_ type: String, _ what: String) -> Operation.Answer {
        Operation.Answer(status: 200, what: what, type: type)
    }
}

// MARK: - The place of a fault

extension Problem {
    /// The same with the place of the wrong member in the request's body, where it is one.
    func located(in operation: Operation?, _ request: ControlRequest) -> Problem {
        guard pointer == nil, let field, let operation, let body = operation.body,
            operation.bodyType == "application/json"
        else { return self }
        let name = String(field.prefix { $0 != "." && $0 != "[" })
        let isKnown = body.members.contains { $0.name == name }
        let isElsewhere = operation.pathNames.contains(name) || Problem.headerFields.contains(name)
        // A member that the operation does not know stands in the body too.
        guard !request.query.names.contains(name),
            isKnown || (kind == .invalidRequest && !isElsewhere && !request.body.isEmpty)
        else { return self }
        var problem = self
        problem.pointer = Problem.pointer(field)
        return problem
    }

    private static let headerFields = ["Idempotency-Key", "If-Match", "If-None-Match", "Content-Type"]

    /// `rows[0].name` as a JSON pointer, `/rows/0/name`; what follows the first dot is one name, whatever is in it.
    static func pointer(_ field: String) -> String {
        let name = field.prefix { $0 != "." && $0 != "[" }
        var rest = field[name.endIndex...]
        var pointer = "/" + escaped(name)
        while rest.first == "[", let end = rest.firstIndex(of: "]") {
            pointer += "/" + escaped(rest[..<end].dropFirst())
            rest = rest[end...].dropFirst()
        }
        if rest.first == "." { pointer += "/" + escaped(rest.dropFirst()) }
        return pointer
    }

    /// Source: RFC 6901, section 3.
    private static func escaped(_ text: Substring) -> String {
        text.reduce(into: "") { $0 += $1 == "~" ? "~0" : $1 == "/" ? "~1" : String($1) }
    }
}
