import Base
import Crypto
import JSONText
import Policies
import PolicyLint

/// Findings as SARIF, which code hosts and editors show beside the lines they are about.
///
/// Source: OASIS SARIF 2.1.0; what GitHub's code scanning wants of it: a rule for each result, a place in a file, and a
/// fingerprint that stays when lines above it come and go.
public struct SARIFLog {
    /// The tool's version.
    private let version: String
    /// What stands before each path: the folder as its repository knows it, with a slash at its end, or nothing.
    private let prefix: String
    private let sources: [String: SourceText]

    /// A log about these files.
    /// - Parameters:
    ///   - folder: the path of the folder as the reader's repository knows it; empty where paths are whole already.
    ///   - version: the tool's version.
    public init(files: PolicyFiles, folder: String = "", version: String) {
        self.version = version
        let folder = folder.hasPrefix("./") ? folder.dropFirst(2) : folder[...]
        prefix = folder.isEmpty || folder == "." ? "" : folder.hasSuffix("/") ? String(folder) : folder + "/"
        sources = files.files.mapValues(SourceText.init)
    }

    /// The log of a run that came to its end.
    /// - Parameter rules: all kinds of finding that were looked for, found or not.
    public func text(_ findings: [ReviewFinding], rules: [ReviewRule]) -> [UInt8] {
        var known = rules
        for finding in findings where !known.contains(finding.rule) { known.append(finding.rule) }
        var indexes: [ReviewRule: Int] = [:]
        for (index, rule) in known.enumerated() { indexes[rule] = indexes[rule] ?? index }
        return log(rules: known) { json in
            json.name("invocations")
            json.raw(#"[{"executionSuccessful":true}]"#.utf8)
            json.name("results")
            json.beginArray()
            for (finding, fingerprint) in zip(findings, fingerprints(findings)) {
                write(finding, index: indexes[finding.rule] ?? 0, fingerprint: fingerprint, to: &json)
            }
            json.endArray()
        }
    }

    /// The log of a run that could not be carried out.
    /// - Parameter problems: what is wrong with which file; empty where it is no file's fault.
    public func text(failure message: String, problems: [PolicyProblem]) -> [UInt8] {
        log(rules: []) { json in
            json.name("invocations")
            json.beginArray()
            json.beginObject()
            json.member("executionSuccessful", false)
            json.name("toolExecutionNotifications")
            json.beginArray()
            if problems.isEmpty {
                json.beginObject()
                json.member("level", "error")
                json.message("message", message)
                json.endObject()
            }
            for problem in problems {
                json.beginObject()
                json.member("level", "error")
                json.message("message", "\(problem.message); \(problem.remedy)")
                writeLocation(problem.file, problem.position, to: &json)
                json.endObject()
            }
            json.endArray()
            json.endObject()
            json.endArray()
            json.name("results")
            json.beginArray()
            json.endArray()
        }
    }

    private func log(rules: [ReviewRule], _ writeRun: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter(reserving: 16 * 1024)
        json.beginObject()
        json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
        json.member("version", "2.1.0")
        json.name("runs")
        json.beginArray()
        json.beginObject()
        json.name("tool")
        json.beginObject()
        json.name("driver")
        json.beginObject()
        json.member("name", "homeroom")
        json.member("semanticVersion", version)
        json.name("rules")
        json.beginArray()
        for rule in rules { write(rule, to: &json) }
        json.endArray()
        json.endObject()
        json.endObject()
        json.member("columnKind", "unicodeCodePoints")
        writeRun(&json)
        json.endObject()
        json.endArray()
        json.endObject()
        return json.bytes
    }

    private func write(_ rule: ReviewRule, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", rule.id)
        json.message("shortDescription", rule.title)
        json.message("fullDescription", rule.why)
        let page = rule.page.map { " See \($0), or `homeroom policy checks \(rule.id)`." } ?? ""
        json.message("help", rule.why + page)
        json.name("defaultConfiguration")
        json.beginObject()
        json.member("level", rule.level.rawValue)
        json.endObject()
        if rule.isSecurity {
            json.name("properties")
            json.beginObject()
            json.name("tags")
            json.raw(#"["security"]"#.utf8)
            // GitHub sorts alerts by this number; 7.0 to 8.9 is "high".
            json.member("security-severity", "8.0")
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ finding: ReviewFinding, index: Int, fingerprint: String, to json: inout JSONWriter) {
        json.beginObject()
        json.member("ruleId", finding.rule.id)
        json.name("ruleIndex")
        json.int(index)
        json.member("level", finding.rule.level.rawValue)
        json.message("message", finding.message)
        writeLocation(finding.file, finding.position, to: &json)
        json.name("partialFingerprints")
        json.beginObject()
        json.member("homeroomFinding/v1", fingerprint)
        json.endObject()
        if !finding.fix.isEmpty { write(fix: finding, to: &json) }
        json.endObject()
    }

    private func writeLocation(_ file: String, _ position: TextPosition, to json: inout JSONWriter) {
        json.name("locations")
        json.beginArray()
        json.beginObject()
        json.name("physicalLocation")
        json.beginObject()
        writeArtifact(file, to: &json)
        json.name("region")
        json.beginObject()
        json.member("startLine", position.line)
        json.member("startColumn", sources[file]?.codePointColumn(of: position) ?? position.column)
        json.endObject()
        json.endObject()
        json.endObject()
        json.endArray()
    }

    private func writeArtifact(_ file: String, to json: inout JSONWriter) {
        json.name("artifactLocation")
        json.beginObject()
        json.member("uri", SARIFLog.uri(prefix + file))
        json.endObject()
    }

    private func write(fix finding: ReviewFinding, to json: inout JSONWriter) {
        let source = sources[finding.file] ?? SourceText([])
        json.name("fixes")
        json.beginArray()
        json.beginObject()
        json.message("description", "what `homeroom policy lint --fix` does")
        json.name("artifactChanges")
        json.beginArray()
        json.beginObject()
        writeArtifact(finding.file, to: &json)
        json.name("replacements")
        json.beginArray()
        for edit in finding.fix {
            let start = source.position(ofByte: edit.range.lowerBound)
            let end = source.position(ofByte: edit.range.upperBound)
            json.beginObject()
            json.name("deletedRegion")
            json.beginObject()
            json.member("startLine", start.line)
            json.member("startColumn", source.codePointColumn(of: start))
            json.member("endLine", end.line)
            json.member("endColumn", source.codePointColumn(of: end))
            json.endObject()
            json.message("insertedContent", edit.replacement)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.endArray()
        json.endObject()
        json.endArray()
    }

    /// One for each finding: made of the rule, the file and the words of the line, not of the line's number; findings that
    /// have all of these in common are counted.
    private func fingerprints(_ findings: [ReviewFinding]) -> [String] {
        var counts: [[UInt8]: Int] = [:]
        return findings.map { finding in
            let line = sources[finding.file]?.line(finding.position.line) ?? []
            var bytes = Array("\(finding.rule.id)\u{0}\(finding.file)\u{0}".utf8)
            bytes += line.filter { $0 > 0x20 }
            let count = counts[bytes, default: 0]
            counts[bytes] = count + 1
            bytes += Array("\u{0}\(count)".utf8)
            return String(SHA256.hash(bytes).hex.prefix(32))
        }
    }

    /// A path as a relative URI reference, or as a `file` URI where it is absolute. Source: RFC 3986, section 3.3; RFC 8089. A
    /// colon in the first segment would read as a scheme.
    private static func uri(_ path: String) -> String {
        path.utf8.reduce(into: path.hasPrefix("/") ? "file://" : "") { result, byte in
            let character = Character(Unicode.Scalar(byte))
            if byte < 0x80,
                character.isLetter || character.isNumber || "-._~/!$&'()*+,;=@".contains(character)
            {
                result.append(character)
            } else {
                result += "%" + Hex.encode([byte]).uppercased()
            }
        }
    }
}

extension JSONWriter {
    /// A `message` of SARIF, or what has its form: an object with a text.
    fileprivate mutating func message(_ name: String, _ text: String) {
        self.name(text: name)
        beginObject()
        member("text", text)
        endObject()
    }
}
