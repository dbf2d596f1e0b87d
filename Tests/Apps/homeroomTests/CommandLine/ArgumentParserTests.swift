import Base
import TestKit
import Testing

@testable import homeroom

@Suite struct ArgumentParserTests {
    private let parser = ArgumentParser(commands: Homeroom.commands)

    private func input(_ words: [String]) throws -> CommandInput {
        guard case .run(let input) = try parser.parse(words) else {
            Issue.record("\(words) is no command line")
            throw CommandFailure.usage("none")
        }
        return input
    }

    @Test func readsArgumentsAndOptionsInAnyOrder() throws {
        let words = [
            "tenant", "onboard", "--tier=basic", "Oak Hill ISD", "--admin", "a@b.example", "--school", "A",
            "--school",
            "B", "--timezone", "UTC",
        ]
        let input = try input(words)
        #expect(input.command.name == "tenant onboard")
        #expect(input.arguments == ["Oak Hill ISD"])
        #expect(input.values["tier"] == ["basic"])
        #expect(input.values["school"] == ["A", "B"])
    }

    @Test func takesAnyNumberOfWordsWhereTheLastArgumentMayBeRepeated() throws {
        #expect(try input(["policy", "lint"]).arguments.isEmpty)
        #expect(try input(["policy", "lint", "a", "--json", "b"]).arguments == ["a", "b"])
        #expect(throws: CommandFailure.self) { try parser.parse(["policy", "test", "a", "b"]) }
    }

    @Test func takesWordsBehindTwoDashesAsTheyAre() throws {
        #expect(try input(["tenant", "show", "--json", "--", "--odd name"]).arguments == ["--odd name"])
    }

    @Test(arguments: [
        (["tenat", "list"], "`tenat` is no command; did you mean `tenant`? See `homeroom --help`"),
        (["tenant", "lst"], "`tenant lst` is no command; did you mean `list`?"),
        (["tenant", "contact", "ad"], "`tenant contact ad` is no command; did you mean `add`?"),
        (["tenant", "contact"], "expected a command behind `tenant contact`: `add`, `list` or `remove`"),
        (["nothing"], "`nothing` is no command; see `homeroom --help`"),
        (["hepl", "tenant"], "`hepl` is no command; did you mean `help`? See `homeroom --help`"),
        (["help", "tenant", "mvoe"], "`tenant mvoe` is no command; did you mean `move`?"),
        (["run", "cancel", "x", "--wiat"], "`--wiat` is no option of `run cancel`; did you mean `--wait`?"),
        (
            ["run"],
            "expected a command behind `run`: `list`, `show`, `watch`, `pause`, `resume`, `cancel`, `rollback`, `retry`, `skip` or `throttle`"
        ),
        (["--json", "tenant", "list"], "expected a command first, found `--json`; see `homeroom --help`"),
        (
            ["tenant", "list", "--teir", "basic"],
            "`--teir` is no option of `tenant list`; did you mean `--tier`?"
        ),
        (["tenant", "list", "--tier"], "`--tier` needs a value: --tier TIER"),
        (["tenant", "list", "--json=yes"], "`--json` takes no value; write it without `=`"),
        (["tenant", "list", "--tier", "a", "--tier", "b"], "`--tier` stands there twice; give it once"),
        (
            ["tenant", "show"],
            "TENANT is missing: the tenant's id or its exact name; see `homeroom tenant show --help`"
        ),
        (
            ["tenant", "show", "Oak", "Hill"],
            "`Hill` is one word too many; quote names with spaces; see `homeroom tenant show --help`"
        ),
        (
            ["tenant", "suspend", "Oak"],
            "`--reason TEXT` is missing: why; the audit log keeps it; see `homeroom tenant suspend --help`"
        ),
    ])
    func refusesWithTheRemedy(words: [String], message: String) {
        #expect(throws: CommandFailure.usage(message)) { try parser.parse(words) }
    }

    @Test func fuzzedWordsDoNotStopTheParser() throws {
        let words =
            ["--", "-", "--help", "", "--json", "--tier", "--tier=", "=", "x", "-x", "--school", "Ä"]
            + Homeroom.commands.flatMap(\.path)
        try Fuzzer("command line", rounds: 5000, accepting: 0.002...0.5).runParser { random in
            let line = random.bytes(random.below(7)).map { words[Int($0) % words.count] }
            let invocation: ArgumentParser.Request
            do throws(CommandFailure) { invocation = try parser.parse(line) } catch {
                try #require(error.exitCode == .usage && !error.message.isEmpty)
                return .refused
            }
            guard case .run(let input) = invocation else { return .refused }
            try #require(
                input.arguments.count <= input.command.arguments.count
                    || input.command.arguments.last?.isRepeatable == true)
            return .accepted
        }
    }

    @Test(arguments: [
        (["--help"], []), (["help"], []), (["tenant", "--help"], ["tenant"]),
        (["help", "tenant", "onboard"], ["tenant", "onboard"]), (["run", "watch", "-h"], ["run", "watch"]),
        (["tenant", "contact", "--help"], ["tenant", "contact"]), (["help", "exit-codes"], ["exit-codes"]),
    ])
    func helpIsAskedForInSeveralWays(words: [String], path: [String]) throws {
        guard case .help(let found) = try parser.parse(words) else {
            Issue.record("\(words) asks for no help")
            return
        }
        #expect(found == path)
    }

    @Test(arguments: [
        (["tenant", "list"], OutputFormat.table), (["tenant", "list", "--json"], .json),
        (["tenant", "list", "--output", "json"], .json), (["tenant", "list", "--output=csv"], .csv),
        (["tenant", "list", "--output", "table"], .table),
        (["tenant", "list", "--json", "--output", "json"], .json),
    ])
    func formsAreSaidInTwoWays(words: [String], format: OutputFormat) throws {
        let input = try input(words)
        #expect(input.format == format)
        #expect((input.values["json"] != nil) == (format == .json))
    }

    @Test(arguments: [
        (["tenant", "list", "--output", "xml"], "--output: expected table, json or csv, found `xml`"),
        (
            ["tenant", "list", "--json", "--output", "csv"],
            "--json and --output csv exclude each other; choose one"
        ),
        (
            ["backup", "create", "Oak", "--wait", "--no-wait"],
            "--wait and --no-wait exclude each other; choose one"
        ),
    ])
    func contradictionsAreRefused(words: [String], message: String) {
        #expect(throws: CommandFailure.usage(message)) { try parser.parse(words) }
    }
}
