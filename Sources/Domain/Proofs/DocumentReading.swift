import Items
import Policies
import Tenancy

/// What a document says by itself of tables that no catalog knows: which there are, and whose their keys are.
struct DocumentReading {
    private let document: PolicyDocument
    private let catalog: [ProofResource]
    /// The tables and indexes that the document is about, those of the catalog too.
    private(set) var resources: [ProofResource] = []
    /// The keys that it names in full, by table, where it compares a table's keys with nothing of the session.
    private(set) var ownTexts: [String: [PolicyPattern]] = [:]
    /// What is taken for given, each a sentence.
    private(set) var assumptions: [String] = []

    init(_ document: PolicyDocument, catalog: [ProofResource]) {
        self.document = document
        self.catalog = catalog
        readTables()
    }

    /// The sessions: every key that the document uses as a variable may be there or not.
    var session: SessionModel {
        var names = Set(
            document.statements.flatMap(\.conditions).flatMap { $0.variables.map(\.key) })
        for form in resources.flatMap(\.owners) { names.insert(form.variable) }
        let attributes = names.filter(\.isIdentity).sorted { $0.text < $1.text }.map {
            SessionModel.Attribute(
                name: $0, presence: .maybe, language: .tagText, samples: ["12", "123"])
        }
        return SessionModel(
            kinds: [.init(name: "session", attributes: attributes)], otherTags: .maybe,
            assumptions: [
                "Tags and ids of callers may be absent; where they are there they are texts of letters, digits, spaces"
                    + " and `_.:/=+-@`, not empty and without `#`.",
                "Partition keys are texts of one character at least.",
            ] + assumptions)
    }

    // MARK: Tables

    private mutating func readTables() {
        var seen: Set<String> = []
        for statement in document.statements where statement.effect == .allow {
            let isAboutItems = ProofActions.asked.contains { statement.actions.set.contains($0) }
            guard isAboutItems else { continue }
            for pattern in statement.resources.patterns {
                readTable(pattern, isNegated: statement.resources.isNegated, &seen)
            }
        }
    }

    private mutating func readTable(_ pattern: ARNPattern, isNegated: Bool, _ seen: inout Set<String>) {
        guard !isNegated, case .segments(let segments) = pattern, let last = segments.last else {
            if pattern == .everything || isNegated { addCatalog(&seen) { _ in true } }
            if case .incomplete = pattern, !isNegated {
                assume(
                    "A Resource that is no ARN of six segments matches nothing, until something else stands there."
                )
            }
            return
        }
        guard last.variables.isEmpty else {
            assume("A table that is named for a variable of the session is the session's own.")
            return
        }
        guard let reading = TextPattern.reading(last, ignoringCase: false, { _ in .missing }).first else {
            return
        }
        let before = seen.count
        addCatalog(&seen) { table in
            let names = ["", "/index/x", "/stream/x", "/backup/x", "/export/x"].map { "table/\(table)\($0)" }
            return (names + ["global-table/\(table)"]).contains { reading.matches(Array($0.unicodeScalars)) }
        }
        guard seen.count == before, let (table, index) = DocumentReading.names(last) else { return }
        guard !catalog.contains(where: { $0.table == table }) else { return }
        for index in index.map({ [nil, $0] }) ?? [nil]
        where seen.insert("\(table)/\(index ?? "")").inserted {
            if let index {
                assume("The keys of the index `\(index)` of `\(table)` begin as the table's own do.")
            }
            resources.append(
                ProofResource(table: table, index: index, partitionKey: "", owners: owners(of: table)))
        }
    }

    private mutating func addCatalog(_ seen: inout Set<String>, _ isMatch: (String) -> Bool) {
        for known in catalog where isMatch(known.table) {
            guard seen.insert("\(known.table)/\(known.index ?? "")").inserted else { continue }
            resources.append(known)
        }
    }

    /// The table and the index that a Resource names, `x` in the place of each wildcard.
    private static func names(_ last: PolicyPattern) -> (table: String, index: String?)? {
        var text = ""
        for token in last.tokens {
            switch token {
            case .literal(let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .any, .one: text += "x"
            case .variable: return nil
            }
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if text == "x" { return ("x", nil) }
        guard parts.count >= 2, parts[0] == "table" || parts[0] == "global-table", !parts[1].isEmpty else {
            return nil
        }
        let index = parts.count >= 4 && parts[2] == "index" ? String(parts[3]) : nil
        return (String(parts[1]), index)
    }

    // MARK: Owners

    /// Whose the keys of a table are, by what the document itself compares them with: the text between what stands
    /// before the variable and the next `#`.
    private mutating func owners(of table: String) -> [KeyOwnership] {
        var owners: [KeyOwnership] = []
        var texts: [PolicyPattern] = []
        for pattern in patternsOfKeys(of: table) {
            var prefix: [UInt8] = []
            if case .literal(let bytes) = pattern.tokens.first { prefix = bytes }
            let place = prefix.isEmpty ? 0 : 1
            if pattern.tokens.count > place, case .variable(let variable) = pattern.tokens[place],
                variable.key.isIdentity
            {
                for (suffix, isOpen) in [([], false), (Array("#".utf8), true)] {
                    let made = KeyOwnership(
                        prefix: prefix, variable: variable.key, suffix: suffix, isOpen: isOpen)
                    if !owners.contains(made) { owners.append(made) }
                }
            } else if pattern.tokens.count == 1, place == 1 {
                texts.append(pattern)
            }
        }
        for form in owners where form.isOpen {
            assume(
                "A key of `\(table)` belongs to the caller whose `\(form.variable.text)` stands "
                    + (form.prefix.isEmpty
                        ? "at its beginning" : "behind `\(String(decoding: form.prefix, as: UTF8.self))`")
                    + " and before the next `#` or the end, as the document has it.")
        }
        if owners.isEmpty, !texts.isEmpty {
            ownTexts[table] = texts
            assume(
                "The keys of `\(table)` that the document names in full are the caller's own; every caller who has"
                    + " the document reaches the same.")
        }
        return owners
    }

    private mutating func assume(_ sentence: String) {
        if !assumptions.contains(sentence) { assumptions.append(sentence) }
    }

    /// What the keys of a table are compared with where that opens them.
    private func patternsOfKeys(of table: String) -> [PolicyPattern] {
        document.statements.flatMap { statement -> [PolicyPattern] in
            guard statement.effect == .deny || statement.isAbout(table) else { return [] }
            return statement.conditions.flatMap { condition -> [PolicyPattern] in
                let comparison = condition.comparison.value.comparison
                guard condition.key.value.key == .leadingKeys,
                    comparison.isNegated == (statement.effect == .deny)
                else { return [] }
                return condition.values.compactMap {
                    if case .text(let pattern) = $0 { pattern } else { nil }
                }
            }
        }
    }
}

extension PolicyStatement {
    /// Whether the statement's resources name a table or one of its indexes.
    fileprivate func isAbout(_ table: String) -> Bool {
        if resources.isNegated { return true }
        return resources.patterns.contains { pattern in
            guard case .segments(let segments) = pattern, let last = segments.last else {
                return pattern == .everything
            }
            guard let reading = TextPattern.reading(last, ignoringCase: false, { _ in .anything }).first
            else {
                return false
            }
            let index = texts(ofIndexesOf: table)
            return (["table/\(table)"] + index).contains { reading.matches(Array($0.unicodeScalars)) }
        }
    }

    private func texts(ofIndexesOf table: String) -> [String] {
        resources.texts.compactMap { text in
            guard let start = text.value.range(of: "table/\(table)/") else { return nil }
            return String(text.value[start...])
        }
    }
}

extension String {
    /// Where a piece begins, or nil.
    fileprivate func range(of piece: String) -> Index? {
        indices.first { self[$0...].hasPrefix(piece) }
    }
}

extension ConditionKeyName {
    /// Whether the key says who the caller is, so that items can belong to its value.
    var isIdentity: Bool {
        switch key {
        case .principalTag, .userid, .username, .sourceIdentity, .googleSub, .cognitoSub, .facebookId,
            .amazonUserId,
            .samlSub, .samlUid, .samlEdupersonprincipalname, .samlMail:
            !key.isMultivalued
        default: false
        }
    }
}
