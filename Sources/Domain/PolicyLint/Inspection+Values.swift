import JSONText
import Policies

extension Inspection {
    /// Checks the values of a condition.
    mutating func checkValues(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName,
        in source: LintSource
    ) {
        checkKinds(condition)
        switch comparison.comparison {
        case .stringEquals, .stringNotEquals, .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase:
            checkLiteral(condition, comparison)
            checkKnown(condition, key)
        case .stringLike, .stringNotLike: checkWildcards(condition, comparison, key)
        case .bool, .null:
            if condition.values.count > 1 {
                report(
                    "several-booleans", condition.keyMember.node.position,
                    "`\(comparison.name)` on `\(key.text)` has \(condition.values.count) values",
                    remedy: "write `true` or `false`")
            }
        case .ipAddress, .notIPAddress: for text in condition.values { checkRange(text) }
        case .dateEquals, .dateNotEquals, .dateLessThan, .dateLessThanEquals, .dateGreaterThan,
            .dateGreaterThanEquals:
            for text in condition.values where text.value.utf8.count > 4 && text.value.allSatisfy(\.isNumber)
            {
                report(
                    "date-form", text.position, "`\(text.value)` is a date in seconds since 1970",
                    remedy: "write it as `2026-01-31T10:00:00Z`")
            }
        default: break
        }
    }

    private mutating func checkKinds(_ condition: LintCondition) {
        guard case .array(let elements) = condition.keyMember.node.value else { return }
        let strings = elements.count { if case .string = $0.value { true } else { false } }
        guard strings > 0, strings < elements.count, condition.values.count == elements.count else { return }
        report(
            "mixed-values", condition.keyMember.node.position,
            "the values of `\(condition.keyMember.name)` are of several types",
            remedy: "write all of them in quotes")
    }

    private mutating func checkLiteral(_ condition: LintCondition, _ comparison: ConditionOperator) {
        for text in condition.values where !text.isTemplate {
            var rest = text.value
            for mark in ["${*}", "${?}"] { rest = rest.split(separator: mark).joined() }
            guard rest.contains(where: { $0 == "*" || $0 == "?" }) else { continue }
            report(
                "wildcard-literal", text.position,
                "`\(comparison.name)` compares the wildcard in `\(text.value)` as a character",
                remedy: "write `StringLike`, or `${*}` for the character")
        }
    }

    private mutating func checkWildcards(
        _ condition: LintCondition, _ comparison: ConditionOperator, _ key: ConditionKeyName
    ) {
        for text in condition.values where !text.value.isEmpty && text.value.allSatisfy({ $0 == "*" }) {
            // Leading keys of everybody have a check of their own.
            if key.key == .leadingKeys { continue }
            let isAlways =
                comparison.isIfExists || (comparison.qualifier == .forAllValues)
            if isAlways, comparison.comparison == .stringLike {
                report(
                    "always-holds", text.position,
                    "`\(comparison.name)` on `\(key.text)` holds for every request",
                    remedy: "remove it, or say what is wanted")
            } else {
                let wanted = comparison.comparison == .stringNotLike
                report(
                    "same-as-null", text.position,
                    "`\(comparison.name)` asks only whether `\(key.text)` is \(wanted ? "absent" : "there")",
                    remedy: "write `\"Null\": {\"\(key.text)\": \"\(wanted)\"}`")
            }
        }
        guard Inspection.sensitive.contains(key.key) else { return }
        for text in condition.values where text.value.contains(where: { $0 == "*" || $0 == "?" || $0 == "$" })
        {
            report(
                "wildcard-in-sensitive-key", text.position,
                "`\(text.value)` matches part of `\(key.text)`, which names one owner",
                remedy: "write it in full under `StringEquals`")
        }
    }

    /// Source: IAM User Guide, "Global condition context keys", those of which it says that wildcards make no
    /// sense.
    private static let sensitive: Set<ConditionKey> = [
        .principalAccount, .principalOrgID, .sourceVpc, .sourceVpce, .vpceAccount, .vpceOrgID,
        .resourceAccount,
        .resourceOrgID, .sourceAccount, .sourceOrgID,
    ]

    private mutating func checkKnown(_ condition: LintCondition, _ key: ConditionKeyName) {
        guard let known = Inspection.knownValues(of: key.key) else { return }
        for text in condition.values where !text.value.contains("${") && !known.contains(text.value) {
            report(
                "unknown-value", text.position, "`\(key.text)` is never `\(text.value)`",
                remedy: "write one of " + known.map { "`\($0)`" }.joined(separator: ", "))
        }
    }

    /// Source: DynamoDB API Reference, the parameters of these names.
    private static func knownValues(of key: ConditionKey) -> [String]? {
        switch key {
        case .select: ["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT"]
        case .returnValues: ["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]
        case .returnConsumedCapacity: ["INDEXES", "TOTAL", "NONE"]
        case .enclosingOperation:
            [
                "TransactWriteItems", "TransactGetItems", "ExecuteStatement", "BatchExecuteStatement",
                "ExecuteTransaction",
            ]
        case .principalType: ["Account", "User", "FederatedUser", "AssumedRole", "Anonymous"]
        default: nil
        }
    }

    /// An IPv4 range whose address has bits beside its mask.
    private mutating func checkRange(_ text: LintText) {
        let parts = text.value.split(separator: "/")
        guard parts.count == 2, let bits = Int(parts[1]), (0...32).contains(bits) else { return }
        let bytes = parts[0].split(separator: ".").compactMap { UInt32($0) }
        guard bytes.count == 4, bytes.allSatisfy({ $0 < 256 }) else { return }
        let address = bytes.reduce(0) { $0 << 8 | $1 }
        let masked = bits == 0 ? 0 : address & (UInt32.max << UInt32(32 - bits))
        guard masked != address else { return }
        let network = [24, 16, 8, 0].map { String(masked >> UInt32($0) & 255) }.joined(separator: ".")
        report(
            "ip-range-bits", text.position, "`\(text.value)` has bits beside its mask",
            remedy: "write `\(network)/\(bits)`, or the address alone",
            fix: replacing(text, by: "\(network)/\(bits)"))
    }
}
