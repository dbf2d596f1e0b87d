import Base

/// The commands about members of districts who have a password of their own.
enum MemberCommands {
    static let all: [Command] = [invite, list, show, students, disable, enable, signOut, reset, remove]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")
    private static let member = CommandArgument(name: "MEMBER", help: "what they sign in with, or their id")
    private static let out = CommandOption(
        name: "out", value: "FILE", help: "write the invitation to a new file (mode 0600)")

    private static let student = CommandOption(
        name: "student", value: "[SCHOOL=]ID",
        help: "whose record is theirs to read: their own; again for more children", isRepeatable: true)

    private static let invite = Command(
        path: ["member", "invite"], summary: "invite somebody to be a member of a district",
        arguments: [
            tenant,
            CommandArgument(
                name: "MEMBER", help: "what they will sign in with: an e-mail address, a number, a name"),
        ],
        options: [
            CommandOption(name: "name", value: "TEXT", help: "what people call them", isRequired: true),
            CommandOption(
                name: "role", value: "ROLE", help: "a role of the policies, such as teacher", isRequired: true
            ),
            CommandOption(
                name: "school", value: "SCHOOL",
                help: "a school that they may act for; again for more; none for the district",
                isRepeatable: true), student, out,
        ] + ControlClient.options,
        notes: [
            "The link is shown this once; send it to them by a way that only they read. It is good for three days, once: on its page they "
                + "set a password, and with that they get tokens at /oauth/token (grant_type=password). Programs may send the code to "
                + "/v1/member-invitations themselves. The link begins with the server's own address, `homeroom serve --issuer`."
        ],
        examples: [
            #"homeroom member invite "Springfield USD" ada@springfield.example \"#,
            #"    --name "Ada Park" --role teacher --school "Lincoln High""#,
        ],
        run: { invocation in
            try invited(invocation) { client, tenant throws(CommandFailure) in
                try client.post("/v1/tenants/\(tenant)/members") { json in
                    json.member("member", invocation.argument(1))
                    json.member("name", invocation.value("name") ?? "")
                    json.member("role", invocation.value("role") ?? "")
                    json.name("schools")
                    json.beginArray()
                    for school in invocation.values("school") { json.string(school) }
                    json.endArray()
                    write(invocation.values("student"), to: &json)
                }
            }
        })

    private static let list = Command(
        path: ["member", "list"], summary: "list a district's members who have passwords",
        arguments: [tenant],
        options: [
            CommandOption(name: "role", value: "ROLE", help: "only those with a role, such as teacher"),
            CommandOption(
                name: "school", value: "SCHOOL", help: "only those who act for a school: its id or exact name"
            ),
            CommandOption(name: "state", value: "STATE", help: "only those: invited, active, disabled"),
            ListQuery.sort("id", "member", "name", "createdAt", "lastSignInAt", standard: "id"),
        ] + ControlClient.options,
        examples: [#"homeroom member list "Springfield USD" --role teacher"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
            var query = ListQuery(invocation, ["role", "state", "sort"])
            query.add("school", try invocation.value("school").map { try school($0, of: tenant, client) })
            let path = query.path("/v1/tenants/\(tenant)/members")
            if invocation.isSet("json") { return try Output(invocation).json(list: client, path, "members") }
            var table = TextTable([
                .init("MEMBER", leastWidth: 16), .init("NAME", leastWidth: 8), .init("ROLE"),
                .init("SCHOOLS", isNumber: true), .init("STUDENTS", isNumber: true), .init("STATE"),
            ])
            for member in try client.list(path, "members") {
                let counts = ["schools", "students"].map { member[$0]?.elements.count ?? 0 }
                table.add(
                    [member.text("member"), member.text("name"), member.text("role")]
                        + counts.map { $0 == 0 ? "-" : String($0) } + [member.text("state")])
            }
            return Output(invocation).table(
                table, empty: query.isEmpty ? "no members with passwords" : "no such members")
        })

    /// The id of a tenant's school that is named so.
    private static func school(
        _ text: String, of tenant: String, _ client: ControlClient
    ) throws(CommandFailure) -> String {
        if SchoolID(text) != nil { return text }
        let path = "/v1/schools?tenant=\(tenant)&name=\(ControlClient.encoded(text))"
        guard let found = try client.list(path, "schools").first?["school"] else {
            throw .failed(
                "the district has no school `\(text)`; `homeroom school list` shows those there are")
        }
        return found.text("id")
    }

    private static let show = Command(
        path: ["member", "show"], summary: "show a member of a district", arguments: [tenant, member],
        options: ControlClient.options,
        examples: [#"homeroom member show "Springfield USD" ada@springfield.example"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let answer = try client.get(try path(client, invocation))
            if let code = Output(invocation).json(answer) { return code }
            let found = answer.json
            let schools = (found["schools"]?.elements ?? []).compactMap(\.string)
            let students = (found["students"]?.elements ?? []).map {
                ("student", "\($0.text("student")) of \($0.text("school"))")
            }
            Output(invocation).pairs(
                [("member", found.text("member")), ("id", found.text("id")), ("name", found.text("name"))]
                    + [("role", found.text("role")), ("state", found.text("state"))]
                    + (schools.isEmpty ? [("school", "the district")] : schools.map { ("school", $0) })
                    + students
                    + [("invited", found.text("createdAt")), ("last seen", found.text("lastSignInAt"))])
            return .done
        })

    private static let students = Command(
        path: ["member", "students"],
        summary: "say whose records are a member's to read; tokens from before are refused",
        arguments: [tenant, member],
        options: [student, CommandOption(name: "none", help: "nobody's")] + ControlClient.options,
        notes: [
            "The students that are named take the place of all from before. An ID is a segment of the keys of the student's records, in the "
                + "default catalog TENANT#SCHOOL#STUDENT#ID. SCHOOL may be left out where the member acts for one school."
        ],
        examples: [#"homeroom member students "Springfield USD" park --student 1001 --student 1002"#],
        run: { invocation in
            let students = invocation.values("student")
            guard students.isEmpty == invocation.isSet("none") else {
                throw CommandFailure.usage("say whose records: --student ID, again for more, or --none")
            }
            let client = try ControlClient(invocation)
            let answer = try client.write("PUT", try path(client, invocation) + "/students") { json in
                write(students, to: &json)
            }
            if let code = Output(invocation).json(answer) { return code }
            let found = answer.json["students"]?.elements.map { $0.text("student") } ?? []
            let whose = found.isEmpty ? "nobody's record" : "the records of " + found.joined(separator: ", ")
            return Output(invocation).line("member \(answer.json.text("member")) may read \(whose)")
        })

    /// Writes the students of a request, with their schools where those are named. A school's name may have an equals sign in it.
    private static func write(_ students: [String], to json: inout JSONWriter) {
        json.name("students")
        json.beginArray()
        for text in students {
            json.beginObject()
            if let sign = text.lastIndex(of: "=") { json.member("school", String(text[..<sign])) }
            json.member(
                "student", text.lastIndex(of: "=").map { String(text[text.index(after: $0)...]) } ?? text)
            json.endObject()
        }
        json.endArray()
    }

    private static let disable = change(
        "disable", "refuse a member and all their tokens from now on",
        "is refused from now on, with their tokens and sessions")
    private static let enable = change(
        "enable", "let a member sign in again; tokens from before stay refused", "can sign in again")

    private static let signOut = change(
        "sign-out", "refuse what was issued to a member; their password stays",
        "is signed out everywhere, and can sign in again")

    private static func change(_ word: String, _ summary: String, _ done: String) -> Command {
        Command(
            path: ["member", word], summary: summary, arguments: [tenant, member],
            options: ControlClient.options,
            examples: [#"homeroom member \#(word) "Springfield USD" ada@springfield.example"#],
            run: { invocation in
                let client = try ControlClient(invocation)
                let answer = try client.post(try path(client, invocation) + "/\(word)")
                if let code = Output(invocation).json(answer) { return code }
                return Output(invocation).line("member \(answer.json.text("member")) \(done)")
            })
    }

    private static let reset = Command(
        path: ["member", "reset"],
        summary: "take a member's password, refuse their tokens, and invite them anew",
        arguments: [tenant, member],
        options: [out, CommandOption(name: "yes", help: "do not ask")] + ControlClient.options,
        examples: [#"homeroom member reset "Springfield USD" ada@springfield.example --yes"#],
        run: { invocation in
            try invocation.confirm(
                "The password of `\(invocation.argument(1))` of `\(invocation.argument(0))` is taken, and their tokens are refused.",
                refusal: "add --yes to reset the member")
            return try invited(invocation) { client, _ throws(CommandFailure) in
                try client.post(try path(client, invocation) + "/reset")
            }
        })

    private static let remove = Command(
        path: ["member", "remove"], summary: "remove a member with all that is known of them",
        arguments: [tenant, member],
        options: [CommandOption(name: "yes", help: "do not ask")] + ControlClient.options,
        examples: [#"homeroom member remove "Springfield USD" ada@springfield.example --yes"#],
        run: { invocation in
            let client = try ControlClient(invocation)
            let path = try path(client, invocation)
            let what = "`\(invocation.argument(1))` of `\(invocation.argument(0))`"
            try invocation.confirm(
                "Member \(what) is removed, and their tokens are refused.",
                refusal: "add --yes to remove \(what)")
            let answer = try client.delete(path)
            if let code = Output(invocation).json(answer) { return code }
            return Output(invocation).line("member \(invocation.argument(1)) is removed")
        })

    private static func path(
        _ client: ControlClient, _ invocation: Invocation
    ) throws(CommandFailure) -> String {
        let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
        return "/v1/tenants/\(tenant)/members/\(ControlClient.encoded(invocation.argument(1)))"
    }

    /// Shows an invitation, or writes it to a file, which is made first: a secret that has nowhere to go would be lost.
    private static func invited(
        _ invocation: Invocation,
        _ ask: (ControlClient, _ tenant: String) throws(CommandFailure) -> ControlClient.Answer
    ) throws -> ExitCode {
        let client = try ControlClient(invocation)
        let tenant = try TenantFinder(client).find(invocation.argument(0)).text("id")
        let answer: ControlClient.Answer
        if let path = invocation.value("out") {
            let file = try SecretFile(creating: path)
            do throws(CommandFailure) { answer = try ask(client, tenant) } catch {
                SecretFile.remove(path)
                throw error
            }
            try file.append(answer.body)
        } else {
            answer = try ask(client, tenant)
        }
        if let code = Output(invocation).json(answer) { return code }
        let shown =
            invocation.value("out").map { [("invitation", "in \($0)")] }
            ?? [
                ("invitation", answer.json.text("invitation")), ("link", answer.json.text("invitationUrl")),
            ]
        Output(invocation).pairs(
            [
                ("member", answer.json["member"]?.text("member") ?? ""),
                ("id", answer.json["member"]?.text("id") ?? ""),
            ] + shown + [("until", answer.json.text("invitationUntil"))])
        return .done
    }
}
