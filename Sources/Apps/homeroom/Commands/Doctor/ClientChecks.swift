import Base
import Crypto
import FoundationEssentials
import HTTPClient

/// The variables that AWS SDKs read, and the token they name.
struct ClientChecks {
    private static let timeoutSeconds = 5
    private static let tokenSecondsDoubtful: Int64 = 60
    /// What the gateway says of itself. Source: what DynamoDB answers to a GET.
    private static let greeting = "healthy: dynamodb."
    /// Variables of which one at least is set where somebody means to use an SDK.
    private static let deciding = [
        "AWS_ENDPOINT_URL", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ACCESS_KEY_ID", "AWS_PROFILE",
        "AWS_ENDPOINT_URL_DYNAMODB",
    ]
    private static let env = "`homeroom env` prints what is needed"

    let environment: [String: String]
    /// Where the control API is.
    let server: String
    let now: Timestamp

    func run() -> [Diagnosis] {
        guard ClientChecks.deciding.contains(where: { variable($0) != nil }) else {
            return [.ok("AWS SDKs", "no variables of AWS SDKs are set; \(ClientChecks.env)")]
                + proxies([server])
        }
        var found = endpoint()
        found += credentials()
        found += token()
        found += region()
        found += proxies([server, variable("AWS_ENDPOINT_URL")].compactMap { $0 })
        return found
    }

    private func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    // MARK: The endpoint

    private func endpoint() -> [Diagnosis] {
        guard let url = variable("AWS_ENDPOINT_URL") else {
            return [
                .wrong(
                    "endpoint", "AWS_ENDPOINT_URL is not set: SDKs would ask AWS itself",
                    "export AWS_ENDPOINT_URL with the gateway's address; \(ClientChecks.env)")
            ]
        }
        let others = [
            "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "AWS_ENDPOINT_URL_STS",
        ]
        .filter { variable($0) != nil && variable($0) != url }
        var found = [reach(url)]
        if !others.isEmpty {
            found.append(
                .wrong(
                    "endpoint", "\(others.joined(separator: ", ")) lead elsewhere than AWS_ENDPOINT_URL",
                    "`unset \(others.joined(separator: " "))`"))
        }
        if variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.lowercased() == "true" {
            found.append(
                .wrong(
                    "endpoint", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS lets SDKs pass AWS_ENDPOINT_URL over",
                    "`unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`"))
        }
        return found
    }

    private func reach(_ url: String) -> Diagnosis {
        var request = HTTPClientRequest(method: "GET", url: url.hasSuffix("/") ? url : url + "/")
        request.timeoutSeconds = ClientChecks.timeoutSeconds
        do throws(HTTPClientError) {
            let trust = variable("AWS_CA_BUNDLE").map { ServerTrust.authorities(file: $0) } ?? .system
            let response = try HTTPClient(trust: trust).send(request)
            guard response.text.hasPrefix(ClientChecks.greeting) else {
                return .wrong(
                    "endpoint", "AWS_ENDPOINT_URL is \(url), which is not the gateway",
                    "the gateway is on port 8000 where nobody has said otherwise; \(ClientChecks.env)")
            }
            return .ok("endpoint", "the gateway answers at \(url)")
        } catch {
            return .wrong("endpoint", "AWS_ENDPOINT_URL: \(error)", "\(ClientChecks.env)")
        }
    }

    // MARK: Who calls

    private func credentials() -> [Diagnosis] {
        let token = variable("AWS_WEB_IDENTITY_TOKEN_FILE")
        let role = variable("AWS_ROLE_ARN")
        let key = variable("AWS_ACCESS_KEY_ID")
        if token == nil, role == nil {
            guard key != nil || variable("AWS_PROFILE") != nil else {
                return [
                    .wrong(
                        "credentials",
                        "neither AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE nor a key is set",
                        ClientChecks.env)
                ]
            }
            return [.ok("credentials", key == nil ? "those of AWS_PROFILE" : "the key in AWS_ACCESS_KEY_ID")]
        }
        guard let role, token != nil else {
            let missing = token == nil ? "AWS_WEB_IDENTITY_TOKEN_FILE" : "AWS_ROLE_ARN"
            return [
                .wrong(
                    "credentials", "\(missing) is not set: SDKs use the other only with it", ClientChecks.env)
            ]
        }
        var found: [Diagnosis] = []
        if !role.hasPrefix("arn:aws:iam::") || !role.contains(":role/") {
            found.append(
                .wrong(
                    "credentials",
                    "AWS_ROLE_ARN: expected arn:aws:iam::000000000000:role/NAME, found `\(role)`",
                    ClientChecks.env))
        }
        let stronger = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"]
            .filter { variable($0) != nil }
        if !stronger.isEmpty {
            found.append(
                .wrong(
                    "credentials", "\(stronger.joined(separator: ", ")): SDKs take it instead of the token",
                    "`unset \(stronger.joined(separator: " "))`"))
        }
        return found.isEmpty ? [.ok("credentials", "role \(role), by the token")] : found
    }

    // MARK: The token

    private func token() -> [Diagnosis] {
        guard let path = variable("AWS_WEB_IDENTITY_TOKEN_FILE") else { return [] }
        let file = FileMode.check(
            "token", path, missing: "`homeroom env` or `homeroom token issue --out` writes one")
        guard file.allSatisfy({ $0.state == .ok }) else { return file }
        guard let data = FileManager.default.contents(atPath: path),
            let end = ClientChecks.expiry(of: String(decoding: data, as: UTF8.self))
        else {
            return [.wrong("token", "there is no token in `\(path)`", "`homeroom env` writes one")]
        }
        let left = end - now.seconds
        guard left > 0 else {
            return [
                .wrong(
                    "token", "the one in `\(path)` ended \(Figures.seconds(Double(-left))) ago",
                    "`homeroom env` writes a new one, and `homeroom env … -- COMMAND` keeps it fresh")
            ]
        }
        let text = "the one in `\(path)` is good for \(Figures.seconds(Double(left)))"
        guard left > ClientChecks.tokenSecondsDoubtful else {
            return [.doubtful("token", text, "`homeroom env … -- COMMAND` keeps it fresh while COMMAND runs")]
        }
        return [.ok("token", text)]
    }

    /// When a token ends, as it says itself: nothing is verified. In seconds since 1970; nil where it is no token.
    static func expiry(of text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(parts[1]) else { return nil }
        return JSONAnswer(parsing: payload)?["exp"]?.int.map { Int64($0) }
    }

    private func region() -> [Diagnosis] {
        guard variable("AWS_REGION") == nil, variable("AWS_DEFAULT_REGION") == nil else { return [] }
        return [
            .doubtful(
                "region", "neither AWS_REGION nor AWS_DEFAULT_REGION is set: most SDKs do nothing without",
                "export both; any region will do. \(ClientChecks.env)")
        ]
    }

    // MARK: Proxies

    private func proxies(_ urls: [String]) -> [Diagnosis] {
        var found: [Diagnosis] = []
        for url in urls {
            guard let host = ProxyRules.host(of: url),
                !found.contains(where: { $0.text.contains("`\(host)`") }),
                let name = ProxyRules(environment).proxyVariable(for: url)
            else { continue }
            let text = "\(name) sends requests to `\(host)` through a proxy"
            let remedy =
                "add \(host) to NO_PROXY: a proxy would see what is sent, and cannot reach this machine"
            found.append(
                ProxyRules.isLoopback(host) ? .wrong("proxy", text, remedy) : .doubtful("proxy", text, remedy)
            )
        }
        return found
    }
}
