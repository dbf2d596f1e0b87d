/// The executable: a command line in, an exit code out.
enum Homeroom {
    /// All commands, in the order of `--help`, with the options that come by themselves.
    static let commands: [Command] = declared.map(\.completed)

    private static let declared: [Command] =
        [ServeCommand.command] + TenantCommands.all + LifeCommands.all
        + BlackoutCommands.all + UsageCommands.all
        + SchoolCommands.all + RunCommands.all + PoolCommands.all + UpgradeCommands.all
        + [UpgradeSimulate.command, UpgradeHistory.command] + TierCommands.all + CostCommands.all
        + KeyCommands.all + SigningKeyCommands.all + ServiceAccountCommands.all
        + IdentityProviderCommands.all + PersonCommands.all + MemberCommands.all + AccessCommands.all
        + AccountCommands.all + OwnAccountCommands.all + ProfileCommands.all + PolicyCommands.all
        + ReconcileCommands.all
        + CatalogCommands.all
        + BackupCommands.all + ArchiveCommands.all + DepartureCommands.all + EventCommands.all
        + [DecisionsCommand.command] + AuditCommands.all
        + [EnvCommand.command, DoctorCommand.command] + OtherCommands.all + ShellCommands.all

    /// Carries out a command line.
    static func run(_ words: [String], environment: [String: String], terminal: Terminal) -> ExitCode {
        defer { terminal.closeLine() }
        do {
            switch try ArgumentParser(commands: commands).parse(words) {
            case .help(let path):
                let text = HelpText(commands: commands).text(for: path)
                terminal.line(String(text.dropLast()))
                return words.isEmpty ? .usage : .done
            case .version:
                terminal.line("homeroom \(OtherCommands.versionText)")
                return .done
            case .run(let input):
                return try carryOut(input, environment, terminal)
            }
        } catch let failure as CommandFailure {
            if wantsJSON(words), let problem = failure.problem { terminal.line(problem) }
            terminal.errorLine("homeroom: \(TextWidth.harmlessLines(failure.message))")
            return failure.exitCode
        } catch {
            terminal.errorLine("homeroom: \(TextWidth.harmlessLines("\(error)"))")
            return .failed
        }
    }

    /// Carries out a command in the form that is asked for.
    private static func carryOut(
        _ input: CommandInput, _ environment: [String: String], _ terminal: Terminal
    ) throws -> ExitCode {
        guard input.format == .csv else {
            return try input.command.run(
                Invocation(input: input, environment: environment, terminal: terminal))
        }
        let sheet = CSVSheet()
        let collecting = Terminal(terminal, collectingIn: sheet)
        defer { collecting.closeLine() }
        let code = try input.command.run(
            Invocation(input: input, environment: environment, terminal: collecting))
        sheet.finish(on: terminal)
        return code
    }

    private static func wantsJSON(_ words: [String]) -> Bool {
        words.contains("--json") || words.contains("--output=json")
            || zip(words, words.dropFirst()).contains { $0 == ("--output", "json") }
    }
}
