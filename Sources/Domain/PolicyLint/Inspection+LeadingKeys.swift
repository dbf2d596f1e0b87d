import Base
import JSONText
import Policies
import Tenancy

extension PolicyAction {
    /// Whether a request for it can come without leading keys and still read the items of a table.
    var readsWithoutKeys: Bool { self == .scan || self == .partiQLSelect }

    /// Whether it reaches items one by one or all together.
    var reachesItems: Bool { isKeyed || self == .scan }

    /// Whether it copies, exports or streams a table with the items of all tenants.
    var takesWholeTable: Bool {
        switch self {
        case .createBackup, .exportTableToPointInTime, .getRecords, .importTable, .readDataForReplication,
            .restoreTableFromAwsBackup, .restoreTableFromBackup, .restoreTableToPointInTime,
            .startAwsBackupJob, .writeDataForReplication, .enableKinesisStreamingDestination:
            true
        default: false
        }
    }
}

extension Inspection {
    /// Checks what an Allow says of the partition keys.
    mutating func checkLeadingKeys(_ statement: LintStatement, in source: LintSource) {
        let limits = statement.conditions(on: .leadingKeys).filter { !$0.isNull }
        guard !limits.isEmpty else { return }
        let isDemanded = ConditionKeyName(.leadingKeys).map(statement.demands) ?? false
        for condition in limits {
            guard let comparison = condition.comparison else { continue }
            if condition.isNegated {
                report(
                    "leading-keys-negated", condition.operatorMember.namePosition,
                    "\(statement.name) allows every partition key but those that `\(comparison.name)` names",
                    remedy: "write which keys are the caller's own: `ForAllValues:StringLike` with the tag")
                continue
            }
            if comparison.isIfExists {
                report(
                    "leading-keys-if-exists", condition.operatorMember.namePosition,
                    "\(statement.name) allows a request without partition keys by `\(comparison.name)`",
                    remedy: "remove `IfExists` and add `\"Null\": {\"dynamodb:LeadingKeys\": \"false\"}`")
            }
            switch comparison.qualifier {
            case .forAllValues: if !isDemanded, !comparison.isIfExists { reportOpen(statement, condition) }
            case .forAnyValue:
                report(
                    "any-leading-key", condition.operatorMember.namePosition,
                    "\(statement.name) allows a batch of which one key alone is the caller's own",
                    remedy: "write `ForAllValues` with `Null`")
            case .plain: break
            }
            for (text, pattern) in condition.patterns(variables: source.hasVariables) {
                checkKeyPattern(pattern, text, statement)
            }
        }
        checkCatalogKeys(limits, statement, in: source)
        checkIndexes(statement)
    }

    private mutating func reportOpen(_ statement: LintStatement, _ condition: LintCondition) {
        let open = statement.actionSet.actions.filter { $0.readsWithoutKeys || $0.takesWholeTable }
        let fix = nullFix(statement, condition)
        if let first = open.first(where: { $0 == .scan }) ?? open.first {
            report(
                "open-scan", condition.position,
                "\(statement.name) lets `\(first.name)` read the whole table: it brings no leading keys, and "
                    + "`\(condition.operatorMember.name)` holds",
                remedy: "add `\"Null\": {\"dynamodb:LeadingKeys\": \"false\"}`", fix: fix)
        } else {
            report(
                "leading-keys-without-null", condition.position,
                "\(statement.name) has `\(condition.operatorMember.name)` on leading keys without `Null`",
                remedy: "add `\"Null\": {\"dynamodb:LeadingKeys\": \"false\"}`", fix: fix)
        }
    }

    /// Adds `Null` on the condition's key; no edit where `Null` says another thing of it already.
    func nullFix(_ statement: LintStatement, _ condition: LintCondition) -> [TextEdit] {
        guard let member = statement.conditionMember, case .object(let operators) = member.node.value,
            !statement.conditions.contains(where: { $0.isNull && $0.key == condition.key })
        else { return [] }
        let pair = "\"\(condition.keyMember.name)\": \"false\""
        if let null = operators.first(where: { $0.name == "Null" }) {
            guard case .object(let keys) = null.node.value else { return [] }
            let start = null.node.range.lowerBound + 1
            return [TextEdit(range: start..<start, replacement: keys.isEmpty ? pair : pair + ", ")]
        }
        let end = condition.operatorMember.node.range.upperBound
        return [
            TextEdit(
                range: end..<end,
                replacement:
                    ",\(lineBreak(before: condition.operatorMember.nameRange.lowerBound))\"Null\": {\(pair)}")
        ]
    }

    /// What parts a member from the one before it: a line break and the indentation, or a space.
    private func lineBreak(before offset: Int) -> String {
        var start = offset
        while start > 0, bytes[start - 1] == 0x20 || bytes[start - 1] == 0x09 { start -= 1 }
        guard start > 0, bytes[start - 1] == 0x0A else { return " " }
        return "\n" + String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func checkKeyPattern(
        _ pattern: PolicyPattern, _ text: LintText, _ statement: LintStatement
    ) {
        let tokens = pattern.tokens
        if pattern.variables.isEmpty {
            guard tokens.contains(.any) || tokens.contains(.one), !text.isTemplate else { return }
            return report(
                "leading-keys-without-tag", text.position,
                "`\(text.value)` matches the partition keys of every tenant",
                remedy: "put the tag into it: `TENANT#${aws:PrincipalTag/school_id}#*`")
        }
        for (index, token) in tokens.enumerated() {
            guard case .variable(let variable) = token else { continue }
            let name = "${\(variable.key.text)}"
            if tokens[..<index].contains(.any) || tokens[..<index].contains(.one) {
                report(
                    "wildcard-before-tag", text.position,
                    "`\(text.value)` has a wildcard before `\(name)`, so another tenant's key can hold it",
                    remedy: "write the text before the tag in full")
            }
            guard index + 1 < tokens.count else { continue }
            switch tokens[index + 1] {
            case .any, .one, .variable:
                report(
                    "no-delimiter", text.position,
                    "`\(text.value)` has nothing that ends `\(name)`: the tag `12` reads the keys of `123`",
                    remedy: "write `\(name)#*`, with the delimiter that the keys have")
            case .literal(let bytes):
                guard let first = bytes.first, Inspection.mayStandInTag(first),
                    tokens[(index + 1)...].contains(.any) || tokens[(index + 1)...].contains(.one)
                else { continue }
                let delimiter = String(decoding: bytes.prefix(1), as: UTF8.self)
                report(
                    "delimiter-in-tag", text.position,
                    "`\(delimiter)` does not end `\(name)`: the tag `oak` reads the keys of `oak\(delimiter)hill`",
                    remedy: "use a delimiter that no tag can hold, such as `#`, or compare the whole key by "
                        + "`ForAllValues:StringEquals`")
            }
        }
    }

    /// Source: AWS STS API, `Tag`: letters, digits, space and `_ . : / = + - @`.
    private static func mayStandInTag(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte >= 0x80
            || " _.:/=+-@".utf8.contains(byte)
    }

    /// Compares patterns of leading keys with the catalog's forms of owned keys.
    private mutating func checkCatalogKeys(
        _ limits: [LintCondition], _ statement: LintStatement, in source: LintSource
    ) {
        guard let catalog, let arns = statement.resources?.arns, statement.resources?.isNegated == false
        else {
            return
        }
        var forms: Set<String> = []
        for resource in arns {
            guard let resource, let table = resource.table,
                let found = catalog.tables.first(where: { $0.name.text == table })
            else { return }
            if let index = resource.index {
                guard let found = found.index(named: index) else { return }
                forms.formUnion(found.ownedKeys.patterns.map(\.description))
            } else {
                forms.formUnion(found.ownedKeys.patterns.map(\.description))
            }
        }
        guard !forms.isEmpty else { return }
        for condition in limits where !condition.isNegated {
            for (text, pattern) in condition.patterns(variables: source.hasVariables) {
                guard let first = pattern.variables.first, first.key.key == .principalTag,
                    first.key.isSupplied, !forms.contains(where: { Inspection.fits(pattern, $0) })
                else { continue }
                report(
                    "leading-keys-unlike-catalog", text.position,
                    "`\(text.value)` has not the form of the table's keys, \(Suggestion.list(forms.sorted()))",
                    remedy: "write the tag where the catalog has the owner's id: `{tenantId}` is "
                        + "`${aws:PrincipalTag/tenant_id}`, `{schoolId}` is `${aws:PrincipalTag/school_id}`")
            }
        }
    }

    /// Whether a pattern begins as a form of the catalog does, up to the tag and what ends it.
    private static func fits(_ pattern: PolicyPattern, _ form: String) -> Bool {
        guard let open = form.firstIndex(of: "{"), let close = form.firstIndex(of: "}") else { return false }
        let tag = form[form.index(after: open)..<close] == "tenantId" ? "tenant_id" : "school_id"
        var tokens = pattern.tokens[...]
        let head = Array(form[..<open].utf8)
        if !head.isEmpty {
            guard case .literal(let bytes) = tokens.first, bytes == head else { return false }
            tokens = tokens.dropFirst()
        }
        guard case .variable(let variable) = tokens.first, variable.key.tag == tag else { return false }
        tokens = tokens.dropFirst()
        let tail = form[form.index(after: close)...].filter { $0 != "*" }
        guard let delimiter = tail.utf8.first else { return tokens.isEmpty }
        switch tokens.first {
        case .literal(let bytes): return bytes.first == delimiter
        // What is missing here has a check of its own.
        case .any, .one, .variable: return true
        case nil: return false
        }
    }

    /// Wildcards in the resources of a statement about leading keys.
    private mutating func checkIndexes(_ statement: LintStatement) {
        guard let resources = statement.resources, !resources.isNegated else { return }
        let takesIndexes = statement.actionSet.actions.contains { $0.resourceKinds.contains(.index) }
        for (text, resource) in zip(resources.texts, resources.arns) {
            if text.value == "*" {
                report(
                    "tables-under-wildcard", text.position,
                    "\(statement.name) judges the keys of every table by one condition",
                    remedy: "name the tables, each with the form of its keys")
                continue
            }
            guard let resource, TemplateMark.find(in: resource.last) == nil else {
                continue
            }
            let parts = resource.parts
            guard parts[0] == "table" || parts[0].contains("*") else { continue }
            if parts[0] != "table" || (parts.count > 1 && parts[1].contains { $0 == "*" || $0 == "?" }) {
                let isOneTable = parts[0] == "table" && isPrefixOfOneTable(parts[1])
                if isOneTable, !takesIndexes { continue }
                report(
                    isOneTable ? "index-under-wildcard" : "tables-under-wildcard", text.position,
                    isOneTable
                        ? "`\(resource.last)` covers the indexes of the table too, whose keys are others"
                        : "`\(resource.last)` covers several tables, and their indexes, whose keys are others",
                    remedy: "name each table and each index in a statement of its own")
            } else if takesIndexes, parts.count > 2,
                parts[2...].joined().contains(where: { $0 == "*" || $0 == "?" }),
                parts[2] == "index" || parts[2].contains("*")
            {
                report(
                    "index-under-wildcard", text.position,
                    "`\(resource.last)` covers every index of the table, whose keys are others",
                    remedy: "name each index in a statement of its own")
            }
        }
    }

    private func isPrefixOfOneTable(_ pattern: String) -> Bool {
        guard pattern.last == "*", pattern.count > 1, !pattern.dropLast().contains("*") else { return false }
        guard let catalog else { return false }
        return catalog.tables.filter { Glob.covers(pattern, $0.name.text) }.count == 1
    }
}
