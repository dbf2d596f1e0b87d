import Base

/// The commands that show one thing each, and `token issue`.
enum OtherCommands {
    static let all: [Command] = [
        issueToken, showCatalog, listStores, StoreCheckCommand.command, version,
    ]

    /// Which build this is.
    static let versionText = "0.1.0"

    private static let issueToken = Command(
        path: ["token", "issue"], summary: "issue a token that says which school its holder acts for",
        options: TokenSource.options + [
            CommandOption(
                name: "algorithm", value: "NAME", help: "RS256 for clients that know nothing else",
                standard: "ES256"),
            CommandOption(
                name: "out", value: "FILE",
                help: "write it to a file (mode 0600), for AWS_WEB_IDENTITY_TOKEN_FILE"),
        ] + ControlClient.options,
        examples: [
            #"homeroom token issue --tenant "Springfield USD" --school "Lincoln High" \"#,
            "    --role teacher --out token.jwt",
        ],
        run: { try issue($0) })

    private static func issue(_ invocation: Invocation) throws -> ExitCode {
        let answer = try TokenSource(invocation).issue()
        if let file = invocation.value("out") {
            // A token file is replaced while programs read it: they see the old token or the new one.
            try SecretFile.replace(file, with: answer.json.text("token"))
        }
        if let code = Output(invocation).json(answer) { return code }
        guard let file = invocation.value("out") else {
            return Output(invocation).line(answer.json.text("token"))
        }
        Output(invocation).pairs([
            ("token", "in \(file), good until \(Figures.moment(answer.json.text("expiresAt"))) UTC"),
            ("school", answer.json.text("school")),
        ])
        let terminal = invocation.terminal
        terminal.line("\nAn AWS SDK or the AWS CLI needs these, and AWS_DEFAULT_REGION (any):\n")
        for (name, value) in [
            ("AWS_ENDPOINT_URL", answer.json.text("endpoint")), ("AWS_ROLE_ARN", answer.json.text("roleArn")),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", file),
        ] {
            terminal.line("  export \(name)=\(ShellText.posix(TextWidth.harmless(value)))")
        }
        return .done
    }

    private static let showCatalog = Command(
        path: ["catalog", "show"], summary: "show the tiers and tables that the server runs on",
        options: ControlClient.options, examples: ["homeroom catalog show"],
        run: { invocation in
            let answer = try ControlClient(invocation).get("/v1/catalog")
            if let code = Output(invocation).json(answer) { return code }
            var tiers = TextTable([
                .init("TIER"), .init("ISOLATION"), .init("TENANTS", isNumber: true),
                .init("SCHOOLS", isNumber: true),
                .init("READS/s", isNumber: true), .init("WRITES/s", isNumber: true),
            ])
            for tier in answer.json["tiers"]?.elements ?? [] {
                tiers.add([
                    tier.text("name"), tier.text("isolation"),
                    tier["tenantsPerPool"]?.int.map(String.init) ?? "1",
                    tier["schoolsMax"]?.int.map(String.init) ?? "any",
                    Figures.count(tier.number("readUnitsPerSecond")),
                    Figures.count(tier.number("writeUnitsPerSecond")),
                ])
            }
            var tables = TextTable([
                .init("TABLE"), .init("PARTITION KEY"), .init("SORT KEY"), .init("INDEXES", leastWidth: 10),
            ])
            for table in answer.json["tables"]?.elements ?? [] {
                tables.add([
                    table.text("name"), table.text("partitionKey"), table.text("sortKey"),
                    (table["indexes"]?.elements.map { $0.text("name") } ?? []).joined(separator: ", "),
                ])
            }
            invocation.terminal.line("catalog \(TextWidth.harmless(answer.json.text("name")))\n")
            _ = Output(invocation).table(tiers, empty: "no tiers")
            invocation.terminal.line()
            _ = Output(invocation).table(tables, empty: "no tables")
            CatalogUpgrades(answer.json).show(invocation)
            return .done
        })

    private static let listStores = Command(
        path: ["store", "list"], summary: "list the stores: tier, tenants, room, size",
        options: [
            CommandOption(name: "tier", value: "TIER", help: "only those of a tier"),
            CommandOption(name: "isolation", value: "WORD", help: "only those: pooled, dedicated"),
            ListQuery.sort("tier", "id", "occupants", standard: "tier"),
        ] + ControlClient.options,
        examples: ["homeroom store list", "homeroom store list --isolation pooled --sort -occupants"],
        run: { invocation in
            let client = try ControlClient(invocation)
            let query = ListQuery(invocation, ["tier", "isolation", "sort"])
            let path = query.path("/v1/stores")
            if invocation.isSet("json") { return try Output(invocation).json(list: client, path, "stores") }
            var table = TextTable([
                .init("STORE", leastWidth: 10), .init("TIER"), .init("ISOLATION"),
                .init("TENANTS", isNumber: true),
                .init("ROOM", isNumber: true), .init("DISK", isNumber: true),
            ])
            var stores = try client.list(path, "stores")
            if invocation.value("sort") == nil {
                stores.sort { left, right in
                    (left.text("tier"), left.number("number"), left.text("id"))
                        < (right.text("tier"), right.number("number"), right.text("id"))
                }
            }
            for store in stores {
                let occupants = store.number("occupants")
                table.add([
                    store.text("id"), store.text("tier"), store.text("isolation"), Figures.count(occupants),
                    Figures.count(store.number("capacity") - occupants),
                    Figures.bytes(store.number("diskBytes")),
                ])
            }
            return Output(invocation).table(
                table, empty: query.isEmpty ? "no stores yet; the first tenant makes one" : "no such stores")
        })

    private static let version = Command(
        path: ["version"], summary: "say which version this is", examples: ["homeroom version"],
        run: { invocation in
            invocation.terminal.line("homeroom \(versionText)")
            return .done
        })
}
