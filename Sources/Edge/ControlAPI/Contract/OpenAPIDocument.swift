import Base
import HTTPServer
import Tenancy

/// The description of the API for programs. Source: OpenAPI 3.1.1.
struct OpenAPIDocument {
    let router: ControlRouter
    let version: String

    /// The document, made anew.
    var bytes: [UInt8] {
        var json = JSONWriter(reserving: 256 * 1024)
        json.beginObject()
        json.member("openapi", "3.1.0")
        json.name("info")
        json.beginObject()
        json.member("title", "Homeroom control API")
        json.member("version", version)
        json.member(
            "description",
            "Onboards school districts and looks after them. Errors are problem details (RFC 9457); lists come in pages."
        )
        json.endObject()
        json.name("servers")
        json.beginArray()
        json.beginObject()
        json.member("url", "/")
        json.endObject()
        json.endArray()
        writePaths(to: &json)
        writeComponents(to: &json)
        json.endObject()
        return json.bytes
    }

    // MARK: Paths

    private func writePaths(to json: inout JSONWriter) {
        json.name("paths")
        json.beginObject()
        let byPath = Dictionary(grouping: APIContract.operations, by: \.path)
        for (path, operations) in byPath.sorted(by: { $0.key < $1.key }) {
            json.name(text: path)
            json.beginObject()
            for operation in operations.sorted(by: { $0.method.rawValue < $1.method.rawValue }) {
                json.name(text: operation.method.rawValue.lowercased())
                write(operation, to: &json)
            }
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ operation: Operation, to json: inout JSONWriter) {
        let route = router.routes.first { "\($0.method.rawValue) \($0.name)" == operation.route }
        let isOpen = route?.isOpen ?? false
        json.beginObject()
        json.member("operationId", operation.id)
        json.member("summary", operation.summary)
        if let route { json.member("description", "For \(route.audience).") }
        json.name("tags")
        json.beginArray()
        json.string(operation.subject)
        json.endArray()
        json.name("security")
        json.beginArray()
        // A client of OAuth may have its credentials in the body instead.
        if operation.isOAuth || route?.isOpenHere ?? false {
            json.beginObject()
            json.endObject()
        }
        if operation.isOAuth { need("client", to: &json) }
        if !isOpen, operation.path != OAuthTokenRoute.path { need("key", to: &json) }
        json.endArray()
        writeParameters(of: operation, isOpen, to: &json)
        if let body = operation.body { write(body, of: operation, to: &json) }
        writeAnswers(of: operation, isOpen, to: &json)
        json.endObject()
    }

    private func need(_ scheme: StaticString, to json: inout JSONWriter) {
        json.beginObject()
        json.name(scheme)
        json.beginArray()
        json.endArray()
        json.endObject()
    }

    private func writeParameters(of operation: Operation, _ isOpen: Bool, to json: inout JSONWriter) {
        json.name("parameters")
        json.beginArray()
        for name in operation.pathNames {
            write(name, "path", PathParameters.schema(of: name), isRequired: true, to: &json)
        }
        for parameter in operation.query {
            write(parameter.name, "query", parameter.schema, isRequired: parameter.isRequired, to: &json)
        }
        if operation.method == .post, !isOpen, !operation.isOAuth {
            reference("parameters", "IdempotencyKey", to: &json)
        }
        if operation.guarded != nil { reference("parameters", "IfMatch", to: &json) }
        if operation.isTagged { reference("parameters", "IfNoneMatch", to: &json) }
        for name in ["RequestId", "TraceParent"] { reference("parameters", name, to: &json) }
        json.endArray()
    }

    private func write(
        _ name: String, _ place: String, _ schema: Schema, isRequired: Bool, to json: inout JSONWriter
    ) {
        json.beginObject()
        json.member("name", name)
        json.member("in", place)
        if isRequired {
            json.name("required")
            json.bool(true)
        }
        json.name("schema")
        schema.write(to: &json)
        json.endObject()
    }

    private func write(_ body: Schema, of operation: Operation, to json: inout JSONWriter) {
        json.name("requestBody")
        json.beginObject()
        json.name("required")
        json.bool(body.members.contains(where: \.isRequired))
        json.name("content")
        json.beginObject()
        json.name(text: operation.bodyType)
        json.beginObject()
        json.name("schema")
        body.write(to: &json)
        json.endObject()
        json.endObject()
        json.endObject()
    }

    // MARK: Answers

    private func writeAnswers(of operation: Operation, _ isOpen: Bool, to json: inout JSONWriter) {
        json.name("responses")
        json.beginObject()
        for answer in operation.answers {
            json.name(text: String(answer.status))
            write(answer, of: operation, to: &json)
        }
        if operation.isTagged {
            json.name("304")
            reference("responses", "Unchanged", to: &json)
        }
        for status in operation.problemStatuses(isOpen: isOpen) {
            json.name(text: String(status))
            reference("responses", (operation.isOAuth ? "OAuth" : "Problem") + String(status), to: &json)
        }
        json.endObject()
    }

    private func write(_ answer: Operation.Answer, of operation: Operation, to json: inout JSONWriter) {
        json.beginObject()
        json.member("description", answer.what)
        json.name("headers")
        json.beginObject()
        json.name("X-Request-Id")
        reference("headers", "RequestId", to: &json)
        if answer.hasLocation {
            json.name("Location")
            reference("headers", "Location", to: &json)
        }
        json.endObject()
        json.name("content")
        json.beginObject()
        json.name(text: answer.type)
        json.beginObject()
        if let schema = answer.schema {
            json.name("schema")
            schema.write(to: &json)
        }
        json.endObject()
        json.endObject()
        json.endObject()
    }

    private func reference(_ kind: String, _ name: String, to json: inout JSONWriter) {
        json.beginObject()
        json.member("$ref", "#/components/\(kind)/\(name)")
        json.endObject()
    }
}

/// What may stand in the places of a path.
enum PathParameters {
    /// The schema of the parameter of that name.
    static func schema(of name: String) -> Schema {
        switch name {
        case "tenant": .tenantID
        case "run": .runID
        case "from": .day
        case "contact": .integer(0...Int(Int32.max))
        case "limit": .words(TierLimit.allCases.map(\.rawValue))
        default: .text(1...1024)
        }
    }
}
