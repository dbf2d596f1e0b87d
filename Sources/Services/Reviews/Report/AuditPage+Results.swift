import JSONText
import Policies
import PolicyLint

extension AuditPage {
    /// What lint found.
    func findings(_ html: inout HTMLWriter) {
        section(&html, id: "findings", title: AuditPage.title("findings")) { html in
            html.element("p", text: "Faults and habits that are looked for in every file, the gravest first.")
            html.element("ul", [Attribute("class", "legend")]) { html in
                for severity in LintSeverity.allCases {
                    html.element("li") { html in
                        html.mark(
                            count(severity) == 0 ? .good : AuditPage.mark(severity),
                            "\(count(severity)) \(AuditPage.plural(severity, count(severity)))")
                    }
                }
            }
            let sorted = audit.findings.sorted {
                ($0.check.severity, $0.file, $0.position) < ($1.check.severity, $1.file, $1.position)
            }
            guard !sorted.isEmpty else {
                html.element("p", text: "Nothing was found.")
                return
            }
            html.element("ol", [Attribute("class", "findings")]) { html in
                for finding in sorted { html.element("li") { self.finding(&$0, finding) } }
            }
        }
    }

    private func finding(_ html: inout HTMLWriter, _ finding: LintFinding) {
        html.element("p", [Attribute("class", "finding")]) { html in
            html.mark(AuditPage.mark(finding.check.severity), AuditPage.plural(finding.check.severity, 1))
            html.text(" ")
            html.element("strong") { $0.marked("\(finding.message).") }
        }
        html.element("p") { $0.marked("Why: \(finding.check.why)") }
        html.element("p") { $0.marked("What to do: \(finding.remedy).") }
        html.element("p", [Attribute("class", "source")]) { html in
            place(&html, file: finding.file, finding.position)
            html.text("; check ")
            html.element("code", text: finding.check.id)
        }
    }

    private static func mark(_ severity: LintSeverity) -> AuditMark {
        switch severity {
        case .error, .securityWarning: .bad
        case .warning: .doubt
        case .suggestion: .none
        }
    }

    private static func plural(_ severity: LintSeverity, _ count: Int) -> String {
        let word =
            switch severity {
            case .error: "error"
            case .securityWarning: "security warning"
            case .warning: "warning"
            case .suggestion: "suggestion"
            }
        return count == 1 ? word : word + "s"
    }

    /// How the decision cases went.
    func cases(_ html: inout HTMLWriter) {
        section(&html, id: "cases", title: AuditPage.title("cases")) { html in
            html.element("p") { html in
                html.text("Questions with their expected answers are kept beside the policies. ")
                html.text("Each was put to the same evaluator that decides about requests.")
            }
            guard !audit.results.isEmpty else {
                html.element("p") { $0.mark(.doubt, "There are no test cases.") }
                return
            }
            expectations(&html)
            for result in audit.failures { failure(&html, result) }
            passed(&html)
        }
    }

    private func expectations(_ html: inout HTMLWriter) {
        let heads = ["Expected", "Cases", "Passed", "Failed"]
        table(&html, caption: "Cases by the answer that they expect", heads: heads, kind: "figures") { html in
            html.element("tbody") { html in
                for (name, words) in AuditPage.expectations {
                    let results = audit.results.filter { $0.decisionCase.expectation == name }
                    let failed = results.filter { $0.failure != nil }.count
                    html.element("tr") { html in
                        html.element("th", [Attribute("scope", "row")]) { html in
                            html.element("code", text: name)
                            html.text(" \(words)")
                        }
                        for number in [results.count, results.count - failed, failed] {
                            html.element("td", text: String(number))
                        }
                    }
                }
            }
        }
    }

    private static let expectations = [
        ("Allow", "allowed"), ("Deny(explicit)", "forbidden by a statement"),
        ("Deny(implicit)", "allowed by no statement"),
        ("Deny(error)", "refused, as the question has a fault"),
    ]

    private func failure(_ html: inout HTMLWriter, _ result: DecisionCase.Result) {
        html.element("article", [Attribute("class", "failure")]) { html in
            html.element("h3") { html in
                html.mark(.bad, "Failed:")
                html.text(" \(result.decisionCase.name)")
            }
            html.element("p") { html in
                html.marked("Role `\(result.decisionCase.role)`: \(result.failure ?? "").")
                html.text(" ")
                html.element("code", text: result.decisionCase.request.action.name)
                html.text(" on ")
                html.element("code", text: result.decisionCase.request.resource.text)
            }
            html.element("p", [Attribute("class", "source")]) {
                place(&$0, file: result.decisionCase.file, result.decisionCase.position)
            }
            if let explanation = result.explanation {
                html.element("pre", text: explanation.description)
            }
        }
    }

    /// Closed on a screen until somebody opens it; on paper the number stands for them.
    private func passed(_ html: inout HTMLWriter) {
        let passed = audit.results.filter { $0.failure == nil }
        html.element("p", [Attribute("class", "paper")]) { html in
            html.text(
                "\(passed.count) cases passed. They are listed on this page on a screen; the files with their hashes are "
            )
            html.text("named below.")
        }
        html.element("details") { html in
            html.element("summary", text: "The \(passed.count) cases that passed")
            let heads = ["Role", "Case", "Asked", "Answer"]
            table(&html, caption: "Cases that passed", heads: heads) { html in
                html.element("tbody") { html in
                    for result in passed {
                        let decisionCase = result.decisionCase
                        html.element("tr") { html in
                            html.element("th", [Attribute("scope", "row")], text: decisionCase.role)
                            html.element("td", text: decisionCase.name)
                            html.element("td") { html in
                                html.element("code", text: decisionCase.request.action.name)
                                html.text(" ")
                                html.element("code", text: decisionCase.request.resource.text)
                            }
                            html.element("td", text: decisionCase.expectation)
                        }
                    }
                }
            }
        }
    }
}
