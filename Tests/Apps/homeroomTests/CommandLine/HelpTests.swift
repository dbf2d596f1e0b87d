import Testing

@testable import homeroom

/// Holds every help there is to the rules: what a newcomer looks for is there, and fits.
@Suite struct HelpTests {
    private static let tree = CommandTree(commands: Homeroom.commands)
    private static let help = HelpText(commands: Homeroom.commands)
    private static let topics = HelpTopic.allCases.map { [$0.rawValue] }

    private func fits(_ text: String) {
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test(arguments: Homeroom.commands.map(\.path))
    func everyVerb(path: [String]) throws {
        let command = try #require(HelpTests.tree.command(at: path))
        let text = HelpTests.help.text(for: path)
        fits(text)
        #expect(text.hasPrefix("Usage: homeroom \(command.name)"))
        #expect(text.contains("\nOptions:\n") && text.contains("\n\nExample:\n  "))
        #expect(!command.summary.isEmpty && !command.summary.hasSuffix("."))
        #expect(!text.contains("\\("), "a value that was never put in")
        #expect(command.examples.contains { $0.contains("homeroom \(command.name)") })
        for option in command.options {
            #expect(!option.help.isEmpty && !option.help.hasSuffix("."), "--\(option.name)")
            #expect(text.contains("--\(option.name)"))
            // What is chosen with a dash before it is there without.
            #expect(
                option.choices.allSatisfy { option.help.contains($0.drop { $0 == "-" }) }, "--\(option.name)")
        }
        for argument in command.arguments {
            #expect(!argument.help.isEmpty && text.contains(argument.help.prefix(12)))
        }
        #expect(Set(command.options.map(\.name)).count == command.options.count)
    }

    /// Of what is taken for good somebody is asked first, or says --yes.
    @Test func whatCannotBeUndoneIsAskedFirst() {
        let verbs: Set = ["delete", "erase", "offboard", "remove", "reset", "revoke"]
        // Whoever has the token at hand means it; the others are made again by the command beside them.
        let unasked: Set = [
            "token revoke", "tenant contact remove", "account factor remove", "profile remove",
        ]
        for command in Homeroom.commands where command.path.last.map(verbs.contains) ?? false {
            let asks = command.options.contains { $0.name == "yes" }
            #expect(asks != unasked.contains(command.name), "\(command.name)")
        }
    }

    @Test(arguments: HelpTests.tree.groups)
    func everyNoun(path: [String]) {
        let text = HelpTests.help.text(for: path)
        fits(text)
        #expect(text.hasPrefix("Usage: homeroom \(path.joined(separator: " ")) COMMAND"))
        #expect(text.contains("\n\nExample:\n  homeroom \(path.joined(separator: " "))"))
        for word in HelpTests.tree.words(below: path) {
            #expect(text.contains("\n  \((path + [word]).joined(separator: " "))"))
        }
    }

    @Test(arguments: [[]] + HelpTests.topics)
    func everyTopic(path: [String]) {
        let text = HelpTests.help.text(for: path)
        fits(text)
        #expect(text.split(separator: "\n").count > 5)
    }

    @Test func theOverviewNamesEveryNoun() {
        let overview = HelpTests.help.text(for: [])
        for word in HelpTests.tree.words(below: []) { #expect(overview.contains("\n  \(word) "), "\(word)") }
        // A newcomer sees it on one screen.
        #expect(overview.split(separator: "\n", omittingEmptySubsequences: false).count <= 60)
    }

    @Test(arguments: Homeroom.commands.map(\.path))
    func optionsThatBelongTogetherComeTogether(path: [String]) throws {
        let command = try #require(HelpTests.tree.command(at: path))
        func has(_ name: String) -> Bool { command.options.contains { $0.name == name } }
        // What a server says at its start is no answer; the others write something that has a form already.
        let isFixed = [
            ["serve"], ["version"], ["policy", "report"], ["upgrade", "history"], ["completion"], ["man"],
        ].contains(path)
        #expect(has("output") != isFixed)
        #expect(has("json") || isFixed)
        #expect(has("wait") == has("no-wait"))
    }

    @Test func theManualHasEveryCommandAndNoRequestByAccident() {
        let page = ManualPage(commands: Homeroom.commands).text
        let requests = [
            ".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".nf", ".fi", ".RS", ".RE", ".nh", ".ad",
        ]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(requests.contains(String(line.split(separator: " ")[0])), "\(line)")
        }
        for command in Homeroom.commands {
            let name = command.name.split(separator: "-").joined(separator: "\\-")
            #expect(page.contains(".SS \"\(name)\"\n"), "\(command.name)")
        }
        #expect(page.unicodeScalars.allSatisfy { $0.isASCII })
    }
}
