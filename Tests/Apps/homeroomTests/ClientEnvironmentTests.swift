import Base
import Testing

@testable import homeroom

@Suite struct ClientEnvironmentTests {
    @Test(arguments: [
        ("plain-1.0/x", "plain-1.0/x", "plain-1.0/x", "plain-1.0/x"),
        ("a b", "'a b'", "'a b'", "'a b'"), ("", "''", "''", "''"),
        ("it's $HOME", #"'it'\''s $HOME'"#, #"'it\'s $HOME'"#, #""it's \$HOME""#),
        (#"a\b"#, #"'a\b'"#, #"'a\\b'"#, #"'a\b'"#),
        // With an accent on it a mark is another `Character`, but a shell sees the mark.
        ("x'\u{301};y", #"'x'\''\#u{301};y'"#, #"'x\'\#u{301};y'"#, "\"x'\u{301};y\""),
        ("'`\u{301}$", #"''\''`\#u{301}$'"#, #"'\'`\#u{301}$'"#, "\"'\\`\u{301}\\$\""),
        ("'\"\u{301}", #"''\''"\#u{301}'"#, #"'\'"\#u{301}'"#, "\"'\\\"\u{301}\""),
        ("'\\\u{301}", #"''\''\\#u{301}'"#, #"'\'\\\#u{301}'"#, "\"'\\\\\u{301}\""),
    ])
    func quotesForShells(text: String, posix: String, fish: String, dotenv: String) {
        #expect(ShellText.posix(text) == posix)
        #expect(ShellText.fish(text) == fish)
        #expect(ShellText.dotenv(text) == dotenv)
    }

    private let application = ApplicationEnvironment(
        endpoint: "http://127.0.0.1:8000", region: "us-east-1",
        roleARN: "arn:aws:iam::000000000000:role/teacher",
        tokenFile: "/tmp/a b/token")

    @Test func takesOutWhatSDKsWouldTakeInstead() {
        let current = [
            "AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "AKIA", "HOMEROOM_KEY": "secret", "LANG": "C",
        ]
        #expect(
            application.posix(in: current) == [
                "unset AWS_ACCESS_KEY_ID", "unset AWS_PROFILE",
                "export AWS_ENDPOINT_URL=http://127.0.0.1:8000", "export AWS_REGION=us-east-1",
                "export AWS_DEFAULT_REGION=us-east-1",
                "export AWS_ROLE_ARN=arn:aws:iam::000000000000:role/teacher",
                "export AWS_WEB_IDENTITY_TOKEN_FILE='/tmp/a b/token'",
            ])
        #expect(application.fish(in: [:]).last == "set -gx AWS_WEB_IDENTITY_TOKEN_FILE '/tmp/a b/token'")
        let merged = application.merged(into: current)
        #expect(merged["LANG"] == "C" && merged["AWS_ROLE_ARN"] != nil)
        // The key of the one who starts it is not the program's business.
        #expect(
            merged["AWS_PROFILE"] == nil && merged["AWS_ACCESS_KEY_ID"] == nil
                && merged["HOMEROOM_KEY"] == nil)
    }

    @Test(arguments: ["http://x\ny", "http://x\r", "a\tb", "\u{1B}[2J", "a\u{7F}", "a\u{85}b"])
    func noVariableHasALineEndInIt(value: String) throws {
        try application.checkLines()
        let broken = ApplicationEnvironment(
            endpoint: value, region: "us-east-1", roleARN: "arn", tokenFile: "/tmp/token")
        #expect(throws: CommandFailure.self) { try broken.checkLines() }
    }

    private static let proxies: [(environment: [String: String], url: String, variable: String?)] = [
        (["HTTP_PROXY": "http://p:1"], "http://127.0.0.1:8000", "HTTP_PROXY"),
        (["http_proxy": "http://p:1", "NO_PROXY": "localhost,127.0.0.1"], "http://127.0.0.1:8000", nil),
        (["HTTPS_PROXY": "http://p:1"], "http://127.0.0.1:8000", nil),
        (["HTTPS_PROXY": "http://p:1"], "https://api.example/", "HTTPS_PROXY"),
        (["ALL_PROXY": "http://p:1", "no_proxy": ".example"], "https://api.example:8443/", nil),
        (["ALL_PROXY": "http://p:1", "no_proxy": "*"], "https://api.example", nil),
        (["ALL_PROXY": "http://p:1", "no_proxy": "pi.example"], "https://api.example", "ALL_PROXY"),
        (["HTTP_PROXY": ""], "http://[::1]:8000/", nil),
        (["HTTP_PROXY": "p", "NO_PROXY": "::1"], "http://[::1]:8000/", nil),
    ]

    @Test(arguments: proxies)
    func knowsWhatGoesThroughAProxy(environment: [String: String], url: String, variable: String?) {
        #expect(ProxyRules(environment).proxyVariable(for: url) == variable)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("1994-11-06T08:49:37Z", nil), ("Sun, 06 Nov 1994 08:49:37 GMT+1", nil), ("", nil),
    ])
    func readsDatesOfHTTP(text: String, seconds: Int?) {
        #expect(HTTPDate.seconds(text) == seconds.map(Int64.init))
    }

    @Test(arguments: [
        (#"x.eyJleHAiOjE3fQ.x"#, 17), ("x.e30.x", nil), ("x.x", nil), ("", nil), ("x.!!.x", nil),
    ])
    func readsWhenATokenEnds(token: String, expiry: Int?) {
        #expect(ClientChecks.expiry(of: token) == expiry.map(Int64.init))
    }
}
