import Audits
import Base
import Registry
import Tenancy

/// What a server does with its audit: how long entries are kept, and which places outside get the sealed heads.
struct AuditOptions: Equatable {
    var retention = AuditRetention()
    var sinks: [SinkAddress] = []

    static let table: [CommandOption] = [
        CommandOption(
            name: "audit-sink", value: "PLACE",
            help:
                "where sealed heads of the audit are sent: file:PATH, syslog, syslog:HOST:PORT, https://…, or http:// on this "
                + "machine; several times, or with commas between",
            isRepeatable: true, variable: "HOMEROOM_AUDIT_SINK"),
        CommandOption(
            name: "audit-keep", value: "KIND=TIME",
            help:
                "how long entries of the audit are kept, such as denial=30d; kinds are activity, access and denial; several "
                + "times, or with commas between",
            isRepeatable: true, variable: "HOMEROOM_AUDIT_KEEP",
            standard: "activity=730d,access=730d,denial=90d"),
    ]

    /// Nothing but the standard.
    init() {}

    /// Reads the options.
    /// - Parameter value: an option's values by its name, as typed, else the one of the environment or the configuration file.
    init(_ values: (String) -> [String]) throws(CommandFailure) {
        func parts(_ name: String) -> [String] {
            values(name).flatMap { $0.split(separator: ",").map(String.init) }
        }
        for text in parts("audit-sink") {
            guard let address = SinkAddress(text) else {
                throw .usage(
                    "--audit-sink: expected file:PATH, syslog, syslog:HOST:PORT, https://… or http:// on this machine, found `\(Self.shown(text))`"
                )
            }
            if !sinks.contains(address) { sinks.append(address) }
        }
        guard sinks.count <= Limits.auditSinksMax else {
            throw .usage("--audit-sink: name at most \(Limits.auditSinksMax) places, found \(sinks.count)")
        }
        for text in parts("audit-keep") { try keep(text) }
    }

    /// A place that cannot be read, for a message: of an address no more than its scheme, since a secret may be in it.
    private static func shown(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        return text[..<scheme.upperBound] + "…"
    }

    private mutating func keep(_ text: String) throws(CommandFailure) {
        let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
        let kinds = AuditKind.allCases.map(\.rawValue)
        guard pair.count == 2, let kind = AuditKind(rawValue: pair[0]) else {
            throw .usage(
                "--audit-keep: expected KIND=TIME with one of \(kinds.joined(separator: ", ")), such as activity=730d, found `\(text)`"
            )
        }
        guard pair[1].hasSuffix("d"), let days = Int(pair[1].dropLast()), (1...36_500).contains(days) else {
            throw .usage("--audit-keep: expected days from 1d to 36500d, found `\(pair[1])`")
        }
        switch kind {
        case .activity: retention.activityDays = days
        case .access: retention.accessDays = days
        case .denial: retention.denialDays = days
        }
    }
}
