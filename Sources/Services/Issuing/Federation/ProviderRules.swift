import Base
import Registry

/// What a provider's registration must be like, whatever the provider says later.
struct ProviderRules {
    let tenant: TenantID
    let schools: [SchoolRecord]

    /// The draft's mapping with schools by their ids.
    /// - Throws: `IdentityProviderError.invalid`, which names the member of the control API's request.
    func checked(
        _ draft: IdentityProviders.Draft
    ) throws(IdentityProviderError) -> IdentityProviderRecord.Mapping {
        guard IdentityProviders.isName(draft.name) else {
            throw .invalid(
                field: "name",
                "expected a name of 1 to \(Limits.providerNameBytesMax) small letters, digits and dashes, found `\(draft.name)`"
            )
        }
        guard let issuer = ProviderURL(issuer: draft.issuer) else {
            throw .invalid(
                field: "issuer", "expected \(ProviderURL.words), without a query, found `\(draft.issuer)`")
        }
        if let text = draft.keysURL {
            guard let url = ProviderURL(text), issuer.isLoopback || !url.isLoopback else {
                throw .invalid(field: "keysUrl", "expected \(ProviderURL.words), found `\(text)`")
            }
        }
        guard (1...Limits.providerAudiencesMax).contains(draft.audiences.count) else {
            throw .invalid(field: "audiences", "expected 1 to \(Limits.providerAudiencesMax) audiences")
        }
        for audience in draft.audiences { try checkValue(audience, "audiences") }
        if let claim = draft.sharedBy {
            guard draft.mapping.required[claim] != nil else {
                throw .invalid(
                    field: "sharedBy",
                    "`\(claim)` tells the issuer's customers apart: say which value is the district's (--require \(claim)=VALUE)"
                )
            }
        }
        return try checked(draft.mapping)
    }

    private func checked(
        _ mapping: IdentityProviderRecord.Mapping
    ) throws(IdentityProviderError) -> IdentityProviderRecord.Mapping {
        guard mapping.required.count <= Limits.providerRequiredMax else {
            throw .invalid(
                field: "required", "expected at most \(Limits.providerRequiredMax) required claims")
        }
        for (name, value) in mapping.required {
            try checkName(name, "required")
            try checkValue(value, "required")
        }
        if let claim = mapping.schoolClaim { try checkName(claim, "schoolClaim") }
        if let claim = mapping.studentClaim { try checkName(claim, "studentClaim") }
        if let claim = mapping.roleClaim { try checkName(claim, "roleClaim") }
        try check(
            mapping.schools, "schools", max: Limits.providerSchoolsMax, of: mapping.schoolClaim, "schoolClaim"
        )
        try check(mapping.roles, "roles", max: Limits.providerRolesMax, of: mapping.roleClaim, "roleClaim")
        guard mapping.schoolClaim != nil || mapping.schoolDefault != nil else {
            throw .invalid(
                field: "schoolClaim",
                "say which claim names the school, or which school is everybody's (defaultSchool)")
        }
        guard !mapping.roles.isEmpty || mapping.roleDefault != nil else {
            throw .invalid(
                field: "roles",
                "say what the values of a claim stand for, or which role is everybody's (defaultRole)")
        }
        var checked = mapping
        checked.schools = try mapping.schools.map { line throws(IdentityProviderError) in
            IdentityProviderRecord.Line(value: line.value, target: try school(line.target, "schools"))
        }
        checked.schoolDefault = try mapping.schoolDefault.map { text throws(IdentityProviderError) in
            try school(text, "defaultSchool")
        }
        return checked
    }

    private func check(
        _ lines: [IdentityProviderRecord.Line], _ field: String, max: Int, of claim: String?,
        _ claimField: String
    ) throws(IdentityProviderError) {
        guard lines.count <= max else { throw .invalid(field: field, "expected at most \(max) lines") }
        guard lines.isEmpty || claim != nil else {
            throw .invalid(field: claimField, "say which claim has these values")
        }
        for line in lines { try checkValue(line.value, field) }
        guard Set(lines.map(\.value)).count == lines.count else {
            throw .invalid(field: field, "expected each value once")
        }
    }

    /// The id of a school of the tenant, given by that or by its name; the tenant's own for the district.
    private func school(_ text: String, _ field: String) throws(IdentityProviderError) -> String {
        if text == "district" || text == tenant.text { return tenant.text }
        if schools.contains(where: { $0.id.text == text }) { return text }
        let named = schools.filter { $0.name == text }
        guard named.count == 1, let school = named.first else {
            throw .invalid(
                field: field,
                "tenant `\(tenant)` has no school `\(text)`; `homeroom tenant show \(tenant)` shows them")
        }
        return school.id.text
    }

    private func checkName(_ name: String, _ field: String) throws(IdentityProviderError) {
        guard (1...Limits.claimNameBytesMax).contains(name.utf8.count), Self.isPlain(name) else {
            throw .invalid(
                field: field,
                "expected the name of a claim, 1 to \(Limits.claimNameBytesMax) bytes without control characters"
            )
        }
    }

    private func checkValue(_ value: String, _ field: String) throws(IdentityProviderError) {
        guard (1...Limits.claimValueBytesMax).contains(value.utf8.count), Self.isPlain(value) else {
            throw .invalid(
                field: field,
                "expected values of 1 to \(Limits.claimValueBytesMax) bytes without control characters")
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }
}
