import Base
import Items
import Policies
import Tenancy

extension SessionModel {
    /// Which tag of the session a claim of the token becomes. Source: `TokenClaims.sessionTags`.
    static let tagsOfClaims: [(claim: ConditionKey, tag: String)] = [
        (.tokenTenantId, "tenant_id"), (.tokenSchoolId, "school_id"), (.tokenRole, "role"),
        (.tokenStudentId, "student_id"), (.tokenTier, "tier"),
    ]

    /// The sessions that Homeroom's own tokens open.
    ///
    /// A token always has four claims, a school's perhaps `student_id`, and the session has exactly them as tags. For a district's own
    /// roles `school_id` holds the district's id. Source: `TokenClaims`.
    public static let tokens: SessionModel = {
        func attribute(
            _ tag: String, _ language: TagLanguage, _ samples: [String] = [], sameAs: String? = nil,
            presence: Presence = .always
        ) -> Attribute? {
            guard let name = ConditionKeyName(.principalTag, tag: tag) else { return nil }
            return Attribute(
                name: name, presence: presence, language: language, samples: samples,
                sameAs: sameAs.flatMap { ConditionKeyName(.principalTag, tag: $0) })
        }
        let tenant = attribute("tenant_id", .tenantID, ["t4vhm3k9q2wxr7ab", "t8npz6c1d5jgye0s"])
        let rest = [
            attribute("role", .tagText, ["teacher", "clerk"]),
            attribute("tier", .tagText, ["basic", "premium"]),
        ]
        let school = attribute("school_id", .schoolID, ["s7q2mfx4k0v9bzta", "s1d8wj5rh6cnpye3"])
        let own = attribute("school_id", .tenantID, sameAs: "tenant_id")
        let student = attribute("student_id", .studentID, ["1001", "1002"], presence: .maybe)
        return SessionModel(
            kinds: [
                Kind(name: "school", attributes: ([tenant, school, student] + rest).compactMap { $0 }),
                Kind(name: "district", attributes: ([tenant, own] + rest).compactMap { $0 }),
            ],
            isAtGateway: true,
            assumptions: [
                "Every request brings aws:CurrentTime, aws:SourceIp and aws:SecureTransport, and `false` for"
                    + " aws:MultiFactorAuthPresent, aws:PrincipalIsAWSService and aws:ViaAWSService, as the gateway does.",
                "A token has the claims tenant_id, school_id, role and tier, a school's perhaps student_id, and its session"
                    + " exactly these tags.",
                "A tenant_id is `t` and fifteen characters of Crockford's base 32; a school_id is `s` and fifteen"
                    + " such characters, or for a district's own roles the tenant_id. So none has a `#`, and none"
                    + " is the beginning of another.",
                "A student_id is any text of 1 to 64 letters, digits and `._-`.",
                "Partition keys are texts of one character at least; a key that has no owner's form belongs to"
                    + " nobody, and nobody may reach it.",
            ])
    }()
}

extension RoleTrust {
    /// What the trust demands of the tags of the sessions that it opens; conditions on other things (where the
    /// caller sits, when it asks) hold when the session is opened and say nothing of later requests.
    var conditionsOnTags: [(key: ConditionKeyName, condition: PolicyCondition)] {
        conditions.compactMap { condition in
            // A value that is compared with another of the same call says nothing that is followed here.
            guard condition.variables.isEmpty else { return nil }
            let name = condition.key.value
            if name.key == .requestTag, let tag = name.tag {
                return ConditionKeyName(.principalTag, tag: tag).map { ($0, condition) }
            }
            guard let known = SessionModel.tagsOfClaims.first(where: { $0.claim == name.key }) else {
                return nil
            }
            return ConditionKeyName(.principalTag, tag: known.tag).map { ($0, condition) }
        }
    }
}

extension ProofResource {
    /// The tables and indexes of a catalog.
    public static func resources(of catalog: Catalog) -> [ProofResource] {
        catalog.tables.flatMap { table in
            [
                ProofResource(
                    table: table.name.text, index: nil, partitionKey: table.key.partition.name,
                    owners: owners(table.ownedKeys))
            ]
                + table.indexes.map {
                    ProofResource(
                        table: table.name.text, index: $0.name, partitionKey: $0.key.partition.name,
                        owners: owners($0.ownedKeys))
                }
        }
    }

    private static func owners(_ keys: OwnedKeys) -> [KeyOwnership] {
        keys.patterns.compactMap { pattern in
            let tag =
                switch pattern.variable {
                case .tenantID: "tenant_id"
                case .schoolID: "school_id"
                }
            return ConditionKeyName(.principalTag, tag: tag).map {
                KeyOwnership(
                    prefix: pattern.prefix, variable: $0, suffix: pattern.suffix, isOpen: pattern.isOpen)
            }
        }
    }
}
