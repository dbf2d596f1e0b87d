import JSONText

extension PolicyReader {
    /// Reads a Condition block: operators, in each of them keys, for each of them values.
    mutating func readConditions(
        _ node: JSONText.Node, variables: Bool, isTrust: Bool = false
    ) -> [PolicyCondition] {
        guard case .object(let operators) = node.value else {
            report(
                node.position, "`Condition` is \(PolicyReader.kind(of: node)), not an object",
                remedy: "write `{\"StringEquals\": {\"key\": \"value\"}}`", kind: .wrongType)
            return []
        }
        var conditions: [PolicyCondition] = []
        for member in operators {
            guard let comparison = readOperator(member) else { continue }
            guard case .object(let keys) = member.node.value else {
                report(
                    member.node.position,
                    "`\(member.name)` is \(PolicyReader.kind(of: member.node)), not an object",
                    remedy: "write `{\"key\": \"value\"}`", kind: .wrongType)
                continue
            }
            var seen: Set<ConditionKeyName> = []
            for key in keys {
                guard let name = readKey(key, isTrust: isTrust) else { continue }
                if !seen.insert(name.value).inserted {
                    report(
                        key.namePosition, "the key `\(key.name)` stands under `\(member.name)` a second time",
                        remedy: "make one list of its values; letters' case does not matter in names of keys",
                        kind: .duplicateKey)
                }
                guard let texts = readScalars(key.node, "`\(key.name)`") else { continue }
                let values = texts.compactMap { readValue($0, comparison.value, variables: variables) }
                conditions.append(
                    PolicyCondition(comparison: comparison, key: name, texts: texts, values: values))
            }
        }
        return conditions
    }

    private mutating func readOperator(_ member: JSONText.Member) -> Located<ConditionOperator>? {
        if let comparison = ConditionOperator(named: member.name) {
            return Located(comparison, member.namePosition)
        }
        let remedy: String
        var kind = PolicyProblemKind.unknownOperator
        if member.name.hasSuffix("NullIfExists") {
            kind = .nullIfExists
            remedy = "write `Null`: it asks whether the key is there"
        } else if let nearest = NearestName.nearest(to: member.name, among: ConditionOperator.allNames) {
            remedy = "did you mean `\(nearest)`?"
        } else {
            remedy = "write an operator such as `StringEquals`, `ForAllValues:StringLike` or `Null`"
        }
        report(member.namePosition, "`\(member.name)` is no condition operator", remedy: remedy, kind: kind)
        return nil
    }

    private mutating func readKey(_ member: JSONText.Member, isTrust: Bool) -> Located<ConditionKeyName>? {
        guard let name = ConditionKeyName(named: member.name) else {
            let remedy =
                ConditionKeyName.suggestion(for: member.name).map { "did you mean `\($0)`?" }
                ?? "use a key of DynamoDB or a global one, such as `dynamodb:LeadingKeys`"
            report(
                member.namePosition, "`\(member.name)` is no known condition key", remedy: remedy,
                kind: .unknownKey)
            return nil
        }
        if name.key.isTokenClaim, !isTrust {
            report(
                member.namePosition, "`\(member.name)` is a claim of a token, which a policy cannot see",
                remedy: "use `aws:PrincipalTag/…`, or put the condition into the role's `trust`",
                kind: .tokenClaim)
            return nil
        }
        return Located(name, member.namePosition)
    }

    private mutating func readValue(
        _ text: Located<String>, _ comparison: ConditionOperator, variables: Bool
    ) -> PolicyCondition.Value? {
        let bytes = Array(text.value.utf8)
        switch comparison.comparison.family {
        case .text(let wildcards, _):
            var syntax: PolicyPattern.Syntax = wildcards ? .wildcards : []
            if variables { syntax.insert(.variables) }
            do throws(PolicyPattern.Fault) {
                return .text(try PolicyPattern(parsing: text.value, syntax))
            } catch { report(error, at: text.position) }
        case .arn:
            do throws(PolicyPattern.Fault) {
                return .arn(try ARNPattern(parsing: text.value, variables: variables, isResource: false))
            } catch { report(error, at: text.position) }
        case .number:
            if let number = ConditionNumber.parse(bytes.span) { return .number(number) }
            reportValue(text, comparison, "a number", remedy: "write digits with at most nine decimals")
        case .date:
            if let date = ConditionDate.parse(bytes.span) { return .date(date) }
            reportValue(
                text, comparison, "a date", remedy: "write `2026-01-31T10:00:00Z` or seconds since 1970")
        case .bool, .null:
            if let bool = ConditionBool.parse(bytes.span) { return .bool(bool) }
            reportValue(text, comparison, "`true` or `false`", remedy: "write one of them")
        case .address:
            if let range = AddressRange.parse(bytes.span) { return .address(range) }
            reportValue(text, comparison, "an address", remedy: "write `203.0.113.0/24` or `2001:db8::/32`")
        case .binary:
            if PolicyReader.isBase64(bytes) {
                var pattern = PolicyPattern()
                if !bytes.isEmpty { pattern.append(.literal(bytes)) }
                return .text(pattern)
            }
            reportValue(text, comparison, "base64", remedy: "encode the bytes as RFC 4648 section 4 says")
        }
        return nil
    }

    private mutating func reportValue(
        _ text: Located<String>, _ comparison: ConditionOperator, _ wanted: String, remedy: String
    ) {
        report(
            text.position, "`\(comparison.name)` wants \(wanted), found `\(text.value)`", remedy: remedy,
            kind: .valueType)
    }

    private static func isBase64(_ bytes: [UInt8]) -> Bool {
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let isDigit = { (byte: UInt8) in
            (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
                || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "/")
        }
        return bytes.count % 4 == 0 && padding <= 2 && bytes.dropLast(padding).allSatisfy(isDigit)
    }
}
