import Base
import GatewayAPI
import JSONText
import Policies
import Reviews
import Tenancy

/// What `policy simulate` is asked, and of whom.
struct SimulationOptions {
    /// In the order of `--help`.
    static let table: [CommandOption] = [
        CommandOption(name: "role", value: "ROLE", help: "whose policies are asked"),
        CommandOption(name: "policy", value: "FILE", help: "ask this document alone, instead of a role"),
        CommandOption(name: "tenant", value: "ID", help: "the session's tenant (tag tenant_id)"),
        CommandOption(name: "school", value: "ID", help: "the session's school (tag school_id)"),
        CommandOption(
            name: "student", value: "ID", help: "the session's student (tag student_id)"),
        CommandOption(
            name: "tag", value: "NAME=VALUE", help: "another tag of the session", isRepeatable: true),
        CommandOption(
            name: "action", value: "ACTION", help: "what is done, such as GetItem or dynamodb:GetItem"),
        CommandOption(name: "table", value: "TABLE", help: "the table that it is done to"),
        CommandOption(name: "index", value: "INDEX", help: "the index of the table"),
        CommandOption(name: "resource", value: "ARN", help: "what it is done to, where it is no table"),
        CommandOption(
            name: "key", value: "KEY", help: "a partition key that it touches", isRepeatable: true),
        CommandOption(
            name: "attribute", value: "NAME", help: "an attribute that it names", isRepeatable: true),
        CommandOption(
            name: "context", value: "KEY=VALUE",
            help: "another condition key of the request; or a file, see below", isRepeatable: true),
        CommandOption(
            name: "request", value: "FILE",
            help: "a recorded request: {\"operation\": \"GetItem\", \"body\": {…}}"),
        PolicyCommands.catalogOption,
    ]

    private static let parts = ["action", "table", "index", "resource", "key", "attribute"]

    private let invocation: Invocation

    /// The options of a command line.
    init(_ invocation: Invocation) { self.invocation = invocation }

    /// Puts the question. The folder is where the files of the answer are.
    func answer() throws -> (Simulation, PolicyFolder) {
        let catalog = try PolicyCommands.catalog(invocation)
        let folder = try folder()
        let query = try query()
        let rehearsal = RequestRehearsal(catalog: catalog)
        do throws(SimulationFault) {
            let simulation = try query.answer(
                files: folder.files, catalog: catalog, at: SystemClock().now()
            ) { request, role, tags throws(SimulationFault) in
                try rehearsal.questions(about: request, role: role, tags: tags)
            }
            return (simulation, folder)
        } catch {
            switch error {
            case .part(let name, let message): throw CommandFailure.usage("--\(name): \(message)")
            case .files(let problems): throw folder.failure(problems)
            case .question(let problems):
                throw ReviewFailure("the question cannot be read", problems: problems)
            case .refused(let message):
                throw ReviewFailure(
                    "the gateway would refuse this request before it asks any policy: \(message)")
            }
        }
    }

    private func folder() throws -> PolicyFolder {
        guard let file = invocation.value("policy") else { return try PolicyFolder.read(invocation) }
        guard invocation.arguments.isEmpty else {
            throw CommandFailure.usage("--policy asks one document; leave the folder out")
        }
        let bytes = try PolicyFolder.contents(of: file)
        return PolicyFolder(path: "", files: PolicyFiles(files: [file: bytes]))
    }

    private func query() throws -> SimulationQuery {
        var query = SimulationQuery()
        query.role = invocation.value("role")
        query.document = invocation.value("policy")
        query.setTags(
            tenant: invocation.value("tenant"), school: invocation.value("school"),
            student: invocation.value("student"),
            others: try invocation.values("tag").map { try pair($0, of: "tag", "NAME=VALUE") })
        query.action = invocation.value("action")
        query.table = invocation.value("table")
        query.index = invocation.value("index")
        query.resource = invocation.value("resource")
        query.keys = invocation.values("key")
        query.attributes = invocation.values("attribute")
        if let file = contextFile {
            try refuse(SimulationOptions.parts + ["request"], with: "a --context file")
            query.question = .bare(try PolicyFolder.contents(of: file), file: file)
            return query
        }
        query.context = try invocation.values("context").map { try pair($0, of: "context", "KEY=VALUE") }
        if let file = invocation.value("request") {
            try refuse(SimulationOptions.parts, with: "--request")
            let bytes = try PolicyFolder.contents(of: file)
            do throws(PolicyProblem) {
                query.question = .recorded(try RecordedRequest.parse(bytes, file: file))
            } catch { throw ReviewFailure("the request cannot be read", problems: [error]) }
        }
        return query
    }

    /// A single `--context` that is no pair is a file.
    private var contextFile: String? {
        let values = invocation.values("context")
        return values.count == 1 && !values[0].contains("=") ? values[0] : nil
    }

    private func refuse(_ names: [String], with other: String) throws(CommandFailure) {
        for name in names where invocation.value(name) != nil {
            throw .usage("--\(name) and \(other) exclude each other; choose one")
        }
    }

    private func pair(_ text: String, of option: String, _ form: String) throws(CommandFailure) -> (
        name: String, value: String
    ) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw .usage("--\(option): expected \(form), found `\(text)`")
        }
        return (String(parts[0]), String(parts[1]))
    }
}
