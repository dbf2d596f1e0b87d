import Base
import HTTPServer
import JSONText
import Testing

@testable import ControlAPI

/// The description of the API and the routes say the same.
@Suite struct ContractTests {
    private static let router = ControlRouter(routes: ControlRouter.allRoutes)

    @Test(arguments: ControlRouter.allRoutes.map { "\($0.method.rawValue) \($0.name)" })
    func everyRouteIsDescribed(route: String) {
        #expect(
            APIContract.operations.contains { $0.route == route },
            "`\(route)` is a route that the document does not have; describe it in Contract/Operations")
    }

    @Test(arguments: APIContract.operations.map(\.route))
    func everyDescribedOperationIsARoute(route: String) {
        #expect(ControlRouter.allRoutes.contains { "\($0.method.rawValue) \($0.name)" == route })
    }

    @Test(arguments: ControlRouter.allRoutes.map { "\($0.method.rawValue) \($0.name)" })
    func parametersAreTheRoutes(route: String) throws {
        let taken = try #require(
            ControlRouter.allRoutes.first { "\($0.method.rawValue) \($0.name)" == route })
        let operation = try #require(Self.router.operation(of: taken))
        #expect(operation.query.map(\.name).sorted() == taken.query.sorted())
        #expect(operation.pathNames.count == taken.path.count { $0 == .parameter })
    }

    @Test func operationsHaveNamesOfTheirOwn() {
        let operations = APIContract.operations
        #expect(Set(operations.map(\.id)).count == operations.count)
        #expect(Set(operations.map(\.route)).count == operations.count)
    }

    @Test func whatIsGuardedCanBeRead() {
        for path in Set(APIContract.operations.compactMap(\.guarded)) {
            #expect(
                Self.router.reading(path) != nil, "If-Match is compared with \(path), which cannot be read")
        }
    }

    /// Lists that a limit of ours keeps so short that they are a part of what is set, and are changed as a whole.
    private static let wholeLists: Set<String> = [
        "listAccess", "listTenantStates", "listOverrides", "listBlackouts",
    ]

    @Test(arguments: APIContract.operations.filter { $0.id.hasPrefix("list") }.map(\.id))
    func everyListComesInPages(id: String) throws {
        let operation = try #require(APIContract.operations.first { $0.id == id })
        var answer = try #require(operation.answers.first?.schema)
        if case .reference(let name) = answer.shape {
            answer = try #require(APIContract.schemas.first { $0.name == name }?.schema)
        }
        guard !Self.wholeLists.contains(id) else { return }
        #expect(answer.members.contains { $0.name == "next" })
        #expect(Set(["cursor", "limit"]).isSubset(of: operation.query.map(\.name)))
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let bytes = OpenAPIDocument(router: Self.router, version: "1.0").bytes
        let root = try JSONText(parsing: bytes).root
        var references: Set<String> = []
        Self.collect(root, into: &references)
        #expect(references.count > 40)
        for reference in references {
            var node: JSONText.Node? = root
            for name in reference.dropFirst(2).split(separator: "/") { node = node?[String(name)] }
            #expect(node != nil, "\(reference) leads nowhere")
        }
        for (name, _) in APIContract.schemas {
            #expect(references.contains("#/components/schemas/\(name)"), "nothing refers to \(name)")
        }
    }

    private static func collect(_ node: JSONText.Node, into references: inout Set<String>) {
        switch node.value {
        case .object(let members):
            for member in members {
                if member.name == "$ref", case .string(let text) = member.node.value {
                    references.insert(text)
                }
                collect(member.node, into: &references)
            }
        case .array(let nodes): for node in nodes { collect(node, into: &references) }
        case .string, .number, .bool, .null: break
        }
    }

    // MARK: Schemas

    private func text(_ schema: Schema) -> String {
        var json = JSONWriter()
        schema.write(to: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func aRequestIsClosedAndWhatMayBeMissingMayBeNull() {
        let schema = Schema.request(["name": .text(1...9), "mode?": .words(["a"]), "count?": .count])
        let properties =
            #"{"name":{"type":"string","minLength":1,"maxLength":9},"#
            + #""mode":{"anyOf":[{"type":"string","enum":["a"]},{"type":"null"}]},"#
            + #""count":{"type":["integer","null"],"minimum":0}}"#
        #expect(
            text(schema)
                == #"{"type":"object","required":["name"],"properties":\#(properties),"additionalProperties":false}"#
        )
    }

    @Test func anAnswerIsOpenForLaterMembers() {
        let schema = Schema.object(["tenant?": .reference("Tenant"), "counts": .map(.integer)])
        let properties =
            ##"{"tenant":{"$ref":"#/components/schemas/Tenant"},"##
            + #""counts":{"type":"object","additionalProperties":{"type":"integer"}}}"#
        #expect(text(schema) == #"{"type":"object","required":["counts"],"properties":\#(properties)}"#)
    }

    // MARK: The page

    @Test func thePageHasEveryOperationAndLoadsNothing() {
        let html = ReferencePage(router: Self.router, version: "1.0").html
        for operation in APIContract.operations { #expect(html.contains("id=\"\(operation.id)\"")) }
        for kind in Problem.Kind.allCases { #expect(html.contains(kind.type)) }
        for word in ["<script", "<link", "<img", "@import", "url(", "http://", "https://", " style="] {
            #expect(!html.contains(word), "the page has \(word)")
        }
    }

    @Test func thePagesStyleIsTheOneThatItsPolicyAllows() throws {
        let html = ReferencePage(router: Self.router, version: "1.0").html
        let start = try #require(html.firstRange(of: "<style>")).upperBound
        let end = try #require(html.firstRange(of: "</style>")).lowerBound
        #expect(String(html[start..<end]) == ReferenceStyle.text)
        #expect(ReferencePage.securityPolicy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(HTML.prose("say `<a>`, then `b`") == "say <code>&lt;a&gt;</code>, then <code>b</code>")
        #expect(HTML.text("<a href=\"x\">&") == "&lt;a href=&quot;x&quot;&gt;&amp;")
    }
}

extension JSONText.Node {
    /// The member of that name.
    subscript(name: String) -> JSONText.Node? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.name == name }?.node
    }
}
