import Policies
import Proofs

extension AuditPage {
    /// What is known of a role's isolation.
    func proof(_ html: inout HTMLWriter, _ role: String) {
        guard let entry = audit.proof(of: role) else {
            html.element("p") { $0.mark(.doubt, "Not tried.") }
            return
        }
        if audit.closed.contains(where: { $0.definition.name == role }) {
            html.element("p") { html in
                html.mark(.none, "No token opens it.")
                html.text(" So no district's session has this role, and nothing is proved of its requests: ")
                html.text("whoever holds a static key for it reaches all that stands under “May”.")
            }
            return assumptions(&html, entry)
        }
        html.element("p") { html in
            switch entry.proof.verdict {
            case .proved:
                html.mark(.good, "Proved.")
                html.text(
                    " No request that these policies allow reaches a record that is not the session's own.")
            case .counterexample:
                html.mark(.bad, "Broken.")
                html.text(" This request reaches a record that is not the session's own:")
            case .unproven:
                html.mark(.doubt, "Not proved.")
                html.text(
                    " No request was found that leaves the session's own records, nor that there is none:")
            }
        }
        switch entry.proof.verdict {
        case .proved: break
        case .counterexample(let story): counterexample(&html, story)
        case .unproven(let reasons): list(&html, reasons)
        }
        assumptions(&html, entry)
    }

    private func assumptions(_ html: inout HTMLWriter, _ entry: ProofReport.Entry) {
        if !entry.proof.assumptions.isEmpty {
            html.element("p", text: "It takes for given:")
            list(&html, entry.proof.assumptions)
        }
        html.element("p", [Attribute("class", "source")]) { html in
            let questions = entry.proof.questions == 1 ? "1 question" : "\(entry.proof.questions) questions"
            html.text("\(questions), \(entry.proof.states) states of automata, ")
            html.text("\(AuditPage.milliseconds(entry.milliseconds)) ms.")
        }
    }

    private func list(_ html: inout HTMLWriter, _ sentences: [String]) {
        html.element("ul") { html in
            for sentence in sentences { html.element("li") { $0.marked(sentence) } }
        }
    }

    /// With two decimals.
    static func milliseconds(_ milliseconds: Double) -> String {
        let hundredths = Int((milliseconds * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    private func counterexample(_ html: inout HTMLWriter, _ story: Counterexample) {
        html.element("dl", [Attribute("class", "story")]) { html in
            entry(&html, "Who asks") { html in
                html.text("a session of role ")
                html.element("code", text: story.role)
                if story.tags.isEmpty {
                    html.text(" without any tag")
                } else {
                    html.text(" with ")
                    html.phrase(
                        Phrase.list(story.tags.map { "tag \(exact: $0.name) = \(exact: $0.value)" }))
                }
            }
            entry(&html, "What is asked") { html in
                html.element("code", text: story.request.action.name)
                html.text(" on ")
                html.element("code", text: story.request.resource.text)
            }
            for (key, values) in AuditPage.context(of: story.request) {
                entry(&html, key) { $0.phrase(Phrase.list(values.map(Phrase.init(exactly:)))) }
            }
            if let key = story.key {
                entry(&html, "Which key it reaches") {
                    $0.element("code", text: String(decoding: key, as: UTF8.self))
                }
            }
            entry(&html, "Whose that is") { $0.marked(story.owner) }
            if let decided = story.explanation.findings.first(where: { $0.outcome == .decided }) {
                entry(&html, "What lets it") { html in
                    html.text("statement ")
                    if let sid = decided.sid {
                        html.element("code", text: sid)
                        html.text(" in ")
                    }
                    place(&html, file: decided.file, decided.position)
                }
            }
            entry(&html, "The command that asks this") { html in
                html.element(
                    "pre", text: AWSCommandText(catalog: audit.catalog).text(of: story.request))
            }
            entry(&html, "What the evaluator said") { $0.marked(story.explanation.summary) }
        }
    }

    private func entry(_ html: inout HTMLWriter, _ name: String, _ body: (inout HTMLWriter) -> Void) {
        html.element("div") { html in
            html.element("dt", text: name)
            html.element("dd") { body(&$0) }
        }
    }

    /// What a request brings: keys with their values, in the order of the keys.
    static func context(of request: DecisionRequest) -> [(key: String, values: [String])] {
        ConditionKey.allCases.compactMap { key in
            guard let name = ConditionKeyName(key) else { return nil }
            let values = request.context.texts(of: name)
            return values.isEmpty ? nil : (key.name, values)
        }
    }
}
