import HTTPServer

/// The description of the API: for programs, and for people.
enum ContractRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(.get, "/openapi.json") { call in
            ControlResponse(body: call.pages.document).adding("Content-Type", "application/json")
                .adding("Cache-Control", "no-cache")
        },
        ControlRoute(.get, "/docs") { call in
            ControlResponse(body: call.pages.reference)
                .adding("Content-Type", "text/html; charset=utf-8").adding("Cache-Control", "no-cache")
                .adding("Content-Security-Policy", ReferencePage.securityPolicy)
                .adding("Referrer-Policy", "no-referrer")
        },
    ]
}

/// The description of the API, made once.
struct ContractPages: Sendable {
    /// The OpenAPI document.
    let document: [UInt8]
    /// The same as a page.
    let reference: [UInt8]

    init(router: ControlRouter, version: String) {
        document = OpenAPIDocument(router: router, version: version).bytes
        reference = Array(ReferencePage(router: router, version: version).html.utf8)
    }
}
