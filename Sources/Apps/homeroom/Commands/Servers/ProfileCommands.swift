import Base

/// The commands about the servers that `homeroom login` has kept.
enum ProfileCommands {
    static let all: [Command] = [list, use, remove]

    private static let profile = CommandArgument(name: "PROFILE", help: "its name")

    private static let json = CommandOption(name: "json", help: "print JSON")

    private static let list = Command(
        path: ["profile", "list"], summary: "list the servers that commands know, and the sessions there",
        options: [json],
        notes: [
            "A server is chosen by --server, --profile or --data, then by HOMEROOM_SERVER, HOMEROOM_PROFILE or HOMEROOM_DATA, then "
                + "by the profile in use (marked `*`), then by the data folder of the working directory."
        ],
        examples: ["homeroom profile list"],
        run: { invocation in
            let profiles = try CredentialsFile.needed(invocation).read()
            if invocation.isSet("json") {
                Output(invocation).json { json in write(profiles, to: &json) }
                return .done
            }
            var table = TextTable([
                .init("USE"), .init("PROFILE", leastWidth: 8), .init("SERVER", leastWidth: 16),
                .init("ACCOUNT", leastWidth: 8), .init("SESSION"),
            ])
            for profile in profiles.all {
                table.add([
                    profile == profiles.current ? "*" : "", profile.name, profile.server,
                    profile.account ?? "", session(of: profile),
                ])
            }
            return Output(invocation).table(
                table, empty: "no profiles yet; `homeroom login ACCOUNT --server URL` makes one")
        })

    private static let use = Command(
        path: ["profile", "use"], summary: "speak to this server where nobody says another",
        arguments: [profile], options: [json], examples: ["homeroom profile use production"],
        run: { invocation in
            let file = try CredentialsFile.needed(invocation)
            var profiles = try file.read()
            let profile = try ServerChoice.find(invocation.argument(0), in: profiles)
            profiles.chosen = profile.name
            try file.write(profiles)
            return tell(profile, "commands speak to \(profile.server) from now on", invocation)
        })

    private static let remove = Command(
        path: ["profile", "remove"], summary: "forget a server, and the session there",
        arguments: [profile], options: [json],
        notes: [
            "The session is not ended at the server: `homeroom logout --profile PROFILE` does that first."
        ],
        examples: ["homeroom profile remove staging"],
        run: { invocation in
            let file = try CredentialsFile.needed(invocation)
            var profiles = try file.read()
            let profile = try ServerChoice.find(invocation.argument(0), in: profiles)
            profiles.remove(profile.name)
            try file.write(profiles)
            return tell(profile, "\(profile.server) is forgotten", invocation)
        })

    private static func tell(_ profile: Profile, _ text: String, _ invocation: Invocation) -> ExitCode {
        guard invocation.isSet("json") else { return Output(invocation).line(text) }
        Output(invocation).json { json in
            json.member("profile", profile.name)
            json.member("server", profile.server)
        }
        return .done
    }

    private static func session(of profile: Profile) -> String {
        guard let end = profile.endsAt, profile.token != nil else { return "signed out" }
        return profile.token(at: SystemClock().now()) == nil
            ? "over" : "until \(Figures.moment(end)) UTC"
    }

    private static func write(_ profiles: Profiles, to json: inout JSONWriter) {
        json.name("profiles")
        json.beginArray()
        for profile in profiles.all {
            json.beginObject()
            json.member("name", profile.name)
            json.member("server", profile.server)
            if let file = profile.caFile { json.member("caFile", file) }
            if let account = profile.account { json.member("account", account) }
            if profile.token != nil, let end = profile.endsAt { json.member("endsAt", end) }
            json.name("current")
            json.bool(profile == profiles.current)
            json.endObject()
        }
        json.endArray()
    }
}
