import JSONText
import Policies
import Reviews

/// Shows to people why a request was decided as it was.
struct ExplanationView {
    private let output: ReviewOutput
    private let folder: PolicyFolder?

    /// - Parameter folder: where the files of the statements are; nil where their names are whole paths.
    init(_ folder: PolicyFolder?, _ output: ReviewOutput) {
        self.folder = folder
        self.output = output
    }

    /// What was asked, by whom; the statement that decided; then each other one about the action, and what kept it out.
    func show(
        _ explanation: DecisionExplanation, of request: DecisionRequest, tags: [(name: String, value: String)]
    ) {
        show(request, tags: tags)
        let about = explanation.findings.filter { $0.outcome != .otherAction }
        for finding in about where finding.outcome == .decided { show(finding, .good) }
        for finding in about where finding.outcome != .decided { show(finding, nil) }
        guard about.isEmpty else { return }
        output.paragraph(
            explanation.findings.isEmpty
                ? "No statement was asked: \(reason(explanation.decision))."
                : "No statement is about \(request.action.name).", indent: 2)
    }

    /// What is asked, and of whom.
    func show(_ request: DecisionRequest, tags: [(name: String, value: String)]) {
        var rows = [("action", request.action.name), ("resource", request.resource.text)]
        if !tags.isEmpty {
            rows.append(("tags", tags.map { "\($0.name)=\($0.value)" }.joined(separator: " ")))
        }
        for name in request.context.names {
            rows.append((name.text, request.context.texts(of: name).joined(separator: ", ")))
        }
        let width = (rows.map(\.0.count).max() ?? 0) + 2
        for (name, value) in rows {
            output.line("  " + name + String(repeating: " ", count: width - name.count) + value)
        }
    }

    private func show(_ finding: DecisionExplanation.Finding, _ tint: ReviewOutput.Tint?) {
        let place =
            folder?.place(finding.file, finding.position)
            ?? "\(finding.file):\(finding.position.line):\(finding.position.column)"
        let layer =
            switch finding.layer {
            case .role: ""
            case .boundary: " (permission boundary)"
            case .session: " (session policy)"
            }
        output.line(
            "  \(place)  \(finding.effect.rawValue) \(finding.sid.map { "`\($0)`" } ?? "without Sid")\(layer)",
            tint)
        output.paragraph(finding.outcome.text, indent: 4)
    }

    private func reason(_ decision: Decision) -> String {
        switch decision {
        case .failed(.leadingKeysUnknown):
            "this action reaches items by their partition keys, and none is given (--key)"
        case .failed(.malformedValue), .allow, .explicitDeny, .implicitDeny: "there is none"
        }
    }
}
