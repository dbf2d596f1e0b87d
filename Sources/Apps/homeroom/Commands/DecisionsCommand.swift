import Base
import Gateway

/// `homeroom decisions`.
enum DecisionsCommand {
    static let command = Command(
        path: ["decisions"], summary: "list what the gateway denied and allowed, and why",
        options: [
            CommandOption(name: "tenant", value: "TENANT", help: "only this tenant's: its id or exact name"),
            CommandOption(name: "denied", help: "only denials"),
            CommandOption(name: "allowed", help: "only allows, of which a sample is kept"),
            CommandOption(
                name: "since", value: "AGO", help: "from then on: 30m, 1h, 2d, or 2026-01-31T08:05:00Z"),
            CommandOption(name: "until", value: "AGO", help: "before then, said likewise"),
            CommandOption(name: "action", value: "ACTION", help: "only of this action, such as PutItem"),
            CommandOption(name: "role", value: "ROLE", help: "only of this role"),
            CommandOption(name: "limit", value: "NUMBER", help: "how many at most", standard: "50"),
            CommandOption(
                name: "explain", help: "show who asked, and what became of each statement about the action"),
        ] + ControlClient.options,
        notes: [
            "The newest come first. Of denials that come faster than \(Limits.decisionsDeniedPerTenantPerSecondMax) a second from one "
                + "tenant, the others are only counted. Keys and tags of requests are shown, never what is in an item."
        ],
        examples: [#"homeroom decisions --tenant "Springfield USD" --denied --since 1h --explain"#],
        run: { try list($0) })

    private static func list(_ invocation: Invocation) throws -> ExitCode {
        let limit = try invocation.integer("limit", in: 1...10_000) ?? 50
        var parameters: [(String, String)] = []
        for name in ["since", "until"] {
            guard let text = invocation.value(name) else { continue }
            // The server's clock counts; this one only tells what can be read.
            guard Timestamp(past: text, before: SystemClock().now()) != nil else {
                throw CommandFailure.usage(
                    "--\(name): expected 30m, 1h, 2d or 2026-01-31T08:05:00Z, found `\(text)`")
            }
            parameters.append((name, text))
        }
        if invocation.isSet("denied") != invocation.isSet("allowed") {
            parameters.append(("decision", invocation.isSet("denied") ? "denied" : "allowed"))
        }
        for name in ["action", "role"] {
            if let text = invocation.value(name) { parameters.append((name, text)) }
        }
        let client = try ControlClient(invocation)
        if let tenant = invocation.value("tenant") {
            parameters.append(("tenant", try TenantFinder(client).find(tenant).text("id")))
        }
        let query = parameters.map { "\($0)=\(ControlClient.encoded($1))" }.joined(separator: "&")
        let path = "/v1/decisions" + (query.isEmpty ? "" : "?\(query)")
        if invocation.isSet("json") {
            return try Output(invocation).json(list: client, path, "decisions", max: limit)
        }
        let decisions = try client.list(path, "decisions", max: limit)
        if invocation.isSet("explain") { return explain(decisions, Output(invocation)) }
        return Output(invocation).table(table(decisions), empty: empty(invocation))
    }

    private static func empty(_ invocation: Invocation) -> String {
        invocation.isSet("allowed") && !invocation.isSet("denied")
            ? "no allow is kept of that time; of \(Limits.decisionSampleEvery) on a connection one is"
            : "nothing was denied in that time"
    }

    private static func table(_ decisions: [JSONAnswer]) -> TextTable {
        var table = TextTable([
            .init("TIME"), .init("DECISION"), .init("ROLE"), .init("ACTION", leastWidth: 12),
            .init("RESOURCE", leastWidth: 12), .init("WHY", leastWidth: 16),
        ])
        for decision in decisions {
            table.add([
                Figures.moment(decision.text("time")), decision.text("decision"), decision.text("role"),
                shortAction(decision.text("action")), shortResource(decision.text("resource")), why(decision),
            ])
        }
        return table
    }

    /// The action without its service, which is nearly always DynamoDB.
    private static func shortAction(_ action: String) -> String {
        action.hasPrefix("dynamodb:") ? String(action.dropFirst("dynamodb:".count)) : action
    }

    /// What stands behind the account in an ARN.
    private static func shortResource(_ arn: String) -> String {
        String(arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last ?? "")
    }

    private static func why(_ decision: JSONAnswer) -> String {
        if decision.text("decidedBy") != "policy" || decision.text("decision") == "left-out" {
            return decision.text("summary")
        }
        if let statement = decision["statement"] { return place(statement) }
        // Of an Allow that did not apply the reason helps; of a Deny it does not.
        let findings = decision["findings"]?.elements ?? []
        if let nearest = findings.first(where: { $0.text("effect") == "Allow" && $0["key"] != nil }) {
            return "\(nearest.text("key")): \(found(nearest)); \(place(nearest["statement"]))"
        }
        return "no statement allows it"
    }

    private static func found(_ finding: JSONAnswer) -> String {
        let values = finding["found"]?.elements.compactMap(\.string) ?? []
        return values.isEmpty ? "no value" : values.joined(separator: ", ")
    }

    private static func place(_ statement: JSONAnswer?) -> String {
        guard let statement else { return "" }
        let name = statement["sid"]?.string.map { "\($0), " } ?? ""
        return "\(name)\(statement.text("file")):\(statement.number("line"))"
    }

    private static func explain(_ decisions: [JSONAnswer], _ output: Output) -> ExitCode {
        guard !decisions.isEmpty else { return output.line("nothing was decided in that time") }
        for (number, decision) in decisions.enumerated() {
            if number > 0 { _ = output.line("") }
            output.pairs([
                ("time", Figures.moment(decision.text("time")) + " UTC"),
                ("decision", decision.text("decision")), ("tenant", decision.text("tenant")),
                ("role", decision.text("role")), ("caller", decision.text("principal")),
                ("action", decision.text("action")), ("resource", decision.text("resource")),
                ("decided by", decidedBy(decision)), ("summary", decision.text("summary")),
                ("request", decision.text("requestId")),
            ])
            for finding in decision["findings"]?.elements ?? [] {
                _ = output.line(
                    "  \(finding.text("effect")) \(place(finding["statement"])): \(finding.text("text"))")
            }
        }
        return .done
    }

    private static func decidedBy(_ decision: JSONAnswer) -> String {
        decision["statement"].map { place($0) } ?? decision.text("decidedBy")
    }
}
