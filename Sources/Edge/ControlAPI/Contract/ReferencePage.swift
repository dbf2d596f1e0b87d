import Crypto
import HTTPServer

/// The reference for people: one page that is made of the same description as the document, and loads nothing.
struct ReferencePage {
    let router: ControlRouter
    let version: String

    /// Nothing but the page's own style: no script, no picture, no font, no frame, no form.
    static let securityPolicy =
        "default-src 'none'; style-src 'sha256-\(Base64.encode(SHA256.hash(ReferenceStyle.text).bytes))'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The page.
    var html: String {
        let groups = Dictionary(grouping: APIContract.operations, by: \.subject).sorted { $0.key < $1.key }
        var body = header(groups.map(\.key))
        for (subject, operations) in groups {
            body += "<section id=\"\(HTML.text(subject))\"><h2>\(HTML.text(subject))</h2>\n"
            for operation in operations { body += section(operation) }
            body += "</section>\n"
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Homeroom control API</title><style>\(ReferenceStyle.text)</style></head>
            <body>
            \(body)\(schemas)\(problems)</main>
            </body></html>

            """
    }

    private func header(_ subjects: [String]) -> String {
        let links = (subjects + ["schemas", "problems"])
            .map { "<a href=\"#\(HTML.text($0))\">\(HTML.text($0))</a>" }.joined(separator: "\n")
        return """
            <nav aria-label="Contents"><strong>Homeroom \(HTML.text(version))</strong>
            \(links)
            <a href="/openapi.json">openapi.json</a></nav>
            <main><h1>The control API</h1>
            <p>JSON over HTTP. A key goes into <code>Authorization: Bearer KEY</code>. Lists come in pages: the answer's
            <code>next</code> is the <code>cursor</code> of the page behind it. Errors are <a href="#problems">problem
            documents</a>.</p>
            <table><caption>Header fields</caption><tbody>\(HeaderFields.ofRequests.map(row).joined())</tbody></table>

            """
    }

    private func row(_ field: HeaderFields.Field) -> String {
        "<tr><th scope=\"row\"><code>\(field.name)</code></th><td>\(HTML.prose(field.what))</td></tr>\n"
    }

    // MARK: Operations

    private func section(_ operation: Operation) -> String {
        let route = router.routes.first { "\($0.method.rawValue) \($0.name)" == operation.route }
        let isOpen = route?.isOpen ?? false
        var text = """
            <article id="\(operation.id)"><h3><a href="#\(operation.id)"><span class="method">\(operation.method.rawValue)</span>
            <code>\(HTML.text(operation.path))</code></a></h3>
            <p>\(HTML.text(operation.summary)). For \(HTML.prose(route?.audience ?? "nobody")).</p>

            """
        let query = operation.query.map {
            Schema.Member(name: $0.name, isRequired: $0.isRequired, schema: $0.schema)
        }
        if !query.isEmpty { text += table("Parameters behind the <code>?</code>", query) }
        if let body = operation.body {
            text +=
                body.members.isEmpty
                ? "<p>Body: \(operation.bodyType == "application/json" ? "<code>{}</code> or none" : HTML.text(operation.bodyType))</p>\n"
                : table("Body", body.members)
            if let example = body.example { text += "<pre>\(HTML.text(example))</pre>\n" }
        }
        text += "<table><caption>Answers</caption><tbody>\n"
        for answer in operation.answers { text += row(answer) }
        let refused = operation.problemStatuses(isOpen: isOpen).map(String.init).joined(separator: ", ")
        let own = operation.isOAuth ? "<a href=\"#schema-OAuthError\">OAuthError</a>, or " : ""
        return text
            + "<tr><th scope=\"row\" class=\"statuses\">\(refused)</th><td>\(own)<a href=\"#problems\">a problem</a></td></tr>\n</tbody></table></article>\n"
    }

    private func row(_ answer: Operation.Answer) -> String {
        let shown = answer.schema.map(SchemaText.html) ?? HTML.text(answer.type)
        let place = answer.hasLocation ? ", with its address in the field Location" : ""
        var text =
            "<tr><th scope=\"row\" class=\"statuses\">\(answer.status)</th><td>\(HTML.text(answer.what))\(place): \(shown)"
        if let members = answer.schema?.members, !members.isEmpty {
            text += table("", members)
        }
        text += "</td></tr>\n"
        return text
    }

    private func table(_ caption: String, _ members: [Schema.Member]) -> String {
        let rows = members.map { member in
            let need = member.isRequired ? "" : " <span class=\"may\">may be missing</span>"
            let note = member.schema.note.map { "<br>" + HTML.prose($0) } ?? ""
            return "<tr><th scope=\"row\"><code>\(HTML.text(member.name))</code></th>"
                + "<td>\(SchemaText.html(member.schema))\(need)\(note)</td></tr>\n"
        }.joined()
        let title = caption.isEmpty ? "" : "<caption>\(caption)</caption>"
        return "<table>\(title)<tbody>\n\(rows)</tbody></table>\n"
    }

    // MARK: Schemas and problems

    private var schemas: String {
        var text = "<section id=\"schemas\"><h2>schemas</h2>\n"
        for (name, schema) in APIContract.schemas {
            text += "<article id=\"schema-\(HTML.text(name))\"><h3>\(HTML.text(name))</h3>\n"
            text += schema.members.isEmpty ? "<p>\(SchemaText.html(schema))</p>\n" : table("", schema.members)
            text += "</article>\n"
        }
        return text + "</section>\n"
    }

    private var problems: String {
        let rows = Problem.Kind.allCases.sorted { ($0.status, $0.rawValue) < ($1.status, $1.rawValue) }.map {
            kind in
            "<tr><td>\(kind.status)</td><th scope=\"row\"><code>\(kind.type)</code></th><td>\(HTML.text(kind.title))</td>"
                + "<td>\(HTML.prose(kind.remedy))</td></tr>\n"
        }.joined()
        return """
            <section id="problems"><h2>problems</h2>
            <p>What was refused or failed is answered with <code>application/problem+json</code> (RFC 9457).</p>
            <table><thead><tr><th>Status</th><th>Type</th><th>Title</th><th>What to do</th></tr></thead>
            <tbody>\(rows)</tbody></table></section>

            """
    }
}

/// A schema in few words.
enum SchemaText {
    static func html(_ schema: Schema) -> String {
        switch schema.shape {
        case .any: "anything"
        case .text(let format, let pattern, let length):
            format.map { "string, \(HTML.text($0))" } ?? pattern.map {
                "string, <code>\(HTML.text($0))</code>"
            }
                ?? "string" + (length.map { ", \(span($0)) characters" } ?? "")
        case .words(let words):
            words.isEmpty ? "null" : words.map { "<code>\(HTML.text($0))</code>" }.joined(separator: ", ")
        case .integer(let range): "whole number" + (range.map { ", \(span($0))" } ?? "")
        case .number: "number"
        case .flag: "true or false"
        case .list(let element, let max):
            "list\(max.map { " of at most \($0)" } ?? ""), each: \(html(element))"
        case .object(let members, _):
            members.isEmpty
                ? "object"
                : "object: " + members.map { "<code>\(HTML.text($0.name))</code>" }.joined(separator: ", ")
        case .map(let value): "object by names, each: \(html(value))"
        case .reference(let name): "<a href=\"#schema-\(HTML.text(name))\">\(HTML.text(name))</a>"
        case .either(let schemas): schemas.map(html).joined(separator: "; or ")
        }
    }

    private static func span(_ range: ClosedRange<Int>) -> String {
        range.upperBound == Int.max
            ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
    }
}

/// Text in a page.
enum HTML {
    /// A sentence, what stands in backticks as code.
    static func prose(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { place, part in
            place.isMultiple(of: 2)
                ? HTML.text(String(part)) : "<code>\(HTML.text(String(part)))</code>"
        }.joined()
    }

    /// The text with what HTML would read as its own escaped.
    static func text(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
