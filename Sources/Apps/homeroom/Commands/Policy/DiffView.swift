import Base
import Policies
import Proofs
import Reviews

/// Shows to people what changed between two versions of the policies.
struct DiffView {
    private let old: PolicyFolder
    private let new: PolicyFolder
    private let output: ReviewOutput

    init(_ old: PolicyFolder, _ new: PolicyFolder, _ output: ReviewOutput) {
        self.old = old
        self.new = new
        self.output = output
    }

    /// What each role gains and loses, then those that stay as they are, then the sum.
    func show(_ report: DiffReport) {
        for diff in report.roles where !diff.isUnchanged {
            let note =
                switch diff.presence {
                case .both: ""
                case .added: " (new role)"
                case .removed: " (role removed)"
                }
            output.line(diff.role + note)
            show(diff.trustGained, "gains", .bad)
            show(diff.gained, "gains", .bad, new, old, report)
            show(diff.trustLost, "loses", .doubtful)
            show(diff.lost, "loses", .doubtful, old, new, report)
            if diff.isWithoutGain { output.line("  gains nothing: proven", .good) }
            output.line()
        }
        showSum(report)
    }

    private func show(_ change: TrustChange, _ verb: String, _ tint: ReviewOutput.Tint) {
        switch change {
        case .none: return
        case .unknown(let reasons): showUnknown(reasons, verb)
        case .some(let differences):
            for difference in differences {
                output.line("  \(verb) a way to assume it: \(difference.sentence)", tint)
                guard !difference.claims.isEmpty else { continue }
                let claims = difference.claims.map { claim in
                    claim.values.isEmpty
                        ? "no \(claim.name)" : "\(claim.name)=\(claim.values.joined(separator: ","))"
                }
                output.line("    example  a token with \(claims.joined(separator: ", "))")
            }
        }
    }

    private func show(
        _ change: AccessChange, _ verb: String, _ tint: ReviewOutput.Tint, _ allowing: PolicyFolder,
        _ denying: PolicyFolder, _ report: DiffReport
    ) {
        switch change {
        case .none: return
        case .unknown(let reasons): showUnknown(reasons, verb)
        case .some(let differences):
            for group in DiffReport.groups(differences) {
                let places = group.resources.compactMap(DiffView.name)
                let on = places.isEmpty ? "" : " on \(DiffView.listed(places))"
                output.line("  \(verb) \(DiffView.listed(group.actions))\(on)", tint)
                if let statement = group.statement {
                    let name = statement.sid.map { " `\($0)`" } ?? ""
                    output.line("    statement  \(allowing.place(statement.file, statement.position))\(name)")
                }
                show(group.example, denying, report)
            }
        }
    }

    private func show(_ example: AccessDifference, _ denying: PolicyFolder, _ report: DiffReport) {
        if let finding = example.denied?.findings.first(where: { $0.outcome == .decided }) {
            let name = finding.sid.map { " `\($0)`" } ?? ""
            output.line("    other side \(denying.place(finding.file, finding.position))\(name) denies it")
        }
        let tags = example.tags.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        output.line("    session    " + (tags.isEmpty ? "without tags" : tags))
        let shown: Set<ConditionKey> = [.leadingKeys, .fullTableScan, .enclosingOperation, .attributes]
        let others = example.request.context.names.filter { !shown.contains($0.key) }
        for name in others {
            output.line(
                "    with       \(name.text)=\(example.request.context.texts(of: name).joined(separator: ","))"
            )
        }
        output.line("    request    " + report.command(of: example.request))
    }

    private func showUnknown(_ reasons: [String], _ verb: String) {
        output.line("  unknown whether it \(verb) anything", .doubtful)
        for reason in reasons { output.paragraph("- \(reason)", indent: 4) }
    }

    private func showSum(_ report: DiffReport) {
        let unchanged = report.roles.filter(\.isUnchanged)
        if !unchanged.isEmpty {
            output.paragraph("Unchanged, proven: \(unchanged.map(\.role).joined(separator: ", "))")
        }
        let time = "\(Figures.oneDecimal(report.milliseconds)) ms"
        guard !report.isWithoutGain else {
            return output.line("No new access in \(new.path) over \(old.path): proven in \(time)", .good)
        }
        let unknown = report.roles.filter(\.isGainUnknown).count
        let gaining = report.roles.filter { !$0.isWithoutGain }.count - unknown
        var parts = [
            "\(PolicyCommands.counted(gaining, "role")) may do more in \(new.path) than in \(old.path)"
        ]
        if unknown > 0 { parts.append("of \(unknown) it is unknown") }
        output.line(parts.joined(separator: ", ") + "; \(time)", .bad)
    }

    /// At most six, and how many more.
    private static func listed(_ texts: [String]) -> String {
        let shown = texts.prefix(6).joined(separator: ", ")
        return texts.count > 6 ? "\(shown) and \(texts.count - 6) more" : shown
    }

    /// A resource as people call it: `student-table`; nil where it is about no table.
    private static func name(_ arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5].hasPrefix("table/") else { return arn }
        let name = parts[5].dropFirst("table/".count)
        return name == "*" ? nil : String(name)
    }
}
