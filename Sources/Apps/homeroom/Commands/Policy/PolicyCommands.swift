import Tenancy

/// The reviewer's commands: those that work on a folder of files, without a server, and those that put one in force.
enum PolicyCommands {
    /// In the order of `--help`.
    static let all: [Command] =
        [
            PolicyLintCommand.command,
            PolicySimulateCommand.command,
            PolicyTestCommand.command,
            PolicyProveCommand.command,
            PolicyDiffCommand.command,
            PolicyReportCommand.command,
            PolicyChecksCommand.command,
        ] + PolicyActivationCommands.all

    /// `--catalog`, which says what the tables are and whose keys are whose.
    static let catalogOption = CommandOption(
        name: "catalog", value: "FILE", help: "the tables, and whose keys are whose",
        variable: "HOMEROOM_CATALOG", standard: "Templates/catalogs/default.json, as shipped")

    /// What the exit codes mean, for `--help`.
    static let exitCodes =
        "Ends with 0 where there is nothing to tell, with 1 where something was found, with 2 where it "
        + "could not run."

    /// `1 file`, `3 files`.
    static func counted(_ count: Int, _ noun: String) -> String {
        "\(Figures.count(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// The catalog that `--catalog` names, else the one that ships.
    static func catalog(_ invocation: Invocation) throws(CommandFailure) -> Catalog {
        let path = try ServeOptions.existing(
            invocation.value("catalog"), "catalog", shipped: "Templates/catalogs/default.json")
        return try Loading.catalog(path)
    }
}
