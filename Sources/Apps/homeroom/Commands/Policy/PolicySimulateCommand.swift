import Base
import Policies
import Reviews

/// `homeroom policy simulate`.
enum PolicySimulateCommand {
    static let command = Command(
        path: ["policy", "simulate"], summary: "ask the policies whether a request is allowed, and why",
        arguments: [PolicyFolder.argument], options: SimulationOptions.table + ReviewOutput.options,
        notes: [
            "Ask for a role with --action, --table and --key; or ask with --request what the gateway would ask about a recorded "
                + "DynamoDB request, item by item; or ask a single document with --policy. With --policy, --context may name a "
                + "file: {\"action\": …, \"resource\": …, \"context\": {…}}, whose context is taken as it stands.",
            "What the gateway fills in by itself is filled in here: the names of key attributes, Select, ReturnValues, "
                + "FullTableScan, the time. --context KEY=VALUE stands in the place of what is filled in.",
            "Ends with 0 for Allow, with 1 for Deny, with 2 where it could not run.",
        ],
        examples: [
            "homeroom policy simulate --role teacher --school s-1 --tenant t-1 \\",
            "    --action GetItem --table student-table --key 'TENANT#s-1#STUDENT#7'",
            "homeroom policy simulate --role teacher --school s-1 --request get-item.json",
            "homeroom policy simulate --policy one.json --context question.json --json",
        ],
        run: ReviewOutput.running { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let output = try ReviewOutput(invocation)
        let options = SimulationOptions(invocation)
        let (simulation, folder) = try options.answer()
        switch output.format {
        case .json: output.json { simulation.write(to: &$0) }
        case .sarif: output.sarif(simulation.reviewFindings, rules: [Simulation.rule], in: folder)
        case .people: show(simulation, folder, output)
        }
        return simulation.isAllowed ? .clean : .findings
    }

    private static func show(_ simulation: Simulation, _ folder: PolicyFolder, _ output: ReviewOutput) {
        output.line(simulation.decision, simulation.isAllowed ? .good : .bad)
        for answer in simulation.answers {
            let decision = answer.explanation.decision
            output.line()
            if simulation.answers.count > 1 {
                output.line("\(decision.name)", decision.isAllowed ? .good : .bad)
            }
            output.paragraph(answer.explanation.summary + ".")
            ExplanationView(folder, output).show(
                answer.explanation, of: answer.request, tags: simulation.tags)
        }
    }
}
