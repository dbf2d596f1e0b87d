import Base
import Crypto
import Policies
import PolicyLint
import Proofs
import Tenancy

extension AuditPage {
    /// What was looked at, when, and by which program.
    func head(_ html: inout HTMLWriter) {
        html.element("p", [Attribute("class", "kicker")], text: "Homeroom policy audit")
        html.element("h1", text: "Who can reach which records: catalog \(audit.catalog.name)")
        html.element("dl", [Attribute("class", "facts")]) { html in
            fact(&html, "Made on") { $0.text(moment) }
            fact(&html, "Made by") { $0.text("Homeroom \(audit.source.productVersion)") }
            fact(&html, "Policies") { html in
                html.element("code", text: audit.source.folder)
                html.text(", \(audit.files.files.count) files")
            }
            fact(&html, "Catalog") { html in
                html.element("code", text: audit.catalog.name)
                switch audit.source.catalog {
                case .file(let file):
                    html.text(" in ")
                    html.element("code", text: file)
                case .shipped: html.text(", as it ships with Homeroom")
                case .server: html.text(", as the server uses it")
                }
            }
            fact(&html, "SHA-256 of the policies") { html in
                html.element("code", [Attribute("class", "hash")], text: audit.files.digest)
            }
            if let digest = audit.source.catalogDigest {
                fact(&html, "SHA-256 of the catalog") { html in
                    html.element("code", [Attribute("class", "hash")], text: digest.hex)
                }
            }
        }
    }

    private func fact(
        _ html: inout HTMLWriter, _ name: String, _ body: (inout HTMLWriter) -> Void
    ) {
        html.element("div") { html in
            html.element("dt", text: name)
            html.element("dd") { body(&$0) }
        }
    }

    /// The whole in one glance.
    func summary(_ html: inout HTMLWriter) {
        section(&html, id: "summary", title: "Summary") { html in
            verdict(&html)
            html.element("ul", [Attribute("class", "cards")]) { html in
                let roles = audit.roles.count - audit.closed.count
                card(
                    &html, "\(roles - audit.unsettled.count) of \(roles)",
                    roles == 1
                        ? "role proved to stay with its own records"
                        : "roles proved to stay with their own records",
                    audit.unsettled.isEmpty ? .good : audit.broken.isEmpty ? .doubt : .bad)
                let passed = audit.results.count - audit.failures.count
                card(
                    &html, "\(passed) of \(audit.results.count)", "test cases passed",
                    audit.results.isEmpty ? .doubt : audit.failures.isEmpty ? .good : .bad)
                let grave = count(.error) + count(.securityWarning)
                card(
                    &html, "\(grave)", "errors and security warnings found", grave == 0 ? .good : .bad)
                card(
                    &html, "\(count(.warning) + count(.suggestion))", "warnings and suggestions found",
                    count(.warning) == 0 ? .good : .doubt)
            }
            roleTable(&html)
        }
    }

    func count(_ severity: LintSeverity) -> Int {
        audit.findings.filter { $0.check.severity == severity }.count
    }

    private func card(_ html: inout HTMLWriter, _ figure: String, _ what: String, _ mark: AuditMark) {
        html.element("li", [Attribute("class", "card \(mark.rawValue)")]) { html in
            html.element("span", [Attribute("class", "figure")]) { html in
                html.element("span", [Attribute("aria-hidden", "true")], text: "\(mark.sign) ")
                html.text(figure)
            }
            html.text(" \(what)")
        }
    }

    /// One sentence, and what it stands on.
    private func verdict(_ html: inout HTMLWriter) {
        let verdict = AuditVerdict(audit)
        html.element("p", [Attribute("class", "verdict \(verdict.mark.rawValue)")]) { html in
            html.element(
                "span", [Attribute("class", "sign"), Attribute("aria-hidden", "true")],
                text: verdict.mark.sign)
            html.element("span") { html in
                html.phrase(verdict.sentence)
                html.text(" ")
                html.element("span", [Attribute("class", "more")], phrase: verdict.more)
            }
        }
    }

    private func roleTable(_ html: inout HTMLWriter) {
        table(&html, caption: "Every role at a glance", heads: ["Role", "Isolation", "Test cases"]) { html in
            html.element("tbody") { html in
                for role in audit.roles {
                    let name = role.definition.name
                    html.element("tr") { html in
                        html.element("th", [Attribute("scope", "row")]) {
                            $0.link(to: AuditPage.anchor(role: name), text: name)
                        }
                        html.element("td") { isolation(&$0, name) }
                        html.element("td") { caseCount(&$0, name) }
                    }
                }
            }
        }
    }

    /// Whether a role's isolation is proved, as a mark.
    func isolation(_ html: inout HTMLWriter, _ role: String) {
        if audit.closed.contains(where: { $0.definition.name == role }) {
            return html.mark(.none, "no token opens it")
        }
        switch audit.proof(of: role)?.proof.verdict {
        case .proved: html.mark(.good, "proved")
        case .counterexample: html.mark(.bad, "broken: a request leaves it")
        case .unproven: html.mark(.doubt, "not proved")
        case nil: html.mark(.doubt, "not tried")
        }
    }

    /// How a role's cases went, as a mark.
    func caseCount(_ html: inout HTMLWriter, _ role: String) {
        let results = audit.results.filter { $0.decisionCase.role == role }
        let failed = results.filter { $0.failure != nil }.count
        if results.isEmpty {
            html.mark(.doubt, "none")
        } else if failed == 0 {
            html.mark(.good, "all \(results.count) passed")
        } else {
            html.mark(.bad, "\(failed) of \(results.count) failed")
        }
    }

    /// Where everything stands.
    func contents(_ html: inout HTMLWriter) {
        html.element("nav", [Attribute("aria-label", "Contents")]) { html in
            html.element("ol") { html in
                for (id, title) in AuditPage.sections {
                    html.element("li") { $0.link(to: id, text: title) }
                }
            }
        }
        html.newline()
    }

    /// The sections behind the summary.
    static let sections = [
        ("access", "What each role can do with each table"), ("ownership", "Whose records are whose"),
        ("roles", "The roles one by one"), ("findings", "Findings"), ("cases", "Test results"),
        ("repeating", "How to repeat this"), ("files", "The files and their hashes"),
        ("words", "Words used here"),
    ]

    /// The title of a section.
    static func title(_ id: String) -> String { sections.first { $0.0 == id }?.1 ?? id }
}

extension Phrase {
    /// One exact text.
    init(exactly exact: String) {
        self.init()
        append(exact: exact)
    }
}
