import Base
import JSONText

/// Shows what came of an activation or a rollback, and what the gate before it found.
struct PolicyActivationView {
    private static let linesMax = 100
    private static let refusedType = "urn:homeroom:problem:policies-refused"

    private let invocation: Invocation
    /// What was to be put in force, for people.
    private let what: String

    init(_ invocation: Invocation, what: String) {
        self.invocation = invocation
        self.what = what
    }

    /// Sends it, shows the answer, and says how the process ends.
    func show(_ send: () throws(CommandFailure) -> ControlClient.Answer) throws(CommandFailure) -> ExitCode {
        do throws(CommandFailure) {
            let answer = try send()
            let code: ExitCode = answer.json.text("outcome") == "refused" ? .findings : .done
            if Output(invocation).json(answer) != nil { return code }
            show(answer.json)
            return code
        } catch {
            guard let body = error.problem, let problem = PolicyActivationView.refusal(body) else {
                throw error
            }
            if invocation.isSet("json") {
                invocation.terminal.line(body)
            } else {
                show(problem)
            }
            return .findings
        }
    }

    private static func refusal(_ body: [UInt8]) -> JSONAnswer? {
        do throws(JSONTextError) {
            let answer = JSONAnswer(try JSONText(parsing: body).root)
            return answer.text("type") == refusedType ? answer : nil
        } catch { return nil }
    }

    private func show(_ answer: JSONAnswer) {
        let before = answer.number("before")
        Output(invocation).pairs(gate(answer) + changes(answer))
        line()
        switch answer.text("outcome") {
        case "activated":
            let version = answer["version"]
            line(
                "Version \(version?.number("version") ?? 0) of the policies is in force; version \(before) was."
            )
            if let risk = version?["acceptedRisk"] {
                line("Roles of it are not proved; accepted by \(risk.text("by")): \(risk.text("reason"))")
            }
        case "unchanged":
            line("These files are in force already, as version \(before): nothing was done.")
            showObstacles(answer)
        case "possible":
            line("Nothing is in the way of putting \(what) in force in place of version \(before).")
        default: showRefusal(answer, before)
        }
    }

    private func showRefusal(_ answer: JSONAnswer, _ before: Int) {
        showObstacles(answer)
        line()
        line("Refused: version \(before) of the policies stays in force.")
        switch answer.text("refusal") {
        case "risky":
            line(
                "Change them, or a reviewer must accept this: --accept-risk \"reason\" with a reviewer's key in --key-file."
            )
        case "reviewer-needed":
            line(
                "A reviewer must accept this; this key is an administrator's. `homeroom key create --role reviewer` makes a "
                    + "reviewer's, --key-file names it.")
        default: break
        }
    }

    private func showObstacles(_ answer: JSONAnswer) {
        let obstacles = answer["gate"]?["obstacles"]?.elements.compactMap(\.string) ?? []
        for obstacle in obstacles.prefix(Self.linesMax) {
            for text in obstacle.split(separator: "\n") { line("  \(text)") }
        }
        if obstacles.count > Self.linesMax { line("  and \(obstacles.count - Self.linesMax) more") }
    }

    private func gate(_ answer: JSONAnswer) -> [(String, String)] {
        let gate = answer["gate"]
        let counts = gate?["lint"]?["counts"]?.members ?? []
        let lint = counts.map { name, count in
            let number = count.int ?? 0
            return "\(number) \(name.split(separator: "-").joined(separator: " "))\(number == 1 ? "" : "s")"
        }.joined(separator: ", ")
        let failed = gate?["failedCases"]?.elements.count ?? 0
        let cases = gate?.number("cases") ?? 0
        let roles = gate?["proofs"]?["roles"]?.elements ?? []
        let proved = roles.count { $0.text("verdict") == "proved" }
        let milliseconds = roles.reduce(0) { $0 + ($1["milliseconds"]?.double ?? 0) }
        return [
            ("policies", answer["rollbackOf"]?.int.map { "the files of version \($0)" } ?? what),
            ("digest", answer.text("digest")), ("lint", lint),
            ("cases", "\(cases - failed) of \(cases) passed"),
            ("proofs", "\(proved) of \(roles.count) roles proved in \(Figures.oneDecimal(milliseconds)) ms"),
        ]
    }

    private func changes(_ answer: JSONAnswer) -> [(String, String)] {
        ["added", "changed", "removed"].map { name in
            (name, (answer["changes"]?[name]?.elements.compactMap(\.string) ?? []).joined(separator: ", "))
        }
    }

    private func line(_ text: String = "") { invocation.terminal.line(TextWidth.harmless(text)) }
}
