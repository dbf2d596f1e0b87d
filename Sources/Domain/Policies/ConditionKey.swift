/// A condition key that a policy can name, without the tag's name where it is one of a family
/// (`aws:PrincipalTag/…`).
///
/// The raw value is small and dense but not stable over versions: what is stored is `name`. Sources: AWS
/// Service Authorization Reference (DynamoDB, STS); IAM User Guide, "Global condition context keys".
/// `homeroom:` keys are Homeroom's own: the claims of a token, for the trust of a role.
public enum ConditionKey: UInt8, CaseIterable, Sendable {
    // What a DynamoDB request brings.
    case attributes, enclosingOperation, firstPartitionKeyValues, fisActionId, fisTargetArns,
        fourthPartitionKeyValues, fullTableScan, leadingKeys, returnConsumedCapacity, returnValues,
        secondPartitionKeyValues, select, thirdPartitionKeyValues
    // Global keys.
    case principalArn, principalAccount, principalOrgPaths, principalOrgID, principalTag,
        principalIsAWSService, principalServiceName, principalServiceNamesList, principalType, userid,
        username, assumedRoot, federatedProvider, tokenIssueTime, signInSessionArn, multiFactorAuthAge,
        multiFactorAuthPresent, chatbotSourceArn, ec2InstanceSourceVpc, ec2InstanceSourcePrivateIPv4,
        sourceIdentity, sourceIp, sourceVpc, sourceVpcArn, sourceVpce, vpceAccount, vpceOrgID,
        vpceOrgPaths, vpcSourceIp, resourceAccount, resourceOrgID, resourceOrgPaths, resourceTag,
        calledVia, calledViaFirst, calledViaLast, calledViaAWSMCP, viaAWSService, viaAWSMCPService,
        currentTime, epochTime, referer, requestedRegion, requestTag, tagKeys, secureTransport,
        sourceAccount, sourceArn, sourceOrgID, sourceOrgPaths, userAgent, isMcpServiceAction
    // Keys of STS and IAM.
    case iamResourceTag, stsAWSServiceName, stsDurationSeconds, stsExternalId, stsIdentityTokenAudience,
        stsRequestContext, stsRequestContextProviders, stsRoleSessionName, stsSigningAlgorithm,
        stsSourceIdentity, stsTaskPolicyArn, stsTransitiveTagKeys
    // Claims of web identity providers.
    case googleAud, googleOaud, googleSub, cognitoAmr, cognitoAud, cognitoSub, facebookAppId, facebookId,
        amazonAppId, amazonUserId
    // Attributes of SAML assertions.
    case samlAud, samlCn, samlCommonName, samlDoc, samlEduorghomepageuri,
        samlEduorgidentityauthnpolicyuri, samlEduorglegalname, samlEduorgsuperioruri,
        samlEduorgwhitepagesuri, samlEdupersonaffiliation, samlEdupersonassurance,
        samlEdupersonentitlement, samlEdupersonnickname, samlEdupersonorgdn, samlEdupersonorgunitdn,
        samlEdupersonprimaryaffiliation, samlEdupersonprimaryorgunitdn, samlEdupersonprincipalname,
        samlEdupersonscopedaffiliation, samlEdupersontargetedid, samlGivenName, samlIss, samlMail,
        samlName, samlNamequalifier, samlOrganizationStatus, samlPrimaryGroupSID, samlSub, samlSubType,
        samlSurname, samlUid, samlX500UniqueIdentifier
    // Claims of Homeroom's own tokens; in a role's trust only.
    case tokenIssuer, tokenAudience, tokenSubject, tokenRole, tokenTier, tokenTenantId, tokenSchoolId,
        tokenStudentId
}

extension ConditionKey {
    /// What a key's values are, and so which operators fit it.
    public enum ValueType: String, Sendable {
        case string = "String"
        case arn = "ARN"
        case bool = "Bool"
        case date = "Date"
        case numeric = "Numeric"
        case ipAddress = "IPAddress"
    }

    /// As policies write it; a family's name ends in `/`.
    public var name: String { row.name }
    /// What its values are.
    public var types: [ValueType] { row.types }
    /// Whether a request can bring several values, so that a condition on it wants `ForAllValues` or
    /// `ForAnyValue`.
    public var isMultivalued: Bool { row.isMultivalued }
    /// Whether a tag's name follows: `aws:PrincipalTag/school_id`.
    public var isFamily: Bool { ConditionKeyTable.areFamilies[Int(rawValue)] }
    /// Whether it is a claim of a token, which only the trust of a role can ask for.
    public var isTokenClaim: Bool { rawValue >= ConditionKey.tokenIssuer.rawValue }
    /// Whether it is one of DynamoDB's own, which a request brings and no principal has.
    var isDynamoDB: Bool { rawValue <= ConditionKey.thirdPartitionKeyValues.rawValue }
    /// Whether its value can stand in a variable: one value, and a text.
    public var isVariable: Bool {
        !row.isMultivalued && row.types.allSatisfy { $0 == .string || $0 == .arn || $0 == .ipAddress }
    }

    private var row: ConditionKeyTable.Row { ConditionKeyTable.rows[Int(rawValue)] }
}

/// A condition key as a document names it: the key, and the tag's name where the key is a family.
public struct ConditionKeyName: Hashable, Sendable {
    /// The key or the family.
    public let key: ConditionKey
    /// The tag's name in lower case, since key names are compared without regard to case; nil unless `key` is
    /// a family.
    public let tag: String?

    /// A key that is no family, or nil.
    public init?(_ key: ConditionKey) {
        guard !key.isFamily else { return nil }
        self.key = key
        tag = nil
    }

    /// A tag of a family, or nil where `key` is none.
    public init?(_ key: ConditionKey, tag: String) {
        guard key.isFamily, !tag.isEmpty else { return nil }
        self.key = key
        self.tag = tag.lowercased()
    }

    /// The key of that name, letters in any case; nil where there is none.
    public init?(named name: String) {
        let wanted = name.lowercased()
        if let found = ConditionKeyTable.plain[wanted] {
            self.init(found)
            return
        }
        guard let slash = wanted.firstIndex(of: "/"),
            let found = ConditionKeyTable.families[wanted[...slash].description]
        else { return nil }
        self.init(found, tag: String(wanted[wanted.index(after: slash)...]))
    }

    /// As policies write it, the tag's name in lower case.
    public var text: String { key.name + (tag ?? "") }
}
