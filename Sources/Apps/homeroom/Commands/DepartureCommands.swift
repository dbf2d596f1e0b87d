import Base
import Departures
import FoundationEssentials
import Migrations
import Tokens

/// `homeroom tenant offboard`, `grace`, `keep` and `receipt`, `homeroom receipt verify`, `homeroom erasure start`.
enum DepartureCommands {
    static let all: [Command] = [offboard, grace, keep, receipt, verify, erase]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant's id or its exact name")
    private static let reasonOption = CommandOption(
        name: "reason", value: "TEXT", help: "why, for those who ask later; name no person", isRequired: true)
    private static let keyOption = CommandOption(
        name: "idempotency-key", value: "KEY",
        help: "the same key gives the same answer, however often it is sent")

    private static let offboard = Command(
        path: ["tenant", "offboard"],
        summary: "let a tenant leave: export, grace period, removal everywhere, signed receipt",
        arguments: [tenant],
        options: [
            reasonOption,
            CommandOption(
                name: "grace", value: "TIME", help: "how long it can be kept: 30d, 12h, 15m or 0",
                standard: "30d"),
            CommandOption(name: "now", help: "no grace period: the removal begins at once"),
            CommandOption(
                name: "export-days", value: "DAYS", help: "how long its export is kept when it has left",
                standard: String(Limits.departureExportDaysStandard)),
            CommandOption(name: "no-export", help: "take no data along"),
            CommandOption(name: "dry-run", help: "only show what would be removed and what would stay"),
            .yes, .wait, keyOption,
        ] + ControlClient.options,
        notes: [
            "From now on the tenant only reads; when the grace period is over it is closed and everything of it is removed. Until then "
                + "`homeroom tenant keep` makes it what it was."
        ],
        examples: [
            #"homeroom tenant offboard t0123456789abcde --reason "contract ended" --dry-run"#,
            #"homeroom tenant offboard t0123456789abcde --reason "contract ended" \"#,
            "    --grace 30d --yes",
        ],
        run: { try DepartureCalls($0).offboard() })

    private static let grace = Command(
        path: ["tenant", "grace"],
        summary: "make the grace period of a tenant that is leaving longer or shorter",
        arguments: [tenant],
        options: [
            CommandOption(
                name: "to", value: "TIME",
                help: "the whole period, from the day it began: 60d, 12h, 15m or 0",
                isRequired: true),
            reasonOption, .yes, .wait,
        ] + ControlClient.options,
        examples: ["homeroom tenant grace t0123456789abcde --to 60d --reason \"they asked\" --yes"],
        run: { try DepartureCalls($0).grace() })

    private static let keep = Command(
        path: ["tenant", "keep"], summary: "keep a tenant that is leaving, within its grace period",
        arguments: [tenant],
        options: [.wait] + ControlClient.options,
        examples: ["homeroom tenant keep t0123456789abcde"],
        run: { try DepartureCalls($0).keep() })

    private static let receipt = Command(
        path: ["tenant", "receipt"], summary: "show what was removed of a tenant, signed",
        arguments: [CommandArgument(name: "TENANT", help: "the tenant's id")],
        options: [
            CommandOption(name: "out", value: "FILE", help: "write the newest signed receipt to a new file")
        ] + ControlClient.options,
        examples: ["homeroom tenant receipt t0123456789abcde --out receipt.jws"],
        run: { try DepartureCalls($0).receipt() })

    private static let verify = Command(
        path: ["receipt", "verify"],
        summary: "check a signed receipt with the published keys, without a server",
        arguments: [CommandArgument(name: "FILE", help: "a signed receipt")],
        options: [
            CommandOption(
                name: "keys", value: "FILE", help: "the keys: what /.well-known/statement-keys.json answers",
                isRequired: true),
            CommandOption(name: "json", help: "print the receipt that was signed, as JSON"),
        ],
        examples: ["homeroom receipt verify receipt.jws --keys keys.json"],
        run: { try verify($0) })

    private static let erase = Command(
        path: ["erasure", "start"], summary: "erase all items under some keys of a tenant, backups included",
        arguments: [tenant],
        options: [
            CommandOption(
                name: "keys", value: "KEYS",
                help: "`TABLE: PARTITION` or `TABLE: PARTITION / SORT`, `*` at an end",
                isRequired: true, isRepeatable: true),
            reasonOption,
            CommandOption(name: "dry-run", help: "only count what would be erased"),
            .yes, .wait, keyOption,
        ] + ControlClient.options,
        notes: [
            "A `*` at the end of a key stands for nothing, or for more that begins with neither letter nor digit: STUDENT#1001* is "
                + "1001 and 1001#GRADES, and neither 10012 nor 1001x.",
            "The keys are kept only while the run is under way; receipt and audit log have their digest. Keep the list yourself.",
        ],
        examples: [
            "homeroom erasure start t0123456789abcde --reason \"request 12\" \\",
            "    --keys 'student-table: TENANT#s0123456789abcde#STUDENT#1001*' --dry-run",
        ],
        run: { try DepartureCalls($0).erase() })

    private static func verify(_ invocation: Invocation) throws -> ExitCode {
        func read(_ path: String) throws -> [UInt8] {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandFailure.failed("cannot read `\(path)`")
            }
            return [UInt8](data)
        }
        let keys: JSONWebKeySet
        do { keys = try JSONWebKeySet(parsing: try read(invocation.value("keys") ?? "")) } catch let error
            as TokenError
        { throw CommandFailure.failed("--keys: \(error)") }
        let text = String(decoding: try read(invocation.argument(0)), as: UTF8.self)
        do {
            try ReceiptVerdict(text, keys: keys).show(invocation)
            return .done
        } catch let error as TokenError {
            throw CommandFailure.failed("the receipt is not what these keys signed: \(error)")
        } catch let fault as ReceiptFault {
            throw CommandFailure.failed("\(fault)")
        } catch let fault as MoveReceiptFault { throw CommandFailure.failed("\(fault)") }
    }
}
