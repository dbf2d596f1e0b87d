import Base

/// The command about who may do what.
enum AccessCommands {
    static let all: [Command] = [list]

    /// The columns of roles, in their order.
    private static let roles = ["tenant", "district-admin", "sales", "operator", "reviewer", "admin"]

    private static let list = Command(
        path: ["access", "list"], summary: "show who may do what: each operation of the API, each role",
        options: [
            CommandOption(
                name: "role", value: "ROLE",
                help: "sales, operator, reviewer, admin, tenant, district-admin, anyone")
        ] + ControlClient.options,
        notes: [
            "The server asks the same table at each request. `tenant` is a tenant's own key, for what is its own; `district-admin` a person with a "
                + "token of that role for the whole district, got by their own sign-in, for the same."
        ],
        examples: ["homeroom access list", "homeroom access list --role sales"],
        run: { invocation in
            let query = invocation.value("role").map { "?role=" + ControlClient.encoded($0) } ?? ""
            let answer = try ControlClient(invocation).get("/v1/access" + query)
            if let code = Output(invocation).json(answer) { return code }
            let columns: [TextTable.Column] = roles.map { .init($0.uppercased()) }
            var table = TextTable(
                [.init("OPERATION")] + columns + [.init("REQUEST", leastWidth: 12)])
            for line in answer.json["operations"]?.elements ?? [] {
                let may = Set(line["roles"]?.elements.compactMap(\.string) ?? [])
                table.add(
                    [line.text("operation")]
                        + roles.map { may.contains($0) || may.contains("anyone") ? "yes" : "" }
                        + ["\(line.text("method")) \(line.text("path"))"])
            }
            return Output(invocation).table(table, empty: "nothing")
        })
}
