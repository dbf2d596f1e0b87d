import Base
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// `homeroom env`.
enum EnvCommand {
    /// How long a renewal may take: the program goes on with the old token meanwhile.
    private static let renewalSecondsMax = 10

    static let command = Command(
        path: ["env"], summary: "print what an application needs, or run one with it",
        arguments: [
            CommandArgument(
                name: "-- COMMAND", help: "run it, and keep its token fresh", isOptional: true,
                isRepeatable: true)
        ],
        options: TokenSource.options + [
            CommandOption(
                name: "region", value: "REGION", help: "what the SDK is told", variable: "AWS_DEFAULT_REGION",
                standard: "us-east-1"),
            CommandOption(
                name: "token-file", value: "FILE", help: "where the token is (mode 0600)",
                standard: "a file of its own in a folder of mode 0700"),
            CommandOption(
                name: "shell", value: "SHELL", help: "for which shell: sh or fish", standard: "sh",
                choices: ["sh", "fish"]),
            CommandOption(name: "dotenv", help: "print the lines of a `.env` file"),
        ] + ControlClient.options,
        notes: [
            "With COMMAND nothing is printed: the command runs with these variables and without others that AWS SDKs would take "
                + "instead, a new token is in the file when half of the old one's time is over, signals and the exit code are handed "
                + "on, and the file is removed at the end.",
            "Without it the token in the file is good for its time; the same command once more writes a new one.",
        ],
        examples: [
            #"eval "$(homeroom env --tenant "Springfield USD" --role service \"#,
            #"    --school "Lincoln High")""#,
            #"homeroom env --tenant "Springfield USD" --school "Lincoln High" \"#,
            "    --role teacher -- aws dynamodb list-tables",
        ],
        run: { invocation in
            if invocation.arguments.isEmpty { return try show(invocation) }
            return try start(invocation)
        })

    // MARK: Printing

    private static func show(_ invocation: Invocation) throws -> ExitCode {
        let shell = invocation.value("shell") ?? "sh"
        guard ["sh", "fish"].contains(shell) else {
            throw CommandFailure.usage("--shell: expected sh or fish, found `\(shell)`")
        }
        let source = try TokenSource(invocation)
        let answer = try source.issue().json
        let path = try source.standingPath()
        try SecretFile.replace(path, with: answer.text("token"))
        let environment = source.environment(answer, tokenFile: path)
        try environment.checkLines()
        let terminal = invocation.terminal
        switch invocation.input.format {
        case .json:
            Output(invocation).json { json in
                for (name, value) in environment.variables {
                    json.name(text: name)
                    json.string(value)
                }
            }
        case .csv:
            var table = TextTable([.init("NAME"), .init("VALUE")])
            for (name, value) in environment.variables { table.add([name, value]) }
            terminal.table(table)
        case .table:
            let current = invocation.environment
            let isDotenv = invocation.isSet("dotenv")
            let lines =
                isDotenv
                ? environment.dotenv
                : shell == "fish" ? environment.fish(in: current) : environment.posix(in: current)
            terminal.line("# The token is good until \(Figures.moment(answer.text("expiresAt"))) UTC.")
            for line in lines { terminal.line(line) }
        }
        return .done
    }

    // MARK: Running

    private static func start(_ invocation: Invocation) throws -> ExitCode {
        // First of all, so that no signal ends the process while there is a file to remove.
        var program = ForegroundProgram()
        var source = try TokenSource(invocation)
        source.client.timeoutSeconds = renewalSecondsMax
        let answer = try source.issue().json
        let folder =
            try invocation.value("token-file") == nil ? TokenFolder.make(invocation.environment) : nil
        defer { if let folder { rmdir(folder) } }
        let path = try folder.map { $0 + "/token" } ?? source.standingPath()
        try SecretFile.replace(path, with: answer.text("token"))
        let terminal = invocation.terminal
        let keeper = TokenKeeper(
            path: path, lifetimeSeconds: source.lifetimeSeconds,
            renew: { [source] in try source.issue().json.text("token") },
            report: { terminal.errorLine("homeroom: \(TextWidth.harmlessLines($0))") })
        keeper.start()
        defer { keeper.stop() }
        return try program.run(
            invocation.arguments,
            environment: source.environment(answer, tokenFile: path).merged(into: invocation.environment))
    }
}

extension TokenSource {
    /// What a program needs to use such a token.
    fileprivate func environment(_ answer: JSONAnswer, tokenFile: String) -> ApplicationEnvironment {
        ApplicationEnvironment(
            endpoint: answer.text("endpoint"), region: invocation.value("region") ?? "us-east-1",
            roleARN: answer.text("roleArn"), tokenFile: tokenFile, caFile: client.choice.caFile)
    }

    /// The file that somebody has named, else one that stays: the same for the same tenant, school, student and role.
    fileprivate func standingPath() throws(CommandFailure) -> String {
        if let path = invocation.value("token-file") {
            return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        }
        let folder = try TokenFolder.standing(invocation.environment)
        let name = [
            tenant, invocation.value("school") ?? "district", invocation.value("student"),
            invocation.value("role") ?? "",
        ]
        return folder + "/" + name.compactMap { $0 }.map(ControlClient.encoded).joined(separator: "-")
            + ".jwt"
    }
}

/// Folders for token files, which only their owner looks into.
enum TokenFolder {
    /// A new one, for one program.
    static func make(_ environment: [String: String]) throws(CommandFailure) -> String {
        let parent =
            [environment["XDG_RUNTIME_DIR"], environment["TMPDIR"]].compactMap { $0 }.first { !$0.isEmpty }
            ?? "/tmp"
        var template = Array("\(parent)/homeroom-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .failed("cannot make a folder in `\(parent)`: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The one for files that stay. Source: XDG Base Directory Specification.
    static func standing(_ environment: [String: String]) throws(CommandFailure) -> String {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard
            let parent = variable("XDG_RUNTIME_DIR") ?? variable("XDG_CACHE_HOME")
                ?? variable("HOME").map({ $0 + "/.cache" })
        else { throw .failed("there is no HOME to keep the token in; name a file with --token-file") }
        let folder = parent + "/homeroom"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .failed("cannot make the folder `\(folder)`: \(error)") }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw .failed(
                "`\(folder)` is not yours alone to write to; run `chmod 700` on it, or name a file with --token-file"
            )
        }
        return folder
    }
}
