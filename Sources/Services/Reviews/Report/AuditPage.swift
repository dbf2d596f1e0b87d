import Base
import Crypto
import JSONText
import Policies
import Tenancy

/// The page of an audit, section by section.
struct AuditPage {
    typealias Attribute = HTMLWriter.Attribute

    let audit: PolicyAudit
    let matrix: AccessMatrix
    /// The paths whose text stands on the page, with the number that their anchors have.
    let numbers: [String: Int]
    private(set) var html = HTMLWriter()

    /// The whole page.
    var bytes: [UInt8] { html.bytes }

    init(_ audit: PolicyAudit) {
        self.audit = audit
        matrix = AccessMatrix(catalog: audit.catalog)
        let shown = audit.paths.filter { AuditPage.isShown($0) }
        numbers = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0 + 1) })
        write()
    }

    /// Whether a file's text stands on the page: cases are told one by one instead.
    static func isShown(_ path: String) -> Bool {
        path.hasPrefix("roles/") || path.hasPrefix("policies/")
    }

    private mutating func write() {
        let digest = audit.files.digest
        let sheet = AuditStyle.sheet(digest: digest)
        let page = self
        var html = HTMLWriter()
        html.open("!DOCTYPE html")
        html.newline()
        html.element("html", [Attribute("lang", "en")]) { html in
            html.element("head") { html in
                html.open("meta", [Attribute("charset", "utf-8")])
                html.open(
                    "meta",
                    [
                        Attribute("http-equiv", "Content-Security-Policy"),
                        Attribute("content", AuditPage.contentPolicy(sheet)),
                    ])
                html.open(
                    "meta",
                    [
                        Attribute("name", "viewport"),
                        Attribute("content", "width=device-width, initial-scale=1"),
                    ])
                html.open(
                    "meta", [Attribute("name", "color-scheme"), Attribute("content", "light dark")])
                html.element("title", text: "Policy audit: \(page.audit.catalog.name), \(page.day)")
                html.style(sheet)
            }
            html.newline()
            html.element("body") { page.body(&$0) }
        }
        html.newline()
        self.html = html
    }

    /// Nothing is loaded and nothing runs: the one style sheet is named by its hash. Source: CSP Level 3, 2.3.1.
    private static func contentPolicy(_ sheet: String) -> String {
        let hash = Base64.encode(SHA256.hash(sheet).bytes)
        return "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"
    }

    private func body(_ html: inout HTMLWriter) {
        html.element("header") { head(&$0) }
        html.newline()
        html.element("main") { html in
            summary(&html)
            contents(&html)
            access(&html)
            ownership(&html)
            roles(&html)
            findings(&html)
            cases(&html)
            repeating(&html)
            texts(&html)
            glossary(&html)
        }
        html.newline()
        html.element("footer") { html in
            html.element("p") { html in
                html.text(
                    "Made by Homeroom \(audit.source.productVersion) on \(moment). SHA-256 of the policies: ")
                html.element("code", [Attribute("class", "hash")], text: audit.files.digest)
            }
        }
    }

    // MARK: What all sections use

    /// `2026-01-31 08:05:09 UTC`.
    var moment: String {
        let text = audit.time.iso8601Seconds
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }

    private var day: String { String(audit.time.iso8601Seconds.prefix(10)) }

    /// A section with its heading, which links lead to.
    func section(
        _ html: inout HTMLWriter, id: String, title: String, _ body: (inout HTMLWriter) -> Void
    ) {
        html.element("section", [Attribute("aria-labelledby", id)]) { html in
            html.element("h2", [Attribute("id", id)], text: title)
            body(&html)
        }
        html.newline()
    }

    /// The anchor of a role's part. Bytes other than letters, digits and `-` are written as numbers, so that two roles never
    /// share one.
    static func anchor(role: String) -> String {
        "role-"
            + role.utf8.map { byte in
                let isPlain =
                    (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
                    || byte == UInt8(ascii: "-")
                return isPlain ? String(decoding: [byte], as: UTF8.self) : "_\(byte)_"
            }.joined()
    }

    /// A place in a file, as a link where the file's text stands on the page.
    func place(_ html: inout HTMLWriter, file: String, _ position: TextPosition) {
        let text = "\(file), line \(position.line)"
        guard let number = numbers[file], position.line <= lineCount(file) else { return html.text(text) }
        html.link(to: "f\(number)-\(position.line)", text: text)
    }

    private func lineCount(_ file: String) -> Int { AuditPage.lines(audit.files.files[file] ?? []).count }

    /// A file's lines, counted as the places in messages are; the end of its last line begins no further one.
    static func lines(_ bytes: [UInt8]) -> [String] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// A table that scrolls inside itself where it is wider than the screen.
    func table(
        _ html: inout HTMLWriter, caption: String, heads: [String], kind: String = "",
        _ body: (inout HTMLWriter) -> Void
    ) {
        let attributes = [
            Attribute("class", "scroll"), Attribute("role", "region"), Attribute("tabindex", "0"),
            Attribute("aria-label", caption),
        ]
        html.element("div", attributes) { html in
            html.element("table", kind.isEmpty ? [] : [Attribute("class", kind)]) { html in
                html.element("caption", text: caption)
                html.element("thead") { html in
                    html.element("tr") { html in
                        for head in heads { html.element("th", [Attribute("scope", "col")], text: head) }
                    }
                }
                body(&html)
            }
        }
    }
}
