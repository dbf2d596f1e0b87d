import Base
import ControlAPI
import FoundationEssentials
import HTTPServer
import Issuing
import JSONText
import Tenancy

/// What `homeroom serve` runs with: flags before the environment, the environment before the configuration file, that before
/// the defaults.
struct ServeOptions: Equatable {
    /// An address to listen on.
    struct Address: Equatable, CustomStringConvertible {
        let host: String
        let port: UInt16

        /// `127.0.0.1:8000`, `[::1]:8000`.
        var description: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

        /// Whether only this machine can reach it. A name such as `127.0.0.1.example.org` is anybody's.
        var isLoopback: Bool {
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            let isIPv4 = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
            return host == "localhost" || host == "::1" || isIPv4 && parts[0] == "127"
        }

        init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        /// Nil unless `text` is HOST:PORT; an IPv6 address stands in brackets.
        init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
            else { return nil }
            var host = text[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                return nil
            }
            guard !host.isEmpty else { return nil }
            self.host = String(host)
            self.port = port
        }
    }

    var data: String
    var gateway: Address
    var control: Address
    var catalog: String
    /// Whether the catalog in the file is put in force where another one is.
    var acceptsCatalogChanges: Bool
    /// The folder; whether there is one only the first start asks.
    var policies: String
    /// Why the first policies are put in force though roles of them are not proved; nil where that is a refusal.
    var acceptedPolicyRisk: String?
    var threads: Int
    /// How many tenants there may be; nil for any number.
    var tenantsMax: Int?
    /// How many requests a second one caller may send to the control API.
    var controlRate: Int
    /// How long runs are kept that have ended.
    var keepRunsSeconds: Int64
    var issuer: String?
    /// Where the master key is.
    var masterKey: MasterKeySource
    /// After how many days a key that signs tokens is replaced.
    var signingKeyDays: Int
    var logLevel: LogLevel
    var allowsRemote: Bool
    /// Whether any static credentials are an operator's.
    var isDevelopment: Bool
    /// Whether what tenants use is counted.
    var countsUsage = true
    /// What is done with the audit.
    var audit = AuditOptions()
    /// Where the certificate is; nil for plain HTTP.
    var tls: TLSOptions?
    /// The name by which others reach both addresses; nil for the addresses themselves.
    var publicHost: String?
    /// The proxies before it that say for whom they ask.
    var trustedProxies = TrustedProxies()

    /// In the order of `--help`. Their names in the configuration file are the same.
    static let table: [CommandOption] =
        [
            CommandOption(
                name: "data", value: "DIR", help: "where everything is kept; made with mode 0700",
                variable: "HOMEROOM_DATA",
                standard: DataFolder.standardPath),
            CommandOption(
                name: "gateway", value: "HOST:PORT", help: "where applications send DynamoDB requests",
                variable: "HOMEROOM_GATEWAY", standard: "127.0.0.1:8000"),
            CommandOption(
                name: "control", value: "HOST:PORT", help: "where the control API listens",
                variable: "HOMEROOM_CONTROL",
                standard: "127.0.0.1:8080"),
            CommandOption(
                name: "catalog", value: "FILE",
                help: "the tiers and tables of the first start; later ones come by `homeroom catalog apply`",
                variable: "HOMEROOM_CATALOG",
                standard: "Templates/catalogs/default.json, as shipped"),
            CommandOption(
                name: "accept-catalog-changes",
                help: "put the file's catalog in force where another one is, if nothing speaks against it",
                variable: "HOMEROOM_ACCEPT_CATALOG_CHANGES"),
            CommandOption(
                name: "policies", value: "DIR",
                help: "roles and access policies of the first start; later ones come by "
                    + "`homeroom policy activate`",
                variable: "HOMEROOM_POLICIES", standard: "Policies, as shipped"),
            CommandOption(
                name: "accept-policy-risk", value: "REASON",
                help: "start for the first time though roles are not proved to be isolated; the audit log "
                    + "keeps why",
                variable: "HOMEROOM_ACCEPT_POLICY_RISK"),
            CommandOption(
                name: "threads", value: "NUMBER", help: "threads that serve the gateway",
                variable: "HOMEROOM_THREADS",
                standard: "one a core"),
            CommandOption(
                name: "tenants-max", value: "NUMBER", help: "how many tenants this deployment takes",
                variable: "HOMEROOM_TENANTS_MAX", standard: "any number"),
            CommandOption(
                name: "control-rate", value: "NUMBER",
                help: "requests a second that the control API takes of one caller",
                variable: "HOMEROOM_CONTROL_RATE",
                standard: "\(Limits.callerRequestsPerSecond)"),
            CommandOption(
                name: "keep-runs", value: "DAYS",
                help: "for how long runs are kept that have ended: 1d or more",
                variable: "HOMEROOM_KEEP_RUNS", standard: "90d"),
            CommandOption(
                name: "issuer", value: "URL",
                help: "by which URL others reach the control API: tokens name it as their issuer, links of "
                    + "invitations begin with it",
                variable: "HOMEROOM_ISSUER", standard: "the control address's URL"),
            CommandOption(
                name: "master-key-file", value: "FILE",
                help: "the key that stored secrets are sealed under "
                    + "(HOMEROOM_MASTER_KEY may hold the key itself)",
                variable: "HOMEROOM_MASTER_KEY_FILE",
                standard: "master-key in the data folder, made at the first start"),
            CommandOption(
                name: "signing-key-days", value: "DAYS",
                help: "after how many days the keys that sign tokens are replaced",
                variable: "HOMEROOM_SIGNING_KEY_DAYS", standard: "90"),
            CommandOption(
                name: "log-level", value: "LEVEL", help: "debug, info, warning or error",
                variable: "HOMEROOM_LOG_LEVEL",
                standard: "info"),
            CommandOption(
                name: "allow-remote", help: "serve other machines without TLS, as behind a proxy that has it",
                variable: "HOMEROOM_ALLOW_REMOTE"),
            CommandOption(
                name: "no-metering",
                help: "do not count what tenants use; a tier is outgrown by schools alone then",
                variable: "HOMEROOM_NO_METERING"),
            CommandOption(
                name: "dev",
                help:
                    "take any static AWS credentials for an operator's, as local emulators do; on loopback only",
                variable: "HOMEROOM_DEV"),
        ] + AuditOptions.table + TLSOptions.table + TrustedProxies.table

    /// Reads the options.
    /// - Throws: `CommandFailure`: a value that has not its form, a file that is not there, an address that needs
    ///   `--allow-remote`.
    init(_ invocation: Invocation) throws(CommandFailure) {
        let folder = invocation.value("data") ?? DataFolder.standardPath
        let file = try ConfigurationFile.find(invocation, folder: folder)
        func value(_ name: String) -> String? { invocation.value(name) ?? file?.value(name) }

        data = value("data") ?? DataFolder.standardPath
        gateway = try ServeOptions.address(value("gateway") ?? "127.0.0.1:8000", "gateway")
        control = try ServeOptions.address(value("control") ?? "127.0.0.1:8080", "control")
        catalog = try ServeOptions.existing(
            value("catalog"), "catalog", shipped: "Templates/catalogs/default.json")
        policies = value("policies") ?? SharedFiles.path(of: "Policies") ?? "Policies"
        acceptedPolicyRisk = value("accept-policy-risk")
        threads = try ServeOptions.threads(value("threads"))
        tenantsMax = try ServeOptions.tenantsMax(value("tenants-max"))
        controlRate = try ControlWiring.rate(value("control-rate"))
        keepRunsSeconds = try ServeOptions.keptSeconds(value("keep-runs") ?? "90d", "keep-runs")
        issuer = try ServeOptions.issuer(value("issuer"))
        masterKey = try MasterKeySource(
            file: value("master-key-file"), environment: invocation.environment)
        signingKeyDays = try ServeOptions.signingKeyDays(value("signing-key-days"))
        let level = value("log-level") ?? "info"
        guard let logLevel = LogLevel(rawValue: level) else {
            throw .usage(
                "--log-level: there is no level `\(level)`; "
                    + Suggestion.remedy(for: level, among: LogLevel.allCases.map(\.rawValue)))
        }
        self.logLevel = logLevel
        func isOn(_ name: String) -> Bool {
            invocation.isSet(name) || ["1", "true", "yes"].contains(value(name) ?? "")
        }
        allowsRemote = isOn("allow-remote")
        acceptsCatalogChanges = isOn("accept-catalog-changes")
        isDevelopment = isOn("dev")
        countsUsage = !isOn("no-metering")
        func values(_ name: String) -> [String] {
            let typed = invocation.values(name)
            return typed.isEmpty ? [value(name)].compactMap { $0 } : typed
        }
        audit = try AuditOptions(values)
        trustedProxies = try TrustedProxies.read(values("trusted-proxy"))
        tls = try TLSOptions(value)
        publicHost = try TLSOptions.publicHost(value("public-host"))
        guard !isDevelopment || gateway.isLoopback else {
            throw .usage(
                "--dev: `\(gateway)` can be reached by other machines, and --dev lets everybody in who reaches it; use 127.0.0.1, "
                    + "or keys of `homeroom key create --role operator`")
        }
        try checkReach()
    }

    private static func address(_ text: String, _ name: String) throws(CommandFailure) -> Address {
        guard let address = Address(text) else {
            throw .usage(
                "--\(name): expected HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000, found `\(text)`")
        }
        return address
    }

    /// The path that was given, else that of what ships.
    static func existing(_ given: String?, _ name: String, shipped: String) throws(CommandFailure)
        -> String
    {
        if let given {
            guard FileManager.default.fileExists(atPath: given) else {
                throw .failed("--\(name): there is nothing at `\(given)`")
            }
            return given
        }
        guard let path = SharedFiles.path(of: shipped) else {
            throw .failed("cannot find `\(shipped)`, which ships with homeroom; name another with --\(name)")
        }
        return path
    }

    private static func threads(_ text: String?) throws(CommandFailure) -> Int {
        guard let text else { return max(1, ProcessInfo.processInfo.activeProcessorCount) }
        guard let number = Int(text), (1...256).contains(number) else {
            throw .usage("--threads: expected a whole number from 1 to 256, found `\(text)`")
        }
        return number
    }

    private static func tenantsMax(_ text: String?) throws(CommandFailure) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), (1...1_000_000).contains(number) else {
            throw .usage("--tenants-max: expected a whole number from 1 to 1000000, found `\(text)`")
        }
        return number
    }

    private static func signingKeyDays(_ text: String?) throws(CommandFailure) -> Int {
        guard let text else { return SigningKeys.maxAgeDaysStandard }
        guard let number = Int(text), (1...3650).contains(number) else {
            throw .usage("--signing-key-days: expected a whole number from 1 to 3650, found `\(text)`")
        }
        return number
    }

    private static func issuer(_ text: String?) throws(CommandFailure) -> String? {
        guard let text else { return nil }
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.hasSuffix("/"),
            !text.contains("?")
        else {
            throw .usage(
                "--issuer: expected a URL without a slash at its end, such as https://id.example.com, found `\(text)`"
            )
        }
        return text
    }
}

/// The one configuration file: a JSON object whose members are named as the options are.
struct ConfigurationFile {
    private let path: String
    private let values: [String: String]

    /// The file that `--config` names, else `homeroom.json` in the data folder where there is one.
    static func find(_ invocation: Invocation, folder: String) throws(CommandFailure) -> ConfigurationFile? {
        if let named = invocation.value("config") { return try ConfigurationFile(path: named) }
        let path = DataFolder.configurationPath(in: folder)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try ConfigurationFile(path: path)
    }

    private init(path: String) throws(CommandFailure) {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .failed("--config: cannot read `\(path)`")
        }
        let text: JSONText
        do throws(JSONTextError) { text = try JSONText(parsing: [UInt8](data)) } catch {
            throw .failed("\(path):\(error)")
        }
        guard case .object(let members) = text.root.value else {
            throw .failed("\(path):1:1: expected an object such as { \"gateway\": \"127.0.0.1:8000\" }")
        }
        let known = ServeOptions.table.map(\.name)
        var values: [String: String] = [:]
        for member in members {
            let place = "\(path):\(member.namePosition.line):\(member.namePosition.column)"
            guard known.contains(member.name) else {
                throw .failed(
                    "\(place): `\(member.name)` is no option; \(Suggestion.remedy(for: member.name, among: known))"
                )
            }
            switch member.node.value {
            case .string(let text), .number(let text): values[member.name] = text
            case .bool(let flag): values[member.name] = flag ? "true" : "false"
            case .object, .array, .null:
                throw .failed("\(place): expected `\(member.name)` as a string, a number or true")
            }
        }
        self.values = values
    }

    /// The option's value; a path is taken from the file's own folder.
    func value(_ name: String) -> String? {
        guard let text = values[name] else { return nil }
        let paths = ["data", "catalog", "policies", "master-key-file", "tls-certificate", "tls-key"]
        guard paths.contains(name), !text.hasPrefix("/") else { return text }
        guard let slash = path.lastIndex(of: "/") else { return text }
        return path[..<slash] + "/" + text
    }
}
