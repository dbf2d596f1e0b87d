/// The executable: a command line in, an exit code out.
enum Homeroom {
    /// All commands, in the order of `--help`.
    static let commands: [Command] =
        [ServeCommand.command] + TenantCommands.all + LifeCommands.all + UsageCommands.all
        + SchoolCommands.all + RunCommands.all + PoolCommands.all + UpgradeCommands.all
        + [UpgradeSimulate.command, UpgradeHistory.command] + TierCommands.all + CostCommands.all
        + KeyCommands.all + AccessCommands.all + AccountCommands.all + OwnAccountCommands.all
        + PolicyCommands.all
        + ReconcileCommands.all
        + CatalogCommands.all
        + BackupCommands.all + ArchiveCommands.all + DepartureCommands.all + EventCommands.all
        + [DecisionsCommand.command] + AuditCommands.all + OtherCommands.all

    /// Carries out a command line.
    static func run(_ words: [String], environment: [String: String], terminal: Terminal) -> ExitCode {
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
                return try input.command.run(
                    Invocation(input: input, environment: environment, terminal: terminal))
            }
        } catch let failure as CommandFailure {
            if words.contains("--json"), let problem = failure.problem { terminal.line(problem) }
            terminal.errorLine("homeroom: \(TextWidth.harmlessLines(failure.message))")
            return failure.exitCode
        } catch {
            terminal.errorLine("homeroom: \(TextWidth.harmlessLines("\(error)"))")
            return .failed
        }
    }
}
