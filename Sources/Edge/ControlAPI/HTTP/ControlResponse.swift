import Base
import HTTPServer

/// An answer before it is sent.
struct ControlResponse: Sendable {
    /// A header field: its name is known when the program is built.
    struct Field: Sendable {
        let name: StaticString
        let value: String
    }

    var status = 200
    var body: [UInt8] = []
    var fields: [Field] = []
    /// Whether the same request would be answered so again: one that waits for a run may be told more the next time.
    var isFinal = true
    /// What `If-Match` of a change compares, where that is not the body: use alone changes the body too, or it is a part of a list.
    var state: [UInt8]?
    /// Who goes on with the answer, where its end is not known when it begins.
    var stream: (@Sendable (HTTPStream) -> Void)?

    /// The media type of the body; empty where it is not said.
    var type: String { value(of: "Content-Type") ?? "" }

    /// The value of the first field of that name.
    func value(of name: String) -> String? { fields.first { "\($0.name)" == name }?.value }

    /// A JSON document.
    static func json(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> ControlResponse {
        var json = JSONWriter(reserving: 512)
        write(&json)
        return ControlResponse(status: status, body: json.bytes).adding("Content-Type", "application/json")
            .adding("Cache-Control", "no-store")
    }

    /// Text of another type.
    static func text(_ text: String, type: String, status: Int = 200) -> ControlResponse {
        ControlResponse(status: status, body: Array(text.utf8)).adding("Content-Type", type)
    }

    /// A problem document; `more` adds members that are more than texts.
    static func problem(
        _ problem: Problem, requestID: String, more: (inout JSONWriter) -> Void = { _ in }
    ) -> ControlResponse {
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.name("type")
        json.string("urn:homeroom:problem:\(problem.kind.rawValue)")
        json.name("title")
        json.string(problem.kind.title)
        json.name("status")
        json.int(problem.kind.status)
        json.name("detail")
        json.string(problem.detail)
        if let field = problem.field {
            json.name("field")
            json.string(field)
        }
        json.member("pointer", ifPresent: problem.pointer)
        for (name, value) in problem.members.sorted(by: { $0.key < $1.key }) {
            json.name(text: name)
            json.string(value)
        }
        more(&json)
        json.name("requestId")
        json.string(requestID)
        json.endObject()
        var response = ControlResponse(status: problem.kind.status, body: json.bytes)
            .adding("Content-Type", "application/problem+json").adding("Cache-Control", "no-store")
        switch problem.kind {
        case .unauthorized: response = response.adding("WWW-Authenticate", "Bearer realm=\"homeroom\"")
        case .busy, .unavailable, .keyInUse: response = response.adding("Retry-After", "1")
        case .tooManyRequests, .tooManyAttempts:
            response = response.adding("Retry-After", problem.members["retryAfterSeconds"] ?? "60")
        case .invalidRequest, .forbidden, .notFound, .gone, .methodNotAllowed, .nameTaken, .conflict,
            .limitReached,
            .notApplicable, .runUnderWay, .keyReused, .preconditionFailed, .tooLarge, .headTooLarge,
            .unsupportedMediaType,
            .runFailed,
            .noCapacity, .policiesRefused, .internalError, .noSpace:
            break
        }
        return response
    }

    /// The same with one more header field.
    func adding(_ name: StaticString, _ value: String) -> ControlResponse {
        var copy = self
        copy.fields.append(Field(name: name, value: value))
        return copy
    }

    /// The same whose changes are told by what `write` writes instead of by the body.
    func tagged(_ write: (inout JSONWriter) -> Void) -> ControlResponse {
        var json = JSONWriter(reserving: 512)
        json.beginArray()
        write(&json)
        json.endArray()
        var copy = self
        copy.state = json.bytes
        return copy
    }

    /// Sends it.
    func send(on exchange: HTTPExchange) {
        if let stream {
            let made = exchange.respondStreaming(status: status) { headers in
                for field in fields { headers.add(field.name, field.value) }
            }
            return stream(made)
        }
        exchange.respond(status: status, body: body) { headers in
            for field in fields { headers.add(field.name, field.value) }
        }
    }
}
