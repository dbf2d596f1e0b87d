import Base

/// What is registered of an identity provider, as the options of `add` and `update` say it and the control API takes it.
struct ProviderRegistration {
    /// A line of a table: what a claim says, and what that stands for.
    private typealias Line = (value: String, target: String)

    /// The options that hold one text, and the members that they are.
    private static let texts: [(option: String, member: String)] = [
        ("issuer", "issuer"), ("keys-url", "keysUrl"), ("shared-by", "sharedBy"),
        ("school-claim", "schoolClaim"), ("default-school", "defaultSchool"),
        ("student-claim", "studentClaim"), ("role-claim", "roleClaim"), ("default-role", "defaultRole"),
    ]

    /// The options of both commands.
    static let options = [
        CommandOption(
            name: "keys-url", value: "URL", help: "where its keys are",
            standard: "as its discovery document says"),
        CommandOption(name: "school-claim", value: "CLAIM", help: "which claim names the school"),
        CommandOption(
            name: "school", value: "VALUE=SCHOOL",
            help: "what its values stand for, beside ids and exact names; `district` for the district",
            isRepeatable: true),
        CommandOption(
            name: "default-school", value: "SCHOOL",
            help: "the school of those whose token names none, or `district`",
            standard: "they are refused"),
        CommandOption(
            name: "student-claim", value: "CLAIM",
            help: "which claim names whose records are theirs: their own, their children's"),
        CommandOption(name: "role-claim", value: "CLAIM", help: "which claim says what somebody is"),
        CommandOption(
            name: "role", value: "VALUE=ROLE",
            help: "what its values stand for; the first that applies is the one", isRepeatable: true),
        CommandOption(
            name: "default-role", value: "ROLE", help: "the role of those to whom none applies",
            standard: "they are refused"),
        CommandOption(
            name: "require", value: "CLAIM=VALUE",
            help: "a claim that must be there, such as hd=springfield.example", isRepeatable: true),
    ]

    private var values: [String: String]
    private var audiences: [String]
    private var required: [Line]
    private var schools: [Line]
    private var roles: [Line]

    /// What the options say.
    /// - Throws: `CommandFailure` where a value has no equals sign.
    init(_ invocation: Invocation) throws(CommandFailure) {
        values = [:]
        for text in Self.texts { values[text.option] = invocation.value(text.option) }
        audiences = invocation.values("audience")
        required = try Self.lines("require", "CLAIM=VALUE", invocation)
        schools = try Self.lines("school", "VALUE=SCHOOL", invocation)
        roles = try Self.lines("role", "VALUE=ROLE", invocation)
    }

    /// The same with what is registered already wherever the options say nothing, but for what they take away.
    func completed(from known: JSONAnswer, without takenAway: [String]) -> ProviderRegistration {
        var whole = self
        func isKept(_ option: String) -> Bool { !takenAway.contains(option) }
        for text in Self.texts where isKept(text.option) && values[text.option] == nil {
            whole.values[text.option] = known[text.member]?.string
        }
        if audiences.isEmpty { whole.audiences = known["audiences"]?.elements.compactMap(\.string) ?? [] }
        if required.isEmpty, isKept("require") {
            whole.required = known["required"]?.members.map { ($0.name, $0.value.string ?? "") } ?? []
        }
        if schools.isEmpty, isKept("school") {
            whole.schools = known["schools"]?.elements.map { ($0.text("value"), $0.text("school")) } ?? []
        }
        if roles.isEmpty, isKept("role") {
            whole.roles = known["roles"]?.elements.map { ($0.text("value"), $0.text("role")) } ?? []
        }
        return whole
    }

    /// Writes it as members of a request.
    func write(to json: inout JSONWriter) {
        json.name("audiences")
        json.beginArray()
        for audience in audiences { json.string(audience) }
        json.endArray()
        for text in Self.texts {
            guard let value = values[text.option] else { continue }
            json.name(text: text.member)
            json.string(value)
        }
        json.name("required")
        json.beginObject()
        for line in required {
            json.name(text: line.value)
            json.string(line.target)
        }
        json.endObject()
        Self.write(schools, "schools", target: "school", to: &json)
        Self.write(roles, "roles", target: "role", to: &json)
    }

    private static func write(
        _ lines: [Line], _ name: StaticString, target: StaticString, to json: inout JSONWriter
    ) {
        json.name(name)
        json.beginArray()
        for line in lines {
            json.beginObject()
            json.member("value", line.value)
            json.member(target, line.target)
            json.endObject()
        }
        json.endArray()
    }

    /// The values of an option with an equals sign in them: what stands before it, and behind it. Of several it is the last one, for
    /// schools and roles have none; of claims that are required the first one.
    private static func lines(
        _ name: String, _ form: String, _ invocation: Invocation
    ) throws(CommandFailure) -> [Line] {
        try invocation.values(name).map { text throws(CommandFailure) in
            let sign = name == "require" ? text.firstIndex(of: "=") : text.lastIndex(of: "=")
            guard let sign, sign > text.startIndex, text.index(after: sign) < text.endIndex
            else { throw .usage("--\(name): expected \(form), found `\(text)`") }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
    }
}
