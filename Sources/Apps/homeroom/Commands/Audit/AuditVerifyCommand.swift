import Audits
import Base
import FoundationEssentials
import Registry
import Tokens

/// `homeroom audit verify`.
enum AuditVerifyCommand {
    /// Bytes of a file that are read at a time.
    private static let pieceBytes = 1024 * 1024

    static let command = Command(
        path: ["audit", "verify"],
        summary: "find out whether an entry of the audit is missing, changed or reordered",
        options: [
            CommandOption(name: "file", value: "FILE", help: "an export; no server is needed for it"),
            CommandOption(
                name: "heads", value: "FILE",
                help: "sealed heads that were kept outside: lines of a file or of a syslog"),
            CommandOption(
                name: "keys", value: "FILE",
                help: "the key set that heads are verified with, as statement-keys.json has it",
                standard: "the server's"),
        ] + ControlClient.options,
        notes: [
            "Ends with 0 where the audit is whole, with 1 where it is not and says where, with 2 where it could not be verified.",
            "Digests alone show what was changed by somebody who could not compute them anew. Whoever can rewrite the whole "
                + "registry is found by heads that were kept outside: give them with --heads, and with --keys a key set that was "
                + "kept outside as well.",
        ],
        examples: [
            "homeroom audit verify",
            "homeroom audit verify --file audit.jsonl --heads heads.jsonl --keys jwks.json",
        ],
        run: { invocation in
            do { return try verify(invocation) } catch let failure as CommandFailure {
                // 1 says that something was found.
                throw CommandFailure(message: failure.message, exitCode: .usage, problem: failure.problem)
            } catch {
                throw CommandFailure(message: "\(error)", exitCode: .usage)
            }
        })

    private static func verify(_ invocation: Invocation) throws -> ExitCode {
        let file = invocation.value("file")
        let client = file == nil ? try ControlClient(invocation) : nil
        var verification = AuditVerification(keys: try keys(invocation, client))
        if let path = invocation.value("heads") { try expect(path, &verification) }
        var lines = 0
        if let file {
            try forEachLine(of: file) { line in
                lines += 1
                try take(line, lines, of: file, &verification)
            }
        } else if let client {
            try AuditSource(client, invocation).forEachPage { bytes in
                var splitter = AuditLineSplitter()
                try splitter.take(bytes) { line in
                    lines += 1
                    try take(line, lines, of: client.server, &verification)
                }
                try splitter.end { line in try take(line, lines, of: client.server, &verification) }
                invocation.terminal.progress("\(Figures.count(lines)) lines")
            }
        }
        guard lines > 0 else { throw CommandFailure.failed("there is nothing to verify in `\(file ?? "")`") }
        let report = verification.finish()
        if invocation.isSet("json") {
            invocation.terminal.line(AuditVerdictView(report: report).json)
        } else {
            AuditVerdictView(report: report).show(invocation)
        }
        return report.isSound ? .done : .failed
    }

    private static func take(
        _ line: some Collection<UInt8>, _ number: Int, of source: String,
        _ verification: inout AuditVerification
    ) throws(CommandFailure) {
        do throws(AuditExportError) { try verification.take(line: line) } catch {
            throw .failed("\(source), line \(number): \(error)")
        }
    }

    private static func keys(
        _ invocation: Invocation, _ client: ControlClient?
    ) throws(CommandFailure) -> JSONWebKeySet? {
        let bytes: [UInt8]
        if let path = invocation.value("keys") {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw .failed("--keys: cannot read `\(path)`")
            }
            bytes = [UInt8](data)
        } else if let client {
            bytes = try client.get(JSONWebKeySet.statementsPath).body
        } else {
            guard invocation.value("heads") == nil else {
                throw .usage("--keys: name the key set that the heads are to be verified with")
            }
            return nil
        }
        do throws(TokenError) { return try JSONWebKeySet(parsing: bytes) } catch {
            throw .failed("--keys: \(error)")
        }
    }

    private static func expect(
        _ path: String, _ verification: inout AuditVerification
    ) throws {
        var number = 0
        var found = 0
        try forEachLine(of: path) { line in
            number += 1
            guard let statement = HeadLines.statement(in: line) else { return }
            found += 1
            verification.expect(statement: statement, source: "\(path), line \(number)")
        }
        guard found > 0 else { throw CommandFailure.failed("--heads: there is no sealed head in `\(path)`") }
    }

    private static func forEachLine(of path: String, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var splitter = AuditLineSplitter()
        let file = try LineFile(path)
        while let piece = try file.read(Self.pieceBytes) { try splitter.take(piece, body) }
        try splitter.end(body)
    }
}
