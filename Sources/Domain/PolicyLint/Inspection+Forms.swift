import Base
import JSONText
import Policies

extension Inspection {
    /// Checks what a document is as a whole: its version and its length.
    mutating func checkDocument(_ source: LintSource) {
        let hasVariables = source.statements.contains { statement in
            let texts = (statement.resources?.texts ?? []) + statement.conditions.flatMap(\.values)
            return texts.contains { $0.value.contains("${") && !$0.isTemplate }
        }
        let fixed = "\"2012-10-17\""
        switch source.version?.node.value {
        case .string("2008-10-17"):
            guard let node = source.version?.node else { break }
            report(
                hasVariables ? "version-without-variables" : "version-old", node.position,
                hasVariables
                    ? "the variables of the document are plain text in version `2008-10-17`"
                    : "the document is in the language of 2008",
                remedy: "write `2012-10-17`", fix: [TextEdit(range: node.range, replacement: fixed)])
        case nil:
            report(
                hasVariables ? "version-without-variables" : "version-missing", source.root.position,
                hasVariables
                    ? "the variables of the document are plain text, as it has no `Version`"
                    : "the document has no `Version`",
                remedy: "add `\"Version\": \"2012-10-17\"`", fix: versionFix(source))
        default: break
        }
        let length = bytes.count { ![0x20, 0x09, 0x0A, 0x0D].contains($0) && $0 & 0xC0 != 0x80 }
        if length > Limits.lintPolicyCharactersMax {
            report(
                "long-policy", source.root.position,
                "the document has \(length) characters without white space, IAM takes \(Limits.lintPolicyCharactersMax)",
                remedy: "split it, or name fewer things by patterns")
        }
    }

    private func versionFix(_ source: LintSource) -> [TextEdit] {
        guard case .object(let members) = source.root.value, let first = members.first else { return [] }
        let start = first.nameRange.lowerBound
        return [
            TextEdit(range: start..<start, replacement: "\"Version\": \"2012-10-17\",\(gap(before: start))")
        ]
    }

    /// The white space before a place.
    func gap(before offset: Int) -> String {
        var start = offset
        while start > 0, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[start - 1]) { start -= 1 }
        return start == offset ? " " : String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Checks how a statement is written.
    mutating func checkForm(_ statement: LintStatement, in source: LintSource) {
        if let sid = statement.sid {
            if sid.value.isEmpty {
                report(
                    "sid-empty", sid.position, "the Sid is empty", remedy: "name the statement",
                    fix: removing("Sid", of: statement))
            }
        } else if statement.member("Sid") == nil {
            report(
                "sid-missing", statement.node.position, "the statement has no Sid",
                remedy: "add `\"Sid\"` with a name of letters and digits")
        }
        for list in [statement.actions, statement.resources] {
            guard let list, list.texts.isEmpty, !list.hasOthers, !list.isNegated else { continue }
            report(
                "empty-list", list.member.node.position,
                "`\(list.member.name)` is empty: \(statement.name) does nothing",
                remedy: "fill it or remove the statement")
        }
        if let member = statement.conditionMember, case .object(let operators) = member.node.value {
            if operators.isEmpty {
                report(
                    "empty-condition", member.node.position, "the condition of \(statement.name) is empty",
                    remedy: "remove it", fix: removing("Condition", of: statement))
            }
            for item in operators {
                guard case .object(let keys) = item.node.value, keys.isEmpty else { continue }
                report(
                    "empty-condition", item.node.position, "`\(item.name)` compares nothing",
                    remedy: "remove it",
                    fix: removal(of: item, among: operators))
            }
        }
        for condition in statement.conditions where condition.values.isEmpty {
            guard case .array(let elements) = condition.keyMember.node.value, elements.isEmpty else {
                continue
            }
            report(
                "empty-list", condition.keyMember.node.position,
                "`\(condition.keyMember.name)` has no value under `\(condition.operatorMember.name)`",
                remedy: "name a value, or ask by `Null` whether the key is there")
        }
    }

    private func removing(_ name: String, of statement: LintStatement) -> [TextEdit] {
        guard let member = statement.member(name) else { return [] }
        return removal(of: member, among: statement.members)
    }

    private func removal(of member: JSONText.Member, among members: [JSONText.Member]) -> [TextEdit] {
        guard let place = members.firstIndex(where: { $0.nameRange == member.nameRange }) else { return [] }
        return removal(of: place, in: members.map { $0.nameRange.lowerBound..<$0.node.range.upperBound })
    }

    /// Takes one of the elements of a list or an object away, with the comma that parts it from a neighbour.
    func removal(of place: Int, in ranges: [Range<Int>]) -> [TextEdit] {
        guard ranges.count > 1 else { return [TextEdit(range: ranges[place], replacement: "")] }
        let range =
            place + 1 < ranges.count
            ? ranges[place].lowerBound..<ranges[place + 1].lowerBound
            : ranges[place - 1].upperBound..<ranges[place].upperBound
        return [TextEdit(range: range, replacement: "")]
    }
}
