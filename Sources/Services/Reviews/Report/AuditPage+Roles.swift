import JSONText
import Policies
import PolicyLint
import Proofs

extension AuditPage {
    /// Every role: who may assume it, what it may do, what is proved of it, how its cases went.
    func roles(_ html: inout HTMLWriter) {
        section(&html, id: "roles", title: AuditPage.title("roles")) { html in
            html.element("p") { html in
                html.text(
                    "What a role may do is generated from its statements. What no statement allows is refused. "
                )
                html.text("A statement that forbids wins over all that allow.")
            }
            for role in audit.roles { article(&html, role) }
        }
    }

    private func article(_ html: inout HTMLWriter, _ role: PolicyCatalog.Role) {
        let definition = role.definition
        let anchor = AuditPage.anchor(role: definition.name)
        html.element("article", [Attribute("aria-labelledby", anchor)]) { html in
            html.element("h3", [Attribute("id", anchor)], text: definition.name)
            html.element("p", [Attribute("class", "lead")], text: definition.description)
            html.element("p", [Attribute("class", "marks")]) { html in
                html.text("Isolation ")
                isolation(&html, definition.name)
                html.text(" Test cases ")
                caseCount(&html, definition.name)
            }
            html.element("h4", text: "Who may take it on")
            trust(&html, definition)
            statements(&html, "May", role.policies.policies, .allow)
            statements(&html, "Never", role.policies.policies, .deny)
            if let boundary = role.policies.boundary {
                html.element("h4", text: "Its boundary")
                html.element("p", text: "Whatever stands above, it may never do more than this:")
                statements(&html, "Within", [boundary], .allow)
                statements(&html, "And never", [boundary], .deny)
            }
            html.element("h4", text: "Proof of isolation")
            proof(&html, definition.name)
        }
        html.newline()
    }

    private func trust(_ html: inout HTMLWriter, _ definition: RoleDefinition) {
        let trust = definition.trust
        html.element("p") { html in
            html.text("Whoever shows a valid token ")
            html.phrase(
                trust.issuers.isEmpty
                    ? "that this deployment issued"
                    : "issued by \(Phrase.list(trust.issuers.map(Phrase.init(exactly:)), "or"))")
            html.phrase(
                trust.audiences.isEmpty
                    ? " for itself" : " for \(Phrase.list(trust.audiences.map(Phrase.init(exactly:)), "or"))")
            html.text(", if all of this holds:")
        }
        html.element("ul") { html in
            for phrase in PolicyWords.phrases(forTrust: trust) {
                html.element("li") { html in
                    html.phrase(phrase.capitalized)
                    html.text(".")
                }
            }
        }
        if definition.name == AuditPage.operatorRole {
            html.element(
                "p",
                text:
                    "An operator's static key opens it too. Administrators make, list and revoke such keys, and the "
                    + "audit log names them; they are no part of these files.")
        }
        html.element("p") { html in
            html.text(
                "A session ends after \(AuditPage.duration(definition.maxSessionSeconds)) at the latest. ")
            html.text("Set in ")
            place(&html, file: definition.file, .init(line: 1, column: 1))
            html.text(".")
        }
    }

    /// The role that static keys have.
    private static let operatorRole = "operator"

    /// `1 hour`, `90 minutes`, `1000 seconds`.
    static func duration(_ seconds: Int) -> String {
        if seconds % 3600 == 0 { return seconds == 3600 ? "1 hour" : "\(seconds / 3600) hours" }
        if seconds % 60 == 0 { return "\(seconds / 60) minutes" }
        return "\(seconds) seconds"
    }

    /// Statements of one effect, those about the same resources under one heading.
    private func statements(
        _ html: inout HTMLWriter, _ title: String, _ documents: [PolicyDocument],
        _ effect: PolicyStatement.Effect
    ) {
        let all = documents.flatMap { document in
            document.statements.filter { $0.effect == effect }.map {
                (file: document.file, statement: $0, words: PolicyWords($0))
            }
        }
        html.element("h4", text: title)
        guard !all.isEmpty else {
            html.element(
                "p",
                text: effect == .allow
                    ? "Nothing: no statement allows anything." : "No statement forbids anything.")
            return
        }
        var headings: [Phrase] = []
        for entry in all where !headings.contains(entry.words.resources) {
            headings.append(entry.words.resources)
        }
        html.element("dl", [Attribute("class", "statements \(effect == .deny ? "deny" : "allow")")]) { html in
            for heading in headings {
                html.element("dt") { html in
                    html.text("On ")
                    html.phrase(heading)
                }
                for entry in all where entry.words.resources == heading {
                    html.element("dd") { sentence(&$0, entry.words, entry.file, entry.statement) }
                }
            }
        }
    }

    private func sentence(
        _ html: inout HTMLWriter, _ words: PolicyWords, _ file: String, _ statement: PolicyStatement
    ) {
        html.phrase(words.actions.capitalized)
        if words.conditions.isEmpty {
            html.text(".")
        } else {
            html.text(words.effect == .deny ? ", where " : ", only where ")
            html.phrase(Phrase.joined(words.conditions, by: "; and "))
            html.text(".")
        }
        html.element("span", [Attribute("class", "source")]) { html in
            html.text(" Statement ")
            if let sid = statement.sid {
                html.element("code", text: sid)
                html.text(" in ")
            } else {
                html.text("in ")
            }
            place(&html, file: file, statement.position)
        }
    }
}
