import Base
import Items
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

    private let invocation: Invocation
    private let catalog: Catalog
    private let clock = SystemClock()

    /// Reads what does not depend on any file of policies.
    init(_ invocation: Invocation) throws(CommandFailure) {
        self.invocation = invocation
        catalog = try PolicyCommands.catalog(invocation)
    }

    /// Puts the question.
    func answer() throws -> (Simulation, PolicyFolder) {
        let tags = try tags()
        let (policies, subject, folder) = try policies()
        let principal = try principal(tags)
        let requests: [DecisionRequest]
        if let file = contextFile {
            try refuse(
                ["action", "table", "index", "resource", "key", "attribute", "request"],
                with: "a --context file")
            let bytes = try PolicyFolder.contents(of: file)
            do throws(PolicyProblems) {
                var request = try DecisionRequest.parse(bytes, file: file)
                request.principal = principal
                requests = [request]
            } catch { throw PolicyFolder(path: "", files: folder.files).failure(error) }
        } else if let file = invocation.value("request") {
            try refuse(["action", "table", "index", "resource", "key", "attribute"], with: "--request")
            requests = try recorded(file, principal)
        } else {
            requests = [try question().request(by: principal, catalog: catalog, at: clock.now())]
        }
        return (Simulation(requests, to: policies, subject: subject, tags: tags), folder)
    }

    // MARK: Who is asked

    private func policies() throws -> (CompiledPolicySet, String, PolicyFolder) {
        switch (invocation.value("role"), invocation.value("policy")) {
        case (nil, nil): throw CommandFailure.usage("name whom to ask: --role ROLE, or --policy FILE")
        case (_?, _?): throw CommandFailure.usage("--role and --policy exclude each other; choose one")
        case (let role?, nil):
            let folder = try PolicyFolder.read(invocation)
            let catalog: PolicyCatalog
            do throws(PolicyProblems) { catalog = try PolicyCatalog.load(files: folder.files.files) } catch {
                throw folder.failure(error)
            }
            guard let found = catalog.roles[role] else {
                throw ReviewFailure(
                    "there is no role `\(role)` in `\(folder.path)`; "
                        + Suggestion.remedy(for: role, among: catalog.roles.keys.sorted()))
            }
            return (found.policies, role, folder)
        case (nil, let file?):
            guard invocation.arguments.isEmpty else {
                throw CommandFailure.usage("--policy asks one document; leave the folder out")
            }
            let bytes = try PolicyFolder.contents(of: file)
            let folder = PolicyFolder(path: "", files: PolicyFiles(files: [file: bytes]))
            do throws(PolicyProblems) {
                let document = try PolicyDocument(parsing: bytes, file: file)
                return (try CompiledPolicySet(role: file, policies: [document]), file, folder)
            } catch { throw folder.failure(error) }
        }
    }

    private func tags() throws(CommandFailure) -> [(name: String, value: String)] {
        var tags: [(name: String, value: String)] = []
        if let role = invocation.value("role") { tags.append(("role", role)) }
        if let tenant = invocation.value("tenant") { tags.append(("tenant_id", tenant)) }
        if let school = invocation.value("school") { tags.append(("school_id", school)) }
        for text in invocation.values("tag") {
            let (name, value) = try pair(text, of: "tag", "NAME=VALUE")
            tags.removeAll { $0.name.lowercased() == name.lowercased() }
            tags.append((name, value))
        }
        return tags
    }

    private func principal(_ tags: [(name: String, value: String)]) throws(CommandFailure)
        -> PrincipalAttributes
    {
        // A bare document is asked with the context alone.
        guard let role = invocation.value("role") else {
            if tags.isEmpty { return .unknown }
            return try principal(tags, arn: nil)
        }
        return try principal(
            tags, arn: "arn:aws:sts::\(ItemQuestion.account):assumed-role/\(role)/simulation")
    }

    private func principal(_ tags: [(name: String, value: String)], arn: String?) throws(CommandFailure)
        -> PrincipalAttributes
    {
        do throws(PrincipalAttributes.TagFault) {
            return try PrincipalAttributes(
                tags: tags, arn: arn, account: arn.map { _ in ItemQuestion.account })
        } catch {
            switch error {
            case .tooMany(let count):
                throw .usage("--tag: \(count) tags; a session has at most \(Limits.tagsMax)")
            case .name(let name): throw .usage("--tag: `\(name)` is no name of a tag")
            case .value(let name):
                throw .usage(
                    "the tag `\(name)` has a value that no session can have; write letters, digits, spaces and _.:/=+-@"
                )
            case .duplicate(let name): throw .usage("the tag `\(name)` stands there twice; give it once")
            }
        }
    }

    // MARK: What is asked

    private func question() throws(CommandFailure) -> ItemQuestion {
        guard let text = invocation.value("action") else {
            throw .usage("name what is done: --action ACTION, --request FILE, or a --context file")
        }
        var question = ItemQuestion(try action(text), on: try target())
        question.keys = invocation.values("key")
        question.attributes = invocation.values("attribute")
        if !question.keys.isEmpty, !question.action.isKeyed {
            throw .usage(
                "--key: \(question.action.name) does not say which partition keys it reaches, so policies see none; "
                    + "leave --key out")
        }
        for text in invocation.values("context") {
            let (name, value) = try pair(text, of: "context", "KEY=VALUE")
            guard let key = ConditionKeyName(named: name) else {
                let known = ConditionKey.allCases.map(\.name)
                throw .usage(
                    "--context: `\(name)` is no known condition key; \(SimulationOptions.nearest(name, known))"
                )
            }
            question.context.append((key, value))
        }
        return question
    }

    private func action(_ text: String) throws(CommandFailure) -> PolicyAction {
        let name = text.contains(":") ? text : "dynamodb:\(text)"
        if let action = PolicyAction(named: name) { return action }
        let known = PolicyAction.allCases.map(\.name)
        throw .usage("--action: `\(text)` is no known action; \(SimulationOptions.nearest(name, known))")
    }

    /// The nearest of many names; all of them would be too long a list.
    private static func nearest(_ name: String, _ known: [String]) -> String {
        let remedy = Suggestion.remedy(for: name, among: known)
        return remedy.hasPrefix("did you mean") ? remedy : "see the Service Authorization Reference"
    }

    private func target() throws(CommandFailure) -> ItemQuestion.Target {
        switch (invocation.value("resource"), invocation.value("table")) {
        case (_?, _?): throw .usage("--resource and --table exclude each other; choose one")
        case (let arn?, nil):
            guard let resource = PolicyResource(arn: arn) else {
                throw .usage("--resource: `\(arn)` is no ARN; write six segments, or `*`")
            }
            return .resource(resource)
        case (nil, let table?): return .table(table, index: invocation.value("index"))
        case (nil, nil):
            guard invocation.value("index") == nil else { throw .usage("--index goes with --table; add it") }
            return .everyTable
        }
    }

    private func recorded(_ file: String, _ principal: PrincipalAttributes) throws -> [DecisionRequest] {
        throw ReviewFailure("recorded requests cannot be read yet: `\(file)`")
    }

    // MARK: Reading words

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
        String, String
    ) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw .usage("--\(option): expected \(form), found `\(text)`")
        }
        return (String(parts[0]), String(parts[1]))
    }
}
