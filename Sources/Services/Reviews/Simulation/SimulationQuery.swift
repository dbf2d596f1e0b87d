import Base
import JSONText
import Policies
import Tenancy

/// Why a simulation was not carried out.
public enum SimulationFault: Error, Equatable, Sendable {
    /// A part of the query is wrong, or missing: its name (`action`), what is wrong with it and what to do.
    case part(String, String)
    /// These files cannot be read.
    case files(PolicyProblems)
    /// The question, or the recorded request, cannot be read.
    case question([PolicyProblem])
    /// The gateway would refuse the recorded request before it asks any policy, in these words.
    case refused(String)
}

/// A question to policies, in the words in which people and programs ask it.
public struct SimulationQuery: Sendable {
    /// Finds what the gateway asks the policies about a recorded request of a session with these tags.
    public typealias Rehearse =
        @Sendable (RecordedRequest, _ role: String, _ tags: [(name: String, value: String)])
        throws(SimulationFault) -> [DecisionRequest]

    /// What is asked.
    public enum Question: Sendable {
        /// An action on a table, an index or a resource.
        case parts
        /// What the gateway would ask about a request.
        case recorded(RecordedRequest)
        /// `{action, resource, context}` in these bytes of a file of that name, the context taken as it stands.
        case bare([UInt8], file: String)
    }

    /// The role that is asked; or nil, and `document` is asked.
    public var role: String?
    /// The path of a document that is asked alone.
    public var document: String?
    /// The session's tags.
    public var tags: [(name: String, value: String)] = []
    /// What is asked.
    public var question = Question.parts
    /// What is done; `dynamodb:` may be left out.
    public var action: String?
    /// The table that it is done to.
    public var table: String?
    /// The table's index.
    public var index: String?
    /// What it is done to, where it is no table.
    public var resource: String?
    /// The partition keys that it touches.
    public var keys: [String] = []
    /// The attributes that it names, beside those of keys.
    public var attributes: [String] = []
    /// More condition keys of the request.
    public var context: [(name: String, value: String)] = []

    /// Nothing asked yet.
    public init() {}

    /// Adds the tags that a session of Homeroom has, then others, which replace those of their names.
    public mutating func setTags(
        tenant: String?, school: String?, student: String?, others: [(name: String, value: String)]
    ) {
        tags = [
            ("role", role), ("tenant_id", tenant), ("school_id", school), ("student_id", student),
        ].compactMap { name, value in value.map { (name, $0) } }
        for tag in others {
            tags.removeAll { $0.name.lowercased() == tag.name.lowercased() }
            tags.append(tag)
        }
    }

    /// Puts the question to the policies in these files.
    public func answer(
        files: PolicyFiles, catalog: Catalog, at now: Timestamp, rehearse: Rehearse
    ) throws(SimulationFault) -> Simulation {
        let principal = try principal(at: now)
        let (policies, subject) = try policies(files)
        let requests: [DecisionRequest]
        switch question {
        case .parts: requests = [try itemQuestion().request(by: principal, catalog: catalog, at: now)]
        case .recorded(let request):
            let known = try conditionKeys()
            requests = try rehearse(request, role ?? "document", tags).map { asked in
                var asked = asked
                asked.principal = principal
                for (name, value) in known { asked.context.append(value, to: name) }
                return asked
            }
        case .bare(let bytes, let file):
            do throws(PolicyProblems) {
                var request = try DecisionRequest.parse(bytes, file: file)
                request.principal = principal
                requests = [request]
            } catch { throw .question(error.problems) }
        }
        return Simulation(requests, to: policies, subject: subject, tags: tags)
    }

    // MARK: Who is asked

    private func policies(_ files: PolicyFiles) throws(SimulationFault) -> (CompiledPolicySet, String) {
        switch (role, document) {
        case (nil, nil): throw .part("role", "name whom to ask: a role, or one document (`policy`)")
        case (_?, _?): throw .part("policy", "a role and a document exclude each other; choose one")
        case (let role?, nil):
            let catalog: PolicyCatalog
            do throws(PolicyProblems) { catalog = try PolicyCatalog.load(files: files.files) } catch {
                throw .files(error)
            }
            guard let found = catalog.roles[role] else {
                throw .part(
                    "role",
                    "there is no role `\(role)`; "
                        + Suggestion.remedy(for: role, among: catalog.roles.keys.sorted()))
            }
            return (found.policies, role)
        case (nil, let file?):
            guard let bytes = files.files[file] else { throw .part("policy", "there is no file `\(file)`") }
            do throws(PolicyProblems) {
                let document = try PolicyDocument(parsing: bytes, file: file)
                return (try CompiledPolicySet(role: file, policies: [document]), file)
            } catch { throw .files(error) }
        }
    }

    private func principal(at now: Timestamp) throws(SimulationFault) -> PrincipalAttributes {
        // A bare document is asked with its context alone.
        if role == nil, tags.isEmpty { return .unknown }
        let arn = role.map { "arn:aws:sts::\(ItemQuestion.account):assumed-role/\($0)/simulation" }
        do throws(PrincipalAttributes.TagFault) {
            return try PrincipalAttributes(
                tags: tags, arn: arn, account: arn.map { _ in ItemQuestion.account },
                origin: arn.map { _ in .token(issuedAt: now, provider: nil) })
        } catch {
            switch error {
            case .tooMany(let count):
                throw .part("tag", "\(count) tags; a session has at most \(Limits.tagsMax)")
            case .name(let name): throw .part("tag", "`\(name)` is no name of a tag")
            case .value(let name):
                throw .part(
                    "tag",
                    "`\(name)` has a value that no session can have; write letters, digits, spaces and _.:/=+-@"
                )
            case .duplicate(let name): throw .part("tag", "`\(name)` stands there twice; give it once")
            }
        }
    }

    // MARK: What is asked

    private func itemQuestion() throws(SimulationFault) -> ItemQuestion {
        guard let action else { throw .part("action", "name what is done, such as `GetItem`") }
        var question = ItemQuestion(try known(action), on: try target())
        question.keys = keys
        question.attributes = attributes
        if !keys.isEmpty, !question.action.isKeyed {
            throw .part(
                "key",
                "\(question.action.name) does not say which partition keys it reaches, so policies see none; leave it out"
            )
        }
        question.context = try conditionKeys()
        return question
    }

    private func known(_ text: String) throws(SimulationFault) -> PolicyAction {
        let name = text.contains(":") ? text : "dynamodb:\(text)"
        if let action = PolicyAction(named: name) { return action }
        throw .part(
            "action",
            "`\(text)` is no known action; "
                + SimulationQuery.remedy(for: name, among: PolicyAction.allCases.map(\.name)))
    }

    private func conditionKeys() throws(SimulationFault) -> [(name: ConditionKeyName, value: String)] {
        var names: [(name: ConditionKeyName, value: String)] = []
        for (text, value) in context {
            guard let name = ConditionKeyName(named: text) else {
                throw .part(
                    "context",
                    "`\(text)` is no known condition key; "
                        + SimulationQuery.remedy(for: text, among: ConditionKey.allCases.map(\.name)))
            }
            names.append((name, value))
        }
        return names
    }

    private func target() throws(SimulationFault) -> ItemQuestion.Target {
        switch (resource, table) {
        case (_?, _?): throw .part("resource", "a resource and a table exclude each other; choose one")
        case (let arn?, nil):
            guard let resource = PolicyResource(arn: arn) else {
                throw .part("resource", "`\(arn)` is no ARN; write six segments, or `*`")
            }
            return .resource(resource)
        case (nil, let table?): return .table(table, index: index)
        case (nil, nil):
            guard index == nil else { throw .part("index", "an index goes with its table; add that") }
            return .everyTable
        }
    }

    /// The nearest of many names; all of them would be too long a list.
    private static func remedy(for name: String, among known: [String]) -> String {
        let remedy = Suggestion.remedy(for: name, among: known)
        return remedy.hasPrefix("did you mean") ? remedy : "see the Service Authorization Reference"
    }
}
