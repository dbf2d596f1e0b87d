import Crypto

extension AuditPage {
    /// The commands that make the same again.
    func repeating(_ html: inout HTMLWriter) {
        section(&html, id: "repeating", title: AuditPage.title("repeating")) { html in
            html.element("p") { html in
                html.text(
                    "Whoever has the same files and Homeroom \(audit.source.productVersion) gets the same page, but for "
                )
                html.text("times. Beside the folder ")
                html.element("code", text: audit.source.folder)
                html.text(":")
            }
            html.element("pre") { html in
                for command in commands { html.text(command + "\n") }
            }
            html.element("p") { html in
                html.text("The hash of the policies is that which ")
                html.element("code", text: "homeroom policy history")
                html.text(
                    " shows for policies in force. It is taken of all files in the order of their paths: of each its path, "
                )
                html.text("its length and its bytes. Without Homeroom:")
            }
            html.element("pre", text: digestCommand)
        }
    }

    private var commands: [String] {
        let folder = AuditPage.shellWord(audit.source.folder)
        let catalog =
            if case .file(let file) = audit.source.catalog { " --catalog \(AuditPage.shellWord(file))" } else
            { "" }
        return [
            "homeroom policy report \(folder)\(catalog) --out report.html",
            "homeroom policy prove \(folder)\(catalog)", "homeroom policy test \(folder)\(catalog)",
            "homeroom policy lint \(folder)\(catalog)",
        ]
    }

    private var digestCommand: String {
        """
        cd \(AuditPage.shellWord(audit.source.folder)) &&
        find roles policies cases -maxdepth 1 -name '*.json' | LC_ALL=C sort |
        while IFS= read -r file; do
          printf '%s\\n%s\\n' "$file" "$(wc -c < "$file")"; cat "$file"
        done | sha256sum

        """
    }

    /// A word as a shell reads it back.
    static func shellWord(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
                || "/._-+=:@,".utf8.contains(byte)
        }
        if isPlain, !word.isEmpty, !word.hasPrefix("-") { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
            + "'"
    }

    /// Every file's hash, and the text of roles and policies with numbered lines.
    func texts(_ html: inout HTMLWriter) {
        section(&html, id: "files", title: AuditPage.title("files")) { html in
            table(
                &html, caption: "Every file that was looked at", heads: ["File", "Bytes", "SHA-256"],
                kind: "files"
            ) { html in
                html.element("tbody") { html in
                    for path in audit.paths { row(&html, path) }
                }
            }
            for path in audit.paths where AuditPage.isShown(path) { text(&html, path) }
        }
    }

    private func row(_ html: inout HTMLWriter, _ path: String) {
        let bytes = audit.files.files[path] ?? []
        html.element("tr") { html in
            html.element("th", [Attribute("scope", "row")]) { html in
                if let number = numbers[path] {
                    html.link(to: "f\(number)", text: path)
                } else {
                    html.text(path)
                }
            }
            html.element("td", text: String(bytes.count))
            html.element("td") { html in
                html.element("code", [Attribute("class", "hash")], text: SHA256.hash(bytes).hex)
            }
        }
    }

    private func text(_ html: inout HTMLWriter, _ path: String) {
        guard let number = numbers[path], let bytes = audit.files.files[path] else { return }
        html.element("article", [Attribute("class", "file"), Attribute("aria-labelledby", "f\(number)")]) {
            html in
            html.element("h3", [Attribute("id", "f\(number)")], text: path)
            html.element("p", [Attribute("class", "source")]) { html in
                html.text("SHA-256 ")
                html.element("code", [Attribute("class", "hash")], text: SHA256.hash(bytes).hex)
            }
            html.element("ol", [Attribute("class", "code")]) { html in
                for (index, line) in AuditPage.lines(bytes).enumerated() {
                    html.element("li", [Attribute("id", "f\(number)-\(index + 1)")]) { html in
                        html.element("code", text: line)
                    }
                    html.newline()
                }
            }
        }
        html.newline()
    }

    /// What the words of this page mean.
    func glossary(_ html: inout HTMLWriter) {
        section(&html, id: "words", title: AuditPage.title("words")) { html in
            html.element("dl", [Attribute("class", "glossary")]) { html in
                for (word, meaning) in AuditPage.words {
                    html.element("div") { html in
                        html.element("dt", text: word)
                        html.element("dd", text: meaning)
                    }
                }
            }
        }
    }

    private static let words = [
        ("District (tenant)", "A customer of this deployment. Its records are to be seen by nobody else."),
        ("School", "A part of a district. A session acts for one school, or for the district as a whole."),
        (
            "Session",
            "What an application holds after it has shown a token: a role and tags, for a limited time. Every request belongs to one."
        ),
        (
            "Token",
            "A signed statement of who somebody is: role, district, school. It cannot be made up or changed."
        ),
        ("Tag", "A named value of a session that comes from its token, such as the school's id."),
        (
            "Role",
            "A name for what a kind of user may do: its policies. The file of the role says who may take it on."
        ),
        (
            "Policy, statement",
            "A policy is a file of statements. Each allows or forbids actions on resources, perhaps under conditions."
        ),
        ("Table, index", "Where records lie; an index is a second order of the same records by another key."),
        (
            "Record key (leading key, partition key)",
            "The first part of a record's address. Every request but a scan names the keys that it reaches, and policies compare them with the session's tags."
        ),
        ("Scan", "Reading a whole table without naming keys."),
        ("Stream", "The list of all changes of a table, whoever made them."),
        ("PartiQL", "A language of statements, like SQL, by which records can be reached too."),
        (
            "Proof",
            "A calculation over all requests and all tags that there can be, not a sample of them. It ends with “proved”, with a request that breaks isolation, or with the reason why neither was found."
        ),
        (
            "Counterexample",
            "A request that breaks isolation. It was put to the evaluator before it was shown."
        ),
        (
            "SHA-256",
            "A fingerprint of a file: 64 digits that change whenever anything in the file changes. Same digits, same file."
        ),
    ]
}
