import Base
import JSONText
import Policies
import Proofs
import Reviews

/// Shows to people what came of the proofs.
struct ProofView {
    private let folder: PolicyFolder
    private let commands: ProofCommands
    private let output: ReviewOutput

    init(_ folder: PolicyFolder, _ commands: ProofCommands, _ output: ReviewOutput) {
        self.folder = folder
        self.commands = commands
        self.output = output
    }

    /// A line for each role, the story of each counterexample, what is taken for given, and the sum.
    func show(_ report: ProofReport) {
        var table = TextTable([
            .init("ROLE", leastWidth: 12), .init("ISOLATION"), .init("TIME", isNumber: true),
            .init("QUESTIONS", isNumber: true), .init("STATES", isNumber: true),
        ])
        for entry in report.entries {
            table.add([
                entry.proof.role, ProofView.name(entry.proof.verdict), ProofView.time(entry.milliseconds),
                Figures.count(entry.proof.questions), Figures.count(entry.proof.states),
            ])
        }
        output.table(table) { ProofView.tint(report.entries[$0].proof.verdict) }
        for entry in report.entries {
            switch entry.proof.verdict {
            case .proved: continue
            case .counterexample(let story): show(story)
            case .unproven(let reasons):
                output.line("\n\(entry.proof.role) is not proved:", .doubtful)
                for reason in reasons { output.item(reason) }
            }
        }
        showAssumptions(report)
        showSum(report)
    }

    private func show(_ story: Counterexample) {
        output.line("\nCounterexample for \(story.role)", .bad)
        let tags = story.tags.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        output.line("  session  " + (tags.isEmpty ? "without tags" : tags))
        output.line("  request  " + commands.text(of: story.request))
        if let key = story.keyText { output.line("  reaches  \(key)") }
        output.line("  of       \(story.owner)")
        if let finding = story.explanation.findings.first(where: { $0.outcome == .decided }) {
            let name = finding.sid.map { " `\($0)`" } ?? ""
            output.line("  let by   \(folder.place(finding.file, finding.position))\(name)")
        }
        output.line("  The evaluator that the gateway decides with was asked, and answers Allow.")
    }

    /// Those of all roles once; those of some with the roles' names.
    private func showAssumptions(_ report: ProofReport) {
        var roles: [(text: String, names: [String])] = []
        for entry in report.entries {
            for text in entry.proof.assumptions {
                if let place = roles.firstIndex(where: { $0.text == text }) {
                    roles[place].names.append(entry.proof.role)
                } else {
                    roles.append((text, [entry.proof.role]))
                }
            }
        }
        guard !roles.isEmpty else { return }
        output.line("\nTaken for given:")
        for (text, names) in roles {
            let isOfAll = names.count == report.entries.count
            output.item(isOfAll ? text : "\(names.joined(separator: ", ")): \(text)")
        }
    }

    private func showSum(_ report: ProofReport) {
        var counts: [String: Int] = [:]
        for entry in report.entries { counts[ProofView.name(entry.proof.verdict), default: 0] += 1 }
        let total = report.entries.reduce(0) { $0 + $1.milliseconds }
        let texts = ["proved", "counterexample", "unproven"].compactMap { name in
            counts[name].map { "\($0) \(name)" }
        }
        output.line(
            "\n\(texts.joined(separator: ", ")) in \(ProofView.time(total))", report.isProved ? .good : .bad)
    }

    private static func name(_ verdict: IsolationVerdict) -> String {
        switch verdict {
        case .proved: "proved"
        case .counterexample: "counterexample"
        case .unproven: "unproven"
        }
    }

    private static func tint(_ verdict: IsolationVerdict) -> ReviewOutput.Tint {
        switch verdict {
        case .proved: .good
        case .counterexample: .bad
        case .unproven: .doubtful
        }
    }

    /// `3.4 ms`, `1.2 s`.
    private static func time(_ milliseconds: Double) -> String {
        milliseconds < 1000 ? "\(Figures.oneDecimal(milliseconds)) ms" : Figures.seconds(milliseconds / 1000)
    }
}
