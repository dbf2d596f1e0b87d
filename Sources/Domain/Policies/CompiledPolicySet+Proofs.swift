/// What a proof asks of the evaluator, so that it reads policies with the same eyes.
extension CompiledPolicySet {
    /// One statement of the set, as it was written.
    package struct StatementView: Sendable {
        /// Which set of policies it belongs to.
        package let layer: PolicyLayer
        /// As written.
        package let statement: PolicyStatement
        /// The file it stands in.
        package let file: String
    }

    /// What one condition comes to.
    package enum ConditionAnswer: Sendable { case no, yes, fault }

    /// All statements; a `StatementID`'s index is a place in them.
    package var statementViews: [StatementView] {
        sources.indices.map {
            StatementView(
                layer: statements[$0].layer, statement: sources[$0].statement, file: sources[$0].document.file
            )
        }
    }

    /// The layers that must each have an Allow.
    package var layers: [PolicyLayer] {
        [.role] + (hasBoundary ? [.boundary] : []) + (hasSession ? [.session] : [])
    }

    /// What one condition of a statement comes to for a request; conditions are counted as the statement has
    /// them.
    package func answer(statement: Int, condition: Int, _ request: DecisionRequest) -> ConditionAnswer {
        let known = statements[statement]
        switch holds(conditions[known.conditions.lowerBound + condition], known.effect, request) {
        case .no: return .no
        case .yes: return .yes
        case .fault: return .fault
        }
    }

    /// Whether the Resource or NotResource of a statement covers the request's.
    package func reaches(statement: Int, _ request: DecisionRequest) -> Bool {
        reaches(statements[statement], request)
    }
}

extension ConditionOperator {
    /// How a proof reads an operator.
    package enum ProofFamily: Sendable { case text, textIgnoringCase, arn, null, other }

    /// How a proof reads it: as patterns of text, or as values of another kind.
    package var proofFamily: ProofFamily {
        switch comparison.family {
        case .text(_, let ignoresCase): ignoresCase ? .textIgnoringCase : .text
        case .binary: .text
        case .arn: .arn
        case .null: .null
        case .number, .date, .bool, .address: .other
        }
    }
}

extension PolicyCondition.Value {
    /// Texts on both sides of each boundary that the value draws through the values of a key, for values that are no text.
    package var boundaryTexts: [String] {
        switch self {
        case .text, .arn: []
        case .number(let number): [number - 1, number, number + 1].map(Self.decimal)
        case .date(let date): [date - 1000, date - 1, date, date + 1, date + 1000].compactMap(Self.dateText)
        case .bool: ["true", "false"]
        case .address(let range): range.boundaryTexts
        }
    }

    /// Dates on both sides of each boundary that the value draws through the time itself.
    package var boundaryTimes: [String] {
        switch self {
        case .date(let date): return [date - 1, date, date + 1].compactMap(Self.dateText)
        case .number(let number):
            return [-1, 0, 1].compactMap { step in
                Int64(exactly: number / 1_000_000 + step).flatMap(Self.dateText)
            }
        case .text, .arn, .bool, .address: return []
        }
    }

    private static func decimal(_ number: Int128) -> String {
        let magnitude = number.magnitude
        let fraction = String(magnitude % 1_000_000_000)
        let digits = String(repeating: "0", count: 9 - fraction.count) + fraction
        let kept = String(digits.reversed().drop { $0 == "0" }.reversed())
        let whole = "\(number < 0 ? "-" : "")\(magnitude / 1_000_000_000)"
        return kept.isEmpty ? whole : "\(whole).\(kept)"
    }

    /// Nil for years that the form does not have.
    private static func dateText(_ milliseconds: Int64) -> String? {
        let days = milliseconds >= 0 ? milliseconds / 86_400_000 : (milliseconds - 86_399_999) / 86_400_000
        let inDay = milliseconds - days * 86_400_000
        // Years begin in March here, as in `ConditionDate`.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        // Later dates can be written as seconds only.
        guard year <= 9999 else { return String(milliseconds / 1000) }
        guard year >= 0 else { return nil }
        func padded(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(civilMonth, 2))-\(padded(day, 2))T"
            + "\(padded(inDay / 3_600_000, 2)):\(padded(inDay / 60000 % 60, 2)):"
            + "\(padded(inDay / 1000 % 60, 2)).\(padded(inDay % 1000, 3))Z"
    }
}

extension AddressRange {
    /// The first and last address of the range and those beside them.
    fileprivate var boundaryTexts: [String] {
        let last =
            prefixBits == 0
            ? UInt128.max : bits | (prefixBits == 128 ? 0 : UInt128.max >> UInt128(prefixBits))
        return [bits, bits &- 1, last, last &+ 1].map(Self.text)
    }

    private static func text(_ address: UInt128) -> String {
        if address >> 32 == 0xFFFF {
            return (0..<4).map { String(address >> UInt128(24 - 8 * $0) & 0xFF) }.joined(separator: ".")
        }
        return (0..<8).map { String(address >> UInt128(112 - 16 * $0) & 0xFFFF, radix: 16) }.joined(
            separator: ":")
    }
}

extension PrincipalAttributes {
    /// Whether a character may stand in a tag's value.
    package static func isTagCharacter(_ scalar: Unicode.Scalar) -> Bool { isTagText(String(scalar)) }
}

extension Array where Element == UInt8 {
    /// The milliseconds of a date as conditions read it, or nil where the bytes are none.
    package var conditionMilliseconds: Int64? { ConditionDate.parse(span) }
}

extension PolicyPattern {
    /// One more token: pieces of patterns are read by themselves.
    package mutating func append(proving token: Token) { append(token) }

    /// A pattern with no tokens.
    package static let empty = PolicyPattern()
}
