import Base

/// What a first item's text can refer to.
public enum TemplateVariable: String, Hashable, Sendable, CaseIterable {
    /// The tenant's id.
    case tenantID = "tenantId"
    /// The tenant's name.
    case tenantName
    /// The school's id: only in a school's first items.
    case schoolID = "schoolId"
    /// The school's name: only in a school's first items.
    case schoolName
    /// The tenant's time zone.
    case timezone
    /// The tier's name.
    case tier
    /// When the tenant or school was added: `2026-01-31T08:05:09Z`.
    case now
    /// The school year of that day, July to June in UTC: `2025-2026`.
    case schoolYear

    /// Whether it makes sense without a school.
    var isOfTenant: Bool { self != .schoolID && self != .schoolName }
    /// Whether people choose its text freely, so that it may hold a key's delimiter.
    var isFreeText: Bool { self == .tenantName || self == .schoolName }
}

/// What the variables of a tenant's, or of one of its schools', first items stand for.
public struct TemplateValues: Hashable, Sendable {
    private var texts: [TemplateVariable: String]

    /// The values for a tenant's first items.
    public init(tenant: TenantID, name: DisplayName, tier: TierName, timezone: TimeZoneName, now: Timestamp) {
        texts = [
            .tenantID: tenant.text, .tenantName: name.text, .tier: tier.text, .timezone: timezone.text,
            .now: now.iso8601Seconds, .schoolYear: CalendarDate(now).schoolYear,
        ]
    }

    /// The same with a school, for its first items.
    public func with(school: SchoolID, name: DisplayName) -> TemplateValues {
        var values = self
        values.texts[.schoolID] = school.text
        values.texts[.schoolName] = name.text
        return values
    }

    subscript(variable: TemplateVariable) -> String {
        guard let text = texts[variable] else { preconditionFailure("no value for \(variable.rawValue)") }
        return text
    }
}

/// A text with variables: `SCHOOL#{schoolId}#DEPT#general`. A brace that opens no name stands for itself.
struct TemplateText: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case literal(String)
        case variable(TemplateVariable)
    }

    /// A name in braces that stands for nothing.
    struct UnknownVariable: Error, Equatable {
        let name: String
    }

    private let parts: [Part]

    /// The variables it uses.
    var variables: [TemplateVariable] {
        parts.compactMap { if case .variable(let variable) = $0 { variable } else { nil } }
    }

    init(parsing text: String) throws(UnknownVariable) {
        var parts: [Part] = []
        var literal = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            let behind = rest[rest.index(after: open)...]
            let name = behind.prefix { $0.isASCII && $0.isLetter }
            guard !name.isEmpty, behind[name.endIndex...].first == "}" else {
                literal += rest[...open]
                rest = behind
                continue
            }
            guard let variable = TemplateVariable(rawValue: String(name)) else {
                throw UnknownVariable(name: String(name))
            }
            literal += rest[..<open]
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
            parts.append(.variable(variable))
            rest = behind[behind.index(after: name.endIndex)...]
        }
        literal += rest
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    /// What stands before the first variable, where that is this one; nil where it is another, or there is none.
    func prefix(before variable: TemplateVariable) -> String? {
        switch (parts.first, parts.dropFirst().first) {
        case (.variable(variable)?, _): ""
        case (.literal(let text)?, .variable(variable)?): text
        default: nil
        }
    }

    /// The text with each variable's value in its place. One pass: braces in a value stay what they are.
    func filled(with values: TemplateValues) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .variable(let variable): text += values[variable]
            }
        }
        return text
    }
}
