import Base
import HTTPServer
import Registry
import Reviews

/// `homeroom serve`.
enum ServeCommand {
    static let command = Command(
        path: ["serve"], summary: "start the server: the gateway and the control API",
        options: ServeOptions.table + [
            CommandOption(
                name: "config", value: "FILE", help: "a JSON object with these options by name",
                variable: "HOMEROOM_CONFIG", standard: "homeroom.json in the data folder, where there is one"),
            CommandOption(name: "json", help: "say where it listens as JSON"),
        ],
        notes: [
            "A flag is stronger than the environment, the environment than the configuration file, that than the default. Paths in the "
                + "file are taken from the file's folder. What ships with homeroom is looked for in ../share/homeroom beside the "
                + "executable's folder, then in the folders above the executable; never in the working directory.",
            "The first start makes the signing keys, a master key and an administrator's key, and puts the policies of the folder "
                + "in force once they are linted, tested and proved. A later one goes on with those in force, whatever is in the "
                + "folder. Logs are JSON, one object a line, "
                + "on standard error. SIGTERM or Ctrl-C finishes what is in flight and ends; runs that are under way go on at the "
                + "next start. With TLS, SIGHUP reads the certificate again, which is otherwise done when its files change.",
        ],
        examples: ["homeroom serve", "homeroom serve --data /srv/homeroom --gateway 127.0.0.1:9000"],
        run: { try run($0) })

    private static func run(_ invocation: Invocation) throws -> ExitCode {
        let options = try ServeOptions(invocation)
        var signals = StopSignals(alsoRereading: options.tls != nil)
        OpenFiles.raiseLimit()
        let log = Log(to: StandardErrorLog(), leastLevel: options.logLevel)
        if options.allowsRemote, options.tls == nil {
            log.warning("other machines may connect, and there is no TLS")
            if options.trustedProxies.networks.isEmpty {
                log.warning(
                    "all who come through a proxy are one address: what one of them does wrong holds back all; name the proxy with "
                        + "--trusted-proxy")
            }
        }
        if options.namesNoPublicURL {
            log.warning(
                "tokens and links of invitations begin with the address that the server listens on; say with --issuer by which URL "
                    + "others reach it", ["control": "\(options.control)"])
        }
        if options.isDevelopment {
            log.warning(
                "--dev: whoever reaches the gateway's port is an operator, whatever the request is signed with"
            )
        }
        let system = try System(options, log: log)
        system.logStart()
        let greeting = Greeting(system)
        if invocation.isSet("json") {
            invocation.terminal.line(greeting.json)
        } else {
            invocation.terminal.line(greeting.text)
        }
        var (signal, sender) = signals.wait()
        while signal == StopSignals.reread {
            system.rereadCertificate()
            (signal, sender) = signals.wait()
        }
        log.info("asked to stop", ["signal": signal, "senderProcess": "\(sender)"])
        signals.release()
        system.stop()
        return .done
    }
}

/// What a server says when it has started.
struct Greeting {
    private let system: System

    init(_ system: System) { self.system = system }

    /// For people, in 80 columns.
    var text: String {
        var lines = [
            "Homeroom \(OtherCommands.versionText) is running.", "",
            "  gateway   \(system.gatewayAddress)   (AWS_ENDPOINT_URL of applications)",
            "  control   \(system.controlAddress)",
            "  data      \(system.options.data)", "",
        ]
        if case .new(let key) = system.adminKey {
            lines += [
                "The administrator's key, shown this once:", "", "  \(key)", "",
                "It is kept in \(DataFolder.adminKeyPath(in: system.options.data)) (mode 0600), where the commands on",
                "this machine find it. The signing keys are in the same folder, sealed:",
                "back it up, and keep others out.", "",
            ]
        }
        for remark in system.catalogStart.remarks { lines += [remark, ""] }
        if let line = system.policyStart.line { lines += [line, ""] }
        if system.options.isDevelopment {
            lines += [
                "WARNING: --dev: any static AWS credentials are an operator's. Keep this for development.",
                "",
            ]
        }
        if system.resumedRuns > 0 {
            lines += [
                "\(system.resumedRuns) runs that were under way go on; `homeroom run list` shows them.", "",
            ]
        }
        lines += [
            "Next, in another terminal:", "",
            "  \(executable) tenant onboard \"Springfield USD\" --tier basic \\",
            "      --admin it@springfield.example --school \"Lincoln High\" \\",
            "      --timezone America/Chicago\(dataOption)", "", "Ctrl-C stops.",
        ]
        return lines.joined(separator: "\n")
    }

    /// The executable as it was called: with its path, if it is not found without.
    private var executable: String {
        guard let word = CommandLine.arguments.first, word.contains("/") else { return "homeroom" }
        return word
    }

    private var dataOption: String {
        system.options.data == DataFolder.standardPath ? "" : " --data \(system.options.data)"
    }

    /// For programs, on one line. The key is not in it: it is in the file.
    var json: [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.member("version", OtherCommands.versionText)
        json.member("gateway", system.gatewayAddress)
        json.member("control", system.controlAddress)
        json.member("data", system.options.data)
        json.member("adminKeyFile", DataFolder.adminKeyPath(in: system.options.data))
        json.name("policyVersion")
        json.int(system.policyStart.loaded.record.id)
        json.name("policiesDiffer")
        json.bool(system.policyStart.line != nil)
        json.name("catalogDiffers")
        json.bool(!system.catalogStart.remarks.isEmpty)
        json.name("resumedRuns")
        json.int(system.resumedRuns)
        json.endObject()
        return json.bytes
    }
}
