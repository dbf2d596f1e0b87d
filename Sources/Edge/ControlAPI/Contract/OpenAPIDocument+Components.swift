import Base

extension OpenAPIDocument {
    func writeComponents(to json: inout JSONWriter) {
        json.name("components")
        json.beginObject()
        writeSecurity(to: &json)
        writeFields(to: &json)
        writeProblems(to: &json)
        json.name("schemas")
        json.beginObject()
        for (name, schema) in APIContract.schemas {
            json.name(text: name)
            schema.write(to: &json)
        }
        json.endObject()
        json.endObject()
    }

    private func writeSecurity(to json: inout JSONWriter) {
        json.name("securitySchemes")
        json.beginObject()
        json.name("key")
        json.beginObject()
        json.member("type", "http")
        json.member("scheme", "bearer")
        json.member("description", "A key: its id, a dot, its secret.")
        json.endObject()
        json.name("client")
        json.beginObject()
        json.member("type", "http")
        json.member("scheme", "basic")
        json.member("description", "A service account: its id and its secret, each form-encoded.")
        json.endObject()
        json.endObject()
    }

    private func writeFields(to json: inout JSONWriter) {
        json.name("parameters")
        json.beginObject()
        for field in HeaderFields.ofRequests {
            json.name(text: field.component)
            json.beginObject()
            json.member("name", field.name)
            json.member("in", "header")
            json.member("description", field.what)
            json.name("schema")
            field.schema.write(to: &json)
            json.endObject()
        }
        json.endObject()
        json.name("headers")
        json.beginObject()
        for field in HeaderFields.ofAnswers {
            json.name(text: field.component)
            json.beginObject()
            json.member("description", field.what)
            json.name("required")
            json.bool(true)
            json.name("schema")
            field.schema.write(to: &json)
            json.endObject()
        }
        json.endObject()
    }

    /// One response for each status, which names the kinds of problem that have it.
    private func writeProblems(to json: inout JSONWriter) {
        let kinds = Dictionary(grouping: Problem.Kind.allCases, by: \.status)
        json.name("responses")
        json.beginObject()
        json.name("Unchanged")
        json.beginObject()
        json.member("description", "The caller has it already")
        json.endObject()
        for (status, kinds) in kinds.sorted(by: { $0.key < $1.key }) {
            let what = kinds.map { "`\($0.type)`: \($0.title)" }.joined(separator: "; ")
            json.name(text: "Problem\(status)")
            writeRefusal(what, ["application/problem+json": "Problem"], to: &json)
        }
        let ofOAuth = APIContract.operations.filter(\.isOAuth)
        for status in Set(ofOAuth.flatMap { $0.problemStatuses(isOpen: false) }).sorted() {
            json.name(text: "OAuth\(status)")
            writeRefusal(
                "Refused in OAuth's own words, or as a problem where it was no request of OAuth's",
                ["application/json": "OAuthError", "application/problem+json": "Problem"], to: &json)
        }
        json.endObject()
    }

    private func writeRefusal(
        _ what: String, _ schemas: KeyValuePairs<String, String>, to json: inout JSONWriter
    ) {
        json.beginObject()
        json.member("description", what)
        json.name("headers")
        json.beginObject()
        json.name("X-Request-Id")
        json.beginObject()
        json.member("$ref", "#/components/headers/RequestId")
        json.endObject()
        json.endObject()
        json.name("content")
        json.beginObject()
        for (type, schema) in schemas {
            json.name(text: type)
            json.beginObject()
            json.name("schema")
            Schema.reference(schema).write(to: &json)
            json.endObject()
        }
        json.endObject()
        json.endObject()
    }
}

/// The header fields that operations share.
enum HeaderFields {
    struct Field {
        let component: String
        let name: String
        let what: String
        var schema = Schema.text
    }

    private static let tags = Schema.text(
        pattern: #"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#)

    static let ofRequests: [Field] = [
        Field(
            component: "IdempotencyKey", name: "Idempotency-Key",
            what:
                "The same request with the same key is done once, and answered the same for 24 hours; a UUID will do.",
            schema: .text(pattern: "^[!-~]{1,\(Limits.requestKeyBytesMax)}$")),
        Field(
            component: "IfMatch", name: "If-Match",
            what: "Do it only where the ETag of what is changed is one of these; else 412.", schema: tags),
        Field(
            component: "IfNoneMatch", name: "If-None-Match",
            what: "Answer 304 where the ETag is one of these.", schema: tags),
        Field(
            component: "RequestId", name: "X-Request-Id",
            what:
                "An id of the caller's own for this request: up to 64 letters, digits, `.`, `_`, `-`. Another is made otherwise."
        ),
        Field(
            component: "TraceParent", name: "traceparent",
            what:
                "The trace that this request belongs to (W3C Trace Context). A malformed one begins a new trace."
        ),
    ]

    static let ofAnswers: [Field] = [
        Field(
            component: "RequestId", name: "X-Request-Id",
            what: "Names the request in the log and in the audit."),
        Field(
            component: "Location", name: "Location",
            what: "The address of what was made, or of the run that makes it."),
    ]
}
