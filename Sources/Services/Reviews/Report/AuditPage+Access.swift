import Base
import Items
import Policies
import Tenancy

extension AuditPage {
    /// The matrix: role × table × what can be done.
    func access(_ html: inout HTMLWriter) {
        section(&html, id: "access", title: AuditPage.title("access")) { html in
            html.element("p") { html in
                html.text("Worked out from the statements, not written by hand. ")
                html.text(
                    "Where a request decides, the table says more than the policies allow rather than less.")
            }
            html.element("ul", [Attribute("class", "legend")]) { html in
                for level in [AccessMatrix.Level.full, .limited, .no, .never] {
                    html.element("li") { html in
                        cell(&html, level, .read)
                        html.text(": \(AuditPage.meaning(level))")
                    }
                }
            }
            let heads = ["Role", "Table or index"] + AccessMatrix.Column.allCases.map(AuditPage.title)
            table(
                &html, caption: "Roles, tables and what can be done with them", heads: heads, kind: "matrix"
            ) { html in
                for role in audit.roles { rows(&html, role) }
            }
        }
    }

    private func rows(_ html: inout HTMLWriter, _ role: PolicyCatalog.Role) {
        html.element("tbody") { html in
            for (index, row) in matrix.rows.enumerated() {
                html.element("tr") { html in
                    if index == 0 {
                        let span = Attribute("rowspan", String(matrix.rows.count))
                        html.element("th", [Attribute("scope", "rowgroup"), span]) { html in
                            let name = role.definition.name
                            html.link(to: AuditPage.anchor(role: name), text: name)
                        }
                    }
                    html.element("th", [Attribute("scope", "row")]) { label(&$0, row) }
                    for column in AccessMatrix.Column.allCases {
                        html.element("td") { cell(&$0, matrix.level(of: role.policies, row, column), column) }
                    }
                }
            }
        }
    }

    private func label(_ html: inout HTMLWriter, _ row: AccessMatrix.Row) {
        guard let table = row.table else { return html.text("any other table") }
        if let index = row.index {
            html.element("span", [Attribute("class", "index")]) { html in
                html.text("index ")
                html.element("code", text: index)
            }
        } else {
            html.element("code", text: table)
        }
    }

    private func cell(_ html: inout HTMLWriter, _ level: AccessMatrix.Level, _ column: AccessMatrix.Column) {
        let (sign, word, kind) =
            switch level {
            case .full where column == .describe: ("●", "yes", "yes")
            case .full: ("●", "all", "full")
            case .limited: ("◐", "limited", "limited")
            case .no: ("–", "no", "no")
            case .never: ("✗", "never", "never")
            case .notApplicable: ("", "", "nothing")
            }
        guard level != .notApplicable else {
            html.element("span", [Attribute("class", "level nothing")], text: "n/a")
            return
        }
        html.element("span", [Attribute("class", "level \(kind)")]) { html in
            html.element("span", [Attribute("aria-hidden", "true")], text: sign)
            html.text(" \(word)")
        }
    }

    private static func meaning(_ level: AccessMatrix.Level) -> String {
        switch level {
        case .full: "allowed, whatever the request, for all records (yes, where it reaches none)"
        case .limited:
            "allowed under conditions, such as the session's own records; the role's part tells them"
        case .no: "no statement allows it, so it is refused"
        case .never: "a statement forbids it, whatever others allow"
        case .notApplicable: "there is no such thing for an index"
        }
    }

    private static func title(_ column: AccessMatrix.Column) -> String {
        switch column {
        case .read: "Read by key"
        case .scan: "Read all (scan)"
        case .write: "Write"
        case .delete: "Delete"
        case .stream: "Follow changes"
        case .copy: "Back up, copy"
        case .settings: "Change the table"
        case .describe: "See settings"
        }
    }

    /// Whose records are whose: what the proofs compare with.
    func ownership(_ html: inout HTMLWriter) {
        section(&html, id: "ownership", title: AuditPage.title("ownership")) { html in
            html.element("p") { html in
                html.text("The catalog says whose a record is, by the beginning of its key. ")
                html.text("The proofs compare with this, never with what the policies themselves say.")
            }
            let heads = ["Table or index", "Key", "Belongs to the one whose id stands in it"]
            table(&html, caption: "Keys and their owners", heads: heads) { html in
                html.element("tbody") { html in
                    for table in audit.catalog.tables {
                        owner(&html, table.name.text, nil, table.key, table.ownedKeys)
                        for index in table.indexes {
                            owner(
                                &html, table.name.text, index.name, index.key, index.ownedKeys)
                        }
                    }
                }
            }
        }
    }

    private func owner(
        _ html: inout HTMLWriter, _ table: String, _ index: String?, _ key: KeySchema, _ owned: OwnedKeys
    ) {
        html.element("tr") { html in
            html.element("th", [Attribute("scope", "row")]) { html in
                label(&html, AccessMatrix.Row(table: table, index: index))
                if index != nil {
                    html.text(" of ")
                    html.element("code", text: table)
                }
            }
            html.element("td") { html in
                let names = [key.partition] + key.furtherPartitions
                html.phrase(Phrase.joined(names.map { Phrase(exactly: $0.name) }, by: " with "))
            }
            html.element("td", phrase: Phrase.list(owned.patterns.map(AuditPage.words), "or"))
        }
    }

    private static func words(_ pattern: OwnedKeyPattern) -> Phrase {
        let variable = "{\(pattern.variable.rawValue)}"
        let parts = pattern.description.split(
            separator: variable, maxSplits: 1, omittingEmptySubsequences: false)
        var tail = parts.count > 1 ? String(parts[1]) : ""
        if pattern.isOpen { tail.removeLast() }
        let id: Phrase =
            switch pattern.variable {
            case .tenantID: "a district's id"
            case .schoolID: "a school's id"
            }
        var pieces: [Phrase] = [id]
        if let head = parts.first, !head.isEmpty { pieces.insert(Phrase(exactly: String(head)), at: 0) }
        if !tail.isEmpty { pieces.append(Phrase(exactly: tail)) }
        return
            "\(pattern.isOpen ? "keys that begin with" : "keys that are") \(Phrase.joined(pieces, by: " + "))"
    }
}
